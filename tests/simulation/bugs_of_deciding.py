"""Bugs in what is decided: a deadline that does not count, money in floats, somebody else's case."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from contracts.carrier.asks import MoneyAsk
from contracts.messages import Message
from contracts.messages.billing import FeeSettled, QuoteIssued
from contracts.messages.commands import ConfirmQuote
from contracts.messages.intake import ConfirmationGiven
from contracts.messages.ops import SubscriptionErased
from contracts.messages.review import RequestApproved
from contracts.words import Dates, Money
from policies.conditions import targets
from policies.deciding import sha256_of
from policies.pack import Pack
from runtime.decision import Call, Decision
from runtime.kernel.cases import Loaded
from runtime.kernel.inputs import Input
from runtime.wiring import Decide, Hears, Wiring
from services.intake import app
from services.intake.case import Stage
from services.termination.case import TerminationCase, Yes
from tests.simulation.watched import WatchedBatch


def confirm_after_expiry(wiring: Wiring) -> Wiring:
    """Both who could have known better look away."""
    blind = {("intake", ConfirmQuote): _still_quoted, ("billing", ConfirmationGiven): _still_valid}

    def looking_away(model: type[Message], decide: Decide) -> Decide:
        wrapped = blind.get((wiring.service, model))
        return wrapped(decide) if wrapped else decide

    return wiring._replace(on=tuple(each._replace(decide=looking_away(*each[:2])) for each in wiring.on))


def _still_quoted(decide: Decide) -> Decide:
    def confirm(case: Any, message: Any, now: datetime, pack: Pack) -> Decision:
        if case is not None and case.stage is Stage.EXPIRED:
            case = case.model_copy(update={"stage": Stage.QUOTED})
        return decide(case, message, now, pack)

    return confirm


def _still_valid(decide: Decide) -> Decide:
    def settle(case: Any, message: Any, now: datetime, pack: Pack) -> Decision:
        if case is not None and case.quote is not None and case.confirmation is None:
            late = case.quote.model_copy(update={"valid_until": max(case.quote.valid_until, message.given_at)})
            state = "quoted" if case.state == "ended" and not case.withdrawal_wanted else case.state
            case = case.model_copy(update={"quote": late, "state": state})
        return decide(case, message, now, pack)

    return settle


def billing_settles_alone(wiring: Wiring) -> Wiring:
    """A lie that must switch nobody off: settled as soon as it is quoted, and no customer has said yes."""
    return _instead(wiring, {("billing", RequestApproved): _settling_at_once})


def one_services_word(wiring: Wiring) -> Wiring:
    """The same lie, and termination asks nobody else."""
    return _instead(billing_settles_alone(wiring), {("termination", FeeSettled): _believing})


def _instead(wiring: Wiring, wrappers: dict[tuple[str, type[Message]], Callable[[Decide], Decide]]) -> Wiring:
    def wrapped(each: Hears) -> Hears:
        wrap = wrappers.get((wiring.service, each.model))
        return each._replace(decide=wrap(each.decide)) if wrap else each

    return wiring._replace(on=tuple(map(wrapped, wiring.on)))


def _settling_at_once(decide: Decide) -> Decide:
    def issue(case: Any, message: Any, now: datetime, pack: Pack) -> Decision:
        decision = decide(case, message, now, pack)
        return decision._replace(events=tuple(each for said in decision.events for each in _with_a_lie(said, message)))

    return issue


def _with_a_lie(said: Message, approved: RequestApproved) -> tuple[Message, ...]:
    if not isinstance(said, QuoteIssued):
        return (said,)
    wish, quote = approved.application, said.quote
    lie = FeeSettled(
        request_id=said.request_id,
        audience=said.audience,
        application=wish,
        quote_version=quote.version,
        paid=Money(minor=0),
        held=Money(minor=0),
        reference=None,
        confirmed_at=wish.accepted_at,
        items=tuple(item.item for item in targets(wish.kind, wish.items, approved.subscription)),
        dates=Dates(requested=wish.accepted_at, service_end=wish.accepted_at, promised=quote.valid_until),
        quote_sha256=sha256_of(quote),
    )
    return said, lie


def _believing(decide: Decide) -> Decide:
    def settled(case: Any, message: FeeSettled, now: datetime, pack: Pack) -> Decision:
        known = case or TerminationCase(request_id=message.request_id, open=False)
        yes = Yes(version=message.quote_version)
        return decide(known.model_copy(update={"confirmations": (yes,)}), message, now, pack)

    return settled


def erasure_forgets_one_service(wiring: Wiring) -> Wiring:
    """Billing hears of it and keeps everything."""
    if wiring.service != "billing":
        return wiring
    return wiring._replace(on=tuple(each for each in wiring.on if each.model is not SubscriptionErased))


def early_follow_up_thrown_away(wiring: Wiring) -> Wiring:
    """What comes before its request is refused at once."""
    if wiring.service != "intake":
        return wiring
    plain = {each.model: each for each in app.FOLLOW_UPS}
    return wiring._replace(on=tuple(plain.get(each.model, each) for each in wiring.on))


class FloatMoney(WatchedBatch):
    """Eleven months in equal shares of a yuan, added up as floats, and back to fen by cutting off."""

    def _ask(self, each: Input, root: str, decision: Decision, policy: str) -> None:
        super()._ask(each, root, decision._replace(calls=tuple(map(_through_a_float, decision.calls))), policy)


def _through_a_float(call: Call) -> Call:
    if not isinstance(call.ask, MoneyAsk):
        return call
    yuan = sum([call.ask.amount.minor / 100 / 11] * 11)
    amount = call.ask.amount.model_copy(update={"minor": int(yuan * 100)})
    return call._replace(ask=call.ask.model_copy(update={"amount": amount}))


class LeakingState(WatchedBatch):
    """The last case stays in a variable and is found there by whoever has none."""

    def _decide(self, each: Input, loaded: Loaded, pack: Pack) -> Decision:
        left: Any = getattr(self.kernel, "left_behind", None)
        if loaded.case is None and left is not None:
            loaded = Loaded(
                loaded.version, loaded.said, loaded.root, left.model_copy(update={"request_id": each.request_id})
            )
        decision = super()._decide(each, loaded, pack)
        self.kernel.left_behind = decision.case or left  # type: ignore[attr-defined]
        return decision
