"""What another service says moves money only with the customer's own word; whichever comes first waits for the other.

A forged or mistaken withdrawal, reopening or repair refunds, charges and waives nothing by itself.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from contracts.messages import TYPES, Message
from contracts.messages.intake import CustomersWord, WordRecalled
from policies.customers_word import AWAITED, MOST_HELD, found, missing
from policies.pack import Pack
from runtime.decision import NOTHING, Alarm, AlarmRang, Decision
from runtime.wiring import Decide, Hears
from services.billing.case import BillingCase, HeldBack


class Needs(NamedTuple):
    word: CustomersWord
    decide: Decide  # once it was said


Table = Mapping[type[Message], Needs]


def needing(table: Table) -> tuple[Hears, ...]:
    """A line of the wiring for each message that waits for the customer's word."""
    return tuple(Hears(model, _kept_until_said(needs)) for model, needs in table.items())


def _kept_until_said(needs: Needs) -> Decide:
    def decided(case: BillingCase | None, message: Any, now: datetime, pack: Pack) -> Decision:
        if case is None or _said(case, needs.word) >= _times(message):
            return needs.decide(case, message, now, pack)
        if len(case.held_back) >= MOST_HELD:
            return NOTHING
        held = HeldBack(word=needs.word, type=message.type, body=message.model_dump_json())
        alarms = () if case.held_back else (Alarm(AWAITED, pack.due(now, pack.clocks.awaited_request)),)
        return Decision(case.model_copy(update={"held_back": (*case.held_back, held)}), alarms=alarms)

    return decided


def _said(case: BillingCase, word: CustomersWord) -> int:
    """A case that was stored before words were counted remembers a withdrawal in its own way."""
    wanted = word == "withdrawal" and case.withdrawal_wanted
    return max(case.said.get(word, 0), int(wanted))


def _times(message: Message) -> int:
    """How often the customer must have said it: once for each attempt."""
    return int(getattr(message, "attempt", 1))


def saying(word: CustomersWord, table: Table, decide: Decide | None = None) -> Decide:
    """Notes the customer's word, decides on it, and then on what waited for it."""

    def decided(case: BillingCase | None, message: Any, now: datetime, pack: Pack) -> Decision:
        decision = decide(case, message, now, pack) if decide else Decision()
        known: Any = decision.case or case
        if known is None:
            return decision
        noted = _noted(known, word, _said(known, word) + 1)
        return _released(decision._replace(case=noted), word, table, now, pack)

    return decided


def recalling(table: Table) -> Decide:
    """Intake was asked, and says that the customer had said it: as often as what waits for it takes."""

    def decided(case: BillingCase | None, message: WordRecalled, now: datetime, pack: Pack) -> Decision:
        waiting = [_message(held) for held in case.held_back if held.word == message.word] if case else []
        if case is None or not waiting:
            return NOTHING
        noted = _noted(case, message.word, max(map(_times, waiting)))
        return _released(Decision(noted), message.word, table, now, pack)

    return decided


def _noted(case: BillingCase, word: CustomersWord, times: int) -> BillingCase:
    return case.model_copy(update={"said": {**case.said, word: times}})


def _released(decision: Decision, word: CustomersWord, table: Table, now: datetime, pack: Pack) -> Decision:
    case = decision.case
    assert isinstance(case, BillingCase)
    free = [held for held in case.held_back if held.word == word and case.said[word] >= _times(_message(held))]
    if not free:
        return decision
    left = tuple(held for held in case.held_back if held not in free)
    solved = (found(case.request_id, word),) if any(held.told for held in free) else ()
    alarms = () if left else (Alarm(AWAITED, None),)
    released = case.model_copy(update={"held_back": left})
    decision = decision._replace(case=released, events=(*decision.events, *solved), alarms=(*decision.alarms, *alarms))
    for held in free:
        decision = _then(decision, _message(held), table, now, pack)
    return decision


def _then(decision: Decision, message: Message, table: Table, now: datetime, pack: Pack) -> Decision:
    following = table[type(message)].decide(decision.case, message, now, pack)
    return decision._replace(
        case=following.case or decision.case,
        events=(*decision.events, *following.events),
        calls=(*decision.calls, *following.calls),
        alarms=(*decision.alarms, *following.alarms),
    )


def _message(held: HeldBack) -> Message:
    return TYPES[held.type].model_validate_json(held.body)


def overdue(case: BillingCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    """A person is asked once for each word that is missing."""
    untold = {held.word: held.type for held in case.held_back if not held.told}
    told = tuple(held.model_copy(update={"told": True}) for held in case.held_back)
    events = tuple(missing(case.request_id, word, said) for word, said in untold.items())
    return Decision(case.model_copy(update={"held_back": told}), events) if events else NOTHING
