"""Cases from rulings, regulators and bug reports, each with its right value: days, months, ends, tax."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.carrier.commitments import Contract
from contracts.carrier.subscriptions import Item, ItemKind, Subscription
from contracts.messages.commands import SubmitCancellation
from contracts.messages.intake import RequestReturned, SubmissionJoined
from contracts.messages.ops import DisputeDecided
from contracts.messages.review import RequestApproved
from contracts.offer import Quote
from contracts.words import Channel, Kind, Money, Reason, Ruling, Text
from demo.carrier.customer import customer
from policies.owners.vectors import Vector, run
from policies.pack import Pack, editions, load
from policies.rules.dates import completed_months, half_months, months_later, started_half_months, started_months
from policies.rules.instants import end_of_month, last_day
from policies.spans import due, read_span
from runtime.decision import Taken
from services.billing.case import BillingCase, Dispute
from services.billing.disputes import decide_dispute
from services.billing.quoting import quote
from services.intake.case import claim_names
from services.intake.domain import taken
from tests.contracts.sound import example_file

BRUSSELS, SHANGHAI = ZoneInfo("Europe/Brussels"), ZoneInfo("Asia/Shanghai")


def line(pack: Pack, start: str, end: str, full: int = 0, monthly: int = 3000, **facts: Any) -> Subscription:
    """A line with one item under a contract; `rule` and `concluded` among the facts."""
    contract = Contract(
        contract="c-1",
        start=date.fromisoformat(start),
        end=date.fromisoformat(end),
        lock_in=True,
        clause=pack.fees[0].clause,
        fee_rule=facts.pop("rule", "share-of-remaining"),
        full_fee=Money(minor=full, currency=pack.currency),
        **facts,
    )
    item = Item(
        item="plan-a",
        name=Text(zh="套餐", en="Plan"),
        kind=ItemKind.PLAN,
        monthly_fee=Money(minor=monthly, currency=pack.currency),
        contract=contract,
    )
    known = customer("sub-money01", "", "", item).line
    zero = Money(minor=0, currency=pack.currency)
    return known.model_copy(update={"balances": (), "charges": (), "arrears": zero})


def asked(pack: Pack, known: Subscription, now: str, end: str | None = None, kind: Kind = Kind.LINE) -> Quote:
    at = datetime.fromisoformat(now).astimezone(UTC)
    wished = datetime.fromisoformat(end).astimezone(UTC) if end else at
    return quote(kind, (), known, wished, 1, at, pack)


def own(folder: Path, text: str, name: str = "mine") -> Path:
    (folder / name).mkdir()
    (folder / name / "pack.yaml").write_text(text, encoding="utf-8")
    return folder


# ---- before the first day --------------------------------------------------------------------------------------------


def test_a_contract_that_has_not_begun_costs_nothing_and_needs_no_notice() -> None:
    """Kill Bill 1528, apigee-m10n 163: days before the start are none, not a reason for the whole fee."""
    pack = load("eu")
    offer = asked(pack, line(pack, "2027-01-01", "2029-01-01", 72000), "2026-12-05T10:00+01:00")
    assert (offer.total.minor, offer.cooling_off) == (0, ("plan-a",))
    assert offer.service_end == datetime(2026, 12, 5, 9, tzinfo=UTC)


def test_the_right_to_withdraw_runs_from_the_conclusion_and_nothing_is_used_before_the_start() -> None:
    pack = load("eu")
    known = line(pack, "2027-01-01", "2029-01-01", 72000, concluded=date(2026, 11, 30))
    assert asked(pack, known, "2026-12-14T10:00+01:00").cooling_off == ("plan-a",)
    late = asked(pack, known, "2026-12-16T10:00+01:00")
    assert late.cooling_off == ()
    assert late.total.minor > 0, "its month of notice reaches into the contract"


def test_where_there_is_no_right_to_withdraw_an_end_before_the_start_says_why_it_is_free() -> None:
    pack = load("cn-carrier")
    offer = asked(pack, line(pack, "2027-01-01", "2029-01-01", 72000), "2026-12-05T10:00+08:00")
    [fee] = offer.lines
    assert (offer.total.minor, fee.status, fee.reason) == (0, "not-charged", "not_begun")


def test_the_longest_lawful_term_runs_from_the_conclusion() -> None:
    """BGH III ZR 8/25: concluded 1 September 2024, working from 1 July 2025, ended 1 September 2026: nothing."""
    pack = load("eu")
    known = line(pack, "2025-07-01", "2027-07-01", 72000, concluded=date(2024, 9, 1))
    assert asked(pack, known, "2026-08-01T10:00+02:00", "2026-09-01T00:00+02:00").total.minor == 0
    assert asked(pack, known, "2026-06-01T10:00+02:00", "2026-08-20T00:00+02:00").total.minor > 0


# ---- months ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2026-08-31", "2027-02-28", 6),  # kobo 5524
        ("2024-02-29", "2027-02-28", 36),
        ("2026-01-31", "2026-02-27", 0),
        ("2026-01-31", "2026-02-28", 1),
        ("2026-03-31", "2026-03-01", -1),
        ("2026-05-31", "2026-04-30", -1),
    ],
)
def test_months_are_counted_by_the_calendar_that_adds_them(start: str, end: str, months: int) -> None:
    assert completed_months(date.fromisoformat(start), date.fromisoformat(end)) == months


@given(st.dates(date(1995, 1, 1), date(2090, 1, 1)), st.integers(0, 600), st.integers(0, 27))
@settings(max_examples=200, deadline=None)
def test_counting_months_is_the_inverse_of_adding_them(start: date, months: int, more: int) -> None:
    reached = months_later(start, months)
    counts = (completed_months, started_months, half_months, started_half_months)
    assert {count(start, reached) for count in counts} == {months}
    later = reached + timedelta(days=more)
    assert (
        months_later(start, completed_months(start, later))
        <= later
        < months_later(start, completed_months(start, later) + 1)
    )


def test_a_term_from_the_29th_of_february_has_all_its_months() -> None:
    pack = load("eu")
    given = {"fee_minor": 24000, "start": date(2024, 2, 29), "end_of_term": date(2027, 2, 28)}
    fee = Vector(id="M7", rule="fees/share-of-remaining", given=given | {"leaves_on": date(2024, 11, 29)},
                 expect={"net_minor": 15000})  # fmt: skip
    assert [result.differences for result in run([fee], pack)] == [()]


# ---- ends ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "charged_until"),
    [
        ("2026-11-30T23:59:59+08:00", "2026-12-01T00:00+08:00"),
        ("2026-12-01T00:00+08:00", "2026-12-01T00:00+08:00"),  # lago 1754, erpnext 48941
        ("2026-12-01T00:00:01+08:00", "2027-01-01T00:00+08:00"),
        ("2026-11-30T16:00+00:00", "2026-12-01T00:00+08:00"),  # the same midnight, in UTC
    ],
)
def test_an_end_at_midnight_is_the_end_of_the_day_before(end: str, charged_until: str) -> None:
    pack = load("cn-carrier")
    known = line(pack, "2024-01-01", "2026-01-01")
    at = datetime.fromisoformat(end).astimezone(UTC)
    offer = quote(Kind.PRODUCT, ("plan-a",), known, at, 1, at, pack)
    assert offer.charge_end == datetime.fromisoformat(charged_until) == end_of_month(at, SHANGHAI)


@given(st.datetimes(timezones=st.just(BRUSSELS)), st.integers(-12, 14))
@settings(max_examples=100, deadline=None)
def test_the_last_day_is_the_same_whatever_zone_the_end_is_written_in(end: datetime, hours: int) -> None:
    if not 2000 < end.year < 2090:
        return
    there = end.astimezone(timezone(timedelta(hours=hours)))
    assert last_day(there, BRUSSELS) == last_day(end, BRUSSELS)


@pytest.mark.parametrize(
    ("written", "start", "ends"),
    [
        ("P30D", "2026-03-01T23:30+01:00", "2026-03-31T23:30+02:00"),  # Kill Bill 743
        ("P2D", "2026-10-24T10:00+02:00", "2026-10-26T10:00+01:00"),
        ("PT48H", "2026-10-24T10:00+02:00", "2026-10-26T09:00+01:00"),
        ("P1DT12H", "2026-03-28T10:00+01:00", "2026-03-29T22:00+02:00"),
        ("P1D", "2026-03-28T02:30+01:00", "2026-03-29T03:30+02:00"),  # 02:30 is skipped that night
        ("P1D", "2026-10-24T02:30+02:00", "2026-10-25T02:30+02:00"),  # 02:30 comes twice: the first
        ("P1D", "2026-10-25T02:30+01:00", "2026-10-26T02:30+01:00"),  # begun in the second of them
        ("1 month", "2026-02-28T02:30+01:00", "2026-03-28T02:30+01:00"),
        ("1 month", "2026-09-25T02:30+02:00", "2026-10-25T02:30+02:00"),
        ("P0D", "2026-10-25T02:30+01:00", "2026-10-25T02:30+01:00"),
    ],
)
def test_days_keep_the_time_on_the_clock_when_the_clocks_change(written: str, start: str, ends: str) -> None:
    begins = datetime.fromisoformat(start).astimezone(UTC)
    assert due(begins, read_span(written), BRUSSELS, None) == datetime.fromisoformat(ends)


def test_the_month_of_notice_and_the_months_left_do_not_overlap() -> None:
    """Gigaclear: six months left, asked on 1 July: one is served and paid, five are charged."""
    pack = load("eu")
    known = line(pack, "2026-01-01", "2027-01-01", 12000, concluded=date(2025, 12, 1))
    offer = asked(pack, known, "2026-07-01T10:00+02:00")
    assert offer.lines[0].net == Money(minor=5000, currency="EUR")


@pytest.mark.parametrize(
    ("rule", "net"),
    [
        ("share-of-remaining", 5000),  # of 120.00
        ("less-cost-saved", 5 * (3000 - 450)),
        ("early-exit", 8167),  # 5 x 20.00, VAT of 20 % out, 2 % off
    ],
)
def test_thirty_days_from_1_july_end_on_the_31st_and_leave_five_months_and_not_six(rule: str, net: int) -> None:
    """The 31st is paid as a day of July; that it is cut short makes July no month that is left."""
    pack = load("uk")
    known = line(pack, "2026-01-01", "2027-01-01", 12000, 3000, rule=rule, concluded=date(2025, 12, 1))
    offer = asked(pack, known, "2026-07-01T10:00+01:00")
    assert offer.service_end == datetime(2026, 7, 31, 9, 0, tzinfo=UTC)
    assert offer.lines[0].net == Money(minor=net, currency="GBP")


# ---- tax, checks and quotes ------------------------------------------------------------------------------------------

GERMAN = "extends: eu\npack: mine\nversion: '{}'\ntime_zone: Europe/Berlin\ntaxes: {{standard: {}}}\n{}"


def test_the_tax_of_the_day_of_supply_holds_across_editions(tmp_path: Path) -> None:
    """The German change of 2020: asked under 19 %, supplied under 16 %."""
    own(tmp_path, GERMAN.format(1, 19, ""))
    own(tmp_path, GERMAN.format(2, 16, "effective_from: 2026-11-29\n").replace("eu", "mine", 1), "mine-2")
    asked_under = editions("mine", (tmp_path, Path("policies").resolve())).on(datetime(2026, 11, 28, 12, tzinfo=UTC))
    assert asked_under.version == "1"
    known = line(asked_under, "2026-01-01", "2027-12-01", 23000, concluded=date(2025, 12, 1))
    offer = asked(asked_under, known, "2026-11-28T12:00+01:00", "2026-12-31T12:00+01:00")
    [fee] = offer.lines
    assert fee.net is not None and fee.tax is not None
    assert fee.tax.minor * 100 == fee.net.minor * 16


def test_a_rate_that_changes_is_a_list_with_days(tmp_path: Path) -> None:
    own(tmp_path, "extends: eu\npack: mine\ntaxes: {standard: [{percent: 19}, {percent: 16, from: 2026-12-01}]}\n")
    pack = load("mine", (tmp_path, Path("policies").resolve()))
    assert [pack.rates_on(day)["standard"] for day in (date(2026, 11, 30), date(2026, 12, 1))] == [19, 16]


def test_what_is_let_off_a_fee_later_keeps_the_rate_it_was_charged_at(tmp_path: Path) -> None:
    """Supplied in November at 19 %, argued about and halved in December, when the rate is 16 %."""
    own(tmp_path, "extends: eu\npack: mine\ntaxes: {standard: [{percent: 19}, {percent: 16, from: 2026-12-01}]}\n")
    pack = load("mine", (tmp_path, Path("policies").resolve()))
    known = line(pack, "2026-01-01", "2027-12-01", 23000, concluded=date(2025, 12, 1))
    offer = asked(pack, known, "2026-10-20T12:00+02:00", "2026-11-30T12:00+01:00")
    [fee] = offer.lines
    approved = RequestApproved.model_validate_json(example_file(RequestApproved.type).read_bytes())
    december = datetime(2026, 12, 5, 9, 0, tzinfo=UTC)
    argued = Dispute(lines=(fee.line,), amount=fee.amount, held=True, ground="too-high", answer_due=december)
    facts = {name: getattr(approved, name) for name in ("request_id", "audience", "application")}
    case = BillingCase(state="quoted", subscription=known, quote=offer, dispute=argued, **facts)
    half = fee.amount.model_copy(update={"minor": fee.amount.minor // 2})
    ruling = DisputeDecided(
        request_id=approved.request_id, operator="op-1", reason="halved", outcome=Ruling.LOWERED, owed=half
    )
    lowered = decide_dispute(case, ruling, december, pack).case
    assert isinstance(lowered, BillingCase)
    [after] = lowered.offered.lines
    assert after.net is not None and after.tax is not None and after.amount == half == after.net + after.tax
    assert abs(after.tax.minor * 100 - after.net.minor * 19) <= 100, "a minor unit of rounding at most"


def test_a_vector_and_a_quote_are_worked_out_by_the_same_function(tmp_path: Path) -> None:
    """36 months where the law allows 24: 100 a month, left after 20, 10 % of what is left: 40.00 in both."""
    head = "extends: eu\npack: mine\n"
    own(tmp_path, head)
    rule = (
        "{rule: tenth, family: remaining-fees, parameters: {share_percent: 10}, name: {zh: 费, en: Fee},"
        " clause: OWN-early-end}"
    )
    (tmp_path / "mine" / "fees.yaml").write_text(f"fees:\n- {rule}\n", encoding="utf-8")
    pack = load("mine", (tmp_path, Path("policies").resolve()))
    known = line(pack, "2025-01-01", "2028-01-01", rule="tenth", monthly=10000)
    assert asked(pack, known, "2026-07-20T10:00+02:00", "2026-09-01T10:00+02:00").total.minor == 4000
    facts = {"fee_minor": 0, "monthly_minor": 10000, "start": date(2025, 1, 1), "end_of_term": date(2028, 1, 1)}
    vector = Vector(id="M8", rule="fees/tenth", given=facts | {"leaves_on": date(2026, 9, 1)},
                    expect={"amount_minor": 4000})  # fmt: skip
    assert [result.passed for result in run([vector], pack)] == [True]


# ---- two wishes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("open_kind", "open_items", "kind", "items", "same"),
    [
        ("line", (), "product", ("phone-care",), False),  # Kill Bill 121, 1207
        ("line", (), "port-out", (), False),
        ("port-out", (), "line", (), False),
        ("product", ("phone-care", "data"), "product", ("phone-care",), False),
        ("product", ("phone-care",), "product", ("phone-care", "data"), False),
        ("product", ("data", "phone-care"), "product", ("phone-care", "data"), True),
        ("line", (), "line", (), True),
    ],
)
def test_two_wishes_are_never_taken_for_one(
    open_kind: str, open_items: tuple[str, ...], kind: str, items: tuple[str, ...], same: bool
) -> None:
    holder, mine = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
    held = {*claim_names(submitted(holder, open_kind, open_items))}
    held |= {f"sub-money01/{item}" for item in ("phone-care", "data") if not open_items}  # as the line's look-up claims
    wish = submitted(mine, kind, items)
    holders = {name: holder for name in claim_names(wish) if name in held}
    decision = taken(
        None,
        Taken(request_id=mine, message=wish, holders=holders),
        datetime(2026, 3, 1, tzinfo=UTC),
        load("cn-carrier"),
    )
    [event] = decision.events
    assert isinstance(event, SubmissionJoined if same else RequestReturned)
    if isinstance(event, RequestReturned):
        assert event.faults
        assert all(holder in fault.hint.en and holder in fault.hint.zh for fault in event.faults)


@pytest.mark.parametrize(
    ("kind", "items", "held"),
    [("line", (), ["line"]), ("port-out", (), ["line"]), ("product", ("phone-care", "data"), ["data", "phone-care"])],
)
def test_a_wish_holds_each_of_its_items_or_the_line_and_itself(
    kind: str, items: tuple[str, ...], held: list[str]
) -> None:
    *each, itself = claim_names(submitted("00000000-0000-4000-8000-000000000001", kind, items))
    assert each == [f"sub-money01/{name}" for name in held]
    assert itself.startswith("sub-money01/wish/") and itself not in each


def submitted(request_id: str, kind: str, items: tuple[str, ...]) -> SubmitCancellation:
    return SubmitCancellation(
        request_id=request_id, kind=Kind(kind), subscription="sub-money01", items=items, reason=Reason.PRICE,
        channel=Channel.APP,
    )  # fmt: skip
