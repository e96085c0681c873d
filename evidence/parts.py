"""The readable parts of the bundle, each drawn from the events alone: shown, agreed, told, paid."""

from collections import Counter
from collections.abc import Iterator, Sequence

from contracts.meaning import Amount, Way
from contracts.messages import TYPES
from contracts.messages.billing import FeeRefunded, FeeSettled, QuoteIssued
from contracts.messages.intake import ConfirmationGiven
from contracts.messages.notify import NoticeFailed, NoticeSent, RequestClosed
from evidence.story import Json, Story
from evidence.verify import canonical, sha256

SENT = (NoticeSent.type, RequestClosed.type)
MOVES = {name: model.moves for name, model in TYPES.items() if model.moves}


def disclosures(story: Story) -> list[Json]:
    """Every quote, its hash, and the letters that carried it to the customer."""
    return [
        _about(event)
        | {"quote_sha256": quote_sha256(event), "quote": event["body"]["quote"], "dates": event["body"]["dates"]}
        | {"letters": [_letter(sent) for sent in story.of(*SENT) if sent["cause"] == event["id"]]}
        for event in story.of(QuoteIssued.type)
    ]


def quote_sha256(event: Json) -> str:
    return sha256(canonical(event["body"]["quote"]))


def consent(story: Story) -> list[Json]:
    """Every yes, with the three hashes of the quote that must be one: shown, confirmed, settled."""
    return [_consent(story, event) for event in story.of(ConfirmationGiven.type)]


def _consent(story: Story, event: Json) -> Json:
    body = event["body"]
    version, disclosure = body["quote_version"], body.get("disclosure") or {}
    issued = [each for each in story.of(QuoteIssued.type) if each["body"]["quote"]["version"] == version]
    settled = [each["body"] for each in story.of(FeeSettled.type) if each["body"]["quote_version"] == version]
    said = {name: body[name] for name in ("quote_version", "clauses_acknowledged", "given_at", "proof")}
    return (
        _about(event)
        | said
        | {
            "disclosure": disclosure or None,
            "quote_sha256": disclosure.get("quote_sha256"),
            "issued_sha256": quote_sha256(issued[-1]) if issued else None,
            "settled_sha256": settled[-1].get("quote_sha256") if settled else None,
        }
    )


def notices(story: Story) -> list[Json]:
    """What reached the customer by which route, and what did not."""
    types = {event["id"]: event["type"] for event in story.events}
    sent = [_letter(event) | {"about": types.get(event["cause"], "")} for event in story.of(*SENT)]
    failed = [_about(event) | {"delivered": False} | _said(event) for event in story.of(NoticeFailed.type)]
    return sent + failed


def _letter(event: Json) -> Json:
    return _about(event) | {"delivered": True} | _said(event)


def _said(event: Json) -> Json:
    return {name: value for name, value in event["body"].items() if name != "request_id"}


def moves(story: Story) -> list[Json]:
    """Every amount that moved or was held, in order; minor units, a final bill below zero goes to the customer."""
    return [
        _about(event) | {"kind": each.kind, "amount": amount, "reference": event["body"].get("reference")}
        for event, each, amount in _amounts(story)
    ]


def _amounts(story: Story) -> Iterator[tuple[Json, Amount, Json]]:
    for event in story.of(*MOVES):
        for each in MOVES[event["type"]]:
            if (amount := event["body"][each.field])["minor"]:
                yield event, each, amount


def money(story: Story) -> Json:
    sums: Counter[tuple[str, str]] = Counter()
    for move in moves(story):
        sums[move["kind"], move["amount"]["currency"]] += move["amount"]["minor"]
    by_kind = [{"kind": kind, "minor": minor, "currency": currency} for (kind, currency), minor in sorted(sums.items())]
    return {"moves": moves(story), "sums": by_kind}


def carrier(story: Story, ledger: Sequence[Json] | None) -> Json:
    """References of what was carried out, as our events have them; `said` against `booked` where the books were read.

    A charge that a withdrawal overtook was never told as paid: its refund says that it was.
    """
    said = Counter({str(way): 0 for way in (Way.CHARGE, Way.REFUND, Way.WAIVE)})
    for _, each, amount in _amounts(story):
        said[each.way_of(amount["minor"])] += abs(amount["minor"])
    if not list(story.of(FeeSettled.type)):
        back = [event for event in story.of(FeeRefunded.type) if event["body"]["cause"] == "withdrawal"]
        said[Way.CHARGE] += sum(event["body"]["amount"]["minor"] for event in back)
    del said[Way.HOLD]
    booked = {kind: sum(row["amount_minor"] for row in ledger or () if row["kind"] == kind) for kind in said}
    references = list(_references(story))
    return {
        "references": references,
        "ledger": ledger,
        "said": dict(said),
        "booked": None if ledger is None else booked,
    }


def _references(story: Story) -> Iterator[Json]:
    for event in story.events:
        body = event["body"] if isinstance(event["body"], dict) else {}
        ended = [body["ended"]] if isinstance(body.get("ended"), dict) else body.get("ended") or []
        for part in (body, *ended, *body.get("restored", ())):
            if event["topic"].endswith(("billing", "termination", "notify")) and _reference(part):
                yield _about(event) | {"reference": part["reference"]}


def _reference(part: object) -> bool:
    return isinstance(part, dict) and bool(part.get("reference"))


def _about(event: Json) -> Json:
    return {"event": event["id"], "type": event["type"], "at": event["at"], "place": event["place"]}
