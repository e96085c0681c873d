"""A fast wrong run scores nothing: what the carrier carried out and what every request came to, compared."""

from collections import Counter
from typing import Any

import httpx

from bench.driver import Driver
from bench.workload import Way

EXPECTED = {  # how each way ends
    Way.REJECTED: "rejected",
    Way.SILENT: "expired",
    Way.DECLINED_ALWAYS: "failed",
}
DECLINED_TWICE_SAYS_SO_TWICE = ("send", "settlement-failed")


def ledger_summary(carrier: str) -> dict[str, Any]:
    summary: dict[str, Any] = httpx.get(f"{carrier}/ledger/summary", trust_env=False, timeout=60).json()
    return summary


def wrong_ends(driver: Driver) -> list[str]:
    """Every request must have come to the end its way leads to."""
    wrong = Counter(
        (way.value, journey.end or "no end")
        for number, journey in driver.journeys.items()
        if journey.end != EXPECTED.get(way := driver.workload.way(number), "closed")
    )
    return [f"{count} requests of the way «{way}» came to: {end}" for (way, end), count in wrong.items()]


def wrong_effects(summary: dict[str, Any]) -> list[str]:
    """`summary`: the carrier's `/ledger/summary`, or those of the gateways in the services."""
    doubled = [row for row in summary["doubled"] if (row["kind"], row["what"]) != DECLINED_TWICE_SAYS_SO_TWICE]
    found = [f"{row['times']} times {row['kind']} {row['what']} of {row['request_id']}" for row in doubled]
    found += [f"account {row['account']} is off by {row['off_by_minor']}" for row in summary.get("unbalanced", [])]
    if summary.get("created_minor", 0):
        found.append(f"{summary['created_minor']} fen came from nowhere")
    return found


def missing_effects(driver: Driver, counts: dict[str, int]) -> list[str]:
    """As many switch-offs as requests that were closed: none told without being done, none done without being told."""
    closed, off = driver.ends["closed"], counts.get("switch-off", 0)
    charges = counts.get("charge", 0)
    found = [] if closed == off else [f"{closed} requests closed but {off} items switched off"]
    return found if closed == charges else [*found, f"{closed} requests closed but {charges} charges carried out"]


def dead_letters(records: dict[str, int]) -> list[str]:
    return [f"{count} records on {topic}" for topic, count in records.items() if topic.endswith(".dead-letter")]
