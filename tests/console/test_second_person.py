"""Much money and many dead letters take two: the first proposes, a different second confirms, in time or never."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine

from contracts.messages.ops import DeadLetterErased, DisputeDecided, ElsewhereGround, ElsewhereNoted
from policies.pack import Pack
from runtime.envelope import decode
from runtime.kernel.store import Store
from runtime.local import tickets
from services.console.cures.dead_letters import Letters
from services.console.cures.proposals import MOST_ALONE, SENDING, Proposals, at_stake, too_much
from services.console.cures.second_person import SecondPerson
from services.console.roles import Role
from services.console.signing_in.sessions import Operator, Way
from tests.console.conftest import ACCEPTED, ORDER, REQUEST, WHO, FakeBroker, FakeHost, Tape
from tests.console.test_sign_in import browser, signed_in

LIMIT = 50_000
WAIVE: dict[str, Any] = {"outcome": "waived"} | WHO


def disputed(minor: int) -> dict[str, Any]:
    return {"amount": {"minor": minor, "currency": "CNY"}}


@pytest.fixture
def dispute(tape: Tape) -> None:
    tape.play(
        tape.event("intake", "request.accepted.v1", ACCEPTED),
        tape.event("billing", "dispute.opened.v1", disputed(LIMIT + 1)),
    )


def who(host: FakeHost, name: str, role: Role = Role.OPERATOR, key: str = "k") -> dict[str, str]:
    token = tickets.issue(Path(host.settings.data), tickets.TOKEN, name, role)
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": key}


async def decide(client: httpx.AsyncClient, host: FakeHost, name: str, key: str = "k") -> httpx.Response:
    return await client.post(f"{ORDER}/dispute-decision", json=WAIVE, headers=who(host, name, key=key))


async def answer(
    client: httpx.AsyncClient,
    host: FakeHost,
    proposal: str,
    name: str,
    confirm: bool = True,
    role: Role = Role.OPERATOR,
) -> httpx.Response:
    address = f"/v1/proposals/{proposal}/answer"
    return await client.post(address, json={"confirm": confirm}, headers=who(host, name, role))


async def test_a_second_person_confirms_much_money_and_both_names_are_on_the_topic(
    host: FakeHost, dispute: None
) -> None:
    async with browser(host) as client:
        proposed = await decide(client, host, "lin")
        again = await decide(client, host, "lin")
        assert (proposed.status_code, host.published) == (202, [])
        own = proposed.json()["proposal"]
        assert again.json()["proposal"] == own
        alone = await answer(client, host, own, "lin")
        assert (alone.status_code, alone.json()["code"], host.published) == (403, "same-person", [])
        viewer = await answer(client, host, own, "sun", role=Role.VIEWER)
        assert (viewer.status_code, host.published) == (403, [])
        done = await answer(client, host, own, "wang")
        assert done.status_code == 202
        repeated = await answer(client, host, own, "wang")
        third = await answer(client, host, own, "zhao")
        listed = (await client.get("/v1/proposals", headers=who(host, "sun", Role.VIEWER))).json()
    assert (repeated.json()["event"], third.json()["code"]) == (done.json()["event"], "proposal-over")
    assert listed == {"proposals": []}
    sent = {decode(record).id: decode(record).message for record in host.published}
    (message,) = sent.values()
    assert isinstance(message, DisputeDecided)
    assert (message.operator, message.second, message.outcome) == ("lin", "wang", "waived")


@pytest.mark.parametrize("spelled", ["lin", "Lin", "LIN", "lIn"])
async def test_one_person_under_another_spelling_is_no_second_one(host: FakeHost, dispute: None, spelled: str) -> None:
    async with browser(host) as client:
        own = (await decide(client, host, "lin")).json()["proposal"]
        alone = await answer(client, host, own, spelled, role=Role.LEAD)
        assert (alone.status_code, alone.json()["code"], host.published) == (403, "same-person", [])
        assert (await answer(client, host, own, "lin2")).status_code == 202


@pytest.mark.parametrize(("spelled", "offered"), [("lin", "Take back"), ("Lin", "Take back"), ("lin2", "Confirm<")])
async def test_the_page_offers_to_confirm_to_another_person_only(
    host: FakeHost, dispute: None, spelled: str, offered: str
) -> None:
    async with browser(host) as client:
        await decide(client, host, "lin")
        await signed_in(client, host, spelled)
        work = (await client.get("/work?lang=en")).text
    assert [each for each in ("Take back", "Confirm<") if each in work] == [offered]


async def test_what_is_not_above_the_limit_one_person_decides(host: FakeHost, tape: Tape) -> None:
    opened = tape.event("billing", "dispute.opened.v1", disputed(LIMIT))
    tape.play(tape.event("intake", "request.accepted.v1", ACCEPTED), opened)
    async with browser(host) as client:
        assert "event" in (await decide(client, host, "lin")).json()
    message = decode(host.published[0]).message
    assert isinstance(message, DisputeDecided) and (message.operator, message.second) == ("lin", None)


async def test_both_names_are_in_what_evidence_is_collected_from_and_in_the_log(host: FakeHost, tape: Tape) -> None:
    decided = tape.event("console", "dispute.decided.v1", {"operator": "lin", "second": "wang"})
    tape.play(tape.event("intake", "request.accepted.v1", ACCEPTED), decided)
    async with browser(host) as client:
        found = (await client.get(f"/v1/requests/{REQUEST}", headers=who(host, "sun", Role.VIEWER))).json()
        log = (await client.get("/workers?lang=en", headers=who(host, "sun", Role.VIEWER))).text
    (body,) = [each["body"] for each in found["events"] if each["type"] == "dispute.decided.v1"]
    assert (body["operator"], body["second"]) == ("lin", "wang") and "lin + wang" in log


async def test_a_refused_and_an_expired_proposal_are_over(host: FakeHost, dispute: None) -> None:
    async with browser(host) as client:
        with time_machine.travel(1_790_000_000, tick=False) as clock:
            first = (await decide(client, host, "lin", "one")).json()["proposal"]
            second = (await decide(client, host, "lin", "two")).json()["proposal"]
            assert (await answer(client, host, first, "lin", confirm=False)).status_code == 202
            clock.shift(timedelta(hours=25))
            codes = [(await answer(client, host, own, "wang")).json()["code"] for own in (first, second, "nobodys")]
    assert codes == ["proposal-over", "proposal-over", "unknown-proposal"] and host.published == []


async def test_of_two_who_confirm_at_the_same_moment_one_does(host: FakeHost, dispute: None) -> None:
    async with browser(host) as client:
        own = (await decide(client, host, "lin")).json()["proposal"]
        both = await asyncio.gather(*(answer(client, host, own, name) for name in ("wang", "zhao")))
    assert sorted(each.status_code for each in both) == [202, 409] and len(host.published) == 1


async def test_on_the_page_the_first_proposes_and_the_second_confirms(host: FakeHost, dispute: None) -> None:
    order = {"answer": "waived", "request": REQUEST, "incident": "dispute-answer", "reason": "not read out", "key": "k"}
    async with browser(host) as first, browser(host) as second:
        mine = {"token": await signed_in(first, host, "lin")}
        told = await first.post("/orders?lang=en", data=order | mine)
        assert "A second person has to confirm" in told.text and host.published == []
        own = (await first.get("/v1/proposals")).json()["proposals"][0]["id"]
        work = (await first.get("/work?lang=en")).text
        assert "Take back" in work and "orders to confirm: 1" in work
        form = {"proposal": own, "answer": "confirm"}
        assert "Whoever proposed it cannot" in (await first.post("/orders/proposals?lang=en", data=form | mine)).text
        theirs = {"token": await signed_in(second, host, "wang")}
        assert "CNY 500.01" in (await second.get("/work?lang=en")).text
        assert (await second.post("/orders/proposals", data=form | mine)).status_code == 403
        done = await second.post("/orders/proposals", data=form | theirs)
    assert done.status_code == 303 and len(host.published) == 1


# ---- the broker is away when the second one confirms -----------------------------------------------------------------


@pytest.fixture
def two(host: FakeHost, broker: FakeBroker) -> SecondPerson:
    """The console's own hand, as it goes on while it runs."""
    return SecondPerson(host, Letters(host, broker), Proposals(host.store, timedelta(hours=24)))


