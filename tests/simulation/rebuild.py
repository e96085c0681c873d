"""The same decisions once more, from the journal alone: no store, no twins, no faults (I12)."""

import importlib
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from policies.pack import Pack
from runtime.arrivals import AlarmDue, CallDone
from runtime.batch import Input
from runtime.decision import Answered, Case, Decision, Taken
from runtime.envelope import derived_id
from runtime.wiring import Decide, Wiring
from tests.simulation.watched import Decided

if TYPE_CHECKING:
    from tests.simulation.seams import Seams

State = dict[tuple[str, str], str]


@cache
def wiring_of(service: str) -> Wiring:
    wiring: Wiring = importlib.import_module(f"services.{service}.app").WIRING
    return wiring


def rebuilt_from(journal: Sequence[Decided], pack: Pack, seams: "Seams") -> State:
    """Cases by (service, request), and everything they said by its id."""
    cases: dict[tuple[str, str], Case] = {}
    claims: dict[str, str] = {}
    said: State = {}
    wirings = {service: seams.wiring(wiring_of(service)) for service in sorted({line.service for line in journal})}
    for service, now, each in journal:
        wiring, key = wirings[service], (service, each.request_id)
        case = cases.get(key)
        decision = _decide(wiring, case, each, now, pack, claims)
        if decision.case is not None:
            cases[key] = decision.case
        if decision.release:
            claims = {name: holder for name, holder in claims.items() if holder != each.request_id}
        for index, event in enumerate(decision.events):
            own = derived_id(each.id, f"say/{event.type}/{index}")
            said[f"/tuiding/{service} said {own}", each.request_id] = event.type
    return {key: case.model_dump_json() for key, case in cases.items()} | said


def _decide(wiring: Wiring, case: Case | None, each: Input, now: Any, pack: Pack, claims: dict[str, str]) -> Decision:
    decision = decider(wiring, each)(case, each.message, now, pack)
    others = {name: claims[name] for name in decision.claims if claims.get(name, each.request_id) != each.request_id}
    if not others:
        claims |= dict.fromkeys(decision.claims, each.request_id)
        return decision
    assert wiring.taken is not None
    return wiring.taken(case, Taken(request_id=each.request_id, message=each.message, holders=others), now, pack)


def decider(wiring: Wiring, each: Input) -> Decide:
    if isinstance(each.arrival, AlarmDue):
        return wiring.rings[each.arrival.name]
    if isinstance(each.arrival, CallDone):
        table = wiring.answers if isinstance(each.message, Answered) else wiring.refusals
        return table[each.arrival.pending.call.operation]
    return wiring.on[type(each.message)]
