"""Each role on every route that the console has, by a token: what it may not is refused first, and nothing happens."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from runtime.kernel.store import Store
from runtime.local import tickets
from services.console import roles
from services.console.cures.proposals import PROPOSALS
from services.console.kept.tables import METADATA
from services.console.roles import Role
from services.console.signing_in.sessions import SESSIONS
from tests.console.conftest import REQUEST, FakeHost
from tests.console.test_sign_in import _routes, browser

THERE, NOT_THERE = REQUEST, "99999999-9999-4999-8999-999999999999"
CHANGES = {SESSIONS, PROPOSALS}


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
            needed = roles.needed(method, path)
            address = path.replace("{request_id}", own).replace("{", "").replace("}", "")
            for body in ({}, {"reason": "x" * 5}) if method == "POST" else (None,):
                answer = await client.request(method, address, json=body, headers=who)
                may = needed is None or role.may(needed)
                tried += 1
                if (
                    answer.status_code != 403 if not may else answer.status_code in (401, 403) and needed
                ) or answer.status_code == 500:
                    wrong.append((method, path, answer.status_code, answer.text[:120]))
    print(tried, "tries")
    assert not wrong and tried > 50
    assert held(store) == before and (role is Role.LEAD or host.published == [])
