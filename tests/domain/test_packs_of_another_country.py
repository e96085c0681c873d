"""Who begins a pack for a country that has none yet: what is taken over unmeant is told, slips in plain words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from policies.files.folders import FOLDER
from policies.owners.check import check
from policies.owners.new_pack import begin

Checked = Callable[..., list[str]]
HEAD = "extends: {extends}\npack: mine\nversion: {version}\n"


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """The lines of the check of a pack made of these files."""

    def make(
        language: str = "en", extends: str = "eu", pack: str = "", version: str = '"1"', **files: str
    ) -> list[str]:
        folder = tmp_path / "mine"
        folder.mkdir(exist_ok=True)
        for name, text in (files | {"pack": HEAD.format(extends=extends, version=version) + pack}).items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return check("mine", folder=(FOLDER, tmp_path)).lines(language)

    return make


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            [
                "/reopening/fee_minor: is KRW 5,000: the number is that of cn-carrier, where it is CNY 50.00",
                "/second_person_above_minor: is KRW 50,000",
                "/time_zone: is Asia/Shanghai, as in cn-carrier, though the currency is KRW",
            ],
        ),
        ("zh", ["/reopening/fee_minor: 是 ₩5,000：数字取自 cn-carrier", "/time_zone: 取自 cn-carrier"]),
    ],
)
def test_sums_and_days_of_the_country_it_extends_are_told(checked: Checked, language: str, told: list[str]) -> None:
    lines = "\n".join(checked(language, extends="cn-carrier", pack="currency: KRW\n"))
    assert all(each in lines for each in told)


def test_what_is_said_anew_or_counts_in_the_same_currency_is_not_told(checked: Checked) -> None:
    own = "currency: KRW\ntime_zone: Asia/Seoul\nsecond_person_above_minor: 90000\nreopening:\n"
    for extends, pack in (("cn-carrier", own), ("cn-carrier", ""), ("de", "")):
        assert not [line for line in checked(extends=extends, pack=pack) if "the number is that of" in line]
        assert not [line for line in checked(extends=extends, pack=pack) if "/time_zone" in line]


def test_a_tax_code_that_its_owner_did_not_write_need_not_be_taken_out(checked: Checked) -> None:
    fees = "fees:\n- {rule: f, family: fixed, name: {zh: a, en: a}, clause: OWN-early-end, tax: icms}\n"
    lines = checked(pack="taxes: {icms: 18, iss: 5}\n", fees=fees)
    assert [line.split(": ")[1] for line in lines if "is named by no `tax`" in line] == ["/taxes/iss"]


@pytest.mark.parametrize(
    ("pack", "en", "zh"),
    [
        (
            "cooling_off: 7",
            "/cooling_off: must be keys and their values, {days: ..., base: ..., clauses: ...}; also free_day, not 7",
            "/cooling_off: 须为键值对 {days: ..., base: ..., clauses: ...}，另有 free_day，不能是 7",
        ),
        (
            "clocks: {notice_period: P30D}",
            "/clocks/notice_period: must be keys and their values, {product: ...}: product, line, port-out, not 'P30D'",
            "/clocks/notice_period: 须为键值对 {product: ...}: product, line, port-out，不能是 'P30D'",
        ),
        (
            "channels: {app: {kinds: all}}",
            "/channels/app/kinds: must be a list, in [ ] or with a dash before each row, not 'all'",
            "/channels/app/kinds: 须为列表，写在 [ ] 里，或每行以短横线开头，不能是 'all'",
        ),
        (
            "currency: brl",
            "/currency: must be three capital letters such as CNY, not 'brl'",
            "/currency: 须为三个大写字母，如 CNY，不能是 'brl'",
        ),
        (
            "exit_grounds: {moved: {by_rule: {device: half}}}",
            (
                "/exit_grounds/moved/by_rule/device: must be keys and their values, {share_percent: ...}; also "
                "at_most_minor, at_most_months, at_most_term_percent, not 'half'; or must be 'whole', not 'half'"
            ),
            (
                "/exit_grounds/moved/by_rule/device: 须为键值对 {share_percent: ...}，另有 at_most_minor, "
                "at_most_months, at_most_term_percent，不能是 'half'；或须为以下之一：'whole'，不能是 'half'"
            ),
        ),
        (
            "final_account: {taxes: {etf: standard}}",
            "/final_account/taxes/etf: must be 'arrears', 'late-fee', 'usage', 'period-fee' or 'device', not 'etf'",
            (
                "/final_account/taxes/etf: 须为以下之一：'arrears', 'late-fee', 'usage', 'period-fee' or 'device'，"
                "不能是 'etf'"
            ),
        ),
        (
            "exit_grounds: {moved: {name: {zh: 搬家, en: no}}}",
            "/exit_grounds/moved/name/en: put it in quotes: without them it is read as false, not as a word",
            "/exit_grounds/moved/name/en: put it in quotes: without them it is read as false, not as a word",
        ),
    ],
)
def test_a_slip_is_told_in_words_that_need_no_python(checked: Checked, pack: str, en: str, zh: str) -> None:
    assert f"mine/pack.yaml: {en}" in "\n".join(checked(pack=pack + "\n"))
    assert f"mine/pack.yaml: {zh}" in "\n".join(checked("zh", pack=pack + "\n"))


def test_quotes_of_a_word_processor_are_no_part_of_a_version(checked: Checked) -> None:
    lines = checked(version="“2026”")
    assert "must be letters, digits, dots and dashes such as 2026.1, without blanks or quotes in it" in lines[1]


def test_what_is_missing_is_looked_for_in_the_file_that_has_the_last_word(checked: Checked) -> None:
    fees = "fees:\n- {rule: f, family: fixed, name: {zh: a, en: a}}\n"
    assert "mine/fees.yaml: /fees/f/clause: is missing: a clause of the policy pack (line 2)" in "\n".join(
        checked(fees=fees)
    )
    told = "\n".join(checked(pack="reopening: {fee: 50}\n"))
    assert "mine/pack.yaml: /reopening/fee_minor: is missing" in told and "cn-carrier/" not in told


def test_a_list_that_takes_the_place_of_the_inherited_one_is_told_once_with_the_remedy(
    checked: Checked, tmp_path: Path
) -> None:
    clause = (
        "- {clause: MY-1, instrument: {zh: a, en: a}, article: '1', text: {zh: a, en: a}, status: contract, source: s}"
    )
    lines = [line for line in checked(clauses=f"clauses:\n{clause}\n") if "error" in line]
    assert "mine/clauses.yaml: /clauses: takes the place of all of eu/clauses.yaml" in lines[0]
    assert "copy that file and edit the copy" in lines[0]
    missing = [line.partition("there is no clause ")[2].split("'")[1] for line in lines[1:]]
    assert len(missing) == len(set(missing)) > 5
    notice = "- {notice: n, event: quote.issued.v1, subject: {zh: a, en: a}, body: {zh: a, en: a}}"
    (tmp_path / "mine" / "clauses.yaml").unlink()
    lines = [line for line in checked(notices=f"notices:\n{notice}\n") if "error" in line]
    assert "takes the place of all of cn-carrier/notices.yaml" in lines[0]
    assert "no notice, and no row of untold, for: request.accepted.v1, " in lines[1] and len(lines) == 2


def test_a_wrong_rate_is_told_once_and_not_again_by_every_fee_that_names_it(checked: Checked) -> None:
    lines = [line for line in checked(pack="taxes: {standard: [{percent: 18, from: 2026-06-01}]}\n") if "error" in line]
    assert [line.split(": ")[2] for line in lines] == ["/taxes/standard"]


def test_a_number_with_a_comma_in_it_is_told_so(checked: Checked) -> None:
    given = "{fee_minor: 36,000, start: 2025-01-01, end_of_term: 2027-01-01, leaves_on: 2025-10-01}"
    vectors = f"vectors:\n- {{id: a, rule: fees/share-of-remaining, given: {given}, expect: {{amount_minor: 1}}}}\n"
    assert "36,000 is written 36000" in "\n".join(checked(vectors=vectors))


ROW = """conditions:
- {{rule: debts, applies_to: [product], when: [{{fact: arrears, above: {above}}}], outcome: reject,
   clause: OWN-early-end, reason: {{zh: 欠费, en: a debt}}, remedy: {{zh: 付清, en: pay it}}}}
