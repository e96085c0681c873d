"""What makes no sense, at each entrance: a quote's door, a request, the carrier's answer, `tuiding quote`, a check."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli import application
from contracts.carrier.accounts import AccountCharge, Balance
from contracts.carrier.commitments import Contract, FreeExit
from contracts.carrier.subscriptions import Item, PriceChange
from contracts.messages.billing import QuoteIssued
from contracts.messages.intake import RequestReturned
from contracts.messages.review import RequestRejected
from contracts.messages.shared import AttentionRequired
from contracts.words import Money, Text
from demo.carrier.customer import add_on, contract, customer, plan
from policies.owners.vectors import Vector, run
from policies.pack import load

LINE, PATH = "sub-strange01", "/v1/quotes"
DAY = timedelta(days=1)
Change = Callable[[Contract], dict[str, Any]]


@pytest.fixture
def typed(doors: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """The command line, over HTTP in front of the same door."""

    class Relay(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            found = doors.post(self.path, body, self.headers.get("idempotency-key"))
            self.send_response(found.status_code)
            self.end_headers()
            self.wfile.write(found.content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("TUIDING_INTAKE", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("TUIDING_LANG", "en")
    yield lambda *words: CliRunner().invoke(application(), list(words))
    server.shutdown()
    server.server_close()


def bound(change: Change = lambda _: {}) -> Contract:
    whole = contract(datetime.now(UTC).date(), days_in=200, days_left=165, full_fee_minor=36500)
    return Contract.model_validate(whole.model_dump() | change(whole))


def enrol(doors: Any, *items: Item, **known: Any) -> None:
    """In the books that the quote's door asks, and in those that the services ask."""
    for books in (doors.books, doors.system.books):
        books.enrol([customer(LINE, "J2", "A strange contract.", *items, **known)])


REFUSED: dict[str, tuple[Change, str]] = {
    "it ends before it starts": (lambda c: {"start": c.end + DAY}, "end_of_term: "),
    "it ends after all calendars": (lambda _: {"end": date(9999, 12, 31)}, "end_of_term: "),
    "it began before them": (lambda _: {"start": date(1900, 1, 1)}, "start: "),
    "its fee is in another currency": (lambda _: {"full_fee": Money(minor=1, currency="EUR")}, "full_fee: is in EUR"),
    "its fee is below nothing": (lambda _: {"full_fee": Money(minor=-1)}, "fee_minor: "),
    "its rule is nobody's": (lambda _: {"fee_rule": "gone"}, "no fee rule"),
    "it was agreed after its end": (lambda c: {"concluded": c.end + DAY}, "concluded: "),
    "its ground is nobody's": (lambda _: {"free_exit": FreeExit(ground="gone")}, "free_exit/ground: "),
}


@pytest.mark.parametrize(("change", "named"), REFUSED.values(), ids=REFUSED)
def test_a_contract_that_makes_no_sense_is_named_at_every_entrance_with_what_to_do(
    doors: Any, typed: Callable[..., Result], change: Change, named: str
) -> None:
    enrol(doors, plan(bound(change)))
    refused_everywhere(doors, typed, named)


def _flat(shown: Result) -> str:
    return " ".join(shown.output.split())


def changes(*pairs: tuple[int, int]) -> dict[str, Any]:
    """(days from today on, minor units a month)."""
    today = datetime.now(UTC).date()
    return {
        "price_changes": tuple(
            PriceChange(from_day=today + days * DAY, monthly_fee=Money(minor=minor)) for days, minor in pairs
        )
    }


def money_of(minor: int, currency: str = "CNY") -> Money:
    return Money(minor=minor, currency=currency)


def charge(minor: int, currency: str = "CNY") -> dict[str, Any]:
    name = Text(zh="话费", en="Usage")
    return {"charges": (AccountCharge(charge="c1", kind="usage", name=name, amount=money_of(minor, currency)),)}


