"""Every golden vector comes out; every rule has one; a vector that does not fit its rule is told so field by field."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from policies import pack as packs
from policies.owners.describe import README, with_rules
from policies.owners.vector_files import read
from policies.owners.vectors import Vector, VectorError, run
from policies.pack import FOLDER
from policies.rules.registry import RULES

load = cache(packs.load)
FILES = sorted(FOLDER.glob("*/vectors.yaml"))
GOLDEN = [(file.parent.name, vector) for file in FILES for vector in read(file)]


@pytest.mark.parametrize(("pack", "vector"), GOLDEN, ids=lambda value: getattr(value, "id", value))
def test_the_rules_give_what_the_vector_says(pack: str, vector: Vector) -> None:
    (result,) = run([vector], load(pack))
    assert (result.faults, result.differences) == ((), ())


def test_all_54_examples_of_the_domain_are_there() -> None:
    ids = {vector.id[:5] for _, vector in GOLDEN if vector.id.startswith("FV-")}
    assert ids == {f"FV-{number:02}" for number in range(1, 55)}


def test_every_rule_has_a_vector() -> None:
    assert set(RULES) - {vector.rule for _, vector in GOLDEN} == set()


def test_every_fee_rule_that_charges_has_a_vector_in_its_own_pack() -> None:
    proven = {(pack, vector.rule.removeprefix("fees/")) for pack, vector in GOLDEN}
    own = [(file.parent.name, fee) for file in FILES for fee in load(file.parent.name).fees]
    special = {(pack, fee.rule) for pack, fee in own if fee.parameters}
    assert special - proven - {("us-legacy", "basic-phone")} == set()  # the same family as smartphone


def test_the_readme_describes_the_rules_as_they_are() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == with_rules(text), "uv run python -m policies.owners.describe; then the Chinese page"


def vector(rule: str, given: dict[str, Any], expect: dict[str, Any] | None = None) -> Vector:
    return Vector(id="v", rule=rule, given=given, expect=expect or {"amount_minor": 0})


STEP = {"fee_minor": 15000, "each_minor": 400, "completed_months": 6, "term_months": 24}
UNUSED = {"price_minor": 3100, "period_start": "2026-10-01", "next_period_start": "2026-11-01"}
WORKING = {"working_days": 3, "calendar": {"first_day": "2026-01-01", "last_day": "2026-12-31"}}


@pytest.mark.parametrize(
    ("unfit", "line"),
    [
        (vector("reducing-by-stap", STEP), "rule: there is no rule 'reducing-by-stap'; the rules are: none, fixed"),
        (vector("fees/none", {}), "rule: fees/none belongs to a pack; name the pack"),
        (
            vector("fixed", {"fee_minor": 1, "fee": 1}),
            "given/fee: there is no such field; the fields are: fee_minor, rounding, currency",
        ),
        (vector("fixed", {}), "given/fee_minor: is missing: the fee, minor units"),
        (
            vector("fixed", {"fee_minor": 150.0}),
            "given/fee_minor: must be a whole number of minor units, 150.00 is written 15000, not 150.0",
        ),
        (vector("fixed", {"fee_minor": -1}), "given/fee_minor: must be greater than or equal to 0, not -1"),
        (
            vector("reducing-by-step", STEP | {"term_months": 0}),
            "given/term_months: must be greater than or equal to 1, not 0",
        ),
        (
            vector("reducing", {"fee_minor": 1, "term_units": 0, "used_units": 0}),
            "given/term_units: must be greater than 0, not 0",
        ),
        (
            vector("unused-time", UNUSED | {"ended_on": "2026-02-30"}),
            "given/ended_on: must be a day of the calendar such as 2026-03-31, not '2026-02-30'",
        ),
        (
            vector("unused-time", UNUSED | {"ended_on": "1866-02-03"}),
            "given/ended_on: must be greater than or equal to 1990-01-01, not 1866-02-03",
        ),
        (
            vector("unused-time", UNUSED | {"ended_on": 20260331}),
            "given/ended_on: must be a day of the calendar such as 2026-03-31, not 20260331",
        ),
        (vector("unused-time", UNUSED), "given/ended_on: give either ended_on or ended_at, not both and not none"),
        (
            vector("unused-time", UNUSED | {"ended_on": "2026-10-01", "next_period_start": "2026-10-01"}),
            "given/next_period_start: 2026-10-01 is before the day after period_start, 2026-10-02",
        ),
        (
            vector("unused-time", UNUSED | {"ended_at": "2026-10-15T16:30:00Z", "time_zone": "Mars"}),
            "given/time_zone: there is no time zone 'Mars'; one is Asia/Shanghai",
        ),
        (
            vector("unused-time", UNUSED | {"ended_at": "2026-10-15T16:30:00", "time_zone": "Asia/Shanghai"}),
            "given/ended_at: must have its offset, such as 2026-10-15T16:30:00Z",
        ),
        (
            vector("working-days", WORKING | {"start": "2027-01-01"}),
            "given/start: 2027-01-01 is outside the calendar, 2026-01-01 to 2026-12-31",
        ),
        (
            vector("working-days", WORKING | {"start": "2026-12-30"}),
            "given/working_days: 3 after 2026-12-30 is outside the calendar, 2026-01-01 to 2026-12-31",
        ),
        (
            vector("tax", {"lines": [{"net_minor": 1, "tax": "luxury"}], "rates": {"standard": 20}}),
            "given/lines/0/tax: there is no tax code 'luxury'; the codes are: standard",
        ),
        (
            vector("stepped", {"fee_minor": 1, "completed_months": 1, "schedule": [{"from_month": 0, "percent": 5}]}),
            "given/schedule/0/percent: there is no such field; the fields are: from_month, percent_off",
        ),
        (
            vector("netting", {"charges": [{"kind": "fine", "amount_minor": 1}]}),
            "given/charges/0/kind: 'fine' is not in order: arrears, late-fee",
        ),
        (
            vector("closing-month", {"monthly_minor": 1, "closes_on": "2026-03-10", "method": "weekly"}),
            "given/method: must be 'full-month', 'daily' or 'half-month', not 'weekly'",
        ),
        (
            vector("fixed", {"fee_minor": 1}, {"fee": 1}),
            "expect/fee: the rule does not say that; it says: amount_minor, flags, reason, refused",
        ),
        (
            vector("fixed", {"fee_minor": 1}, {"amount_minor": 1.5}),
            "expect/amount_minor: must be a whole number of minor units, 150.00 is written 15000, not 1.5",
        ),
        (vector("reducing-by-stap", STEP), "rule: .* (did you mean reducing-by-step?)"),
        (vector("fixed", {"fee_minr": 1}), "given/fee_minr: .* (did you mean fee_minor?)"),
        (vector("fixed", {"fee_minor": 1}, {"amout_minor": 1}), "expect/amout_minor: .* (did you mean amount_minor?)"),
        (vector("lower-of", {"amounts": []}), "given/amounts: must not be empty"),
        (
            vector("remaining-fees", {"monthly_minor": 1, "months_left": 1, "share_percent": "30%"}),
            "given/share_percent: is a number without a sign, 30, not '30%'",
        ),
        (
            vector("withdrawal", {"base": "monthly", "price_minor": 1, "price_days": 30, "days_used": 15}),
            "given/days_used: 15 is after the 14 days in which the right exists",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_vector_that_does_not_fit_its_rule_is_told_the_field_and_what_is_allowed(unfit: Vector, line: str) -> None:
    (result,) = run([unfit])
    assert not result.passed
    begins, _, ends = line.partition(".*")
    assert [fault for fault in result.faults if fault.startswith(begins) and fault.endswith(ends)], result.faults


def test_a_wrong_amount_is_shown_field_by_field() -> None:
    known = {"arrears_minor": 12800, "days_late": 20, "law_per_mille": 3}
    (result,) = run([vector("late-fee", known, {"amount_minor": 768, "law_minor": 769, "conflict": True})])
    assert [(each.field, each.expected, each.got) for each in result.differences] == [
        ("law_minor", 769, 768),
        ("conflict", True, False),
    ]


def test_a_refusal_can_be_what_a_vector_wants_and_it_must_be_of_that_field() -> None:
    wants = {"refused": "term_months"}
    assert run([vector("reducing-by-step", STEP | {"term_months": 0}, wants)])[0].passed
    assert not run([vector("reducing-by-step", STEP | {"each_minor": -1}, wants)])[0].passed
    assert not run([vector("reducing-by-step", STEP, wants)])[0].passed


def test_a_pack_fills_in_what_it_says_of_tax_and_rounding() -> None:
    lines = [{"net_minor": 1000, "tax": "standard"}]
    assert run([vector("tax", {"lines": lines}, {"tax_minor": 200})], load("uk"))[0].passed
    assert not run([vector("tax", {"lines": lines}, {"tax_minor": 200})])[0].passed


def test_vectors_can_be_json_and_just_a_list(tmp_path: Path) -> None:
    row = {"id": "mine", "rule": "fixed", "given": {"fee_minor": 5}, "expect": {"amount_minor": 5}}
    file = tmp_path / "mine.json"
    file.write_text(json.dumps([row]), encoding="utf-8")
    assert [result.passed for result in run(read(file))] == [True]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("vectors: 5", "at the top there is `vectors:` and a list of vectors"),
        ("vectors: []\nmore: 1", "at the top there is `vectors:`"),
        ("a: b: c", "cannot be read"),
        ("- {id: a, rule: fixed, given: {fee_minor: 1, fee_minor: 2}, expect: {}}", "'fee_minor' is there twice"),
        ("- {id: a, rule: fixed, given: {fee_minor: 1}}", "/a/expect: is missing: the parts of its outcome"),
        ("- {id: a, rule: fixed, given: {}, expect: {amount_minor: 1}, note: x}", "/a/note: there is no such field"),
        ("- 5", "/0"),
        (
            "- &a {id: a, rule: none, given: {}, expect: {amount_minor: 0}}\n- *a",
            "/a: is there twice",
        ),
    ],
)
def test_a_file_of_vectors_that_cannot_be_read_says_where(tmp_path: Path, text: str, what: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(VectorError) as refused:
        read(file)
    assert what in str(refused.value)
    assert "mine.yaml" in str(refused.value)


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("2026-02-29", "must be a day of the calendar such as 2026-03-31, not '2026-02-29'"),
        ("2026-03-10T00:00:00Z", "must be a day of the calendar such as 2026-03-31, not 2026-03-10T00:00:00+00:00"),
        ("10/03/2026", "must be a day of the calendar such as 2026-03-31, not '10/03/2026'"),
    ],
)
def test_a_day_that_is_none_is_told_at_its_field(tmp_path: Path, written: str, what: str) -> None:
    file = tmp_path / "mine.yaml"
    given = f"{{monthly_minor: 1, method: daily, closes_on: {written}}}"
    file.write_text(f"- {{id: a, rule: closing-month, given: {given}, expect: {{amount_minor: 1}}}}", encoding="utf-8")
    assert run(read(file))[0].faults == (f"given/closes_on: {what}",)


@pytest.mark.parametrize(
    "moment", [0, -1, 1.5, 1803859200, 1803859200000, 10**30, True, "1803859200", "1e9", "", "NaN"]
)
@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_moment_that_is_a_number_is_refused_at_its_field(tmp_path: Path, moment: object, suffix: str) -> None:
    file = tmp_path / f"mine.{suffix}"
    given = {"period_start": "2026-10-01", "next_period_start": "2026-11-01", "price_minor": 3100, "ended_at": moment}
    row = {"id": "a", "rule": "unused-time", "given": given | {"time_zone": "Asia/Shanghai"}}
    file.write_text(json.dumps([row | {"expect": {"amount_minor": 1}}]), encoding="utf-8")
    (fault,) = run(read(file))[0].faults
    assert fault.startswith("given/ended_at: must be a moment with its offset such as 2026-03-31T00:00:00+08:00, not ")


@pytest.mark.parametrize("day", ["20260331", "2026-W13-2", "2026-W13", "2026-03-31 ", "２０２６-03-31", "2026-3-31"])
def test_a_day_is_written_in_one_way(day: str) -> None:
    (result,) = run([vector("unused-time", UNUSED | {"ended_on": day})])
    assert result.faults == (f"given/ended_on: must be a day of the calendar such as 2026-03-31, not {day!r}",)


@pytest.mark.parametrize("written", ["59.00", "'59.00'", "5900.0", "'5900'", "05900", "1:30", "true", "5.9e+3"])
@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_an_amount_that_is_not_a_plain_whole_number_is_refused_and_never_guessed_at(
    tmp_path: Path, written: str, suffix: str
) -> None:
    file = tmp_path / f"mine.{suffix}"
    written = written.replace("'", '"')
    row = f'{{"id": "a", "rule": "fixed", "given": {{"fee_minor": {written}}}, "expect": {{"amount_minor": 1}}}}'
    file.write_text(f"[{row}]", encoding="utf-8")
    if suffix == "json" and written in ("05900", "1:30"):
        with pytest.raises(VectorError, match="cannot be read"):
            read(file)
    else:
        (fault,) = run(read(file))[0].faults
        assert fault.startswith("given/fee_minor: must be a whole number of minor units, 150.00 is written 15000, not ")


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_fraction_is_taken_as_written_to_the_last_digit(tmp_path: Path, suffix: str) -> None:
    """As a float 0.499999999999999999 would be a half, and rounded up."""
    file = tmp_path / f"mine.{suffix}"
    given = '{"exact_minor": 0.499999999999999999}'
    file.write_text(f'[{{"id": "a", "rule": "rounding", "given": {given}, "expect": {{"amount_minor": 0}}}}]')
    assert run(read(file))[0].passed


def test_a_json_file_with_a_key_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text('[{"id": "a", "rule": "none", "given": {}, "expect": {"amount_minor": 0, "amount_minor": 1}}]')
    with pytest.raises(VectorError, match="the key 'amount_minor' is there twice"):
        read(file)
