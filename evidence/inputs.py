"""Puts together again, from the events before a decision, exactly what it was decided on; its hash says if it was that.

What the console masks, or an event that is not there, makes another hash: then there is nothing to show, and nothing
is shown.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts.messages.billing import DisputeOpened, DisputeResolved, FeeSettled, QuoteIssued
from contracts.messages.intake import ConfirmationGiven, InformationSupplied, RequestAccepted
from contracts.messages.ops import ReviewDecided
from contracts.messages.review import RequestApproved, ReviewReferred
from contracts.messages.termination import ServiceTerminated, TerminationLate, TerminationReprocessed
from evidence.story import Json, Story
from evidence.verify import canonical, sha256


def decisions(story: Story, time_zone: str) -> list[Json]:
    """Every decision record with its inputs; `inputs` is None where they could not be put together again."""
    found = [event for event in story.events if event["readable"] and event["body"].get("decision")]
    return [_decided(story, event, time_zone) for event in found]


def _decided(story: Story, event: Json, time_zone: str) -> Json:
    record = event["body"]["decision"]
    rebuild = REBUILT.get(record["decision"])
    try:
        inputs = rebuild(story, event, time_zone) if rebuild else None
    except (KeyError, TypeError):  # an event it rests on is not there
        inputs = None
    true = inputs is not None and sha256(canonical(inputs)) == record["inputs_sha256"]
    about = {name: event[name] for name in ("type", "at", "place")}
    return {"event": event["id"]} | about | {"record": record, "inputs": inputs if true else None}


def _before(story: Story, event: Json, *types: str) -> Any:
    """The body of the last of these before `event`; raises `TypeError` when it is asked for what is not there."""
    found = story.last_before(event, *types)
    return found["body"] if found else None


def _review(story: Story, event: Json, time_zone: str) -> Json:
    accepted = _before(story, event, RequestAccepted.type)
    document = accepted["application"]["proof"]["identity_document"]
    answers = {"identity-document": document} if document else {}
    for each in story.events[: story.events.index(event)]:
        if each["type"] == InformationSupplied.type and each["readable"]:
            answers |= each["body"]["answers"]
    today = datetime.fromisoformat(event["at"]).astimezone(ZoneInfo(time_zone)).date().isoformat()
    known = {name: accepted[name] for name in ("application", "subscription")}
    return known | {"answers": answers, "today": today}


def _person(story: Story, event: Json, time_zone: str) -> Json:
    referred, order = _before(story, event, ReviewReferred.type), _before(story, event, ReviewDecided.type)
    return {"grounds": referred["grounds"], "order": order | {}}


def _quote(story: Story, event: Json, time_zone: str) -> Json:
    return _approved(story, event) | {"at": _wire(event["at"])}


def _approved(story: Story, event: Json) -> Json:
    approved = _before(story, event, RequestApproved.type)
    return {name: approved[name] for name in ("application", "subscription")}


def _reassessment(story: Story, event: Json, time_zone: str) -> Json:
    resolved = story.last_before(event, DisputeResolved.type) or {}
    earlier = _before(story, event, QuoteIssued.type)["quote"]
    return {"quote": earlier, "dispute": _dispute_of(story, resolved), "at": _wire(event["at"])}


def _dispute(story: Story, event: Json, time_zone: str) -> Json:
    return {"dispute": _dispute_of(story, event)}


def _dispute_of(story: Story, resolved: Json) -> Json:
    opened = _opened_before(story, resolved)
    said = resolved["body"]
    argued = {name: opened[name] for name in ("lines", "amount", "held", "ground", "answer_due")}
    later = {"about": opened.get("about"), "overcharged": said.get("overcharged")}  # older events have neither
    argued |= {name: value for name, value in later.items() if value is not None}
    return argued | {name: said[name] for name in ("outcome", "owed", "operator", "reason")}


def _opened_before(story: Story, resolved: Json) -> Any:
    """A quote and a final account can be disputed at the same time: the one that was decided here."""
    about = resolved["body"].get("about", "quote")
    earlier = story.events[: story.events.index(resolved)]
    opened = [each["body"] for each in earlier if each["type"] == DisputeOpened.type and each["readable"]]
    return next((body for body in reversed(opened) if body.get("about", "quote") == about), None)


def _final_account(story: Story, event: Json, time_zone: str) -> Json:
    settled, body = _before(story, event, FeeSettled.type), event["body"]
    fees = (line for line in body["account"]["lines"] if line["kind"] == "early-termination")
    held = [line["line"] for line in fees if line["status"] == "held"]
    return {"quote_sha256": settled["quote_sha256"], "bill": body["bill"], "held": held}


def _settlement(story: Story, event: Json, time_zone: str) -> Json:
    said = {name: event["body"][name] for name in ("quote_sha256", "paid", "held", "reference")}
    if told := event["body"].get("elsewhere"):  # most settlements have none, and their records name none
        said["elsewhere"] = told
    return said | {"confirmation": _before(story, event, ConfirmationGiven.type) | {}}


def _waiver(story: Story, event: Json, time_zone: str) -> Json:
    ended = _before(story, event, ServiceTerminated.type)
    repaired = _before(story, event, TerminationReprocessed.type) or {"restored": []}
    late = ended["dates"] if ended and ended["late"] else None
    made = {"cause": event["body"]["cause"], "dates": late, "restored": repaired["restored"]}
    return made | _approved(story, event)


def _termination(story: Story, event: Json, time_zone: str) -> Json:
    overdue = story.last_before(event, TerminationLate.type) is not None
    return {"ended": event["body"]["ended"], "promised": event["body"]["dates"]["promised"], "overdue": overdue}


def _promise(story: Story, event: Json, time_zone: str) -> Json:
    return {name: event["body"][name] for name in ("promised", "waiting")}


def _reopening_fee(story: Story, event: Json, time_zone: str) -> Json:
    quote = _before(story, event, QuoteIssued.type)["quote"]
    body = event["body"]
    return {"quote_sha256": sha256(canonical(quote)), "fee": body["paid"], "reference": body["reference"]}


def _reopening(story: Story, event: Json, time_zone: str) -> Json:
    return {name: event["body"][name] for name in ("restored", "paid", "reference")}


def _wire(at: str) -> str:
    """`+00:00` as our messages write it."""
    return at.removesuffix("+00:00") + "Z"


REBUILT: Mapping[str, Callable[[Story, Json, str], Json]] = {
    "review": _review,
    "review-by-a-person": _person,
    "quote": _quote,
    "re-assessment": _reassessment,
    "settlement": _settlement,
    "dispute": _dispute,
    "waiver": _waiver,
    "final-account": _final_account,
    "termination": _termination,
    "promise": _promise,
    "reopening-fee": _reopening_fee,
    "reopening": _reopening,
}