async def test_what_two_decided_while_the_broker_was_away_is_shown_and_goes_out_by_itself(
    host: FakeHost, dispute: None, two: SecondPerson
) -> None:
    async with browser(host) as client:
        own = (await decide(client, host, "lin")).json()["proposal"]
        host.broker_away = True
        away = await answer(client, host, own, "wang")
        assert (away.status_code, away.json()["code"]) == (503, "broker-away")
        await two.send_again()
        viewer = who(host, "sun", Role.VIEWER)
        (waiting,) = (await client.get("/v1/proposals", headers=viewer)).json()["proposals"]
        assert (waiting["state"], waiting["operator"], waiting["second"]) == ("sending", "lin", "wang")
        for path in ("/work", f"/requests/{REQUEST}"):
            page = (await client.get(f"{path}?lang=en", headers=viewer)).text
            assert "it goes out by itself once the broker answers" in page and "wang" in page, path
        host.broker_away = False
        await two.send_again()
        await two.send_again()
        assert (await client.get("/v1/proposals", headers=viewer)).json() == {"proposals": []}
        assert "confirmed and ordered" in (await client.get(f"/requests/{REQUEST}?lang=en", headers=viewer)).text
    (sent,) = [decode(record) for record in host.published]
    assert isinstance(sent.message, DisputeDecided)
    assert (sent.message.operator, sent.message.second) == ("lin", "wang")