def balance(minor: int, origin: Any = "own", currency: str = "CNY") -> dict[str, Any]:
    return {"balances": (Balance(origin=origin, amount=money_of(minor, currency)),)}


OF_PRICES: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "a monthly fee below nothing": (lambda: {"monthly_fee": money_of(-1)}, "monthly_minor: "),
    "a monthly fee in another currency": (lambda: {"monthly_fee": money_of(1, "EUR")}, "monthly_fee: is in EUR"),
    "a monthly fee nobody has": (lambda: {"monthly_fee": money_of(10**13)}, "monthly_minor: "),
    "two prices from one day on": (lambda: changes((40, 100), (40, 200)), "price_changes: from "),
    "a price below nothing": (lambda: changes((40, -1)), "price_changes/0/monthly_minor: "),
    "a price after all calendars": (lambda: changes((70_000, 100)), "price_changes/0/from_day: "),
    "a price before them": (lambda: changes((-14_000, 100)), "price_changes/0/from_day: "),
}
OF_ACCOUNTS: dict[str, tuple[dict[str, Any], str]] = {
    "arrears below nothing": ({"arrears": money_of(-1)}, "arrears: -1 is below zero"),
    "an allowance below nothing": (balance(-1, "gift"), "balances/gift: -1 is below zero"),
    "own money below nothing": (balance(-1), "balances/own: -1 is below zero"),
    "a deposit in another currency": (balance(1, "deposit", "EUR"), "balances/deposit: is in EUR"),
    "a deposit nobody has": (balance(10**13, "deposit"), "balances/deposit: 10000000000000 is above"),
    "a deposit of which more is released than all": (
        {"balances": (Balance(origin="pre-deposit", amount=money_of(1), release_months=12, months_released=13),)},
        "balances/pre-deposit/months_released: 13 is more than the 12",
    ),
    "a charge in another currency": (charge(1, "EUR"), "charges/c1: is in EUR"),
    "a charge nobody can owe": (charge(10**13), "charges/c1: 10000000000000 is above"),
}


def refused_everywhere(doors: Any, typed: Callable[..., Result], named: str) -> None:
    """A quote, the command line, and a request, which waits for a person."""
    told = doors.post(PATH, {"kind": "line", "subscription": LINE})
    assert (told.status_code, told.json()["code"]) == (409, "cannot-be-priced")
    assert named in told.json()["detail"] and "a person will look into it" in told.json()["hint"]
    shown = typed("quote", LINE)
    assert shown.exit_code != 0 and named in _flat(shown) and "a person will look into it" in _flat(shown)
    request = doors.file(kind="line", subscription=LINE, items=[]).rsplit("/", 1)[-1]
    assert named in doors.system.the(AttentionRequired, request).detail


@pytest.mark.parametrize(("change", "named"), OF_PRICES.values(), ids=OF_PRICES)
def test_a_price_that_makes_no_sense_is_named_at_every_entrance(
    doors: Any, typed: Callable[..., Result], change: Callable[[], dict[str, Any]], named: str
) -> None:
    enrol(doors, plan(bound()).model_copy(update=change()))
    refused_everywhere(doors, typed, named)


@pytest.mark.parametrize(("known", "named"), OF_ACCOUNTS.values(), ids=OF_ACCOUNTS)
def test_an_account_that_makes_no_sense_is_named_at_every_entrance(
    doors: Any, typed: Callable[..., Result], known: dict[str, Any], named: str
) -> None:
    enrol(doors, plan(bound()), **known)
    refused_everywhere(doors, typed, named)


OF_NOTHING: dict[str, dict[str, Any]] = {
    "no deposit": balance(0, "deposit", "EUR"),
    "nothing of somebody else's": balance(0, "third-party", "EUR"),
    "no charge": charge(0, "EUR"),
    "no arrears": {"arrears": money_of(0, "EUR")},
}


