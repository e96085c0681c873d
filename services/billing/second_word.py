"""What another service says moves money only with the customer's own word; whichever comes first waits for the other.

A forged or mistaken withdrawal, reopening or repair refunds, charges and waives nothing by itself.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from contracts.messages import TYPES, Message
from contracts.messages.intake import CustomersWord, WordRecalled
from contracts.messages.termination import TerminationReprocessed
from policies.customers_word import AWAITED, MOST_HELD, found, missing
from policies.pack import Pack
from runtime.decision import NOTHING, Alarm, AlarmRang, Decision
from runtime.wiring import Decide, Hears
from services.billing import aftermath
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
        if case is None:
            return needs.decide(case, message, now, pack)
        time = _time(case, needs.word, message)
        if time <= case.used.get(needs.word, 0):  # that word has done its work
            return NOTHING
        if _said(case, needs.word) >= time:
            return _decide(Decision(), case, message, needs, now, pack)
        alarms = () if case.held_back else (Alarm(AWAITED, pack.due(now, pack.clocks.awaited_request)),)
        return Decision(_holding(case, message, needs.word), alarms=alarms)

    return decided


def _holding(case: BillingCase, message: Message, word: CustomersWord) -> BillingCase:
    """One for each word that can be meant, the last that was said of it; of too many, those whose word comes first.

    So whatever was made up before the customer spoke gives way to what is said because of it.
    """
    meant = (message.type, _attempt(message))
    same = [held for held in case.held_back if (held.type, _attempt(_message(held))) == meant]
    told = any(held.told for held in same)
    new = HeldBack(word=word, type=message.type, body=message.model_dump_json(), told=told)
    others = [held for held in case.held_back if held not in same]
    kept = sorted((*others, new), key=lambda held: _attempt(_message(held)))[:MOST_HELD]
    return case.model_copy(update={"held_back": tuple(kept)})


def _said(case: BillingCase, word: CustomersWord) -> int:
    """A case that was stored before words were counted remembers a withdrawal in its own way."""
    wanted = word == "withdrawal" and case.withdrawal_wanted
    return max(case.said.get(word, 0), int(wanted))


def _attempt(message: Message) -> int:
    return int(getattr(message, "attempt", 0))


def _time(case: BillingCase, word: CustomersWord, message: Message) -> int:
    """Which of the customer's words it takes: the attempt's, or the first that has not moved any money."""
    if isinstance(message, TerminationReprocessed):
        return aftermath.report_of(case, message)
    return int(getattr(message, "attempt", case.used.get(word, 0) + 1))


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
    """Intake was asked, and says that the customer had said it: as often as the first that waits for it takes."""

    def decided(case: BillingCase | None, message: WordRecalled, now: datetime, pack: Pack) -> Decision:
        waiting = [_message(held) for held in case.held_back if held.word == message.word] if case else []
        if case is None or not waiting:
            return NOTHING
        noted = _noted(case, message.word, min(_time(case, message.word, each) for each in waiting))
        return _released(Decision(noted), message.word, table, now, pack)

    return decided


def _noted(case: BillingCase, word: CustomersWord, times: int) -> BillingCase:
    return case.model_copy(update={"said": {**case.said, word: times}})


def _released(decision: Decision, word: CustomersWord, table: Table, now: datetime, pack: Pack) -> Decision:
    case = decision.case
    assert isinstance(case, BillingCase)
    waiting = [held for held in case.held_back if held.word == word]
    free = [held for held in waiting if case.said[word] >= _time(case, word, _message(held))]
    if not free:
        return decision
    left = tuple(held for held in case.held_back if held not in free)
    solved = (found(case.request_id, word),) if any(held.told for held in free) else ()
    alarms = () if left else (Alarm(AWAITED, None),)
    released = case.model_copy(update={"held_back": left})
    decision = decision._replace(case=released, events=(*decision.events, *solved), alarms=(*decision.alarms, *alarms))
    for message in map(_message, free):
        known: Any = decision.case
        if _said(known, word) >= _time(known, word, message):
            decision = _decide(decision, known, message, table[type(message)], now, pack)
    return decision


def _decide(before: Decision, case: BillingCase, message: Message, needs: Needs, now: datetime, pack: Pack) -> Decision:
    """What comes of it, after what came `before`; a word that moves money is used up."""
    following = needs.decide(case, message, now, pack)
    known: Any = following.case or before.case
    if following.calls:
        used = {**case.used, needs.word: _time(case, needs.word, message)}
        known = (known or case).model_copy(update={"used": used})
    return before._replace(
        case=known,
        events=(*before.events, *following.events),
        calls=(*before.calls, *following.calls),
        alarms=(*before.alarms, *following.alarms),
    )


def _message(held: HeldBack) -> Message:
    return TYPES[held.type].model_validate_json(held.body)


def overdue(case: BillingCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    """A person is asked once for each word that is missing."""
    untold = {held.word: held.type for held in case.held_back if not held.told}
    told = tuple(held.model_copy(update={"told": True}) for held in case.held_back)
    events = tuple(missing(case.request_id, word, said) for word, said in untold.items())
    return Decision(case.model_copy(update={"held_back": told}), events) if events else NOTHING
