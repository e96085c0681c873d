"""Who reads in a group of ours and is none of our workers is seen, with what it has taken."""

import html
from typing import Any

import pytest

from contracts.flow import SERVICES, group_id
from runtime.kafka.members import Stranger, strangers
from services.console.findings import Waiting, findings
from tests.console.conftest import FakeBroker, Visit
from tests.console.test_held_back import NOW

INTAKE = group_id("intake")
TAKEN = ("cancellation.commands.app[0]", "cancellation.commands.app[3]")


def member(client: str, partitions: tuple[int, ...] = (0, 3)) -> dict[str, Any]:
    assigned = [{"topic": "cancellation.commands.app", "partitions": list(partitions)}]
    return {"client_id": client, "client_host": "/10.0.0.7", "member_assignment": {"assigned_partitions": assigned}}


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
@pytest.mark.parametrize("worker", ["", "-1", "-host:8000", "-blue-2"])
def test_our_workers_are_no_strangers_in_their_own_group(service: Any, worker: str) -> None:
    group = group_id(service.name)
    assert list(strangers({group: {"members": [member(f"{group}{worker}")]}})) == []


@pytest.mark.parametrize("client", ["kcat", "", "tuiding", "tuiding-billing-1", "TUIDING-intake-1", "tuiding-intakes"])
def test_whoever_calls_itself_otherwise_is_one(client: str) -> None:
    told = {INTAKE: {"members": [member(f"{INTAKE}-1"), member(client)]}}
    assert list(strangers(told)) == [Stranger(INTAKE, client, "10.0.0.7", TAKEN)]


@pytest.mark.parametrize("assignment", [None, b"\x00\x01", {"assigned_partitions": []}])
def test_one_that_has_nothing_yet_is_seen_as_well(assignment: object) -> None:
    told = {INTAKE: {"members": [member("kcat") | {"member_assignment": assignment}]}}
    assert [each.partitions for each in strangers(told)] == [()]


def test_a_name_that_would_write_on_a_terminal_is_shown_escaped() -> None:
    (found,) = strangers({INTAKE: {"members": [member("\x1b]0;evil\x07" + "x" * 5_000)]}})
    assert found.client.isprintable() and len(found.client) <= 80


def test_it_is_said_with_its_name_and_what_it_has() -> None:
    (found,) = findings(Waiting(), [], [], "", None, NOW, strangers=[Stranger(INTAKE, "kcat", "10.0.0.7", TAKEN)])
    assert (found.kind, found.level) == ("stranger", "bad")
    for said in found.detail.in_language("zh"), found.detail.in_language("en"):
        assert all(each in said for each in ("kcat", "10.0.0.7", INTAKE, *TAKEN))


async def test_the_strip_shows_it(visit: Visit, broker: FakeBroker) -> None:
    broker.in_our_groups = [Stranger(INTAKE, "kcat", "10.0.0.7", TAKEN)]
    async with visit() as console:
        page = html.unescape((await console.get("/topics", headers={"accept-language": "en"})).text)
        assert "A stranger reads what" in page and "kcat" in page
