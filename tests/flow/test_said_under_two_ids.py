"""A command on its way under one id that comes again under another, as across an upgrade of the door, counts once."""

from collections import Counter
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from contracts.flow import topic_name
from contracts.messages import Command, commands, shared
from contracts.words import Channel
from runtime.envelope import Envelope, derived_id, encode, traceparent
from tests.flow.customer import MONEY, SWITCHING, done
from tests.flow.phases import PHASES, Phase, _confirmed
from tests.flow.system import System, new_id

LATER = timedelta(days=200)
EFFECTS = (*MONEY, *SWITCHING, "final-bill", "port-code")
WISH = {"kind": "line", "subscription": "sub-linecontract01"}
PLACES: dict[str, Phase | None] = {
    **PHASES,
    "nothing yet": None,
    "closed": Phase("sub-reopened01", _confirmed, "closed"),
    "declined once": Phase("sub-declineonce01", _confirmed, "payment-failed"),
}


class Said(NamedTuple):
    phase: str
    model: type[Command]
    told: dict[str, Any]
    refused: str  # why, the second time; empty where nobody is told
    passed_on: str = ""  # what intake says of it both times, where another service knows that it is settled


SAID = (
    Said("nothing yet", commands.SubmitCancellation, WISH, ""),
    Said("nothing yet", commands.ReportProblem, {"problem": "cannot-log-in", "subscription": "sub-locked01"}, ""),
    Said(
        "information required",
        commands.SupplyInformation,
        {"answers": {"identity-document": "scan:1"}},
        "nothing-asked",
        "information.supplied.v1",
    ),
    Said("quoted", commands.ConfirmQuote, {"quote_version": 1, "clauses_acknowledged": True}, "already-confirmed"),
    Said("quoted", commands.WithdrawCancellation, {}, "already-withdrawing"),
    Said("scheduled", commands.WithdrawCancellation, {}, "already-withdrawing"),
    Said("quoted", commands.DisputeFee, {"ground": "too-high"}, "already-disputed", "fee.disputed.v1"),
    Said("payment failed", commands.RetryPayment, {}, "nothing-to-pay", "payment.retried.v1"),
    Said("declined once", commands.RetryPayment, {}, "nothing-to-pay", "payment.retried.v1"),
    Said("closed", commands.ReopenLine, {"fee": {"minor": 5000}}, "already-reopening"),
    *(
        Said("closed", commands.ReportProblem, {"problem": kind}, "nothing-to-repair", "problem.reported.v1")
        for kind in ("late", "half-done")
    ),
    Said(
        "closed",
        commands.ReportProblem,
        {"problem": "wrong-item", "items": ["plan-basic"]},
        "nothing-to-repair",
        "problem.reported.v1",
    ),
    Said("closed", commands.EscalateComplaint, {"level": "operator", "ground": "unfair-fee"}, "complaint-not-higher"),
)


def say(system: System, command: Command, ids: tuple[str, ...]) -> None:
    """All of them before anybody reads the first."""
    topic, source = topic_name(f"commands.{command.channel}"), f"/channels/{command.channel}"
    for own in ids:
        envelope = Envelope(own, source, command, own, "", traceparent(own, own))
        system.log[topic].append(encode(topic, envelope, system.now, {}))
    system.settle()


def what_comes_of(said: Said, times: int) -> tuple[list[Any], Counter[str], list[str]]:
    system, phase = System(), PLACES[said.phase]
    request = phase.begin(system, phase.subscription) if phase else new_id("two-ids")
    command = said.model(request_id=request, channel=Channel.APP, **said.told)
    say(system, command, tuple(derived_id("/channels/app", f"key/{number}") for number in range(times)))
    system.advance(LATER)
    refusals = [each.code for each in system.events(request) if isinstance(each, shared.CommandRefused)]
    effects, events = done(system, request, *EFFECTS), Counter(system.types(request))
    assert not system.dead_letters()
    system.close()
    del events[shared.CommandRefused.type]
    return effects, events, refusals


@pytest.mark.parametrize(
    "said", SAID, ids=lambda each: f"{each.phase}, {each.model.type} {each.told.get('problem', '')}"
)
def test_what_is_said_under_two_ids_counts_once(said: Said) -> None:
    (effects, events, refusals), again = what_comes_of(said, 1), what_comes_of(said, 2)
    assert again == (effects, events + Counter(filter(None, [said.passed_on])), [said.refused] if said.refused else [])
    assert not refusals