@pytest.mark.parametrize("known", OF_NOTHING.values(), ids=OF_NOTHING)
def test_nothing_in_another_currency_is_nothing_at_every_entrance(
    doors: Any, typed: Callable[..., Result], known: dict[str, Any]
) -> None:
    enrol(doors, plan(bound()), **known)
    account = doors.post(PATH, {"kind": "line", "subscription": LINE}).json()["quote"]["account"]
    assert account["net"] == {"minor": 0, "currency": "CNY"} and "EUR" not in str(account)
    assert typed("quote", LINE).exit_code == 0
    request = doors.file(kind="line", subscription=LINE, items=[]).rsplit("/", 1)[-1]
    assert doors.system.the(QuoteIssued, request).quote.account.net.minor == 0


def test_one_price_said_twice_or_out_of_order_is_one_price(doors: Any) -> None:
    enrol(doors, plan(bound()).model_copy(update=changes((90, 8000), (40, 7000), (90, 8000))))
    assert doors.post(PATH, {"kind": "line", "subscription": LINE}).status_code == 200


OF_A_CHECK = {
    "it ends before it starts": ({"start": "2027-06-01", "end_of_term": "2027-01-01"}, "end_of_term"),
    "it ends after all calendars": ({"end_of_term": "9999-12-31"}, "end_of_term"),
    "it was agreed after its end": ({"concluded": "2028-01-02"}, "concluded"),
    "two prices from one day on": (
        {"price_changes": [{"from_day": "2027-01-01", "monthly_minor": n} for n in (1, 2)]},
        "price_changes",
    ),
    "its price is below nothing": ({"monthly_minor": -1}, "monthly_minor"),
    "its price has parts of a cent": ({"monthly_minor": 99.005}, "monthly_minor"),
    "it ends in a year of five figures": ({"end_of_term": "10000-01-01"}, "end_of_term"),
    "it began before them": ({"start": "1900-01-01"}, "start"),
    "it ends on a 29 February that is none": ({"end_of_term": "2027-02-29"}, "end_of_term"),
    "its fee is below nothing": ({"fee_minor": -1}, "fee_minor"),
    "its currency is none": ({"currency": "yuan"}, "currency"),
}


@pytest.mark.parametrize(("change", "field"), OF_A_CHECK.values(), ids=OF_A_CHECK)
def test_a_check_names_the_field_of_a_contract_that_makes_no_sense(change: dict[str, Any], field: str) -> None:
    facts = {"fee_minor": 24000, "start": "2026-01-01", "end_of_term": "2028-01-01", "leaves_on": "2026-06-01"}
    vector = partial(Vector, id="strange", rule="fees/share-of-remaining", given=facts | change)
    pack = load("cn-carrier")
    [told] = run([vector(expect={"amount_minor": 0})], pack)
    assert told.faults and all(f"given/{field}: " in fault for fault in told.faults)
    [refused] = run([vector(expect={"refused": field})], pack)
    assert refused.passed


PRICED: dict[str, tuple[Change, int | None]] = {
    "it is of no length": (lambda c: {"end": c.start}, 0),
    "it is of a hundred years": (lambda c: {"end": c.start + 36525 * DAY}, None),
    "it costs nothing": (lambda _: {"full_fee": Money(minor=0)}, 0),
    "nothing in another currency": (lambda _: {"full_fee": Money(minor=0, currency="EUR")}, 0),
    "it began on a leap day": (lambda _: {"start": date(2024, 2, 29), "end": date(2032, 2, 29)}, None),
}


@pytest.mark.parametrize(("change", "total"), PRICED.values(), ids=PRICED)
def test_a_strange_contract_that_makes_sense_costs_the_same_at_every_entrance(
    doors: Any, typed: Callable[..., Result], change: Change, total: int | None
) -> None:
    enrol(doors, plan(bound(change)))
    asked = doors.post(PATH, {"kind": "line", "subscription": LINE}).json()["quote"]["total"]["minor"]
    assert asked == total if total is not None else 0 < asked < 36500
    shown = typed("quote", LINE)
    assert shown.exit_code == 0 and f"{asked / 100:.2f}" in shown.output
    request = doors.file(kind="line", subscription=LINE, items=[])
    assert doors.get(request).json()["quote"]["total"]["minor"] == asked


