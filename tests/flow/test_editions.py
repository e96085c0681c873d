"""New rules come into force on a day: who came before keeps the old ones to the end, who comes after has the new."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from contracts.carrier.asks import SubscriptionAsk
from contracts.carrier.subscriptions import Subscription
from contracts.messages import billing, commands, ops
from contracts.quotes import QuoteAsk
from contracts.words import Kind, Proof, Reason
from runtime.envelope import Envelope, encode, traceparent
from services.billing.curve import simulate
from tests.flow.customer import WHO, confirm, decide_dispute, dispute, submit, withdraw
from tests.flow.packs import EXTENDS, beside_ours, copied, write
from tests.flow.system import START, System, new_id

CHANGE = datetime.fromisoformat("2026-04-01T00:00:00+08:00")
OLD, NEW = "mine@2026.1", "mine@2026.2"
LINE = "sub-linecontract01"
SUBJECT = '"Please confirm: the total is {{ quote.total | money }}"'
APRIL = """extends: mine
pack: mine
version: "2026.2"
effective_from: 2026-04-01
clocks: {quote_validity: P3D}
"""
Start = Callable[[timedelta], System]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A pack `mine`, and its edition of April: a month that has begun is served, three days to confirm, other words."""
    write(tmp_path, "mine", pack=f'{EXTENDS}pack: mine\nversion: "2026.1"\n')
    write(
        tmp_path,
        "mine-april",
        pack=APRIL,
        fees=copied("fees", "months: completed ", "months: started "),
        notices=copied("notices", SUBJECT, '"In April: {{ quote.total | money }}"'),
    )
    return tmp_path


@pytest.fixture
def started(own: Path) -> Iterator[Start]:
    """`started(span)`: a system that long before the change."""
    systems: list[System] = []

    def start(before: timedelta) -> System:
        systems.append(System("mine", where=beside_ours(own)))
        systems[0].advance(CHANGE - before - START)
        return systems[0]

    yield start
    assert systems[0].dead_letters() == []
    systems[0].close()


OPERATOR = b"/tuiding/console"  # whose words carry no edition in these journeys


def policies(system: System, request: str) -> set[str]:
    """Under which edition everything was said about it, by whichever service that decides."""
    return {policy.partition("+")[0] for policy in ids(system, request)}


def ids(system: System, request: str) -> Sequence[str]:
    records = [record for topic, said in system.log.items() for record in said if not topic.endswith("commands")]
    headers = [dict(record.headers) for record in records if record.key == request.encode()]
    return [each["ce_policyversion"].decode() for each in headers if each.get("ce_source", OPERATOR) != OPERATOR]


def letters(system: System, subscription: str) -> str:
    inbox = system.carrier_acts(f"/customers/{subscription}/inbox", "GET")
    return "\n".join(each["content"] for each in inbox)


def quoted(system: System, request: str) -> billing.QuoteIssued:
    return [event for event in system.events(request) if isinstance(event, billing.QuoteIssued)][-1]


def test_before_the_day_and_after_it_each_is_treated_by_the_edition_of_the_day(started: Start) -> None:
    system = started(timedelta(minutes=1))
    before = submit(system, "sub-regret01", language="en")
    system.advance(timedelta(minutes=1))
    after = submit(system, "sub-disputeupheld01", language="en")
    old, new = quoted(system, before).quote, quoted(system, after).quote
    assert (old.total.minor, new.total.minor) == (12167, 9125), "of twelve months four remain, or three"
    assert (old.policy.partition("+")[0], new.policy.partition("+")[0]) == (OLD, NEW)
    assert new.valid_until - system.now == timedelta(days=3) and old.valid_until - system.now > timedelta(days=6)
    assert "Please confirm: the total is CNY 121.67" in letters(system, "sub-regret01")
    assert "In April: CNY 91.25" in letters(system, "sub-disputeupheld01")


def test_a_request_keeps_its_edition_through_all_services_to_its_end_and_over_a_restart(
    started: Start, own: Path
) -> None:
    system = started(timedelta(days=2))
    request = submit(system, "sub-linecontract01")
    system.advance(timedelta(days=4))
    system.restart("mine", beside_ours(own))
    confirm(system, request)
    system.advance(timedelta(days=40))
    assert system.stage(request) == "closed"
    assert policies(system, request) == {OLD}
    assert system.the(billing.FeeSettled, request).paid.minor == quoted(system, request).quote.total.minor


def test_who_waits_in_review_over_the_change_is_priced_by_what_was_in_force_when_they_asked(started: Start) -> None:
    system = started(timedelta(days=1))
    request = submit(system, "sub-business01")
    system.advance(timedelta(days=2))
    system.say(ops.ReviewDecided(request_id=request, approve=True, **WHO))
    assert quoted(system, request).quote.valid_until - system.now == timedelta(days=7)
    assert policies(system, request) == {OLD}


