"""Quotes a second in one process, beside the same amounts by plain arithmetic: `python -m bench.quotes [SECONDS]`.

The baseline works out months and fee only: no steps in words, no clauses, no dates, no effects, no checks. Both do the
same customers in turns of a tenth of a second, so that a machine that slows down slows both; both must come to the same
money, which is said of `cn-carrier`, whose rule the baseline knows.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from statistics import median

from contracts.carrier.subscriptions import Item, Subscription
from contracts.words import Kind
from demo.carrier.customers import seeded
from policies.conditions import targets
from policies.pack import Pack, load
from services.billing.quoting import quote

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
TURN = 0.1
Worked = Callable[[Subscription], int]


def customers(pack: Pack) -> list[Subscription]:
    """Whoever of the demo's customers ends something that can be priced."""
    lines = [each.line for each in seeded(AT.astimezone(pack.zone).date())]
    known = {"none", "share-of-remaining"}
    return [
        line
        for line in lines
        if (ending := targets(Kind.LINE, (), line))
        and all(not item.contract or item.contract.fee_rule in known for item in ending)
    ]


def whole_quote(pack: Pack) -> Worked:
    return lambda line: quote(Kind.LINE, (), line, AT, 1, AT, pack).total.minor


def plain_arithmetic(pack: Pack) -> Worked:
    """Share of the months that remain, half up, in whole numbers; what `share-of-remaining` comes to."""
    notice = pack.clocks.notice_period[Kind.LINE]
    today = AT.astimezone(pack.zone).date()

    def worked(line: Subscription) -> int:
        items = targets(Kind.LINE, (), line)
        bound = any(item.contract and item.contract.end > today for item in items)
        span = notice.inside_contract if bound else notice.outside_contract
        return sum(_fee(item, pack.due(AT, span).astimezone(pack.zone).date()) for item in items if item.contract)

    return worked


def _fee(item: Item, day: date) -> int:
    contract = item.contract
    if contract is None or not contract.lock_in or day >= contract.end or contract.fee_rule == "none":
        return 0
    term, served = _months(contract.start, contract.end), _months(contract.start, day)
    return int((contract.full_fee.minor * (term - served) * 2 + term) // (term * 2))


def _months(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def _rate(work: Worked, lines: list[Subscription]) -> float:
    """Quotes a second of CPU over one turn."""
    begun = time.process_time()
    for done, line in enumerate(cycle(lines), 1):
        work(line)
        if done % 50 == 0 and time.process_time() - begun >= TURN:
            return done / (time.process_time() - begun)
    return 0.0


def main(seconds: int = 6) -> None:
    pack = load("cn-carrier")
    lines, ways = customers(pack), {"quote": whole_quote(pack), "plain": plain_arithmetic(pack)}
    totals = [ways["quote"](line) for line in lines]
    assert totals == [ways["plain"](line) for line in lines]
    rates: dict[str, list[float]] = {way: [] for way in ways}
    until = time.monotonic() + timedelta(seconds=seconds).total_seconds()
    while time.monotonic() < until:
        for way, work in ways.items():
            rates[way].append(_rate(work, lines))
    middle = {f"{way}_a_second": round(median(found)) for way, found in rates.items()}
    ratio = round(median(rates["plain"]) / median(rates["quote"]), 1)
    told = {"pack": pack.id, "customers": len(lines), "with_a_fee": sum(minor > 0 for minor in totals)}
    print(json.dumps(told | {"turns": len(rates["quote"])} | middle | {"ratio": ratio}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
