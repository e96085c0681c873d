"""What customers and operators say in the journeys, with the proofs their channels ask for."""

from typing import Any

from contracts.messages import billing, commands, ops
from contracts.words import Channel, Kind, Money, Proof
from tests.flow.system import System, new_id

PROOF = {
    Channel.HOTLINE: Proof(agent="agent-7", call="call-0815"),
    Channel.COUNTER: Proof(agent="clerk-3", identity_document="doc-4711"),
}
CONFIRMATION_PROOF = {
    Channel.HOTLINE: Proof(agent="agent-7", call="call-0815"),
    Channel.COUNTER: Proof(agent="clerk-3", signed_paper="paper-99"),
}
WHO: dict[str, Any] = {"operator": "op-1", "reason": "checked by hand"}


def submit(
    system: System,
    subscription: str,
    *items: str,
    kind: str = "",
    channel: str = "app",
    name: str = "",
    **more: Any,
) -> str:
    """Product when items are named, else the line; returns the request id."""
    request_id = new_id(name or f"{subscription}/{channel}/{more.get('resubmission_of', '')}")
    wish: dict[str, Any] = {
        "request_id": request_id,
        "channel": channel,
        "kind": kind or (Kind.PRODUCT if items else Kind.LINE),
        "subscription": subscription,
        "items": items,
        "proof": PROOF.get(Channel(channel), Proof()),
    }
    return system.say(commands.SubmitCancellation(**(wish | more)))


def confirm(system: System, request_id: str, version: int = 1, channel: str = "app") -> None:
    proof = CONFIRMATION_PROOF.get(Channel(channel), Proof())
    system.say(
        commands.ConfirmQuote(
            request_id=request_id, channel=channel, quote_version=version, clauses_acknowledged=True, proof=proof
        )
    )


def withdraw(system: System, request_id: str, channel: str = "app") -> None:
    system.say(commands.WithdrawCancellation(request_id=request_id, channel=channel))


def reopen(system: System, request_id: str, fee: int = 5000, channel: str = "app") -> None:
    proof = CONFIRMATION_PROOF.get(Channel(channel), Proof())
    system.say(commands.ReopenLine(request_id=request_id, channel=channel, fee=Money(minor=fee), proof=proof))


def give_up(system: System, request_id: str) -> None:
    system.say(ops.ReopeningAbandoned(request_id=request_id, **WHO))


def dispute(system: System, request_id: str, *lines: str) -> None:
    system.say(commands.DisputeFee(request_id=request_id, channel="web", lines=lines, ground="too-high"))


def decide_dispute(system: System, request_id: str, outcome: str, **more: Any) -> None:
    system.say(ops.DisputeDecided(request_id=request_id, outcome=outcome, **WHO, **more))


def order_retry(system: System, request_id: str, incident: str) -> None:
    system.say(ops.RetryOrdered(request_id=request_id, incident=incident, **WHO))


def note_elsewhere(system: System, request_id: str, incident: str, ground: str, evidence: str = "order-5591") -> None:
    system.say(ops.ElsewhereNoted(request_id=request_id, incident=incident, ground=ground, evidence=evidence, **WHO))


def fee_of(system: System, request: str) -> int:
    """The total of the newest quote, minor units."""
    quotes = [event for event in system.events(request) if isinstance(event, billing.QuoteIssued)]
    return int(quotes[-1].quote.total.minor)


def done(system: System, request_id: str, *kinds: str) -> list[tuple[str, str, int]]:
    """What the carrier carried out for this request: (kind, what, minor units), in order."""
    rows = system.ledger(request_id)
    return [(row["kind"], row["what"], row["amount_minor"]) for row in rows if not kinds or row["kind"] in kinds]


MONEY = ("charge", "refund", "waive")
SWITCHING = ("switch-off", "restore")
