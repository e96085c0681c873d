"""Who may do what: each order with the role it needs, and each page that carries orders."""

from enum import StrEnum


class Role(StrEnum):
    """Each may do what those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    LEAD = "lead"

    def may(self, needed: "Role") -> bool:
        return list(Role).index(self) >= list(Role).index(needed)


ORDERS = {  # as their doors are called
    "review-decision": Role.OPERATOR,
    "dispute-decision": Role.OPERATOR,
    "retry": Role.OPERATOR,
    "elsewhere-note": Role.LEAD,
    "complaint-reply": Role.OPERATOR,
    "reopening-abandonment": Role.LEAD,
    "redrive": Role.OPERATOR,
    "discard": Role.OPERATOR,
    "erase": Role.LEAD,
    "erasures": Role.LEAD,
}
FORMS = {  # and other writes; which order a page carries is held against ORDERS when it is read
    "/orders": Role.OPERATOR,
    "/orders/letters": Role.OPERATOR,
    "/orders/erasure": Role.LEAD,
    "/orders/proposals": Role.OPERATOR,
    "/v1/proposals/{proposal}/answer": Role.OPERATOR,
    "/contracts/messages/{kind}/send": Role.OPERATOR,
    "/v1/dead-letters/many": Role.OPERATOR,
    "/sign-out": Role.VIEWER,
    "/v1/me": Role.VIEWER,
    "/sign-in/command-line": Role.VIEWER,
}
EVERYBODY = (  # before anybody has signed in
    "/sign-in",
    "/sign-in/link",
    "/sign-in/password",
    "/sign-in/provider",
    "/sign-in/back",
    "/static/{name}",
)
READS = ("GET", "HEAD")


def needed(method: str, path: str) -> Role | None:
    """By a route's own path. None: everybody may. What is in no table only a lead may write."""
    if path in EVERYBODY:
        return None
    if method in READS:
        return Role.VIEWER
    return FORMS.get(path) or ORDERS.get(path.rsplit("/", 1)[-1], Role.LEAD)