ENDS = {
    "one that is over": ("2020-01-01T00:00:00Z", "past"),
    "one of the last year of all": ("9999-12-31T00:00:00Z", "far away"),
    "one of a year of five figures": ("10000-01-01T00:00:00Z", "write a day of the calendar"),
    "29 February of a year without": ("2027-02-29T00:00:00Z", "write a day of the calendar"),
    "an hour of the clocks without its zone": ("2027-03-28T02:30:00", "its offset"),
    "an hour without a day": ("02:30", "write a day of the calendar"),
}


@pytest.mark.parametrize(("end", "why"), ENDS.values(), ids=ENDS)
def test_an_end_that_cannot_be_is_named_at_every_entrance_with_what_to_do(doors: Any, end: str, why: str) -> None:
    told = doors.post(PATH, {"kind": "line", "subscription": "sub-linecontract01", "requested_end": end})
    assert told.status_code == 422
    [fault] = told.json()["errors"]
    assert fault["pointer"] == "/requested_end" and why in fault["message"] and ("name " in why or fault["message"])
    body = {"channel": "app", "kind": "line", "subscription": "sub-linecontract01", "requested_end": end}
    answer = doors.post("/v1/cancellations", body, "k-1")
    if answer.status_code == 422:
        assert answer.json()["errors"] == [fault]
        return
    doors.settle()
    [known] = doors.system.the(RequestReturned, answer.json()["request_id"]).faults
    assert known.field == "/requested_end" and why in known.message.en and known.hint.en and known.hint.zh


@pytest.mark.parametrize(
    ("end", "named"),
    [("2027-02-29", "2027-02-29"), ("10000-01-01", "10000-01-01"), ("9999-12-30", "far away"), ("2020-01-01", "past")],
)
def test_an_end_that_cannot_be_is_named_at_the_command_line(
    doors: Any, typed: Callable[..., Result], end: str, named: str
) -> None:
    shown = typed("quote", "sub-linecontract01", "--requested-end", end)
    assert shown.exit_code != 0 and named in _flat(shown)
    assert "requested" in _flat(shown)


@pytest.mark.parametrize(
    ("end", "moment"),
    [
        ("2027-03-28T02:30:00+01:00", "2027-03-28T01:30:00Z"),  # 02:30 in Brussels is skipped that night
        ("2027-10-31T02:30:00+02:00", "2027-10-31T00:30:00Z"),  # comes twice, the first time
        ("2027-10-31T02:30:00+01:00", "2027-10-31T01:30:00Z"),  # ... and the second
    ],
)
def test_an_end_in_the_hour_of_a_clock_change_is_the_moment_that_was_written(doors: Any, end: str, moment: str) -> None:
    told = doors.post(PATH, {"kind": "line", "subscription": "sub-linecontract01", "requested_end": end}).json()
    assert told["quote"]["service_end"] == moment


def test_two_items_under_one_contract_cost_its_fee_once_at_every_entrance(
    doors: Any, typed: Callable[..., Result]
) -> None:
    whole = bound()
    enrol(doors, plan(whole), add_on("phone-care", "手机保障服务", "Phone care", 2000, whole))
    alone = doors.post(PATH, {"kind": "product", "subscription": LINE, "items": ["phone-care"]}).json()["quote"]
    assert alone["total"]["minor"] == 0 and "goes on" in alone["lines"][0]["steps"][-1]["en"]
    assert "goes on" in _flat(typed("quote", LINE, "phone-care"))
    first = doors.file(subscription=LINE, items=["phone-care"])
    body = {"channel": "app", "kind": "product", "subscription": LINE, "items": ["plan-basic"]}
    second = doors.post("/v1/cancellations", body, "k-2").json()["request_id"]
    doors.settle()
    [fault] = doors.system.the(RequestReturned, second).faults
    assert fault.field == "/items" and first.rsplit("/", 1)[-1] in fault.hint.en


