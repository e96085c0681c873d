"""S1 once more: claims of other forms, look-alikes of names, rights that other systems would read."""

import json
import time
from collections.abc import Iterator
from typing import Any

from tests.door.attacks.place import MINE, THEIRS, Place, Try
from tests.door.attacks.provider import AUDIENCE, ISSUER, KID
from tests.door.attacks.tokens import PLACES, Shown, bearer

LOOK_ALIKES = (
    "channel-\u0430pp", "channel-app\u200b", "\uff43hannel-app", "channel\u2010app", "channel-app\u0301",
    "Channel-App",
)  # fmt: skip
REFUSED = "token-refused"


def tries(place: Place) -> Iterator[Try]:
    for name, headers in (*_times(place), *_names(place)):
        for path, body in PLACES:
            yield Try(f"{name} at {path}", 401, REFUSED, path, body, headers)
    for client in (
        *LOOK_ALIKES, "channel-app,channel-web", "channel-app\n", "channel-app\0", "channel-app=app",
        "app=channel-app",
    ):  # fmt: skip
        yield Try(f"client {client!r}", 403, "no-channel", PLACES[0][0], None, place.bearer(client_id=client))
    for said in _powers():
        yield Try(f"powers {said}", 404, "unknown-subscription", PLACES[0][0], None, place.bearer(**said))


def _powers() -> Iterator[dict[str, Any]]:
    """Nothing that another system would read as a right speaks for a line of somebody else, or for one's own."""
    for name in ("scope", "scp", "roles", "permissions", "entitlements", "realm_access", "groups", "authorities"):
        for right in ("*", "admin", f"subscription:{MINE}", ["tuiding-lead"], {"roles": ["admin"]}):
            yield {"subscriptions": None, name: right}
    for name in (
        "subscription", "Subscriptions", "SUBSCRIPTIONS", "subscriptions ", "tuiding:subscriptions", "sub_s",
        "lines",
    ):  # fmt: skip
        yield {"subscriptions": None, name: [MINE]}
    for lines in (
        [THEIRS], [THEIRS] * 50, ["sub-freeaddon0"], ["sub-freeaddon011"], ["sub-freeaddon0l"], ["sub-freeadd0n01"],
    ):  # fmt: skip
        yield {"subscriptions": lines}
    yield {"sub": MINE, "subscriptions": []}
    yield {"sub": MINE, "subscriptions": None, "agent": "agent-7"}


def _times(place: Place) -> Iterator[tuple[str, Shown]]:
    now = int(time.time())
    change: dict[str, Any]
    for change in (
        {"exp": now - 30}, {"exp": now - 30.5}, {"exp": str(now + 300)}, {"exp": [now + 300]},
        {"exp": {"at": now + 300}}, {"exp": now * 1_000}, {"exp": 1e11}, {"exp": 2**53}, {"exp": 2**64},
        {"exp": 10**400}, {"exp": -now}, {"exp": False}, {"iat": now + 31}, {"iat": now + 31.5}, {"iat": str(now)},
        {"iat": [now]}, {"iat": now * 1_000}, {"iat": -1}, {"iat": 2**64}, {"iat": now - 86_200, "exp": now + 300},
        {"iat": 0, "exp": now + 300}, {"iat": now + 20, "exp": now + 10}, {"iat": now, "exp": now - 20},
        {"nbf": now + 31}, {"nbf": now * 1_000}, {"nbf": str(now)}, {"nbf": [now]}, {"nbf": {}}, {"nbf": True},
        {"nbf": 1e300}, {"nbf": now + 25, "exp": now + 10},
    ):  # fmt: skip
        yield f"times {change!r:.70}", place.bearer(**change)
    told = json.dumps(place.claims())
    head = json.dumps({"typ": "at+jwt", "alg": "RS256", "kid": KID}).encode()
    for text in ("1e400", "Infinity", "-Infinity", "0x7fffffff", "1_000", "+1", "01", ".5e10", "1."):
        odd = told.replace('"exp": ', f'"exp": {text}, "was": ').encode()
        yield f"exp as {text}", bearer(place.provider.sign(head, odd))


def _names(place: Place) -> Iterator[tuple[str, Shown]]:
    """Whose, for whom, and who."""
    for iss in (
        f"{ISSUER}:443", f"{ISSUER}?", f"{ISSUER}#", f" {ISSUER}", f"{ISSUER} ", "http://id.example",
        "https://id.example.", "https://ID.example", "https://id\uff0eexample", "https://\u0456d.example",
        "id.example", "//id.example", f"{ISSUER}/../evil", f"{ISSUER}\0", {"iss": ISSUER}, True,
    ):  # fmt: skip
        yield f"iss {iss!r}", place.bearer(iss=iss)
    for aud in (
        "TUIDING", "Tuiding", "tuidin", "tuiding2", "tuiding,other", "tuiding other", "tuiding/", "https://tuiding",
        "tu\u0456ding", "*", ["TUIDING"], ["tuiding "], [[AUDIENCE], "other"], [AUDIENCE, 1], [AUDIENCE, None],
        [AUDIENCE, [AUDIENCE]], [AUDIENCE, {"a": 1}], {"0": AUDIENCE}, True, 0,
    ):  # fmt: skip
        yield f"aud {aud!r}", place.bearer(aud=aud)
    told: Any
    for name in ("sub", "client_id", "jti"):
        for told in ({"x": 1}, [f"channel-{name}"], True, 0, 1.5, "", "\u4ee3" * 201, "x" * 5_000):
            yield f"{name} {told!r:.30}", place.bearer(**{name: told})
    yield (
        "a client under another name",
        place.bearer(client_id=None, azp="channel-app", cid="channel-app", appid="channel-app"),
    )
    for line in (
        "SUB-FREEADDON01", "sub-freeaddon\u0661", "sub-fr\u0435eaddon01", "sub_freeaddon01", " sub-freeaddon01",
        "sub-freeaddon01\n", "sub-freeaddon01\u200b", "\uff53ub-freeaddon01", "sub-" + "a" * 33, "%", "",
    ):  # fmt: skip
        yield f"speaks for {line!r}", place.bearer(subscriptions=[MINE, line])
    for lines in (
        f"{MINE} {THEIRS}", f"{MINE},{THEIRS}", json.dumps([MINE]), {"0": MINE}, [{"id": MINE}], [None], [True], 0,
        False, [MINE, []],
    ):  # fmt: skip
        yield f"lines {lines!r:.40}", place.bearer(subscriptions=lines)
    for agent in (
        "\u0430gent-7", "agent\u20107", "agent-\u0667", "agent-7\t", " agent-7", "agent-7,agent-8", "agent-7;",
        "agent*", "a" * 5_000, {"name": "agent-7"}, 7, True, "agent\u202e7",
    ):  # fmt: skip
        yield f"agent {agent!r:.40}", place.bearer("hotline", agent=agent)
