"""A promise is due when a business person would say it is: days, hours, months of the calendar, working days."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.messages.commands import ComplaintLevel
from contracts.words import Kind
from policies.calendar_end import calendar_findings
from policies.owners.check import check
from policies.pack import Pack, PackError, load
from policies.rules.calendars import Calendar
from policies.spans import Months, WorkingDays, due, read_span, said

SHANGHAI = ZoneInfo("Asia/Shanghai")
# The National Day week of a year that nobody needs to look up: days off from 1 to 7, worked on Saturday the 10th.
CALENDAR = Calendar(
    first_day=date(2026, 1, 1),
    last_day=date(2026, 12, 31),
    holidays=tuple(date(2026, 10, day) for day in (1, 2, 5, 6, 7)),
    working_weekends=(date(2026, 10, 10),),
)
PACK = """
extends: cn-carrier
pack: mine
clocks: {dispute_answer: %s}
"""
DAYS = "calendar: {first_day: 2026-01-01, last_day: 2026-12-31, holidays: [2026-10-01], working_weekends: []}"


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def mine(folder: Path, span: str, more: str = "") -> Path:
    """A folder with one pack of its own beside those it extends."""
    for name in ("cn-carrier", "mine"):
        (folder / name).mkdir()
    here = Path("policies/cn-carrier").resolve()
    for file in here.glob("*.yaml"):
        (folder / "cn-carrier" / file.name).write_bytes(file.read_bytes())
    (folder / "mine" / "pack.yaml").write_text(PACK % span + more, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("written", "start", "ends"),
    [
        ("P2D", "2026-03-30T10:00", "2026-04-01T10:00"),
        ("PT48H", "2026-03-30T10:00", "2026-04-01T10:00"),
        ("P0D", "2026-03-30T10:00", "2026-03-30T10:00"),
        ("5 months", "2026-03-31T10:00", "2026-08-31T10:00"),
        ("P5M", "2026-03-31T10:00", "2026-08-31T10:00"),
        ("1 month", "2026-01-31T10:00", "2026-02-28T10:00"),
        ("1 month", "2028-01-31T10:00", "2028-02-29T10:00"),
        ("P1Y", "2028-02-29T10:00", "2029-02-28T10:00"),
        ("P1Y2M", "2026-11-30T10:00", "2028-01-30T10:00"),
        ("12 months", "2026-12-31T00:30", "2027-12-31T00:30"),
        ("3 months to the end of the month", "2026-02-10T10:00", "2026-06-01T00:00"),
        ("3 months to the end of the month", "2026-11-30T10:00", "2027-03-01T00:00"),  # 28 February, and to its end
        ("P30D to the end of the month", "2026-07-01T10:00", "2026-08-01T00:00"),
        ("P30D to the end of the month", "2026-07-02T00:00", "2026-08-01T00:00"),  # it ends as August begins
        ("P0D to the end of the month", "2026-12-31T23:59", "2027-01-01T00:00"),
        ("1 working day", "2026-09-29T10:00", "2026-09-30T23:59:59"),
        ("1 working day", "2026-09-25T10:00", "2026-09-28T23:59:59"),  # a Friday
        ("1 working day", "2026-09-26T10:00", "2026-09-28T23:59:59"),  # a Saturday
        ("2 working days", "2026-09-30T10:00", "2026-10-09T23:59:59"),  # over the holiday
        ("3 working days", "2026-09-30T10:00", "2026-10-10T23:59:59"),  # the Saturday is worked
        ("5 working days", "2026-12-29T10:00", "2027-01-05T23:59:59"),  # beyond the calendar: Monday to Friday
        ("1 working day", "2030-06-07T10:00", "2030-06-10T23:59:59"),
        ("1 working day", "2026-09-29T00:10", "2026-09-30T23:59:59"),  # still the 28th in UTC
    ],
)
def test_a_promise_is_due_by_the_calendar_of_the_customer(written: str, start: str, ends: str) -> None:
    begins = local(start).astimezone(UTC)
    assert due(begins, read_span(written), SHANGHAI, CALENDAR) == local(ends)


def test_a_month_keeps_the_time_of_day_when_the_clocks_change() -> None:
    brussels = ZoneInfo("Europe/Brussels")
    start = datetime(2026, 3, 1, 10, tzinfo=brussels).astimezone(UTC)
    assert due(start, Months(months=1), brussels, None).astimezone(brussels).hour == 10


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("soon", "write a duration such as P30D"),
        ("5 workdays", "`5 working days`"),
        ("0 working days", "write P0D"),
        ("1201 months", "1 to 1200"),
        ("P1M2D", "mixes months with days"),
        ("5 working days to the end of the month", "only days and months go on to the end of a month"),
        ("PT48H to the end of the month", "only days and months"),
        ("-P1D", "never negative"),
        (5, "no duration"),
        (None, "no duration"),
    ],
)
def test_what_is_no_span_is_refused_with_what_may_be_written(written: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        read_span(written)


@pytest.mark.parametrize(
    ("written", "zh", "en"),
    [
        ("P90D", "90 天", "90 days"),
        ("5 months", "5 个月", "5 months"),
        ("1 working day", "1 个工作日", "1 working day"),
        ("3 months to the end of the month", "3 个月，至当月月末", "3 months, to the end of the month"),
    ],
)
def test_a_span_is_said_in_both_languages(written: str, zh: str, en: str) -> None:
    words = said(read_span(written))
    assert (words.zh, words.en) == (zh, en)


@given(st.integers(0, 150 * 366 * 24 * 60), st.integers(1, 60), st.integers(0, 59))
def test_more_time_is_never_due_earlier(minutes: int, longer: int, shorter: int) -> None:
    begins = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    for kind in (lambda n: Months(months=n), lambda n: WorkingDays(working_days=n)):
        lengths = [kind(max(1, min(longer, shorter))), kind(max(longer, shorter))]
        first, second = (due(begins, length, SHANGHAI, CALENDAR) for length in lengths)
        assert begins < first <= second


def test_working_days_without_a_calendar_are_refused_when_the_pack_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"mine/pack.yaml: /clocks/dispute_answer: counts working days, .*`calendar`"):
        load("mine", mine(tmp_path, "15 working days"))


def test_working_days_with_a_calendar_load_and_the_check_says_when_it_ends(tmp_path: Path) -> None:
    folder = mine(tmp_path, "15 working days", DAYS)
    pack: Pack = load("mine", folder)
    assert pack.due(local("2026-09-30T10:00"), pack.clocks.dispute_answer) == local("2026-10-22T23:59:59")
    assert not list(calendar_findings(pack, date(2026, 11, 1)))
    (report,) = check("mine", today=date(2026, 11, 2), folder=folder).packs
    (warning,) = [each for each in report.findings if "/calendar" in each.place]
    assert (warning.level, warning.place) == ("warning", "mine/pack.yaml: /calendar/last_day")
    assert "2026-12-31" in warning.what and report.ok


def test_a_calendar_that_no_clock_needs_is_told_to_be_unused_and_not_that_it_ends(tmp_path: Path) -> None:
    found = list(calendar_findings(load("mine", mine(tmp_path, "P15D", DAYS)), date(2030, 1, 1)))
    assert [(each.place, each.what.partition(":")[0]) for each in found] == [("/calendar", "is not used")]


def test_the_sources_days_stay_days_and_five_months_are_months() -> None:
    clocks = load("cn-carrier").clocks
    assert clocks.dispute_window == Months(months=5)
    assert clocks.dispute_answer == timedelta(days=15)
    assert clocks.complaint_answer[ComplaintLevel.OPERATOR] == timedelta(hours=48)


def test_a_switch_in_the_united_kingdom_takes_a_working_day_of_its_calendar() -> None:
    pack = load("uk")
    asked = datetime(2026, 12, 24, 12, tzinfo=UTC)  # a Thursday before two holidays and a weekend
    ends = pack.due(asked, pack.clocks.notice_period[Kind.PORT_OUT].inside_contract)
    assert ends == datetime(2026, 12, 29, 23, 59, 59, tzinfo=UTC)