"""


def test_a_debt_is_compared_in_the_smallest_unit_and_never_cut_to_it(checked: Checked) -> None:
    told = "\n".join(checked(conditions=ROW.format(above="50.00")))
    assert (
        "mine/conditions.yaml: /conditions/debts/when/arrears/above: must be a whole number, not 50.0 (line 2)" in told
    )
    told = "\n".join(checked(conditions=ROW.format(above=50)))
    assert "/conditions/debts/when/arrears: is EUR 0.50; EUR 50.00 is written 5000" in told
    assert "EUR" not in "".join(line for line in checked(conditions=ROW.format(above=0)) if "/when/" in line)


def test_a_term_of_years_written_as_months_is_asked_about(checked: Checked) -> None:
    fees = "fees:\n- {rule: f, family: fixed, name: {zh: a, en: a}, clause: OWN-early-end, longest_term_months: 2}\n"
    assert "/fees/f/longest_term_months: is 2 months; 2 years are written 24" in "\n".join(checked(fees=fees))
    assert "/fees/f/longest_term_months: 是 2 个月；2 年写作 24" in "\n".join(checked("zh", fees=fees))


def test_what_was_written_is_shown_as_it_was_written(checked: Checked) -> None:
    given = "{fee_minor: 36000, start: 2025-01-01, price_changes: {2025-06-01: 900}}"
    vectors = f"vectors:\n- {{id: a, rule: fees/share-of-remaining, given: {given}, expect: {{amount_minor: 1}}}}\n"
    assert "not {2025-06-01: 900}" in "\n".join(checked(vectors=vectors))


def test_a_fee_rule_that_a_ground_misspells_is_told_with_those_there_are(checked: Checked) -> None:
    told = "\n".join(checked(pack="exit_grounds: {moved: {by_rule: {devise: whole}}}\n"))
    assert "there is no fee rule 'devise'; there are: device, none, share-of-remaining, six-months" in told
    assert "did you mean device?" in told


def test_a_new_pack_says_what_another_country_has_otherwise(tmp_path: Path) -> None:
    begun = begin("pt-carrier", "eu", tmp_path)
    text = (begun.folder / "pack.yaml").read_text(encoding="utf-8")
    assert "# time_zone: Europe/Brussels" in text and "# currency: EUR" in text
    assert "# taxes: {belgium: 21, standard: 20}" in text
    assert "currency, time_zone and taxes" in begun.first[1].en and "货币、时区、税率" in begun.first[1].zh
