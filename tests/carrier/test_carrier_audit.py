"""The auditor sees what is wrong: a check that was never red proves nothing."""

from collections.abc import Callable
from typing import Any

from demo.carrier.books import Books
from demo.carrier.desk import CASH

Asking = Callable[..., Any]
REQUEST = "11111111-1111-4111-8111-111111111111"


def test_an_effect_carried_out_twice_for_one_request_is_seen(books: Books, money: Asking, switch: Asking) -> None:
    for key in ("a", "b"):
        books.charge(f"charge-{key}", money("sub-freeaddon01"))
        books.switch_off(f"off-{key}", switch("sub-freeaddon01", "video-pack"))
    doubled = [(row["kind"], row["what"], row["times"], row["keys"]) for row in books.audit.summary()["doubled"]]
    assert sorted(doubled) == [
        ("charge", "settlement", 2, "charge-a,charge-b"),
        ("switch-off", "video-pack", 2, "off-a,off-b"),
    ]


def test_other_requests_and_purposes_are_no_doubles(books: Books, money: Asking) -> None:
    other = REQUEST.replace("1", "2")
    books.charge("a", money("sub-freeaddon01"))
    books.charge("b", money("sub-freeaddon01", purpose="final-bill"))
    books.charge("c", money("sub-freeaddon01", request=other))
    assert books.audit.summary()["doubled"] == []


def test_what_was_restored_may_go_off_once_more_but_not_twice(books: Books, switch: Asking) -> None:
    video = switch("sub-freeaddon01", "video-pack")
    books.switch_off("a", video)
    books.restore("b", video)
    books.switch_off("c", video)
    assert books.audit.summary()["doubled"] == []
    books.switch_off("d", video)
    assert [row["times"] for row in books.audit.summary()["doubled"]] == [3]


def test_an_account_that_does_not_balance_is_named_with_its_gap(books: Books, money: Asking) -> None:
    books.charge("a", money("sub-balances01"))
    books._database.execute("update accounts set closing_minor = closing_minor - 7 where account = 'sub-balances01'")
    summary = books.audit.summary()
    assert [(row["account"], row["off_by_minor"]) for row in summary["unbalanced"]] == [("sub-balances01", -7)]
    assert summary["created_minor"] == -7


def test_money_from_nowhere_is_seen(books: Books) -> None:
    books._database.execute("update accounts set closing_minor = 5 where account = ?", (CASH,))
    assert books.audit.summary()["created_minor"] == 5


def test_arrears_are_paid_apart_from_the_account_and_noted(books: Books) -> None:
    books.pay_arrears("sub-arrears01")
    summary = books.audit.summary()
    assert summary["by_kind"]["arrears-paid"] == {"count": 1, "amount_minor": 8800}
    assert (summary["unbalanced"], summary["created_minor"]) == ([], 0)


def test_the_ledger_is_read_by_line_by_request_and_page_by_page(books: Books, money: Asking) -> None:
    other = REQUEST.replace("1", "2")
    for number, (line, request) in enumerate([("sub-freeaddon01", REQUEST), ("sub-freeaddon02", other)] * 2):
        books.charge(f"k{number}", money(line, request=request))
    assert [row["key"] for row in books.audit.ledger(subscription="sub-freeaddon01")] == ["k0", "k2"]
    assert [row["key"] for row in books.audit.ledger(request_id=other)] == ["k1", "k3"]
    assert [row["key"] for row in books.audit.ledger(after=1, limit=2)] == ["k1", "k2"]
