"""What notify decides: one notice an event, by the customer's first contact route, then the next."""

from datetime import datetime

from contracts.carrier.asks import Delivered, MessageAsk
from contracts.messages import ForCustomer
from contracts.messages.notify import NoticeFailed, NoticeSent, RequestClosed
from contracts.messages.ops import RetryOrdered
from contracts.messages.shared import AttentionRequired, AttentionResolved
from contracts.words import Route, Value
from policies.notices import render
from policies.pack import Pack
from runtime.decision import NOTHING, Answered, Call, Case, Decision, Refused

SEND = "send"  # what the carrier is asked
UNBELIEVABLE = "unbelievable-answer"
GOES_ON = '"closes":false'  # in the note of a call, as `Underway` writes itself down


class Underway(Value):
    """Comes back with the answer: what else there is to try, and what it means when it arrives."""

    sha256: str
    closes: bool
    routes: tuple[Route, ...]  # the first is being tried
    tried: tuple[Route, ...] = ()


class Undelivered(Value):
    ask: MessageAsk
    underway: Underway
    key: str = ""  # the answer under it could not be believed: it may have arrived, so it is asked under no other key


class NotifyCase(Case):
    """Only remembered where a notice could not be delivered: for the operator who sends it again."""

    undelivered: dict[str, Undelivered] = {}

    @property
    def goes_on(self) -> bool:
        """What could not be delivered waits for a person, and the console knows of it."""
        return False


def tell(case: NotifyCase | None, message: ForCustomer, now: datetime, pack: Pack) -> Decision:
    """The text is made once, from the event alone; where it goes may change, what it says may not."""
    audience = message.audience
    rendered = render(pack, message, audience.language)
    if rendered is None or not audience.masked_number:  # nobody we know: the channel they stand at shows it
        return NOTHING
    ask = MessageAsk(
        request_id=message.request_id,
        subscription=audience.subscription,
        route=audience.routes[0] if audience.routes else Route.LETTER,
        language=audience.language,
        notice=rendered.notice,
        subject=rendered.subject,
        body=rendered.body,
    )
    underway = Underway(sha256=rendered.sha256, closes=rendered.closes, routes=audience.routes)
    if not audience.routes:
        return _nobody_reached(case, ask, underway, "no-route", "the CRM knows no way to reach this customer")
    return Decision(calls=(Call(SEND, ask, underway.model_dump_json()),))


def sent(case: NotifyCase | None, message: Answered, now: datetime, pack: Pack) -> Decision:
    ask: MessageAsk = message.ask
    answer: Delivered = message.answer
    underway = Underway.model_validate_json(message.note)
    model = RequestClosed if underway.closes else NoticeSent
    event = model(
        request_id=ask.request_id,
        notice=ask.notice,
        route=ask.route,
        language=ask.language,
        text_sha256=underway.sha256,
        reference=answer.reference,
    )
    return Decision(events=(event,))


def unhurried(call: Call) -> bool:
    """Nobody waits for the word that this notice has arrived: it closes no request."""
    return GOES_ON in call.note


def not_sent(case: NotifyCase | None, message: Refused, now: datetime, pack: Pack) -> Decision:
    """The next contact route; when none is left an operator sees it. A notice is never silently missing."""
    ask: MessageAsk = message.ask
    underway = Underway.model_validate_json(message.note)
    if message.code == UNBELIEVABLE:
        return _nobody_reached(case, ask, underway, message.code, message.detail, message.key)
    tried, left = (*underway.tried, underway.routes[0]), underway.routes[1:]
    if left:
        onwards = underway.model_copy(update={"routes": left, "tried": tried})
        again = ask.model_copy(update={"route": left[0]})
        return Decision(calls=(Call(SEND, again, onwards.model_dump_json()),))
    all_tried = underway.model_copy(update={"routes": tried, "tried": ()})
    return _nobody_reached(case, ask, all_tried, message.code, message.detail)


def _nobody_reached(
    case: NotifyCase | None, ask: MessageAsk, underway: Underway, code: str, detail: str, key: str = ""
) -> Decision:
    kept = case or NotifyCase(request_id=ask.request_id)
    incident = f"notice:{ask.notice}"
    if incident in kept.undelivered:  # of an earlier event, such as the quote before this one: both wait
        incident = f"{incident}:{underway.sha256[:8]}"
    failed = NoticeFailed(
        request_id=ask.request_id, notice=ask.notice, tried=underway.routes, code=code, incident=incident
    )
    attention = AttentionRequired(
        request_id=ask.request_id, incident=incident, operation=SEND, code=code, detail=detail
    )
    undelivered = {**kept.undelivered, incident: Undelivered(ask=ask, underway=underway, key=key)}
    return Decision(kept.model_copy(update={"undelivered": undelivered}), (failed, attention))


def retry(case: NotifyCase | None, message: RetryOrdered, now: datetime, pack: Pack) -> Decision:
    """The whole list of routes once more, with the very same words; what may have arrived, under its own key."""
    kept = case.undelivered.get(message.incident) if case else None
    if case is None or kept is None:
        return NOTHING  # the incident is another service's
    left = {name: each for name, each in case.undelivered.items() if name != message.incident}
    event = AttentionResolved(request_id=case.request_id, incident=message.incident)
    return Decision(case.model_copy(update={"undelivered": left}), (event,), calls=(_again(kept),))


def _again(kept: Undelivered) -> Call:
    if kept.key:
        return Call(SEND, kept.ask, kept.underway.model_dump_json(), kept.key)
    routes = kept.underway.routes or (Route.SMS, Route.LETTER)  # none was known then: try what everybody has
    again = kept.ask.model_copy(update={"route": routes[0]})
    return Call(SEND, again, kept.underway.model_copy(update={"routes": routes}).model_dump_json())