TWO_SAID: dict[str, tuple[Change, str]] = {
    "another end": (lambda c: {"end": c.end + 365 * DAY}, "its end is "),
    "another start": (lambda c: {"start": c.start - DAY}, "its start is "),
    "another fee": (lambda _: {"full_fee": Money(minor=100)}, "CNY 365.00 at plan-basic"),
    "another rule": (lambda _: {"fee_rule": "fixed-fee"}, "its fee_rule is "),
    "binding one alone": (lambda _: {"lock_in": False}, "its lock_in is "),
}


@pytest.mark.parametrize(("change", "named"), TWO_SAID.values(), ids=TWO_SAID)
@pytest.mark.parametrize("items", [["phone-care"], ["plan-basic", "phone-care"]], ids=["one goes", "both go"])
def test_a_contract_of_which_the_carrier_says_two_things_is_named_at_every_entrance(
    doors: Any, typed: Callable[..., Result], items: list[str], change: Change, named: str
) -> None:
    one = bound()
    other = Contract.model_validate(one.model_dump() | change(one))
    enrol(doors, plan(one), add_on("phone-care", "手机保障服务", "Phone care", 2000, other))
    told = doors.post(PATH, {"kind": "product", "subscription": LINE, "items": items})
    assert (told.status_code, told.json()["code"]) == (409, "cannot-be-priced")
    assert named in told.json()["detail"] and one.contract in told.json()["detail"]
    assert one.contract in _flat(typed("quote", LINE, *items))
    request = doors.file(subscription=LINE, items=items).rsplit("/", 1)[-1]
    assert named in doors.system.the(AttentionRequired, request).detail


FREE_BOTH: dict[str, Change] = {
    "no lock-in": lambda c: {"lock_in": False, "full_fee": Money(minor=7)},
    "over": lambda c: {"end": c.start + 30 * DAY},
}


@pytest.mark.parametrize("change", FREE_BOTH.values(), ids=FREE_BOTH)
def test_nobody_waits_for_a_contract_said_twice_that_binds_nobody(doors: Any, change: Change) -> None:
    one = bound(change)
    other = one.model_copy(update={"end": one.end + DAY})
    enrol(doors, plan(one), add_on("phone-care", "手机保障服务", "Phone care", 2000, other))
    told = doors.post(PATH, {"kind": "line", "subscription": LINE})
    assert told.status_code == 200 and told.json()["quote"]["total"]["minor"] == 0


def test_two_items_under_contracts_of_two_names_and_dates_have_a_fee_each(doors: Any) -> None:
    one = bound()
    other = one.model_copy(update={"contract": "another", "end": one.end + 100 * DAY})
    enrol(doors, plan(one), add_on("phone-care", "手机保障服务", "Phone care", 2000, other))
    wish = {"kind": "product", "subscription": LINE, "items": ["plan-basic", "phone-care"]}
    lines = doors.post(PATH, wish).json()["quote"]["lines"]
    assert len([line for line in lines if line["amount"]["minor"] > 0]) == 2


def test_a_change_under_way_is_named_at_every_entrance_with_its_day(doors: Any, typed: Callable[..., Result]) -> None:
    day = datetime.now(UTC).date() + 20 * DAY
    care = add_on("phone-care", "手机保障服务", "Phone care", 2000).model_copy(update={"change_from": day})
    enrol(doors, plan(), care)
    [told] = doors.post(PATH, {"kind": "product", "subscription": LINE, "items": ["phone-care"]}).json()["obstacles"]
    assert str(day) in told["reason"]["en"] and "ask again" in told["remedy"]["en"]
    assert str(day) in _flat(typed("quote", LINE, "phone-care"))
    request = doors.file(subscription=LINE, items=["phone-care"]).rsplit("/", 1)[-1]
    [ground] = doors.system.the(RequestRejected, request).grounds
    assert str(day) in ground.reason.en and ground.remedy.zh
