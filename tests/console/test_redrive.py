"""What operators do with dead letters: send them back where they came from, or discard them, once."""

import hashlib

import httpx
import pytest
import sqlalchemy as sa

from runtime.envelope import Record, decode
from runtime.kernel.arrivals import Consumed
from runtime.signatures import Signatures
from services.console.kept.tables import DEAD_LETTERS
from tests.console.conftest import (
    REQUEST,
    WHO,
    FakeBroker,
    FakeHost,
    Tape,
    Visit,
    as_read,
)
from tests.contracts.sound import record_of

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("story")]


async def place(client: httpx.AsyncClient, state: str = "open") -> str:
    return str((await client.get(f"/v1/dead-letters?state={state}")).json()["dead_letters"][0]["place"])


async def test_a_redrive_sends_the_original_back_where_it_came_from_once(visit: Visit, host: FakeHost) -> None:
    async with visit() as client:
        door = f"/v1/dead-letters/{await place(client)}/redrive"
        dry = await client.post(door, json=WHO | {"dry_run": True})
        sent = await client.post(door, json=WHO)
        twice = await client.post(door, json=WHO)
    assert (dry.status_code, dry.json()["state"], dry.json()["topic"]) == (200, "open", "cancellation.commands")
    assert (sent.status_code, twice.status_code, twice.json()["code"]) == (202, 409, "already-redriven")
    (record,) = host.published
    assert (record.topic, record.key, record.value) == ("cancellation.commands", REQUEST.encode(), b'{"noise": 1}')
    kept, added = list(record.headers[:2]), dict(record.headers[2:])
    assert kept == [("ce_id", b"the-original"), ("x-channel", b"its own")]
    group = {"x-redrive-group": b"tuiding-intake"}
    assert added == {"x-redrive-count": b"1", "x-redrive-keeps-id": b"yes"} | group


@pytest.mark.parametrize(("code", "keeps"), [("decision-failed", None), ("unknown-type", b"yes")])
async def test_it_goes_to_whoever_set_it_aside_and_anew_only_if_it_had_been_taken_in(
    visit: Visit, host: FakeHost, tape: Tape, code: str, keeps: bytes | None
) -> None:
    """What several services could not read keeps its id, so each decides it once, however many letters are redriven."""
    letter = tape.letter("review", "cancellation.intake", **{"x-error-code": code})
    tape.play(letter)
    async with visit() as client:
        assert (await client.post(f"/v1/dead-letters/{letter.place}/redrive", json=WHO)).status_code == 202
    headers = dict(host.published[0].headers)
    assert (headers["x-redrive-group"], headers.get("x-redrive-keeps-id")) == (b"tuiding-review", keeps)


TAKEN = "same-id-other-content"
FORETOLD = {  # what lies there: who will decide, and why it surely fails again
    "a type nobody knows": ("review", {"ce_type": "from.elsewhere.v1"}, ["review"], "unknown-type"),
    "not its sender's to say": ("billing", {"ce_source": "/channels/app"}, ["billing"], "not-yours-to-say"),
    "what the contract reads": ("review", {}, ["review"], ""),
    "an id that is taken": ("review", {"x-error-code": TAKEN}, ["review"], TAKEN),
}


@pytest.mark.parametrize("case", FORETOLD)
async def test_a_dry_run_says_who_will_decide_and_what_surely_fails_again(
    visit: Visit, host: FakeHost, tape: Tape, case: str
) -> None:
    service, changed, readers, code = FORETOLD[case]
    sound = record_of("request.accepted.v1")
    ours = {name: text for name, text in changed.items() if name.startswith("x-")}
    own = dict(sound.headers) | {name: text.encode() for name, text in changed.items() if name not in ours}
    plain = tape.letter(service, "cancellation.intake", **ours).record
    headers = [*own.items(), *plain.headers[2:]]
    letter = tape.at(plain._replace(key=sound.key, value=sound.value, headers=headers))
    tape.play(letter)
    async with visit() as client:
        told = (await client.post(f"/v1/dead-letters/{letter.place}/redrive", json=WHO | {"dry_run": True})).json()
        page = (await client.get("/orders/letters", params={"what": "redrive", "place": letter.place})).text
    assert (told["decided_by"], told["fails_again"].partition(":")[0]) == (readers, code)
    assert ("surely fails again" in page) == bool(code) and not host.published


async def test_a_dry_run_says_that_an_unsigned_money_event_fails_again(
    visit: Visit, host: FakeHost, tape: Tape
) -> None:
    sound = record_of("fee.settled.v1")
    plain = tape.letter("termination", sound.topic).record
    letter = tape.at(plain._replace(key=sound.key, value=sound.value, headers=[*sound.headers, *plain.headers[2:]]))
    tape.play(letter)
    host.signatures = Signatures(known={})
    async with visit() as client:
        told = (await client.post(f"/v1/dead-letters/{letter.place}/redrive", json=WHO | {"dry_run": True})).json()
    assert told["fails_again"].startswith("not-signed: ")


