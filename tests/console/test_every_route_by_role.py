"""Each role on every route that the console has, by a token: what it may not is refused first, and nothing happens."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from runtime.kernel.store import Store
from runtime.local import tickets
from services.console.cures.proposals import PROPOSALS
from services.console.kept.tables import METADATA
from services.console.roles import Role
from services.console.signing_in.sessions import SESSIONS
from tests.console.conftest import REQUEST, FakeHost
from tests.console.test_sign_in import _routes, browser

THERE, NOT_THERE = REQUEST, "99999999-9999-4999-8999-999999999999"
CHANGES = {SESSIONS, PROPOSALS}
# As docs/console.md has it for people, written out once more: nothing here is asked of the code.
BEFORE_A_SIGN_IN = {
    "GET /sign-in",
    "GET /sign-in/link",
    "GET /static/{name}",
    "POST /sign-in/password",
}
WHO_MAY_WRITE = {
    "DELETE /v1/me": "viewer operator lead",  # one's own session ends
    "POST /sign-out": "viewer operator lead",
    "POST /sign-in/command-line": "viewer operator lead",  # a token of one's own role
    "POST /v1/requests/{request_id}/review-decision": "operator lead",
    "POST /v1/requests/{request_id}/dispute-decision": "operator lead",
    "POST /v1/requests/{request_id}/complaint-reply": "operator lead",
    "POST /v1/requests/{request_id}/retry": "operator lead",
    "POST /v1/requests/{request_id}/elsewhere-note": "lead",
    "POST /v1/requests/{request_id}/reopening-abandonment": "lead",
    "POST /v1/dead-letters/{place}/redrive": "operator lead",
    "POST /v1/dead-letters/{place}/discard": "operator lead",
    "POST /v1/dead-letters/{place}/erase": "lead",
    "POST /v1/dead-letters/many": "operator lead",
    "POST /v1/erasures": "lead",
    "POST /v1/proposals/{proposal}/answer": "operator lead",
    "POST /orders": "operator lead",  # and for each order in them what its door says above
    "POST /orders/letters": "operator lead",
    "POST /orders/proposals": "operator lead",
    "POST /orders/erasure": "lead",
    "POST /contracts/messages/{kind}/send": "operator lead",
}


def may(role: Role, method: str, path: str) -> bool:
    """Whoever is signed in reads everything."""
    written = f"{method} {path}"
    return method == "GET" or written in BEFORE_A_SIGN_IN or role in WHO_MAY_WRITE[written].split()


def test_every_route_that_writes_is_written_out_here_and_no_other(host: FakeHost) -> None:
    there = {f"{method} {path}" for method, path in _routes(host)}
    assert {each for each in there if not each.startswith("GET ")} - BEFORE_A_SIGN_IN == WHO_MAY_WRITE.keys()
    assert there >= BEFORE_A_SIGN_IN


def held(store: Store) -> list[str]:
    return [
        repr(row) for table in METADATA.sorted_tables if table not in CHANGES for row in store.read(sa.select(table))
    ]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("own", [THERE, NOT_THERE], ids=["a request that is there", "one that is not"])
async def test_a_role_gets_as_far_as_its_table_says_on_every_route(
    host: FakeHost, store: Store, story: None, role: Role, own: str
) -> None:
    token = tickets.issue(Path(host.settings.data), tickets.TOKEN, "zhao", role)
    who = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
    before, tried, wrong = held(store), 0, []
    async with browser(host) as client:
        for method, path in _routes(host):
            if path.endswith("/tail"):  # goes on until its reader leaves
                continue
            address = path.replace("{request_id}", own).replace("{", "").replace("}", "")
            for body in ({}, {"reason": "x" * 5}) if method == "POST" else (None,):
                answer = await client.request(method, address, json=body, headers=who)
                refused, tried = answer.status_code == 403, tried + 1
                unjust = refused == may(role, method, path) or answer.status_code == 401
                if (unjust and f"{method} {path}" not in BEFORE_A_SIGN_IN) or answer.status_code == 500:
                    wrong.append((method, path, answer.status_code, answer.text[:120]))
    print(tried, "tries")
    assert not wrong and tried > 50
    assert held(store) == before and (role is Role.LEAD or host.published == [])
