"""The book of published cases: every one comes out as it says, and can be traced to where it was published."""

import json
from collections import Counter

import pytest
from typer.testing import CliRunner

from cli import application
from policies.owners.case_book import FOLDER, SYSTEMS, Case, CaseResult, book, worked

CASES = book()
CHINA_FIRST = ("携号转网", "靓号", "宽带捆绑", "合约机", "副卡", "亲情网", "国际漫游包", "校园套餐")


def again(case: Case, **changes: object) -> CaseResult:
    (result,) = worked([Case.model_validate(case.model_dump() | changes)])
    return result


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_comes_out_as_the_book_says(case: Case) -> None:
    (result,) = worked([case])
    assert result.faults == ()


def test_the_book_is_wide_enough_and_china_comes_first() -> None:
    countries = Counter(case.country for case in CASES)
    assert len(CASES) >= 60 and len(countries.keys() - {SYSTEMS}) >= 8
    assert CASES[0].country == "CN" and countries["CN"] == max(countries.values())
    topics = " ".join(case.topic.zh for case in CASES if case.country == "CN")
    assert [each for each in CHINA_FIRST if each not in topics] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_names_a_source_that_can_be_looked_up(case: Case) -> None:
    where = case.source.where
    assert "http" in where or "github.com/" in where or "policies/" in where
    assert case.source.read.year == 2026 and case.year <= 2026
    if case.source.seen == "restated":
        assert "http" not in where, "what was read itself is no restatement"


def test_every_outcome_is_there_and_wrong_figures_are_kept_as_they_were() -> None:
    outcomes = Counter(case.outcome for case in CASES)
    assert set(outcomes) == {"right", "refused", "published-wrong", "cannot-be-expressed"}
    wrong = [case for case in CASES if case.outcome == "published-wrong"]
    assert all(case.published_minor != case.expect["amount_minor"] for case in wrong)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"expect": {"amount_minor": 1}}, "amount_minor is 18579, expected 1"),
        ({"published_minor": 18580}, "published_minor is 18580, which is not what we answer"),
        ({"outcome": "published-wrong"}, "published_minor is what we answer: then nothing is wrong with it"),
        ({"given": {"monthly_minor": 1}}, "given/months_left: is missing"),
    ],
)
def test_a_case_that_does_not_hold_is_told(changes: dict[str, object], fault: str) -> None:
    case = next(case for case in CASES if case.id == "GB-vodafone-half-a-month")
    result = again(case, **changes)
    assert not result.holds and any(fault in each for each in result.faults), result.faults


def test_a_condition_that_does_not_hold_is_told() -> None:
    case = next(case for case in CASES if case.id == "CN-port-120-days")
    assert again(case, given={"days_since_port_in": 3}).faults == ("rows is ['port-out-too-soon'], expected []",)


@pytest.mark.parametrize(("language", "said"), [("en", "published figure is wrong"), ("zh", "公布的数字有误")])
def test_the_book_is_shown_by_country_and_outcome(language: str, said: str) -> None:
    done = CliRunner().invoke(application(), ["policy", "cases", "--lang", language])
    assert done.exit_code == 0 and said in done.stdout and "CN" in done.stdout, done.output
    one = CliRunner().invoke(application(), ["policy", "cases", "--country", "CN", "--lang", language])
    assert "CN-number-of-twenty-years" in one.stdout and "9m8m.com" in one.stdout
    assert {"en": "CNY 32,400.00", "zh": "¥32,400.00"}[language] in one.stdout


def test_the_book_can_be_read_by_a_program() -> None:
    told = json.loads(CliRunner().invoke(application(), ["policy", "cases", "--country", "DE", "--json"]).stdout)
    assert len(told) == sum(case.country == "DE" for case in CASES) and all(each["holds"] for each in told)
    nobody = CliRunner().invoke(application(), ["policy", "cases", "--country", "XX"])
    assert nobody.exit_code == 2 and "no case of 'XX'" in nobody.output


def test_the_page_explains_every_key() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [name for name in Case.model_fields if f"`{name}`" not in page] == []