async def test_what_was_nothing_goes_back_as_nothing(visit: Visit, host: FakeHost, tape: Tape) -> None:
    letter = tape.letter(**{"x-original-value": "null"})
    tape.play(letter)
    async with visit() as client:
        await client.post(f"/v1/dead-letters/{letter.place}/redrive", json=WHO)
    assert host.published[0].value is None


async def test_a_letter_that_stands_for_many_sends_each_of_them_as_it_lies_on_its_topic(
    visit: Visit, host: FakeHost, tape: Tape, broker: FakeBroker
) -> None:
    lying = [Record("cancellation.commands", str(each).encode(), b"{", [("ce_id", b"x")]) for each in range(10)]
    broker.held = [Consumed(record, 2, offset, 0, "") for offset, record in enumerate(lying)]
    letter = tape.letter(**{"x-stands-for": "4", "x-offsets": "3-5,8"})
    gone = tape.letter(**{"x-stands-for": "2", "x-offsets": "9-10"})
    tape.play(letter, gone)
    async with visit() as client:
        door = f"/v1/dead-letters/{letter.place}/redrive"
        dry = await client.post(door, json=WHO | {"dry_run": True})
        sent = await client.post(door, json=WHO)
        not_all = await client.post(f"/v1/dead-letters/{gone.place}/redrive", json=WHO)
    assert (dry.json()["records"], sent.json()["records"], sent.json()["state"]) == (4, 4, "redriven")
    assert [record.key for record in host.published] == [b"3", b"4", b"5", b"8"]
    assert {dict(record.headers)["x-redrive-group"] for record in host.published} == {b"tuiding-intake"}
    assert (not_all.status_code, not_all.json()["code"]) == (409, "not-redrivable")
    assert "1 of the 2 records" in not_all.json()["detail"]


async def test_what_fails_again_can_be_redriven_again(visit: Visit, host: FakeHost, tape: Tape) -> None:
    async with visit() as client:
        await client.post(f"/v1/dead-letters/{await place(client)}/redrive", json=WHO)
        tape.play(tape.letter(x_redrive_count="1"))
        again = await client.post(f"/v1/dead-letters/{await place(client)}/redrive", json=WHO)
    assert (again.status_code, again.json()["redrive_count"]) == (202, 2)


async def test_a_redrive_the_broker_did_not_take_stays_open(visit: Visit, host: FakeHost) -> None:
    host.broker_away = True
    async with visit() as client:
        answer = await client.post(f"/v1/dead-letters/{await place(client)}/redrive", json=WHO)
        where = await place(client, "open")
        asked = WHO | {"what": "redrive", "place": where, "key": "k2", "lang": "en"}
        dialog = (await client.post("/orders/letters?lang=en", data=asked)).text
    assert answer.status_code == 503
    assert 'role="alert"' in dialog and f">{WHO['reason']}</textarea>" in dialog  # nothing has to be written twice


async def test_a_discarded_letter_is_kept_and_never_redriven(visit: Visit, host: FakeHost) -> None:
    async with visit() as client:
        where = await place(client)
        dry = await client.post(f"/v1/dead-letters/{where}/discard", json=WHO | {"dry_run": True})
        done = await client.post(f"/v1/dead-letters/{where}/discard", json=WHO)
        redriven = await client.post(f"/v1/dead-letters/{where}/redrive", json=WHO)
        kept = (await client.get("/v1/dead-letters?state=discarded")).json()["dead_letters"][0]
    assert (dry.json()["state"], done.json()["state"]) == ("open", "discarded")
    assert (redriven.status_code, redriven.json()["code"]) == (409, "already-discarded")
    assert (kept["operator"], kept["decision"]) == ("op-7", "checked by phone")


@pytest.mark.parametrize("topic", ["alarm", "answer", "someone.elses", "cancellation.intake.dead-letter"])
async def test_only_what_came_from_a_topic_of_ours_goes_back(
    visit: Visit, host: FakeHost, tape: Tape, topic: str
) -> None:
    late = tape.letter(topic=topic, **{"x-failed-at": "2027-01-01T00:00:00+00:00"})
    tape.play(late)
    async with visit() as client:
        answer = await client.post(f"/v1/dead-letters/{late.place}/redrive", json=WHO)
        missing = await client.post("/v1/dead-letters/nowhere/redrive", json=WHO)
    assert (answer.status_code, answer.json()["code"]) == (409, "not-redrivable")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown-dead-letter")
    assert host.published == []


PHONE = "13812345678"


