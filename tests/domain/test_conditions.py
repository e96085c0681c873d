"""The default pack's decision table, row by row, and the facts it is asked about."""

from datetime import date, timedelta
from typing import Any

import pytest

from contracts.carrier.accounts import Balance
from contracts.carrier.commitments import Contract
from contracts.carrier.subscriptions import Item, ItemKind, Subscription
from contracts.words import Kind, Money, Text
from policies.conditions import NEVER_PORTED_IN, facts, holding, targets
from policies.facts import FACTS
from policies.pack import load

TODAY = date(2026, 3, 1)
PACK = load("cn-carrier")
ALL = ("return", "reject", "ask", "refer")


def item(name: str, *needs: str, **more: Any) -> Item:
    return Item(item=name, name=Text(zh=f"{name}业务", en=name.title()), kind=ItemKind.ADD_ON, depends_on=needs, **more)


def bound(days_left: int = 100, *, lock_in: bool = True) -> Contract:
    start, end = TODAY - timedelta(days=200), TODAY + timedelta(days=days_left)
    return Contract(contract="c1", start=start, end=end, lock_in=lock_in, clause="CN-30", fee_rule="share-of-remaining")


def line(*items: Item, **known: Any) -> Subscription:
    known = {"status": "active", "account": "open", "masked_number": "138****0000"} | known
    return Subscription(subscription="sub-0001", items=items or (item("plan"), item("video")), **known)


def rules(kind: Kind, subscription: Subscription, *items: str, answers: tuple[str, ...] = ()) -> list[str]:
    return [row.rule for row in holding(PACK, kind, facts(kind, items, subscription, TODAY, PACK, answers), ALL)]


def test_the_facts_are_those_a_pack_may_name() -> None:
    assert set(facts(Kind.LINE, (), line(), TODAY, PACK)) == set(FACTS)


@pytest.mark.parametrize("kind", [Kind.LINE, Kind.PORT_OUT])
def test_nothing_stands_in_the_way_of_a_plain_line(kind: Kind) -> None:
    assert rules(kind, line()) == []


ARREARS = {"arrears": Money(minor=1)}
RECENT = {"ported_in_on": TODAY - timedelta(days=119)}
OBSTACLES = {"arrears": Money(minor=1), "real_name_verified": False, "status": "suspended", **RECENT}


@pytest.mark.parametrize(
    ("kind", "subscription", "items", "held"),
    [
        (Kind.PRODUCT, line(), ("video",), []),
        (Kind.PRODUCT, line(**ARREARS), ("video",), []),
        (Kind.PRODUCT, line(status="closed"), ("video",), ["line-already-closed"]),
        (Kind.PRODUCT, line(), ("nothing",), ["item-unknown"]),
        (Kind.PRODUCT, line(item("video", active=False)), ("video",), ["item-already-off"]),
        (Kind.PRODUCT, line(item("aa", active=False)), ("aa", "bb"), ["item-unknown", "item-already-off"]),
        (Kind.PRODUCT, line(item("data"), item("boost", "data")), ("data",), ["needed-by-others"]),
        (Kind.PRODUCT, line(item("data"), item("boost", "data")), ("data", "boost"), []),
        (Kind.PRODUCT, line(item("data"), item("boost", "data", active=False)), ("data",), []),
        (Kind.LINE, line(item("data"), item("boost", "data")), (), []),
        (Kind.LINE, line(status="closed"), (), ["line-already-closed"]),
        (Kind.LINE, line(**ARREARS), (), ["arrears"]),
        (Kind.LINE, line(status="suspended"), (), []),
        (Kind.LINE, line(item("plan", contract=bound())), (), []),
        (Kind.LINE, line(real_name_verified=False), (), ["identity-document"]),
        (Kind.LINE, line(segment="business"), (), ["business-line"]),
        (Kind.LINE, line(segment="guardian"), (), ["guardian-line"]),
        (Kind.LINE, line(balances=(Balance(origin="own", amount=Money(minor=100001)),)), (), ["large-payout"]),
        (Kind.LINE, line(balances=(Balance(origin="gift", amount=Money(minor=100001)),)), (), []),
        (Kind.LINE, line(item("plan", shared_with=3)), (), []),
        (Kind.PORT_OUT, line(**ARREARS), (), ["port-out-arrears"]),
        (Kind.PORT_OUT, line(real_name_verified=False), (), ["port-out-real-name"]),
        (Kind.PORT_OUT, line(item("plan", contract=bound())), (), ["port-out-lock-in"]),
        (Kind.PORT_OUT, line(item("plan", contract=bound(lock_in=False))), (), []),
        (Kind.PORT_OUT, line(item("plan", contract=bound(0))), (), []),
        (Kind.PORT_OUT, line(item("plan", contract=bound(), active=False)), (), []),
        (Kind.PORT_OUT, line(**RECENT), (), ["port-out-too-soon"]),
        (Kind.PORT_OUT, line(ported_in_on=TODAY - timedelta(days=120)), (), []),
        (Kind.PORT_OUT, line(status="suspended"), (), ["port-out-suspended"]),
        (Kind.PORT_OUT, line(segment="business"), (), []),
    ],
)
def test_each_row_of_the_table_holds_when_it_should(
    kind: Kind, subscription: Subscription, items: tuple[str, ...], held: list[str]
) -> None:
    assert rules(kind, subscription, *items) == held


