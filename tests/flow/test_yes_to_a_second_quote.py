"""A second quote wants a yes of its own: one said twice, or before it was shown, by the same channel, is none."""

import pytest

from contracts.flow import topic_name
from contracts.messages import Command, billing, commands, ops, shared
from contracts.words import Money
from runtime.envelope import Envelope, derived_id, encode, traceparent
from tests.flow.customer import MONEY, SWITCHING, WHO, done, fee_of
from tests.flow.system import System, new_id

REQUEST = new_id("a second quote")
APP = topic_name("commands.app")
SUBMIT = commands.SubmitCancellation(request_id=REQUEST, channel="app", kind="line", subscription="sub-disputeupheld01")
DISPUTE = commands.DisputeFee(request_id=REQUEST, channel="app", ground="too-high")
NONE, OLD, ALREADY = "no-such-quote", "quote-version-old", "already-confirmed"


def yes(version: int) -> Command:
    return commands.ConfirmQuote(request_id=REQUEST, channel="app", quote_version=version, clauses_acknowledged=True)


def put(system: System, said: list[Command]) -> None:
    """Each under an id of its own, before anybody reads the first."""
    for each in said:
        own = derived_id("yes", str(len(system.log[APP])))
        envelope = Envelope(own, "/channels/app", each, own, "", traceparent(own, own))
        system.log[APP].append(encode(APP, envelope, system.now, {}))
    system.settle()


@pytest.mark.parametrize(
    ("before", "between", "after", "refused"),
    [
        ([], [], [], []),
        ([yes(1), yes(1)], [], [], [NONE, ALREADY]),
        ([yes(2)], [], [], [NONE]),
        ([yes(2), yes(2)], [], [], [NONE, ALREADY]),
        ([yes(7), yes(2), yes(1)], [], [], [NONE, ALREADY, ALREADY]),
        ([], [yes(2), yes(2)], [], [NONE, NONE]),
        ([], [], [yes(1), yes(1)], [OLD, OLD]),
        ([], [], [yes(3), yes(1)], [NONE, OLD]),
        ([yes(2)], [yes(2)], [yes(1)], [NONE, NONE, OLD]),
    ],
)
def test_nothing_is_charged_or_switched_off_until_the_customer_says_yes_to_what_was_shown(
    system: System, before: list[Command], between: list[Command], after: list[Command], refused: list[str]
) -> None:
    put(system, [SUBMIT, *before])
    put(system, [DISPUTE, *between])
    half = Money(minor=fee_of(system, REQUEST) // 2)
    system.say(ops.DisputeDecided(request_id=REQUEST, outcome="lowered", owed=half, **WHO))
    put(system, after)
    events = system.events(REQUEST)
    assert [each.quote.version for each in events if isinstance(each, billing.QuoteIssued)] == [1, 2]
    assert sorted(each.code for each in events if isinstance(each, shared.CommandRefused)) == sorted(refused)
    assert (system.stage(REQUEST), done(system, REQUEST, *MONEY, *SWITCHING)) == ("quoted", [])
    put(system, [yes(2), yes(2)])
    assert (system.stage(REQUEST), done(system, REQUEST, "charge")) == (
        "scheduled",
        [("charge", "settlement", half.minor)],
    )
    assert system.dead_letters() == []
