"""Why one service cannot go alone, as a graph and in words; and that a quote holds everything it must (N14, R25)."""

from datetime import UTC, datetime

import pytest

from contracts.carrier.accounts import Balance
from contracts.carrier.subscriptions import Item, ItemKind, Subscription
from contracts.quotes import QuoteAsk
from contracts.words import Kind, Money, Text
from demo.carrier.customers import seeded
from policies.pack import load
from services.billing.curve import simulate
from services.billing.quoting import dates, quote

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
PACK = load("cn-carrier")
LINES = {customer.line.subscription: customer.line for customer in seeded(NOW.date())}


def item(name: str, *needs: str, **more: object) -> Item:
    words = Text(zh=f"{name}业务", en=name.capitalize())
    return Item.model_validate({"item": name, "name": words, "kind": "add-on", "depends_on": needs} | more)


def line(*items: Item) -> Subscription:
    known = {"subscription": "sub-test0001", "masked_number": "138****0000", "status": "active", "account": "open"}
    return Subscription.model_validate(known | {"items": items})


CHAIN = (item("data"), item("boost", "data"), item("roaming", "boost"), item("video"))


def graph(known: Subscription, *items: str) -> tuple[dict[str, str], set[tuple[str, str]]]:
    offer = quote(Kind.PRODUCT if items else Kind.LINE, items, known, NOW, 1, NOW, PACK)
    fates: dict[str, str] = {each.item: each.fate for each in offer.relations.items}
    return fates, {(need.item, need.needs) for need in offer.relations.needs}


@pytest.mark.parametrize(
    ("items", "wanted", "fates", "needs"),
    [
        (CHAIN, ("video",), {"video": "ends"}, set()),
        (
            CHAIN,
            ("data",),
            {"data": "ends", "boost": "loses-its-base", "roaming": "loses-its-base"},
            {("boost", "data"), ("roaming", "boost")},
        ),
        (
            CHAIN,
            ("roaming",),
            {"data": "stays", "boost": "stays", "roaming": "ends"},
            {("boost", "data"), ("roaming", "boost")},
        ),
        (
            CHAIN,
            ("data", "boost", "roaming"),
            {"data": "ends", "boost": "ends", "roaming": "ends"},
            {("boost", "data"), ("roaming", "boost")},
        ),
        ((item("one", "two"), item("two", "one")), ("one",), None, {("one", "two"), ("two", "one")}),  # a circle
        ((item("self", "self", "gone"), item("gone", active=False)), ("self",), {"self": "ends"}, set()),
    ],
)
def test_the_graph_shows_what_ends_what_loses_its_base_and_what_stays(
    items: tuple[Item, ...], wanted: tuple[str, ...], fates: dict[str, str] | None, needs: set[tuple[str, str]]
) -> None:
    found = graph(line(*items), *wanted)
    assert found == (fates or {"one": "ends", "two": "loses-its-base"}, needs)


def test_the_effects_say_by_which_chain_a_service_loses_its_base() -> None:
    said = [each.what for each in quote(Kind.PRODUCT, ("data",), line(*CHAIN), NOW, 1, NOW, PACK).impacts]
    assert (
        Text(
            zh="roaming业务需要boost业务，boost业务需要data业务，后者将终止：roaming业务需另办套餐",
            en="Roaming needs Boost, Boost needs Data, which ends: Roaming needs a new package",
        )
        in said
    )


@pytest.mark.parametrize(
    ("known", "kind", "wanted", "needed"),
    [
        (line(item("plan", kind="plan"), item("video")), Kind.PRODUCT, ("plan",), True),  # nothing to call with is left
        (line(item("plan", kind="plan"), item("video")), Kind.PRODUCT, ("video",), False),
        (line(item("plan", kind="plan"), item("new", kind="plan")), Kind.PRODUCT, ("plan",), False),
        (line(item("plan", kind="plan"), item("video")), Kind.LINE, (), False),
        (line(*CHAIN), Kind.PRODUCT, ("boost",), True),
    ],
)
def test_whether_a_new_package_is_needed_is_said(
    known: Subscription, kind: Kind, wanted: tuple[str, ...], needed: bool
) -> None:
    offer = quote(kind, wanted, known, NOW, 1, NOW, PACK)
    assert offer.new_package_needed is needed
    assert any("new package" in each.what.en for each in offer.impacts) is needed


def test_a_quote_without_a_request_says_why_not_only_this() -> None:
    ask = QuoteAsk(kind=Kind.PRODUCT, subscription="sub-dependent01", items=("data-pack",))
    (obstacle,) = simulate(ask, LINES["sub-dependent01"], NOW, PACK).obstacles
    assert obstacle.rule == "needed-by-others"
    assert "Roaming pass needs Data boost, Data boost needs Data pack" in obstacle.reason.en
    free = ask.model_copy(update={"items": ("data-pack", "data-boost", "roaming-pass")})
    assert not simulate(free, LINES["sub-dependent01"], NOW, PACK).obstacles


def test_a_quote_holds_everything_that_must_be_told_before_the_yes() -> None:
    bound = LINES["sub-linecontract01"]
    money = (Balance(origin="own", amount=Money(minor=5000)), Balance(origin="gift", amount=Money(minor=700)))
    shared = tuple(each.model_copy(update={"shared_with": 2}) for each in bound.items)
    offer = quote(Kind.LINE, (), bound.model_copy(update={"items": shared, "balances": money}), NOW, 1, NOW, PACK)
    said = " ".join(impact.what.en for impact in offer.impacts)
    promised = dates(offer, NOW, PACK)
    told = {
        "fee lines": offer.lines and all(each.steps and each.clauses for each in offer.lines),
        "the total": offer.total.minor == sum(each.amount.minor for each in offer.lines),
        "what stops": "Basic plan stops working" in said and "Video pack stops working" in said,
        "and when": offer.service_end > NOW,
        "others affected": "2 other lines share" in said,
        "the graph": {each.item for each in offer.relations.items} == {each.item for each in bound.items},
        "shared lines in the graph": all(each.shared_with == 2 for each in offer.relations.items),
        "the plan in the graph": any(each.kind is ItemKind.PLAN for each in offer.relations.items),
        "balances by origin": "50.00, pays what is owed first" in said and "gift of CNY 7.00" in said,
        "a new package": offer.new_package_needed is False,
        "quarantine and unbinding": "after 90 days: unbind" in said,
        "both ends": offer.charge_end >= offer.service_end,
        "the promise": promised.promised is not None and promised.requested == NOW,
        "the deadline": offer.valid_until > NOW,
        "clauses": set(offer.clauses) >= {PACK.quarantine_clause, *offer.lines[0].clauses},
        "the policy": offer.policy == PACK.id,
    }
    assert not [what for what, there in told.items() if not there]