def test_whom_the_carrier_answers_after_midnight_asked_before_it(started: Start) -> None:
    system = started(timedelta(minutes=1))
    system.carrier_acts("/faults/look-up", "PUT", kind="error", times=8)
    request = submit(system, "sub-regret01")
    assert system.stage(request) == "checking"
    system.advance(timedelta(hours=1))
    assert policies(system, request) == {OLD} and quoted(system, request).quote.total.minor == 12167


def test_a_new_quote_after_a_dispute_stays_under_the_edition_of_the_first(started: Start) -> None:
    system = started(timedelta(days=1))
    request = submit(system, "sub-disputelowered01")
    dispute(system, request)
    system.advance(timedelta(days=2))
    decide_dispute(system, request, "waived")
    again = quoted(system, request).quote
    assert (again.version, again.policy.partition("+")[0]) == (2, OLD)
    assert again.valid_until - system.now == timedelta(days=7)
    assert policies(system, request) == {OLD}


def test_the_same_line_asking_again_after_the_day_is_under_the_new_edition(started: Start) -> None:
    system = started(timedelta(days=1))
    withdraw(system, submit(system, "sub-regret01"))
    system.advance(timedelta(days=2))
    again = submit(system, "sub-regret01", name="again")
    assert policies(system, again) == {NEW}


def test_an_offer_is_by_the_rules_of_the_day_it_is_asked_for_also_for_an_end_after_the_change(started: Start) -> None:
    system = started(timedelta(days=1))
    known = system.loop.run_until_complete(system.carrier.ask("look-up", SubscriptionAsk(subscription=LINE), ""))
    assert isinstance(known, Subscription)
    ask = QuoteAsk(kind=Kind.LINE, subscription=LINE, dates=(CHANGE + timedelta(days=60),))
    before = simulate(ask, known, system.now, system.pack)
    system.advance(timedelta(days=2))
    after = simulate(ask, known, system.now, system.pack)
    assert (before.quote.policy.partition("+")[0], after.quote.policy.partition("+")[0]) == (OLD, NEW)
    assert (before.dates[0].fee.minor, after.dates[0].fee.minor) == (9125, 6083), "three months remain, or two"


def test_a_channel_cannot_choose_its_rules(started: Start) -> None:
    system = started(timedelta(days=1))
    wish = commands.SubmitCancellation(
        request_id=new_id("chooser"),
        channel="app",
        kind="line",
        subscription="sub-regret01",
        reason=Reason.PRICE,
        proof=Proof(),
    )
    envelope = Envelope(new_id("m"), "/channels/app", wish, new_id("m"), "", traceparent(new_id("m"), new_id("m")))
    named = encode("cancellation.commands", envelope, system.now, {"policyversion": NEW})
    system.log["cancellation.commands"].append(named)
    system.settle()
    assert policies(system, wish.request_id) == {OLD}


def test_a_corrected_file_of_the_same_version_strands_nobody(started: Start, own: Path) -> None:
    system = started(timedelta(days=1))
    request = submit(system, "sub-regret01")
    write(own, "mine", notices=copied("notices", SUBJECT, '"Please confirm, corrected: {{ quote.total | money }}"'))
    system.restart("mine", beside_ours(own))
    system.advance(timedelta(days=3))
    confirm(system, request)
    assert policies(system, request) == {OLD}
    assert len(set(ids(system, request))) == 2, "the events tell the two texts apart"


def test_an_edition_that_is_gone_leaves_its_requests_to_the_one_in_force_and_nothing_stops(
    started: Start, own: Path
) -> None:
    system = started(timedelta(days=1))
    request = submit(system, "sub-regret01")
    total = quoted(system, request).quote.total
    shutil.rmtree(own / "mine-april")
    write(own, "mine", pack=f'{EXTENDS}pack: mine\nversion: "2026.3"\n')
    system.restart("mine", beside_ours(own))
    confirm(system, request)
    system.advance(timedelta(days=40))
    assert system.stage(request) == "closed"
    assert policies(system, request) == {OLD, "mine@2026.3"}
    assert system.the(billing.FeeSettled, request).paid == total, "what was disclosed is what is charged"


def test_after_a_change_of_the_pack_itself_requests_under_way_keep_theirs(started: Start, own: Path) -> None:
    system = started(timedelta(days=1))
    request = submit(system, "sub-regret01")
    system.restart("eu", beside_ours(own))
    confirm(system, request)
    system.advance(timedelta(days=40))
    assert system.stage(request) == "closed" and policies(system, request) == {OLD}
    assert {name.partition("@")[0] for name in policies(system, submit(system, "sub-freeaddon01", "video-pack"))} == {
        "eu"
    }
