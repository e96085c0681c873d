"""Thousands of plain customers for the benchmark, derived from their number, so that two runs meet the same people."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from contracts.words import Money, Route
from demo.carrier.customer import Customer, add_on, contract, customer, plan

REJECTED_EACH, DECLINED_TWICE_EACH, DECLINED_ALWAYS_EACH = 20, 100, 500  # 5 %, 1 % and 0.2 % of a mixed crowd


def crowd(n: int, today: date, *, mixed: bool = False) -> Iterator[Customer]:
    """`sub-c000001` to n: a free add-on and one under contract each; `mixed` adds the benchmark's share of trouble."""
    bound = contract(today, days_in=200, days_left=165, full_fee_minor=36500)
    items = (
        plan(),
        add_on("video-pack", "视频会员", "Video pack", 1500),
        add_on("phone-care", "手机保障服务", "Phone care", 2000, bound),
    )
    for index in range(1, n + 1):
        known = _trouble(index) if mixed else {}
        story = "One of many: a plan, a free add-on and one under contract."
        routes = (Route.SMS, Route.PUSH)
        yield customer(crowd_ref(index), "bench", story, *items, routes=routes, **known)


def crowd_ref(index: int) -> str:
    return f"sub-c{index:06d}"


def _trouble(index: int) -> dict[str, Any]:
    """Trouble starts at fixed offsets, so that no customer has two kinds of it."""
    if index % DECLINED_ALWAYS_EACH == 3:
        return {"quirks": {"payment": ("always-decline",)}}
    if index % DECLINED_TWICE_EACH == 2:
        return {"quirks": {"payment": ("decline", "decline")}}
    if index % REJECTED_EACH == 1:
        return {"arrears": Money(minor=4200)}
    return {}
