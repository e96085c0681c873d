"""A what-if and a report over many made-up requests, in this process: `python -m bench.what_if [REQUESTS] [PACK]`.

Time is for decoding, deciding and counting; the events are made from templates so that making them costs little.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any
from uuid import UUID

from contracts.carrier.subscriptions import Subscription
from contracts.messages import Message
from contracts.messages.base import Audience
from contracts.messages.intake import Application, RequestAccepted
from contracts.messages.review import RequestApproved
from contracts.words import Channel, Kind, Proof, Reason
from demo.carrier.customers import seeded
from insight.comparison import Comparison
from insight.history import Said
from insight.past import past_requests
from insight.report import Report
from insight.tracks import tracks
from insight.what_if import replayed
from policies.conditions import targets
from policies.pack import Pack, load
from services.billing.offering import issue_quote
from services.review.domain import review

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
SOMEBODY = str(UUID(int=1))
STEP = timedelta(milliseconds=5)
PROOF = Proof(agent="agent-1", call="call-1", identity_document="doc-1")


def templates(pack: Pack) -> list[list[Said]]:
    """What was said up to the quote about each of the demo's customers who closes a line, on each channel."""
    today = AT.astimezone(pack.zone).date()
    lines = [customer.line for customer in seeded(today) if customer.line.account == "open"]
    return [_said(_accepted(each, on, pack), pack) for each in lines if targets(Kind.LINE, (), each) for on in Channel]


def _accepted(line: Subscription, channel: Channel, pack: Pack) -> RequestAccepted:
    return RequestAccepted(
        request_id=SOMEBODY,
        audience=Audience(subscription=line.subscription, masked_number=line.masked_number, channel=channel),
        application=Application(
            kind=Kind.LINE,
            items=(),
            reason=Reason.PRICE,
            requested_end=AT,
            accepted_at=AT,
            proof=PROOF,
            policy=pack.id,
        ),
        subscription=line,
    )


def _said(accepted: RequestAccepted, pack: Pack) -> list[Said]:
    """By the services' own decisions."""
    told: list[Message] = [accepted, *review(None, accepted, AT, pack).events]
    approved = next((event for event in told if isinstance(event, RequestApproved)), None)
    told += issue_quote(None, approved, AT, pack).events if approved else ()
    return [Said(AT + STEP * n, each.type, SOMEBODY, each.model_dump_json().encode()) for n, each in enumerate(told)]


def events(requests: int, pack: Pack) -> Iterator[Said]:
    for number, told in enumerate(islice(cycle(templates(pack)), requests)):
        own = str(UUID(int=number + 2))
        for at, kind, _, value in told:
            yield Said(at + STEP * number, kind, own, value.replace(SOMEBODY.encode(), own.encode()))


def _compared(made: Iterable[Said], pack: Pack) -> dict[str, Any]:
    comparison = Comparison()
    for past in past_requests(made):
        comparison.add(replayed(past, pack))
    return comparison.as_json() | {"most_at_stake": []}


def _reported(made: Iterable[Said], pack: Pack) -> dict[str, Any]:
    report = Report(pack)
    for track in tracks(made):
        report.add(track)
    return {"requests": report.as_json()["requests"]}


def _measured(what: Callable[[Iterable[Said], Pack], dict[str, Any]], requests: int, pack: Pack) -> dict[str, Any]:
    """`others` is what making the events alone takes; memory is the most this process ever had."""
    old = load("cn-carrier")
    begun = time.process_time()
    made = sum(1 for _ in events(requests, old))
    others = time.process_time() - begun
    begun, wall = time.process_time(), time.perf_counter()
    told = what(events(requests, old), pack)
    figures = {"events": made, "cpu_seconds": time.process_time() - begun - others, "others_cpu_seconds": others}
    figures |= {"seconds": time.perf_counter() - wall, "peak_mb": _peak_mb()}
    return {name: round(value, 2) for name, value in figures.items()} | {"told": told}


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(requests: int = 100_000, new_pack: str = "cn-carrier") -> None:
    pack = load(new_pack)
    figures = {"requests": requests, "pack": pack.id, "peak_mb_before": round(_peak_mb(), 2)}
    what_if = _measured(_compared, requests, pack)
    print(json.dumps(figures | {"what_if": what_if, "report": _measured(_reported, requests, pack)}, indent=2))


if __name__ == "__main__":
    main(*(int(word) if word.isdigit() else word for word in sys.argv[1:3]))  # type: ignore[arg-type]
