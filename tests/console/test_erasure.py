"""Two people erase a subscription once nothing of it goes on; the console itself keeps nothing of whose it was."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest
import sqlalchemy as sa

from contracts.messages.ops import SubscriptionErased
from evidence.bundle import bundle
from evidence.claims import claims
from evidence.verify import unwrapped, verify
from policies.pack import Pack, load
from runtime.envelope import decode
from runtime.kernel.arrivals import Consumed
from runtime.kernel.store import Store
from services.console.app import projection
from services.console.cures.dead_letters import Letters
from services.console.cures.erasable import Because, Known, in_the_way
from services.console.cures.erasures import AT_ONCE
from services.console.cures.proposals import Proposals
from services.console.cures.second_person import SecondPerson
from services.console.kept.forgetting import ERASED
from services.console.kept.tables import METADATA
from services.console.roles import Role
from tests.console.conftest import (
    ACCEPTED,
    NOW,
    REQUEST,
    FakeBroker,
    FakeHost,
    Tape,
    as_read,
)
from tests.console.test_second_person import answer, who
from tests.console.test_sign_in import browser, signed_in

SUBSCRIPTION, OTHER, THIRD = (
    "sub-line0001",
    "22222222-2222-4222-8222-222222222222",
    "33333333-3333-4333-8333-333333333333",
)
WISH = {"subscription": SUBSCRIPTION, "ground": "customers-request", "reason": "asked in writing"}
PERSONAL = (SUBSCRIPTION, "138****1234", "moving")
ABOUT: dict[str, Any] = {"audience": ACCEPTED["audience"]}
HALF_A_YEAR = timedelta(days=183)


@pytest.fixture
def closed(tape: Tape) -> None:
    told = ACCEPTED | {"application": {"kind": "line", "reason": "moving"}}
    tape.play(
        tape.event("intake", "request.accepted.v1", told),
        tape.event("billing", "fee.settled.v1", ABOUT | {"paid": {"minor": 4200, "currency": "CNY"}}),
        tape.event("notify", "request.closed.v1"),
        tape.event("intake", "request.accepted.v1", told, request_id=OTHER),
        tape.event("notify", "request.closed.v1", request_id=OTHER),
        tape.letter(),
    )


async def propose(client: httpx.AsyncClient, host: FakeHost, name: str = "zhao", **more: Any) -> httpx.Response:
    return await client.post("/v1/erasures", json=WISH | more, headers=who(host, name, Role.LEAD))


def come_back(host: FakeHost, tape: Tape) -> None:
    """The console reads what it said."""
    tape.play(*(tape.at(record) for record in host.published))


def texts(store: Store) -> Iterator[tuple[str, str]]:
    for table in METADATA.sorted_tables:
        yield from ((table.name, str(tuple(row))) for row in store.read(sa.select(table)))


def left(store: Store) -> set[str]:
    return {table for table, text in texts(store) if any(each in text for each in PERSONAL)}


# ---- whether it may be -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "because"),
    [
        (Known(REQUEST, "", NOW, 0, None), "open"),
        (Known(REQUEST, "closed", NOW - 2 * HALF_A_YEAR, 1, None), "waits"),
        (Known(REQUEST, "closed", NOW - 2 * HALF_A_YEAR, 0, NOW + timedelta(days=1)), "promised"),
        (Known(REQUEST, "closed", NOW - timedelta(days=170), 0, None), "kept"),
        (Known(REQUEST, "closed", NOW - HALF_A_YEAR, 0, NOW - timedelta(days=1)), None),
        (Known(REQUEST, "rejected", NOW - HALF_A_YEAR, 0, None), None),
    ],
)
def test_it_may_be_erased_when_nothing_goes_on_and_its_time_is_over(known: Known, because: Because | None) -> None:
    found = in_the_way(known, load("cn-carrier"), NOW)
    assert (found.because if found else None) == because


async def test_a_request_that_goes_on_is_in_the_way(host: FakeHost, tape: Tape, closed: None) -> None:
    tape.play(tape.event("intake", "request.accepted.v1", ACCEPTED, request_id=THIRD))
    async with browser(host) as client:
        tried, refused = await propose(client, host, dry_run=True), await propose(client, host)
        nobody = await propose(client, host, subscription="sub-nobody01")
    assert tried.json()["in_the_way"] == [
        {"request_id": THIRD, "because": "open", "why": {"zh": "仍在办理", "en": "is still open"}}
    ]
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "not-to-be-erased-yet")
    assert problem["errors"] == [{"pointer": f"/{THIRD}", "message": "is still open"}] and problem["hint"]
    assert (nobody.status_code, nobody.json()["code"]) == (404, "nothing-to-erase")
    assert host.published == []


async def test_only_a_lead_may_and_a_different_one_confirms(host: FakeHost, closed: None) -> None:
    async with browser(host) as client:
        low = await client.post("/v1/erasures", json=WISH, headers=who(host, "zhao", Role.OPERATOR))
        proposal = (await propose(client, host)).json()["proposal"]
        same = await answer(client, host, proposal, "zhao", role=Role.LEAD)
        lower = await answer(client, host, proposal, "qian", role=Role.OPERATOR)
    assert [(each.status_code, each.json()["code"]) for each in (low, same, lower)] == [
        (403, "role-too-low"),
        (403, "same-person"),
        (403, "role-too-low"),
    ]
    assert host.published == []


# ---- what it does ----------------------------------------------------------------------------------------------------


async def erase(host: FakeHost, tape: Tape) -> list[SubscriptionErased]:
    async with browser(host) as client:
        proposal = (await propose(client, host)).json()["proposal"]
        done = await answer(client, host, proposal, "qian", role=Role.LEAD)
    assert (done.status_code, done.json()["state"]) == (202, "confirmed")
    come_back(host, tape)
    found = (decode(record).message for record in host.published)
    return [message for message in found if isinstance(message, SubscriptionErased)]


async def test_the_console_keeps_the_way_the_amounts_and_hashes(
    host: FakeHost, tape: Tape, store: Store, closed: None
) -> None:
    before = {event["id"]: event["sha256"] for event in await events_of(host, REQUEST)}
    assert left(store) >= {"events", "requests"}
    first, second = await erase(host, tape)
    assert {first.request_id, second.request_id} == {REQUEST, OTHER} and first.erasure == second.erasure
    assert (first.operator, first.second, first.ground, first.requests, first.letters) == (
        "zhao",
        "qian",
        "customers-request",
        2,
        1,
    )
    assert left(store) == set()
    after = await events_of(host, REQUEST)
    assert {event["id"]: event["sha256"] for event in after if event["type"] in TYPES} == before
    assert [event["body"]["paid"]["minor"] for event in after if event["type"] == "fee.settled.v1"] == [4200]


TYPES = ("request.accepted.v1", "fee.settled.v1", "request.closed.v1")


async def events_of(host: FakeHost, request: str) -> list[dict[str, Any]]:
    async with browser(host) as client:
        found = (await client.get(f"/v1/requests/{request}", headers=who(host, "zhao"))).json()
    return list(found["events"])


async def test_the_letters_originals_go_with_it(host: FakeHost, tape: Tape, store: Store, closed: None) -> None:
    await erase(host, tape)
    rows = store.read(sa.text("select state, value, key, operator from dead_letters"))
    assert [tuple(row) for row in rows] == [("erased", None, None, "zhao")]


async def test_the_same_wish_once_more_goes_with_the_request_it_joined(
    host: FakeHost, tape: Tape, store: Store, closed: None
) -> None:
    tape.play(tape.event("intake", "submission.joined.v1", {"joined": OTHER}, request_id=THIRD))
    acts = await erase(host, tape)
    assert {act.request_id for act in acts} == {REQUEST, OTHER, THIRD}


async def test_erased_twice_and_in_any_order_of_the_topics_it_comes_to_the_same(
    host: FakeHost, tape: Tape, store: Store, pack: Pack, closed: None
) -> None:
    await erase(host, tape)
    come_back(host, tape)
    late = tape.event("billing", "fee.refunded.v1", ABOUT)
    tape.play(late)
    assert left(store) == set()
    again, other = Store("memory:", "console"), Tape(projection(Store("memory:", "x"), pack, "1"))
    other.projection = projection(again, pack, "1")
    acts = [other.at(record) for record in host.published]
    other.offset = 0
    told = ACCEPTED | {"application": {"kind": "line", "reason": "moving"}}
    same = [
        other.event("intake", "request.accepted.v1", told),
        other.event("billing", "fee.settled.v1", ABOUT | {"paid": {"minor": 4200, "currency": "CNY"}}),
        other.event("notify", "request.closed.v1"),
    ]
    for each in (*acts, *same):
        other.play(each)
    assert left(again) == set()
    row = "select * from requests where request_id = :id"
    found = [each.read(sa.text(row).bindparams(id=REQUEST))[0] for each in (store, again)]
    assert found[0].subscription == found[1].subscription == ERASED and found[0].stage == found[1].stage
    again.close()


async def test_a_console_that_makes_its_lists_again_makes_them_without_whose_they_were(
    host: FakeHost, tape: Tape, store: Store, pack: Pack, closed: None
) -> None:
    await erase(host, tape)
    before = sorted(text for table, text in texts(store) if table in ("requests", "money"))
    with store.transaction() as tx:
        tx.execute(sa.text("delete from read_model"))
    projection(store, pack, "2")
    assert sorted(text for table, text in texts(store) if table in ("requests", "money")) == before


async def test_what_died_half_way_is_finished(host: FakeHost, tape: Tape, store: Store, closed: None) -> None:
    async with browser(host) as client:
        proposal = (await propose(client, host)).json()["proposal"]
        host.broker_away = True
        waits = await answer(client, host, proposal, "qian", role=Role.LEAD)
    assert (waits.status_code, host.published) == (503, [])
    host.broker_away = False
    proposals = Proposals(store, timedelta(hours=1))
    two = SecondPerson(host, Letters(host, FakeBroker()), proposals)
    await two.send_again()
    assert proposals.one(proposal)["state"] == "confirmed" and len(host.published) == 3
    come_back(host, tape)
    assert left(store) == set()


async def test_a_new_request_before_the_second_confirms_is_in_the_way(host: FakeHost, tape: Tape, closed: None) -> None:
    async with browser(host) as client:
        proposal = (await propose(client, host)).json()["proposal"]
        tape.play(tape.event("intake", "request.accepted.v1", ACCEPTED, request_id=THIRD))
        refused = await answer(client, host, proposal, "qian", role=Role.LEAD)
    assert (refused.status_code, refused.json()["code"]) == (409, "not-to-be-erased-yet")
    assert host.published == []


async def test_a_letter_that_names_it_and_came_after_the_proposal_goes_with_the_next_one(
    host: FakeHost, tape: Tape, store: Store, closed: None
) -> None:
    async with browser(host) as client:
        proposal = (await propose(client, host)).json()["proposal"]
        tape.play(about(tape, SUBSCRIPTION, "late"))
        refused = await answer(client, host, proposal, "qian", role=Role.LEAD)
    assert (refused.status_code, refused.json()["code"]) == (409, "more-to-erase") and host.published == []
    await erase(host, tape)
    assert left(store) == set()


def about(tape: Tape, subscription: str, name: str) -> Consumed:
    """A dead letter of no request, whose original names somebody."""
    letter = tape.letter(x_original_offset=name)
    value = f'{{"subscription": "{subscription}"}}'.encode()
    return letter._replace(record=letter.record._replace(key=None, value=value))


async def test_letters_of_a_line_whose_name_begins_with_this_one_stay(
    host: FakeHost, tape: Tape, store: Store, closed: None
) -> None:
    others = [about(tape, f"{SUBSCRIPTION}{more}", more) for more in ("2", "a")]
    tape.play(about(tape, SUBSCRIPTION, "own"), *others)
    first, _ = await erase(host, tape)
    kept = store.read(sa.text("select value from dead_letters where state <> 'erased' order by value"))
    assert (first.letters, [row.value for row in kept]) == (2, [each.record.value for each in others])


async def test_however_many_there_are_all_go_at_once(host: FakeHost, tape: Tape, store: Store, closed: None) -> None:
    told, many = ACCEPTED | {"application": {"kind": "line", "reason": "moving"}}, 2 * AT_ONCE + 1
    ids = [f"44444444-4444-4444-8444-{n:012}" for n in range(many)]
    for own in ids:
        tape.play(tape.event("intake", "request.accepted.v1", told, request_id=own))
        tape.play(tape.event("notify", "request.closed.v1", request_id=own))
        tape.play(about(tape, SUBSCRIPTION, own))
    twin = tape.event("intake", "submission.joined.v1", {"joined": ids[-1]}, request_id=THIRD)
    tape.play(twin)
    acts = await erase(host, tape)
    assert {act.request_id for act in acts} == {REQUEST, OTHER, THIRD, *ids}
    assert {(act.requests, act.letters) for act in acts} == {(many + 3, many + 1)}
    assert left(store) == set()


# ---- what people see -------------------------------------------------------------------------------------------------


async def test_the_page_proposes_it_and_then_says_when_it_was(host: FakeHost, tape: Tape, closed: None) -> None:
    async with browser(host) as first:
        token = await signed_in(first, host, "zhao", Role.LEAD)
        page = await first.get(f"/requests/{REQUEST}?lang=en")
        asked = await first.get(f"/orders/erasure?request={REQUEST}&lang=en")
        form = {"token": token, "request": REQUEST, "ground": "consent-withdrawn", "reason": "by letter", "key": "k"}
        empty = await first.post("/orders/erasure?lang=en", data=form | {"reason": ""})
        placed = await first.post("/orders/erasure?lang=en", data=form)
    assert f"/orders/erasure?request={REQUEST}" in page.text
    assert "tuiding erasure order sub-line0001" in as_read(asked.text) and "requests 2" in asked.text
    assert 'role="alert"' in empty.text and "A second person has to confirm" in placed.text
    async with browser(host) as second:
        token = await signed_in(second, host, "qian", Role.LEAD)
        work = await second.get("/work?lang=en")
        own = work.text.split('name="proposal" value="')[1].split('"')[0]
        done = await second.post(
            "/orders/proposals?lang=en", data={"token": token, "proposal": own, "answer": "confirm"}
        )
        come_back(host, tape)
        after = await second.get(f"/requests/{REQUEST}?lang=en")
        listed = await second.get("/requests?lang=zh")
    assert "2 requests" in work.text and done.status_code == 303
    assert after.status_code == listed.status_code == 200
    assert "by zhao + qian: consent was withdrawn" in after.text and "/orders/erasure" not in after.text
    rows = re.sub("<option.*?</option>", "", listed.text)  # by which any list can be asked
    assert not any(each in after.text + rows for each in PERSONAL)


async def test_the_evidence_of_an_erased_request_says_so(host: FakeHost, tape: Tape, closed: None) -> None:
    await erase(host, tape)
    async with browser(host) as client:
        told = (await client.get(f"/v1/requests/{REQUEST}", headers=who(host, "zhao"))).json()
    data = bundle(told)
    verify(data)
    files = unwrapped(data)
    assert claims(files)
    request = orjson.loads(files["request.json"])
    assert request["erased"]["operator"] == "zhao" and request["erased"]["ground"] == "customers-request"
    assert "Erased on" in files["report.en.html"].decode() and "个人信息已清除" in files["report.zh.html"].decode()
    assert not any(each.encode() in content for each in PERSONAL for content in files.values())
