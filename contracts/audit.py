"""What was asked at a door by whom, allowed or denied: one record each on its own topic; nobody decides on it."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.words import Moment, Value

AUDIT = "audit.v1"  # the form; fields are added with a default, anything else is the next version


class Audited(Value):
    """One request at a door, or several of the same kind within a second when there are too many to name each.

    No subscription, no person: `about` is the request's id, `principal` a program.
    """

    at: Moment
    service: str
    principal: Annotated[str, Field(description="who signed in; empty: nobody did")] = ""
    channel: str = ""
    how: Literal["", "token", "signature"] = ""
    agent: Annotated[str, Field(description="the agent whom the credentials name; a code, never a name")] = ""
    what: Annotated[str, Field(description="method and address, with {} in place of ids")]
    about: str = ""
    allowed: bool
    code: Annotated[str, Field(description="why not; empty where it was done")] = ""
    status: int
    times: Annotated[int, Field(ge=1)] = 1

    @property
    def key(self) -> str:
        return self.about or self.principal or self.service
