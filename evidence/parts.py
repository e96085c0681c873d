"""The readable parts of the bundle, each drawn from the events alone: shown, agreed, told, paid."""

from collections import Counter
from collections.abc import Iterator, Sequence

from evidence.story import Json, Story
from evidence.verify import canonical, sha256

SENT = ("notice.sent.v1", "request.closed.v1")
MOVES = {  # type of event -> (kind, field) of each amount in it
    "fee.settled.v1": (("paid", "paid"), ("held", "held")),
    "fee.refunded.v1": (("refunded", "amount"),),
    "fee.waived.v1": (("waived", "amount"),),
    "dispute.resolved.v1": (("dispute-charged", "charged"), ("dispute-refunded", "refunded")),
    "final-bill.issued.v1": (("final-bill", "net"),),
    "reopening.paid.v1": (("reopening", "paid"),),
}

OPERATIONS = {"waived": "waive", "paid": "charge", "dispute-charged": "charge", "reopening": "charge", "held": "held"}


def disclosures(story: Story) -> list[Json]:
    """Every quote, its hash, and the letters that carried it to the customer."""
    return [
        _about(event)
        | {"quote_sha256": quote_sha256(event), "quote": event["body"]["quote"], "dates": event["body"]["dates"]}
        | {"letters": [_letter(sent) for sent in story.of(*SENT) if sent["cause"] == event["id"]]}
        for event in story.of("quote.issued.v1")
    ]


def quote_sha256(event: Json) -> str:
    return sha256(canonical(event["body"]["quote"]))


def consent(story: Story) -> list[Json]:
    """Every yes, with the three hashes of the quote that must be one: shown, confirmed, settled."""
    return [_consent(story, event) for event in story.of("confirmation.given.v1")]


def _consent(story: Story, event: Json) -> Json:
    body = event["body"]
    version, disclosure = body["quote_version"], body.get("disclosure") or {}
    issued = [each for each in story.of("quote.issued.v1") if each["body"]["quote"]["version"] == version]
    settled = [each["body"] for each in story.of("fee.settled.v1") if each["body"]["quote_version"] == version]
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
    failed = [_about(event) | {"delivered": False} | _said(event) for event in story.of("notice.failed.v1")]
    return sent + failed


def _letter(event: Json) -> Json:
    return _about(event) | {"delivered": True} | _said(event)


def _said(event: Json) -> Json:
    return {name: value for name, value in event["body"].items() if name != "request_id"}


def moves(story: Story) -> list[Json]:
    """Every amount that moved or was held, in order; minor units, a final bill below zero goes to the customer."""
    return [
        _about(event) | {"kind": kind, "amount": event["body"][field], "reference": event["body"].get("reference")}
        for event in story.of(*MOVES)
        for kind, field in MOVES[event["type"]]
        if event["body"][field]["minor"]
    ]


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
    said = Counter({"charge": 0, "refund": 0, "waive": 0})
    for move in moves(story):
        said[_operation(move)] += abs(move["amount"]["minor"])
    if not list(story.of("fee.settled.v1")):
        back = [event for event in story.of("fee.refunded.v1") if event["body"]["cause"] == "withdrawal"]
        said["charge"] += sum(event["body"]["amount"]["minor"] for event in back)
    del said["held"]
    booked = {kind: sum(row["amount_minor"] for row in ledger or () if row["kind"] == kind) for kind in said}
    references = list(_references(story))
    return {
        "references": references,
        "ledger": ledger,
        "said": dict(said),
        "booked": None if ledger is None else booked,
    }


def _operation(move: Json) -> str:
    if move["kind"] == "final-bill":
        return "charge" if move["amount"]["minor"] > 0 else "refund"
    return OPERATIONS.get(move["kind"], "refund")


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