async def test_the_page_of_the_second_says_that_it_goes_out_by_itself(host: FakeHost, dispute: None) -> None:
    async with browser(host) as client:
        own = (await decide(client, host, "lin")).json()["proposal"]
        form = {"proposal": own, "answer": "confirm", "token": await signed_in(client, host, "wang")}
        host.broker_away = True
        done = await client.post("/orders/proposals?lang=en", data=form)
    assert (done.status_code, done.headers["location"]) == (303, "/work?lang=en")


async def test_a_case_that_was_decided_while_the_broker_was_away_is_not_decided_again(
    host: FakeHost, dispute: None, two: SecondPerson, tape: Tape
) -> None:
    async with browser(host) as client:
        own = (await decide(client, host, "lin")).json()["proposal"]
        two.proposals.settle(own, Operator("wang", Role.OPERATOR, Way.LINK), SENDING)  # and the console dies
        tape.play(tape.event("billing", "dispute.resolved.v1"))
        await two.send_again()
        page = (await client.get(f"/requests/{REQUEST}?lang=en", headers=who(host, "sun", Role.VIEWER))).text
    assert "things had changed" in page and host.published == [] and two.proposals.unsent() == []


async def test_many_letters_that_two_dealt_with_wait_for_the_broker_too(
    host: FakeHost, places: list[str], two: SecondPerson, dispute: None
) -> None:
    many = {"deal": "redrive", "places": places, "reason": "the cause is gone"}
    async with browser(host) as client:
        proposed = await client.post("/v1/dead-letters/many", json=many, headers=who(host, "lin"))
        host.broker_away = True
        tried = (await answer(client, host, proposed.json()["proposal"], "wang")).json()["outcomes"]
        assert [each["place"] for each in tried] == sorted(places) and {each["refused"] for each in tried} == {
            "broker-away"
        }
        assert [each["state"] for each in two.proposals.unsent()] == ["sending"]
        host.broker_away = False
        await two.send_again()
        viewer = who(host, "sun", Role.VIEWER)
        about = (await client.get(f"/requests/{REQUEST}?lang=en", headers=viewer)).text
        log = (await client.get("/workers?lang=en", headers=viewer)).text
    assert two.proposals.unsent() == [] and len(host.published) == len(places)
    assert "lin + wang" in about and f"Dead letters × {len(places)}" in log


