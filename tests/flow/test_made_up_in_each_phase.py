"""Each event that a service may say, made up in each phase: nothing ends, moves, is priced anew or hidden by it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import BaseModel

from contracts.messages import Message, billing, review, termination
from runtime.kernel.tables import CLAIMS
from services.console.kept.tables import REQUESTS
from tests.flow.customer import confirm, done, reopen
from tests.flow.phases import PHASES, UNDER_WAY, Phase
from tests.flow.test_one_services_word import EFFECTS, PATIENCE, SAID_BY_SERVICES, forged, topics
from tests.flow.with_console import Run

LONG = timedelta(days=400)
MOMENT = timedelta(seconds=1)
REVIEWS = {review.RequestApproved, review.RequestRejected, review.InformationRequired, review.ReviewReferred}
PRICE = {billing.QuoteIssued}
TILL_PAID = {billing.SettlementFailed, billing.FeeSettled, termination.TerminationScheduled}
RULING = {billing.DisputeOpened, billing.DisputeResolved}
OWN_WORD: dict[
    str, set[Any]
] = {  # what only its speaker knows in that phase: shown as that speaker's, and no money moves
    "information required": REVIEWS | PRICE,
    "in review": REVIEWS | PRICE,
    "quoted": PRICE,
    "quoted and disputed": PRICE | RULING,
    "port-out quoted": PRICE,
    "payment failed": PRICE | TILL_PAID,
    "switching off": {termination.ServiceTerminated},
    "disputed": RULING,
}


@pytest.fixture
def begun() -> Iterator[Any]:
    with TemporaryDirectory() as folder:
        runs: list[Run] = []

        def begin(phase: Phase) -> tuple[Run, str]:
            runs.append(Run(Path(folder) / str(len(runs))))
            request = phase.begin(runs[-1].system, phase.subscription)
            runs[-1].show()
            return runs[-1], request

        yield begin
        for run in runs:
            run.close()


def looked_at(run: Run, request: str) -> dict[str, Any]:
    """What the carrier did, what intake shows and holds, where the console sees it."""
    run.show()
    system, case = run.system, run.system.case("intake", request)
    (row,) = run.store.read(sa.select(REQUESTS).where(REQUESTS.c.request_id == request))
    public = ("open", "stage", "quote", "dates", "confirmed_version", "disputes", "reopening", "complaint")
    return {
        "effects": done(system, request, *EFFECTS),
        "claims": sorted(str(tuple(name)) for name in system.steppers["intake"].store.read(CLAIMS.select())),
        "console": (row.stage, row.end, row.ended_at > 0),
        **{name: getattr(case, name) for name in public},
    }


def of_a_whole_journey(begun: Any, phase: Phase) -> dict[type[Message], Message]:
    """The best that a forger could write: what is really said of this line in the end."""
    run, request = begun(phase)
    if phase.stage == "quoted":
        confirm(run.system, request)
    finished(run, request, phase)
    reopen(run.system, request)
    run.system.advance(LONG)
    return {type(event): event for event in run.system.events(request)}


def finished(run: Run, request: str, phase: Phase) -> dict[str, Any]:
    phase.finish(run.system, request)
    run.system.advance(LONG)
    return looked_at(run, request)


def gone_by(value: Any, now: datetime) -> Any:
    """Every moment that it names has just passed."""
    if isinstance(value, datetime):
        return now - MOMENT
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: gone_by(getattr(value, name), now) for name in type(value).model_fields})
    return tuple(gone_by(each, now) for each in value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("name", PHASES)
def test_what_is_made_up_changes_nothing_and_all_goes_on_as_it_would_have(begun: Any, name: str) -> None:
    phase = PHASES[name]
    true = of_a_whole_journey(begun, phase)
    models = [each for each in SAID_BY_SERVICES if each not in OWN_WORD.get(name, ())]
    untouched, same = begun(phase)
    before = looked_at(untouched, same)
    untouched.system.advance(len(models) * MOMENT + PATIENCE)
    end = finished(untouched, same, phase)
    run, request = begun(phase)
    assert looked_at(run, request) == before
    for model in models:
        message = true[model] if model in true else forged("quoted", model, request)
        for topic in topics(model):
            run.system.say(gone_by(message, run.system.now), topic)
        run.system.advance(MOMENT)
        assert looked_at(run, request) | {"console": ()} == before | {"console": ()}, model.type
    run.system.advance(PATIENCE)
    assert looked_at(run, request) == before, "whoever watches has heard by now what is not believed"
    assert finished(run, request, phase) == end
    assert run.system.dead_letters() == []


def test_each_event_is_made_up_in_some_phase() -> None:
    everywhere = set.intersection(*(OWN_WORD.get(name, set()) for name in UNDER_WAY))
    assert len(SAID_BY_SERVICES) > 30 and not everywhere
