"""The carrier without HTTP: once per key, money with two sides, and a no that changes nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from contracts.carrier.asks import Ask, FinalBillAsk, MessageAsk
from contracts.words import Language, Money, Route
from demo.carrier.books import Books, utc_now
from demo.carrier.problems import Refused

REQUEST = "11111111-1111-4111-8111-111111111111"
Asking = Callable[..., Any]


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.problem.code


def message(subscription: str, route: Route) -> MessageAsk:
    words = {"notice": "closed", "subject": "办结", "body": "您的业务已退订。"}
    return MessageAsk(request_id=REQUEST, subscription=subscription, route=route, language=Language.ZH, **words)


def last_bill(subscription: str) -> FinalBillAsk:
    return FinalBillAsk(request_id=REQUEST, subscription=subscription, charge_end=utc_now())


def active_items(books: Books, subscription: str) -> set[str]:
    return {item.item for item in books.look_up(subscription).items if item.active}


def test_the_same_key_is_carried_out_once_and_answered_alike(books: Books, money: Asking) -> None:
    first = books.charge("k1", money("sub-freeaddon01"))
    assert books.charge("k1", money("sub-freeaddon01")) == first
    assert [row["kind"] for row in books.audit.ledger(subscription="sub-freeaddon01")] == ["charge"]


@pytest.mark.parametrize(
    "changed", [{"minor": 101}, {"subscription": "sub-freeaddon02"}, {"purpose": "dispute"}], ids=str
)
def test_a_key_is_never_used_for_another_ask(books: Books, money: Asking, changed: dict[str, Any]) -> None:
    books.charge("k1", money("sub-freeaddon01"))
    other = money(**({"subscription": "sub-freeaddon01"} | changed))
    assert code_of(lambda: books.charge("k1", other)) == "idempotency-key-reused"
    assert code_of(lambda: books.refund("k1", money("sub-freeaddon01"))) == "idempotency-key-reused"
    assert len(books.audit.ledger()) == 1


def test_many_threads_with_one_key_charge_once(tmp_path: Path, money: Asking) -> None:
    books = Books(tmp_path / "carrier.sqlite")
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: books.charge(f"k{n % 5}", money("sub-freeaddon01")), range(200)))
    assert len({answer.reference for answer in answers}) == 5
    assert books.audit.summary()["by_kind"] == {"charge": {"count": 5, "amount_minor": 500}}


def test_what_was_done_is_still_known_after_a_restart(tmp_path: Path, money: Asking) -> None:
    first = Books(tmp_path / "carrier.sqlite")
    receipt = first.charge("k1", money("sub-arrears01"))
    first.pay_arrears("sub-arrears01")
    first.close()
    again = Books(tmp_path / "carrier.sqlite")
    assert again.charge("k1", money("sub-arrears01")) == receipt
    assert again.look_up("sub-arrears01").arrears == Money(minor=0)


def test_opening_plus_charges_minus_refunds_minus_waivers_is_closing(books: Books, money: Asking) -> None:
    books.charge("k1", money("sub-balances01", 700))
    books.refund("k2", money("sub-balances01", 200, "withdrawal"))
    books.waive("k3", money("sub-balances01", 50, "delay"))
    summary = books.audit.summary()
    totals = summary["totals"]
    moved = totals["charges_minor"] - totals["refunds_minor"] - totals["waivers_minor"]
    assert moved == 450 and totals["closing_minor"] == totals["opening_minor"] + moved
    assert (summary["unbalanced"], summary["created_minor"]) == ([], 0)


@pytest.mark.parametrize("minor", [0, -1])
def test_money_flows_only_the_way_its_address_says(books: Books, money: Asking, minor: int) -> None:
    for key, carry_out in (("k1", books.charge), ("k2", books.refund), ("k3", books.waive)):
        assert code_of(lambda: carry_out(key, money("sub-freeaddon01", minor))) == "amount-not-positive"  # noqa: B023
    assert books.audit.ledger() == []


@pytest.mark.parametrize(("subscription", "declines"), [("sub-declineonce01", 1), ("sub-declinetwice01", 2)])
def test_a_declined_payment_works_at_a_later_try(books: Books, money: Asking, subscription: str, declines: int) -> None:
    for number in range(declines):
        for _ in "again":
            assert code_of(lambda: books.charge(f"k{number}", money(subscription))) == "payment-declined"  # noqa: B023
    assert books.charge("new", money(subscription)).amount == Money(minor=100)


def test_a_key_that_was_refused_is_never_carried_out_not_even_after_a_restart(tmp_path: Path, money: Asking) -> None:
    """An ask that was delayed on its way arrives when its asker has long been told no, and has told the customer."""
    first = Books(tmp_path / "carrier.sqlite")
    assert code_of(lambda: first.charge("k1", money("sub-declinealways01"))) == "payment-declined"
    first.payment_method("sub-declinealways01", works=True)
    first.close()
    again = Books(tmp_path / "carrier.sqlite")
    assert code_of(lambda: again.charge("k1", money("sub-declinealways01"))) == "payment-declined"
    assert code_of(lambda: again.charge("k1", money("sub-declinealways01", 7))) == "idempotency-key-reused"
    assert [row["kind"] for row in again.audit.ledger()] == []
    again.charge("k2", money("sub-declinealways01"))
    again.close()


def test_a_card_that_never_works_works_once_it_is_changed(books: Books, money: Asking) -> None:
    for key in "abc":
        assert code_of(lambda: books.charge(key, money("sub-declinealways01"))) == "payment-declined"  # noqa: B023
    books.payment_method("sub-declinealways01", works=True)
    books.charge("d", money("sub-declinealways01"))
    books.payment_method("sub-declinealways01", works=False)
    assert code_of(lambda: books.charge("e", money("sub-declinealways01"))) == "payment-declined"


def test_the_final_bill_closes_the_line_and_own_money_is_paid_out_later(books: Books, money: Asking) -> None:
    bill = books.final_bill("k1", last_bill("sub-balances01"))
    assert (bill.own_balance, bill.unbilled_usage) == (Money(minor=5000), Money(minor=0))
    assert books.look_up("sub-balances01").status == "closed"
    books.refund("k2", money("sub-balances01", 5000, "final-bill"))
    left = {balance.origin: balance.amount.minor for balance in books.look_up("sub-balances01").balances}
    assert left == {}, "the last bill says what lay there; nothing lies there any more"


def test_no_more_is_paid_out_than_the_last_bill_found_and_a_gift_never(books: Books, money: Asking) -> None:
    assert code_of(lambda: books.refund("k0", money("sub-account01", 1, "final-bill"))) == "nothing-to-pay-out"
    books.final_bill("k1", last_bill("sub-account01"))
    assert code_of(lambda: books.refund("k2", money("sub-account01", 28_001, "final-bill"))) == "nothing-to-pay-out"
    books.refund("k3", money("sub-account01", 28_000, "final-bill"))  # own, deposit, pre-deposit
    books.refund("k4", money("sub-account01", 8_000, "third-party"))
    for purpose in ("final-bill", "third-party"):
        assert code_of(lambda: books.refund(purpose, money("sub-account01", 1, purpose))) == "nothing-to-pay-out"  # noqa: B023
    assert books.audit.summary()["unbalanced"] == []


def test_the_last_bill_names_every_charge_and_balance_and_its_sums_agree(books: Books) -> None:
    bill = books.final_bill("k1", last_bill("sub-account01"))
    assert [each.kind for each in bill.charges] == ["arrears", "period-fee", "device", "usage"]
    assert {each.origin for each in bill.balances} == {"own", "deposit", "gift", "pre-deposit", "third-party"}
    assert (bill.unbilled_usage, bill.own_balance) == (Money(minor=1234), Money(minor=5000))
    assert books.look_up("sub-account01").charges == ()


def test_a_closed_line_is_charged_only_for_what_came_before(books: Books, money: Asking) -> None:
    usage = books.final_bill("k1", last_bill("sub-unbilled01")).unbilled_usage
    assert books.charge("k2", money("sub-unbilled01", usage.minor, "final-bill")).amount == Money(minor=1234)
    ask = Ask(request_id=REQUEST, subscription="sub-unbilled01")
    assert code_of(lambda: books.charge("k3", money("sub-unbilled01"))) == "already-closed"
    assert code_of(lambda: books.final_bill("k4", last_bill("sub-unbilled01"))) == "already-closed"
    assert code_of(lambda: books.port_code("k5", ask)) == "already-closed"


def test_an_item_goes_off_and_on_again_and_the_crm_sees_it(books: Books, switch: Asking) -> None:
    assert books.switch_off("k1", switch("sub-freeaddon01", "video-pack")).active is False
    assert active_items(books, "sub-freeaddon01") == {"plan-basic"}
    assert books.restore("k2", switch("sub-freeaddon01", "video-pack")).active is True
    assert active_items(books, "sub-freeaddon01") == {"plan-basic", "video-pack"}


def test_a_line_closed_by_mistake_lives_again_when_an_item_is_restored(books: Books, switch: Asking) -> None:
    books.final_bill("k1", last_bill("sub-lineplain01"))
    books.restore("k2", switch("sub-lineplain01", "plan-basic"))
    assert books.look_up("sub-lineplain01").status == "active"


def test_a_stuck_item_goes_off_once_provisioning_has_fixed_it(books: Books, switch: Asking) -> None:
    stuck = switch("sub-stuckitem01", "music-pack")
    for key in "ab":
        assert code_of(lambda: books.switch_off(key, stuck)) == "switch-off-refused"  # noqa: B023
    books.fix_item("sub-stuckitem01", "music-pack")
    assert code_of(lambda: books.switch_off("a", stuck)) == "switch-off-refused"
    assert books.switch_off("c", stuck).active is False


def test_a_busy_item_goes_off_at_the_third_try_with_the_same_key(books: Books, switch: Asking) -> None:
    busy = switch("sub-busyitem01", "music-pack")
    assert [code_of(lambda: books.switch_off("k1", busy)) for _ in range(2)] == ["switch-busy"] * 2
    assert books.switch_off("k1", busy).active is False


def test_crossed_wires_switch_off_the_wrong_item_and_can_be_put_right(books: Books, switch: Asking) -> None:
    books.switch_off("k1", switch("sub-crosseditems01", "video-pack"))
    assert active_items(books, "sub-crosseditems01") == {"plan-basic", "video-pack"}
    books.restore("k2", switch("sub-crosseditems01", "music-pack"))
    books.switch_off("k3", switch("sub-crosseditems01", "video-pack"))
    assert active_items(books, "sub-crosseditems01") == {"plan-basic", "music-pack"}
    assert books.audit.summary()["doubled"] == []


def test_a_lost_switch_off_is_answered_but_not_done_until_asked_again(books: Books, switch: Asking) -> None:
    assert books.switch_off("k1", switch("sub-halfoff01", "video-pack")).active is False
    assert "video-pack" in active_items(books, "sub-halfoff01")
    books.switch_off("k2", switch("sub-halfoff01", "video-pack"))
    assert "video-pack" not in active_items(books, "sub-halfoff01")


@pytest.mark.parametrize(
    ("subscription", "dead", "works"),
    [
        ("sub-pushdead01", [Route.PUSH], [Route.SMS]),
        ("sub-unreachable01", list(Route), []),
        ("sub-noaddress01", list(Route), []),
        ("sub-freeaddon01", [Route.PUSH, Route.EMAIL, Route.LETTER], [Route.SMS]),
    ],
)
def test_a_message_arrives_only_where_an_address_answers(
    books: Books, subscription: str, dead: list[Route], works: list[Route]
) -> None:
    for route in dead:
        assert code_of(lambda: books.send(route, message(subscription, route))) == "undeliverable"  # noqa: B023
    for route in works:
        assert books.send(route, message(subscription, route)).route == route
    assert len(books.audit.inbox(subscription)) == len(works)


def test_a_porting_code_reaches_the_customer_and_nobody_else(books: Books) -> None:
    answer = books.port_code("k1", Ask(request_id=REQUEST, subscription="sub-portclear01"))
    told = books.audit.inbox("sub-portclear01")[0]["content"]
    code = "".join(letter for letter in told if letter.isdigit())
    assert len(code) == 8
    assert code not in answer.model_dump_json() and code not in str(books.audit.ledger())


def test_what_the_carrier_does_not_know_it_refuses(books: Books, money: Asking, switch: Asking) -> None:
    assert code_of(lambda: books.look_up("sub-nobody")) == "unknown-subscription"
    assert code_of(lambda: books.charge("a", money("sub-nobody"))) == "unknown-subscription"
    assert code_of(lambda: books.switch_off("b", switch("sub-freeaddon01", "no-such"))) == "unknown-item"
    assert code_of(lambda: books.restore("c", switch("sub-freeaddon01", "no-such"))) == "unknown-item"
    assert code_of(lambda: books.charge("", money("sub-freeaddon01"))) == "idempotency-key-missing"
    dollars = money("sub-freeaddon01").model_copy(update={"amount": Money(minor=1, currency="USD")})
    assert code_of(lambda: books.charge("d", dollars)) == "wrong-currency"