# ---- two operators, one case -----------------------------------------------------------------------------------------


async def test_of_two_who_decide_one_case_the_first_does(host: FakeHost, tape: Tape) -> None:
    opened = tape.event("billing", "dispute.opened.v1", disputed(100))
    tape.play(tape.event("intake", "request.accepted.v1", ACCEPTED), opened)
    async with browser(host) as client:
        first = await decide(client, host, "lin", "one")
        second = await decide(client, host, "wang", "two")
        repeated = await decide(client, host, "lin", "one")
        assert (first.status_code, second.json()["code"], repeated.status_code) == (202, "decided-meanwhile", 202)
        tape.play(
            tape.event(
                "billing", "command.refused.v1", {"command": "dispute.decided"}, ce_causationid=first.json()["event"]
            )
        )
        assert (await decide(client, host, "wang", "three")).status_code == 202


async def test_a_dialog_of_a_case_that_was_decided_meanwhile_is_refused(host: FakeHost, story: None) -> None:
    form = {"answer": "retry", "request": REQUEST, "incident": "charge:2", "reason": "checked", "key": "k"}
    async with browser(host) as client:
        form["token"] = await signed_in(client, host)
        answered = await client.post("/orders?lang=en", data=form)
    assert "Somebody else has decided this meanwhile" in answered.text and host.published == []


async def test_a_dispute_the_console_has_not_heard_of_is_decided_by_nobody(host: FakeHost, story: None) -> None:
    async with browser(host) as client:
        assert (await decide(client, host, "lin")).json()["code"] == "nothing-disputed"
    assert host.published == []


# ---- many at once ----------------------------------------------------------------------------------------------------


@pytest.fixture
def places(host: FakeHost, tape: Tape, store: Store) -> list[str]:
    letters = [tape.letter("intake", x_redrive_number=str(number)) for number in range(MOST_ALONE + 1)]
    tape.play(*letters)
    return [f"{each.record.topic}[{each.partition}]@{each.offset}" for each in letters]


async def test_more_letters_than_one_person_may_take_two(host: FakeHost, places: list[str]) -> None:
    many = {"deal": "erase", "places": places, "reason": "somebody's number in each"}
    async with browser(host) as client:
        few = await client.post("/v1/dead-letters/many", json=many | {"places": places[:-1]}, headers=who(host, "lin"))
        low = await client.post("/v1/dead-letters/many", json=many, headers=who(host, "lin"))
        proposed = await client.post("/v1/dead-letters/many", json=many, headers=who(host, "lin", Role.LEAD))
        assert (few.status_code, low.status_code, proposed.status_code, host.published) == (422, 403, 202, [])
        done = await answer(client, host, proposed.json()["proposal"], "wang", role=Role.LEAD)
    assert [each["state"] for each in done.json()["outcomes"]] == ["erased"] * len(places)
    messages = [decode(record).message for record in host.published]
    assert {(each.operator, each.second) for each in messages if isinstance(each, DeadLetterErased)} == {
        ("lin", "wang")
    }
    assert len(messages) == len(places)


async def test_on_the_page_many_letters_are_proposed(host: FakeHost, places: list[str]) -> None:
    async with browser(host) as client:
        form = {"token": await signed_in(client, host), "what": "discard", "reason": "noise of a test", "key": "k"}
        dialog = await client.get("/orders/letters", params={"what": "discard", "place": places, "lang": "en"})
        assert f"({len(places)})" in dialog.text and "a colleague confirms them" in dialog.text
        told = await client.post("/orders/letters?lang=en", data=form | {"place": places})
        waiting = (await client.get("/v1/proposals")).json()["proposals"]
    assert "A second person has to confirm" in told.text
    assert [(each["order"], each["amount"]) for each in waiting] == [("discard", len(places))]