async def test_an_erased_letter_keeps_its_hash_and_its_reason_and_nothing_else(
    visit: Visit, host: FakeHost, tape: Tape
) -> None:
    letter = tape.letter("review")
    record = letter.record._replace(key=PHONE.encode(), value=PHONE.encode())
    tape.play(letter._replace(record=record))
    door = f"/v1/dead-letters/{letter.place}"
    async with visit() as client:
        shown = (await client.get("/v1/dead-letters?state=")).text
        dry = await client.post(f"{door}/erase", json=WHO | {"dry_run": True})
        done = await client.post(f"{door}/erase", json=WHO)
        again = await client.post(f"{door}/erase", json=WHO)
        redriven = await client.post(f"{door}/redrive", json=WHO)
        (kept,) = (await client.get("/v1/dead-letters?state=erased")).json()["dead_letters"]
    assert PHONE not in shown
    assert (dry.status_code, dry.json()["state"]) == (200, "open")
    assert (done.status_code, done.json()["sha256"]) == (202, hashlib.sha256(PHONE.encode()).hexdigest())
    assert [(each.status_code, each.json()["code"]) for each in (again, redriven)] == [(409, "already-erased")] * 2
    assert (kept["reason"], kept["code"], kept["decision"]) == ("/items/0: wrong", "breaks-contract", WHO["reason"])
    (act,) = host.published
    assert (act.topic, decode(act).message.type) == ("cancellation.ops", "dead-letter.erased.v1")
    with host.store.transaction() as tx:
        row = next(row for row in tx.execute(sa.select(DEAD_LETTERS)) if row.place == letter.place)
    assert row.key is None and row.value is None and PHONE.encode() not in row.headers
    assert hashlib.sha256(PHONE.encode()).hexdigest().encode() in row.headers


@pytest.mark.parametrize("act_first", [True, False])
async def test_a_console_built_again_from_the_topics_erases_it_again(
    visit: Visit, host: FakeHost, tape: Tape, act_first: bool
) -> None:
    letter = tape.letter("review")
    tape.play(letter)
    async with visit() as client:
        await client.post(f"/v1/dead-letters/{letter.place}/erase", json=WHO)
    act = tape.at(host.published[0])
    with host.store.transaction() as tx:
        tx.execute(sa.delete(DEAD_LETTERS))
    for each in (act, letter) if act_first else (letter, act):
        tape.play(each)
    (row,) = host.store.read(sa.select(DEAD_LETTERS))
    assert (row.state, row.key, row.value, row.request_id) == ("erased", None, None, "")


async def test_every_field_of_a_letter_is_masked(visit: Visit, tape: Tape) -> None:
    names = ("x_original_topic", "x_error_code", "x_error_message", "x_dead_letter_id", "x_original_group")
    letter = tape.letter(**dict.fromkeys(names, f"call {PHONE}"))
    tape.play(letter._replace(record=letter.record._replace(key=PHONE.encode(), value=PHONE.encode())))
    async with visit() as client:
        for path in ("/v1/dead-letters", "/v1/overview", "/"):
            assert PHONE not in (await client.get(path)).text, path


async def test_the_page_says_what_an_erasure_leaves_and_then_does_it(visit: Visit, host: FakeHost) -> None:
    async with visit() as client:
        where = await place(client)
        form = {"what": "erase", "place": where, **WHO}
        listed = (await client.get("/dead-letters?lang=en")).text
        dialogs = [(await client.get("/orders/letters", params=form | {"lang": each})).text for each in ("en", "zh")]
        nothing_yet = list(host.published)
        done = (await client.post("/orders/letters?lang=en", data=form)).text
        (kept,) = (await client.get("/v1/dead-letters?state=erased")).json()["dead_letters"]
        after = (await client.get("/dead-letters?lang=en")).text
    assert 'value="erase"' in listed
    assert "only the hash and the reason stay" in dialogs[0] and "只保留哈希值和原因" in dialogs[1]
    assert f"tuiding dead-letters erase '{where}'" in as_read(dialogs[0])
    assert nothing_yet == [] and len(host.published) == 1
    assert "original erased" in done and "hx-trigger" not in done.partition('id="outcome"')[2]
    assert (kept["place"], kept["decision"]) == (where, WHO["reason"])
    assert "original erased" in after


async def test_a_letter_on_a_topic_that_was_made_again_is_shown_beside_the_one_that_lay_there_before(
    visit: Visit, tape: Tape, host: FakeHost
) -> None:
    """Places come again; each letter is dealt with by itself, and heard twice it is still one."""
    before = tape.letter(x_failed_at="2026-10-01T08:00:00+00:00")
    after = tape.letter(x_failed_at="2026-10-02T08:00:00+00:00", x_dead_letter_id="another")._replace(
        offset=before.offset
    )
    no_event = after._replace(record=Record("cancellation.intake", b"k", b"no event", []))
    another = no_event._replace(timestamp_ms=no_event.timestamp_ms + 1)
    for each in (before, before, after, after, no_event, no_event, another, another):
        tape.play(each)
    async with visit() as client:
        open_ones = (await client.get("/v1/dead-letters?state=open")).json()["dead_letters"]
        mine = [each["place"] for each in open_ones if f"@{before.offset}" in each["place"]]
        assert len(mine) == len(set(mine)) == 4
        moved = next(each for each in mine if each.startswith(f"{after.place}+"))
        assert (await client.post(f"/v1/dead-letters/{moved}/discard", json=WHO)).status_code == 200
        left = (await client.get("/v1/dead-letters?state=open")).json()["dead_letters"]
    assert {each["place"] for each in left} == {each["place"] for each in open_ones} - {moved}
