"""Tax rounded for a whole document where a pack says so; ends of periods that fall on a free day (M14, N5)."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contracts.words import Kind, Text
from policies.pack import Pack, load
from policies.rules.calendars import Calendar
from policies.spans import due, read_span, said
from services.billing.quoting import quote
from tests.domain.test_published_money import line

BRUSSELS = ZoneInfo("Europe/Brussels")
EASTER = Calendar(first_day=date(2026, 1, 1), last_day=date(2026, 12, 31), holidays=(date(2026, 4, 6),))


def mine(folder: Path, text: str, fees: str = "") -> Pack:
    (folder / "mine").mkdir()
    (folder / "mine" / "pack.yaml").write_text(f"extends: eu\npack: mine\n{text}\n", encoding="utf-8")
    if fees:
        (folder / "mine" / "fees.yaml").write_text(fees, encoding="utf-8")
    return load("mine", (folder, Path("policies").resolve()))


@pytest.mark.parametrize(("how", "taxes"), [("line", [203, 203, 203]), ("document", [203, 203, 202])])
def test_the_tax_of_a_quote_is_rounded_by_line_or_by_document(tmp_path: Path, how: str, taxes: list[int]) -> None:
    """Three lines of 10.13 at 20 %: 6.09 by line, 6.08 for all together (FV-44)."""
    row = "{rule: fixed, family: fixed, name: {zh: 费, en: Fee}, clause: OWN-early-end, tax: standard}"
    pack = mine(tmp_path, f"tax_rounding: {how}", f"fees:\n- {row}\n")
    known = line(pack, "2026-01-01", "2027-12-01", 1013, rule="fixed", concluded=date(2025, 11, 1))
    [item] = known.items
    assert item.contract is not None
    three = tuple(
        item.model_copy(
            update={"item": f"plan-{name}", "contract": item.contract.model_copy(update={"contract": f"own-{name}"})}
        )
        for name in "abc"
    )
    now = datetime(2026, 5, 4, 10, tzinfo=UTC)
    offer = quote(Kind.LINE, (), known.model_copy(update={"items": three}), now, 1, now, pack)
    assert [fee.tax.minor for fee in offer.lines if fee.tax] == taxes
    assert offer.total.minor == 3 * 1013 + sum(taxes)
    told = Text(zh="税按整单取整，本项为 €2.02", en="tax rounded for the whole document, here: EUR 2.02")
    assert [fee.steps[-1] == told for fee in offer.lines] == [tax == 202 for tax in taxes]
    assert all(fee.net and fee.tax and fee.amount == fee.net + fee.tax for fee in offer.lines)


@pytest.mark.parametrize(
    ("written", "start", "ends"),
    [
        ("P14D or the next working day", "2026-03-20T10:00+01:00", "2026-04-03T10:00+02:00"),  # a Friday
        ("P14D or the next working day", "2026-03-21T10:00+01:00", "2026-04-07T23:59:59+02:00"),  # Saturday, Easter
        ("1 month or the next working day", "2026-04-02T10:00+02:00", "2026-05-04T23:59:59+02:00"),
        ("P1D or the next working day", "2026-04-02T00:00+02:00", "2026-04-03T00:00+02:00"),  # the 2nd is its last day
    ],
)
def test_the_end_of_a_period_moves_to_a_working_day_where_the_pack_says_so(written: str, start: str, ends: str) -> None:
    begins = datetime.fromisoformat(start).astimezone(UTC)
    assert due(begins, read_span(written), BRUSSELS, EASTER) == datetime.fromisoformat(ends)


def test_such_a_span_is_said_in_both_languages_and_only_days_and_months_can_be_one() -> None:
    words = said(read_span("P14D or the next working day"))
    assert (words.zh, words.en) == ("14 天（遇休息日顺延至下一工作日）", "14 days (or the next working day)")
    for wrong in (
        "PT48H or the next working day",
        "P0D or the next working day",
        "3 working days or the next working day",
    ):
        with pytest.raises(ValueError, match="only days and months"):
            read_span(f"{wrong} or the next working day")


@pytest.mark.parametrize(
    ("free_day", "asked", "withdrawn"),
    [
        ("counts", "2026-04-04T10:00+02:00", True),  # the fourteenth day, a Saturday
        ("counts", "2026-04-05T10:00+02:00", False),
        ("next-working-day", "2026-04-06T10:00+02:00", True),
        ("next-working-day", "2026-04-07T10:00+02:00", False),
    ],
)
def test_the_last_day_to_withdraw_from_a_contract_is_a_working_day_where_the_pack_says_so(
    tmp_path: Path, free_day: str, asked: str, withdrawn: bool
) -> None:
    """Regulation 1182/71, article 3(4)."""
    pack = mine(tmp_path, f"cooling_off: {{free_day: {free_day}}}")
    known = line(pack, "2026-03-21", "2028-03-21", 24000)
    now = datetime.fromisoformat(asked).astimezone(UTC)
    assert bool(quote(Kind.LINE, (), known, now, 1, now, pack).cooling_off) is withdrawn


@pytest.mark.parametrize(
    ("name", "asked", "withdrawn"), [("eu", "2026-04-05T10:00+02:00", True), ("uk", "2026-04-05T10:00+01:00", False)]
)
def test_a_sunday_after_the_fourteenth_day_is_in_time_in_the_union_and_late_in_the_united_kingdom(
    name: str, asked: str, withdrawn: bool
) -> None:
    now = datetime.fromisoformat(asked).astimezone(UTC)
    pack = load(name)
    assert (
        bool(quote(Kind.LINE, (), line(pack, "2026-03-21", "2028-03-21", 24000), now, 1, now, pack).cooling_off)
        is withdrawn
    )