async def test_many_letters_one_by_one_are_many_at_once(host: FakeHost, places: list[str]) -> None:
    async with browser(host) as client:
        answers = [
            await client.post(f"/v1/dead-letters/{place}/discard", json=WHO, headers=who(host, "lin"))
            for place in places
        ]
        other = await client.post(f"/v1/dead-letters/{places[-1]}/discard", json=WHO, headers=who(host, "wang"))
    assert [each.status_code for each in answers] == [200] * MOST_ALONE + [403]
    assert (answers[-1].json()["code"], other.status_code) == ("too-many-alone", 200)


# ---- the limit -------------------------------------------------------------------------------------------------------


def test_the_limit_is_the_packs(pack: Pack) -> None:
    assert not too_much(pack, LIMIT) and too_much(pack, LIMIT + 1)
    assert not too_much(pack.model_copy(update={"second_person_above_minor": None}), 10**9)


@pytest.mark.parametrize(
    ("amounts", "minor"),
    [([], 0), ([{"minor": 5}], 5), ([{"minor": 5}, {"minor": 7}], 7), ([{"minor": -9}], 9), (["x", None], 0)],
)
def test_what_is_at_stake_is_the_most_that_is_disputed(amounts: list[Any], minor: int) -> None:
    events = [{"type": "dispute.opened.v1", "body": {"amount": amount}} for amount in amounts]
    decided = DisputeDecided(request_id=REQUEST, operator="lin", reason="why", outcome="waived")
    assert at_stake(decided, [*events, {"type": "dispute.opened.v1", "body": "unreadable"}]) == minor


@pytest.mark.parametrize(
    ("quotes", "minor"),
    [
        ([], 0),
        ([{"quote": {"total": {"minor": LIMIT + 1}}}], LIMIT + 1),
        ([{"quote": {"total": {"minor": 5}}}, {"quote": {"total": {"minor": 3}}}], 5),
        (["x", {}, {"quote": None}, {"quote": {"total": 7}}], 0),
    ],
)
def test_with_what_was_done_elsewhere_the_whole_quote_is_at_stake(quotes: list[Any], minor: int) -> None:
    events = [{"type": "quote.issued.v1", "body": body} for body in quotes]
    noted = ElsewhereNoted(
        request_id=REQUEST,
        operator="lin",
        reason="why",
        incident="charge:settlement",
        ground=ElsewhereGround.BILLED,
        evidence="x-1",
    )
    assert at_stake(noted, events) == minor


@pytest.mark.parametrize(
    ("told", "minor"),
    [
        ([300], 300),
        ([300, 5], 300),  # said once more with less: nobody makes it less by that
        ([-LIMIT - 1], LIMIT + 1),
        ([None], 36500),  # a service of before said no amount: the quote stands in
        ([], 36500),
    ],
)
def test_of_money_that_was_refused_so_much_is_at_stake_as_was_refused(told: list[int | None], minor: int) -> None:
    events: list[Any] = [{"type": "quote.issued.v1", "body": {"quote": {"total": {"minor": 36500}}}}]
    for each in told:
        body = {"incident": "charge:final-bill"} | ({} if each is None else {"amount": {"minor": each}})
        events += [{"type": "attention.required.v1", "body": body}]
    events += [{"type": "attention.required.v1", "body": {"incident": "charge:dispute", "amount": {"minor": 99999}}}]
    said = {"operator": "lin", "reason": "why", "ground": ElsewhereGround.BILLED, "evidence": "x-1"}
    noted = ElsewhereNoted(request_id=REQUEST, incident="charge:final-bill", **said)
    assert at_stake(noted, events) == minor
