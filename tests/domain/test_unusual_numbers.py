"""A number beyond every law and published case is told as probably meant otherwise, with what is usual; one a kind."""

from pathlib import Path
from typing import Any

import pytest

from policies.files.folders import FOLDER, Folders
from policies.owners import unusual
from policies.owners.case_book import book
from policies.owners.check import check
from policies.owners.meant_otherwise import leaves
from policies.pack import load_folder
from tests.flow.packs import beside_ours, write

SHIPPED = ("cn-carrier", "demo", "eu", "de", "uk", "us-legacy")
COOLING = "cooling_off: {{days: {}, base: monthly, clauses: [CN-13], free_day: counts}}\n"
NOTICE = "clocks: {{notice_period: {{line: {{inside_contract: {}, outside_contract: P0D}}}}}}\n"
FEES = """fees:
- {{rule: f, family: {}, name: {{zh: 费, en: Fee}}, clause: CN-13{}}}
"""


def mine(folder: Path, pack: str = "", fees: str = "") -> Folders:
    write(folder, "mine", pack=f"extends: cn-carrier\npack: mine\n{pack}", **({"fees": fees} if fees else {}))
    return beside_ours(folder)


def told(folder: Path, pack: str = "", fees: str = "") -> list[tuple[str, str]]:
    [report] = check("mine", folder=mine(folder, pack, fees)).packs
    return [(each.place, each.what) for each in report.findings if "is usually" in each.what]


@pytest.mark.parametrize(
    ("pack", "place", "words"),
    [
        (COOLING.format(400), "/cooling_off/days", "is 400 days; a cooling-off is usually 3 to 30 days"),
        (COOLING.format(1), "/cooling_off/days", "is 1 days; a cooling-off"),
        (NOTICE.format("P93D"), "/clocks/notice_period/line/inside_contract", "a notice is usually 0 to 92 days"),
        (NOTICE.format("30 months"), "/clocks/notice_period/line/inside_contract", "is 900 days"),
        ("taxes: {basic-telecom: 90}\n", "/taxes/basic-telecom/0/percent", "is 90 %; a tax is usually 0 to 45 %"),
        ("clocks: {number_quarantine: P9000D}\n", "/clocks/number_quarantine", "a number's rest is usually 0 to 366"),
        ("clocks: {dispute_answer: P15M}\n", "/clocks/dispute_answer", "is 450 days; an answer is usually 0 to 183"),
        ("final_account: {overcharge_times: 10}\n", "/final_account/overcharge_times", "is usually 1 to 3 times"),
        ("delay: {least_days: 365, clause: CN-15}\n", "/delay/least_days", "is usually 0 to 31 days"),
    ],
)
def test_a_number_of_the_pack_beyond_every_law_is_told_with_what_is_usual(
    tmp_path: Path, pack: str, place: str, words: str
) -> None:
    found = told(tmp_path, pack)
    assert [where for where, _ in found] == [place]
    assert words in found[0][1] and found[0][1].endswith("no law and no published case we know has more or less")


@pytest.mark.parametrize(
    ("family", "more", "place", "words"),
    [
        ("fixed", ", at_most_months: 240", "/fees/f/at_most_months", "a cap is usually 0 to 36 months"),
        ("share-of-remaining", ", longest_term_months: 240", "/fees/f/longest_term_months", "a term is usually"),
        (
            "remaining-fees",
            ", parameters: {vat_included_percent: 60}",
            "/fees/f/parameters/vat_included_percent",
            "is 60 %; a tax is usually",
        ),
    ],
)
def test_a_number_of_a_fee_beyond_every_law_is_told(
    tmp_path: Path, family: str, more: str, place: str, words: str
) -> None:
    found = told(tmp_path, fees=FEES.format(family, more))
    assert [where for where, _ in found] == [place] and words in found[0][1]


@pytest.mark.parametrize("days", [3, 14, 30])
def test_what_is_usual_is_not_told(tmp_path: Path, days: int) -> None:
    assert told(tmp_path, COOLING.format(days)) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_no_pack_of_ours_has_an_unusual_number(name: str) -> None:
    assert list(unusual.of_pack(load_folder(name, FOLDER))) == []


def test_no_published_case_has_an_unusual_number() -> None:
    """What is usual is read off the book: a case beyond it moves the bound."""
    facts: list[tuple[tuple[str, ...], Any]] = []
    for case in book():
        facts += leaves({case.id: {"given": case.given, "fees": case.fee}})
    assert [each.what for each in unusual._told("", facts)] == [] and len(facts) > 2000