def test_every_obstacle_to_porting_out_is_named_at_once_in_table_order() -> None:
    assert rules(Kind.PORT_OUT, line(item("plan", contract=bound()), **OBSTACLES)) == [
        "port-out-arrears",
        "port-out-real-name",
        "port-out-lock-in",
        "port-out-too-soon",
        "port-out-suspended",
    ]


def test_only_the_wanted_outcomes_are_given() -> None:
    truths = facts(Kind.LINE, (), line(real_name_verified=False, **ARREARS), TODAY, PACK)
    assert [row.rule for row in holding(PACK, Kind.LINE, truths, ("ask",))] == ["identity-document"]
    assert holding(PACK, Kind.LINE, truths, ("return",)) == ()


def test_a_question_is_not_asked_again_once_it_is_answered() -> None:
    unverified = line(real_name_verified=False)
    assert rules(Kind.LINE, unverified, answers=("something-else",)) == ["identity-document"]
    assert rules(Kind.LINE, unverified, answers=("identity-document",)) == []


def test_the_reason_says_which_services_still_need_it_through_however_many_steps() -> None:
    chain = line(item("data"), item("boost", "data"), item("roaming", "boost"), item("video"))
    (row,) = holding(PACK, Kind.PRODUCT, facts(Kind.PRODUCT, ("data",), chain, TODAY, PACK), ("reject",))
    assert row.reason == Text(
        zh="仍有业务依赖所退业务：boost业务、roaming业务（boost业务需要data业务；roaming业务需要boost业务，boost业务需要data业务）。",
        en="Still needed by: Boost, Roaming (Boost needs Data; Roaming needs Boost, Boost needs Data).",
    )


def test_a_returned_request_is_told_which_items_are_unknown() -> None:
    (row,) = holding(PACK, Kind.PRODUCT, facts(Kind.PRODUCT, ("abc", "video", "xyz"), line(), TODAY, PACK), ("return",))
    assert "abc, xyz" in row.reason.zh and "abc, xyz" in row.reason.en
    assert row.field == "/items"


@pytest.mark.parametrize(
    ("subscription", "items", "expected"),
    [
        (line(item("plan", contract=bound(1))), ("plan",), {"inside_contract": True, "locked_in": True}),
        (line(item("plan", contract=bound(0))), ("plan",), {"inside_contract": False, "locked_in": False}),
        (line(item("plan", contract=bound(lock_in=False))), ("plan",), {"inside_contract": True, "locked_in": False}),
        (line(item("plan", contract=bound()), item("video")), ("video",), {"inside_contract": False, "targets": 1}),
        (line(item("plan", shared_with=3), item("video")), ("plan", "video"), {"shared": 3, "targets": 2}),
        (line(), (), {"days_since_port_in": NEVER_PORTED_IN, "targets": 0, "shared": 0, "own_balance": 0}),
        (line(**RECENT), (), {"days_since_port_in": 119}),
    ],
)
def test_facts_are_about_the_items_that_are_to_end(
    subscription: Subscription, items: tuple[str, ...], expected: dict[str, object]
) -> None:
    known = facts(Kind.PRODUCT, items, subscription, TODAY, PACK)
    assert {name: known[name] for name in expected} == expected


CHAIN = line(item("aa"), item("bb", "aa"), item("cc", "bb"), item("dd", active=False), item("ee", "aa"))


@pytest.mark.parametrize(
    ("kind", "subscription", "items", "order"),
    [
        (Kind.LINE, CHAIN, (), "cc ee bb aa"),
        (Kind.PORT_OUT, CHAIN, (), "cc ee bb aa"),
        (Kind.PRODUCT, CHAIN, ("aa", "ee", "dd", "nothing"), "ee aa"),
        (Kind.LINE, line(item("aa", "bb"), item("bb", "aa"), item("cc", "aa")), (), "cc aa bb"),
        (Kind.LINE, line(item("aa", "aa"), item("bb")), (), "aa bb"),
        (Kind.PRODUCT, line(), (), ""),
    ],
)
def test_what_depends_on_another_is_switched_off_before_it(
    kind: Kind, subscription: Subscription, items: tuple[str, ...], order: str
) -> None:
    assert " ".join(each.item for each in targets(kind, items, subscription)) == order
