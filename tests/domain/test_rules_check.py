"""What `tuiding policy check` finds: citations nobody may be shown, contracts against law, vectors that fail."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from policies.faults.citations import Finding
from policies.owners.check import check
from policies.owners.report import Report
from policies.pack import FOLDER

TODAY = date(2026, 10, 1)
Mine = Callable[..., Path]


@pytest.fixture
def mine(tmp_path: Path) -> Mine:
    """A folder with the default pack and a pack `mine` of the given files."""

    def make(**files: str) -> Path:
        shutil.copytree(FOLDER / "cn-carrier", tmp_path / "cn-carrier")
        (tmp_path / "mine").mkdir()
        for name, content in ({"pack": ""} | files).items():
            head = "extends: cn-carrier\npack: mine\n" if name == "pack" else ""
            (tmp_path / "mine" / f"{name}.yaml").write_text(head + content, encoding="utf-8")
        return tmp_path

    return make


def findings(report: Report, level: str) -> list[Finding]:
    return [finding for each in report.packs for finding in each.findings if finding.level == level]


def clauses_with(folder: Path, old: str, new: str) -> None:
    text = (folder / "cn-carrier" / "clauses.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / "mine" / "clauses.yaml").write_text(text.replace(old, new), encoding="utf-8")


def test_every_pack_of_the_repository_is_ok_and_all_its_vectors_pass() -> None:
    report = check(None, today=TODAY)
    assert {each.pack.split("@")[0] for each in report.packs} == {"cn-carrier", "de", "demo", "eu", "uk", "us-legacy"}
    assert findings(report, "error") == []
    assert report.ok
    assert report.passed == len(report.vectors) > 100


def test_the_measures_that_the_article_cites_come_out_unverified() -> None:
    (standing,) = (
        each.standing
        for each in check("cn-carrier", today=TODAY).packs[0].citations
        if each.instrument.zh == "《通信服务管理办法》"
    )
    assert standing == "unverified"


@pytest.mark.parametrize(
    ("day", "article_40", "article_41"),
    [(date(2010, 1, 1), "not-in-force", "authority"), (TODAY, "authority", "not-in-force")],
)
def test_article_40_or_41_depends_on_the_text_in_force(day: date, article_40: str, article_41: str) -> None:
    standing = {each.clause: each.standing for each in check("cn-carrier", today=day).packs[0].citations}
    assert (standing["CN-5"], standing["CN-5-2000"]) == (article_40, article_41)


def test_resting_on_an_unverified_clause_is_a_warning_that_names_the_place() -> None:
    places = {each.place for each in findings(check("cn-carrier", today=TODAY), "warning")}
    assert "/complaint_clauses/association" in places
    assert "/conditions/port-out-lock-in/clause" in places


def test_resting_on_a_clause_out_of_force_is_an_error(mine: Mine) -> None:
    folder = mine(pack="delay: {clause: CN-5-2000}\n")
    (error,) = findings(check("mine", today=TODAY, folder=folder), "error")
    assert (error.place, error.what) == (
        "/delay/clause",
        "rests on CN-5-2000, which is not in force on 2026-10-01 (2000-09-25..2016-02-05)",
    )


@pytest.mark.parametrize("title", ["《通信服务管理办法》", "《某某条例》", "《电信用户申诉处理办法》"])
def test_a_letter_that_writes_out_a_title_nobody_confirmed_is_an_error(mine: Mine, title: str) -> None:
    folder = mine()
    text = (folder / "cn-carrier" / "notices.yaml").read_text(encoding="utf-8")
    text = text.replace("确认之前不收费", f"依据{title}，确认之前不收费", 1)
    (folder / "mine" / "notices.yaml").write_text(text, encoding="utf-8")
    (error,) = findings(check("mine", today=TODAY, folder=folder), "error")
    assert error.place == "/notices/quote-issued/body/zh"
    assert title in error.what


def test_a_verified_title_may_be_written_out(mine: Mine) -> None:
    folder = mine()
    text = (folder / "cn-carrier" / "notices.yaml").read_text(encoding="utf-8")
    text = text.replace("确认之前不收费", "依据《中华人民共和国电信条例》，确认之前不收费", 1)
    (folder / "mine" / "notices.yaml").write_text(text, encoding="utf-8")
    assert findings(check("mine", today=TODAY, folder=folder), "error") == []


def test_three_percent_against_three_per_mille_is_worked_out_both_ways() -> None:
    (conflict,) = findings(check("cn-carrier", today=TODAY), "conflict")
    assert conflict.place == "/clauses/CN-30-late-fee/terms/late_fee_per_mille_a_day"
    assert "30‰ a day, CN-4 allows a late fee of 3‰ a day" in conflict.what
    assert "CNY 76.80 against CNY 7.68: CNY 7.68 is charged" in conflict.what


def test_a_contract_within_the_law_is_no_conflict(mine: Mine) -> None:
    folder = mine()
    clauses_with(folder, "terms: {late_fee_per_mille_a_day: 30}", "terms: {late_fee_per_mille_a_day: 2.5}")
    assert findings(check("mine", today=TODAY, folder=folder), "conflict") == []


def test_a_law_nobody_verified_is_named_as_such(mine: Mine) -> None:
    folder = mine()
    clauses_with(folder, "terms: {late_fee_per_mille_a_day: 30}", "terms: {longest_term_months: 36}")
    path = folder / "mine" / "clauses.yaml"
    law = "source: CN-12, restated elsewhere"
    path.write_text(path.read_text(encoding="utf-8").replace(law, f"{law}\n    terms: {{longest_term_months: 24}}"))
    (conflict,) = findings(check("mine", today=TODAY, folder=folder), "conflict")
    assert "a term of 36 months, CN-12 (itself unverified) allows a term of 24 months" in conflict.what


def test_a_pack_that_does_not_load_is_reported_line_by_line(mine: Mine) -> None:
    report = check("mine", today=TODAY, folder=mine(pack="time_zone: Z\nquarantine_clause: CN-X\n"))
    assert [error.place for error in findings(report, "error")] == [
        "mine/pack.yaml: /time_zone",
        "mine/pack.yaml: /quarantine_clause",
    ]
    assert not report.ok


def test_changing_a_fee_without_its_vector_fails_the_check(mine: Mine) -> None:
    fees = (
        "fees:\n- {rule: share-of-remaining, family: share-of-remaining, months: %s, "
        "name: {zh: 费, en: Fee}, clause: CN-30}"
    )
    vectors = (
        "- id: one\n  rule: fees/share-of-remaining\n  expect: {amount_minor: 15000}\n"
        "  given: {fee_minor: 24000, start: 2025-01-01, end_of_term: 2027-01-01, leaves_on: 2025-10-20}\n"
    )
    folder = mine(fees=fees % "completed", vectors=vectors)
    assert check("mine", today=TODAY, folder=folder).ok
    (folder / "mine" / "fees.yaml").write_text(fees % "started", encoding="utf-8")
    report = check("mine", today=TODAY, folder=folder)
    assert not report.ok
    line = "  mine/vectors.yaml: vector one (fees/share-of-remaining): amount_minor is 14000, expected 15000"
    assert line in report.lines()


def test_a_file_of_vectors_is_run_in_place_of_the_packs_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("- {id: a, rule: fixed, given: {fee_minor: 1}, expect: {amount_minor: 2}}", encoding="utf-8")
    for pack in ("eu", None):
        report = check(pack, file, today=TODAY)
        assert [(result.id, result.passed) for result in report.vectors] == [("a", False)]
        assert not report.ok


@pytest.mark.parametrize("content", [None, "vectors: 5", "\x00", "vectors: []", b"\xff\xfe\x00"])
def test_a_file_of_vectors_that_is_not_one_is_an_error_of_the_file_not_of_the_pack(
    tmp_path: Path, content: str | bytes | None
) -> None:
    file = tmp_path / "mine.yaml"
    if content is not None:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    (report,) = check("eu", file, today=TODAY).packs
    (error,) = report.vector_faults
    assert "mine.yaml" in error.place
    assert (report.sound, report.ok) == (True, False)


def test_a_vector_that_does_not_read_keeps_none_of_the_others_from_being_run(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    good = "- {id: good, rule: fixed, given: {fee_minor: 1}, expect: {amount_minor: 1}}\n"
    file.write_text(f"{good}- {{rule: fixed, given: {{}}, expect: {{}}}}\n- text\n{good}", encoding="utf-8")
    report = check("eu", file, today=TODAY)
    assert (report.passed, len(report.vectors), report.ok) == (2, 2, False)
    assert [f"{each.place}: {each.what}" for each in report.packs[0].vector_faults] == [
        f"{tmp_path.name}/mine.yaml: /1/id: is missing: its name, such as FV-13",
        f"{tmp_path.name}/mine.yaml: /1/expect: must not be empty",
        f"{tmp_path.name}/mine.yaml: /2: must be id, rule, given, expect and what they say, not 'text'",
        f"{tmp_path.name}/mine.yaml: /good: is there twice; give each vector an id of its own",
    ]


def test_a_wrong_number_is_told_with_file_vector_rule_field_and_the_way_it_was_worked_out(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    given = "{monthly_minor: 12900, months_left: 10, share_percent: 0.3}"
    file.write_text(f"- {{id: a, rule: remaining-fees, given: {given}, expect: {{amount_minor: 38700}}}}")
    lines = check("cn-carrier", file, today=TODAY).lines()
    assert f"  {tmp_path.name}/mine.yaml: vector a (remaining-fees): amount_minor is 387, expected 38700" in lines
    assert f"  {tmp_path.name}/mine.yaml: vector a worked out: CNY 129.00 x 10 x 0.3% = CNY 3.87" in lines
    told = check("cn-carrier", file, today=TODAY).lines("zh")
    assert f"  {tmp_path.name}/mine.yaml: 算例 a (remaining-fees): amount_minor 算得 387，应为 38700" in told
    assert f"  {tmp_path.name}/mine.yaml: 算例 a 的算法：¥129.00 × 10 × 0.3% = ¥3.87" in told


def test_the_report_can_be_read_by_a_program(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    day = "{given: {moment: 2026-10-15T16:30:00Z, time_zone: Asia/Shanghai}, expect: {day: 2026-10-15}"
    file.write_text(f"- {day}, id: a, rule: customers-day}}", encoding="utf-8")
    data = json.loads(json.dumps(check("eu", file, today=TODAY).data()))
    assert (data["ok"], data["vectors"], data["passed"]) == (False, 1, 0)
    (difference,) = data["packs"][0]["vectors"][0]["differences"]
    assert difference == {"field": "day", "expected": "2026-10-15", "got": "2026-10-16"}


def test_a_pack_without_vectors_is_told_so(mine: Mine) -> None:
    report = check("mine", today=TODAY, folder=mine())
    assert "mine/vectors.yaml" in [each.place for each in findings(report, "warning")]
    assert report.ok


LONGER = {"longest_term_months": "36", "longest_notice_days": "60", "lock_in_by_promotion": "true"}
LAWFUL = {"longest_term_months": "24", "longest_notice_days": "31", "lock_in_by_promotion": "false"}


@pytest.mark.parametrize(
    ("term", "says", "amounts"),
    [
        (
            "longest_term_months",
            "a term of 36 months, CN-21 (itself unverified) allows a term of 24 months",
            (72000, 36000),
        ),
        ("longest_notice_days", "60 days of notice, CN-21 (itself unverified) allows 31 days of notice", (6000, 3100)),
        ("lock_in_by_promotion", "binds without words to say so, CN-19 (itself unverified) allows none", (15000, 0)),
    ],
)
def test_what_a_contract_asks_beyond_the_law_is_worked_out_both_ways_and_the_lawful_is_charged(
    mine: Mine, term: str, says: str, amounts: tuple[int, int]
) -> None:
    folder = mine()
    clauses_with(folder, "terms: {late_fee_per_mille_a_day: 30}", f"terms: {{{term}: {LONGER[term]}}}")
    law, path = "source: CN-21, restated in news", folder / "mine" / "clauses.yaml"
    text = path.read_text(encoding="utf-8").replace(law, f"{law}\n    terms: {{{term}: {LAWFUL[term]}}}")
    path.write_text(text, encoding="utf-8")
    report = check("mine", today=TODAY, folder=folder)
    (conflict,) = findings(report, "conflict")
    assert says in conflict.what
    (told,) = (each for each in report.data()["packs"][0]["findings"] if each["level"] == "conflict")
    assert told["amounts"] == {
        "contract_minor": amounts[0],
        "law_minor": amounts[1],
        "charged_minor": min(amounts),
    }
    assert [line for line in report.lines() if line.startswith("  conflict: /clauses/CN-30-late-fee") and says in line]


def test_a_notice_period_beyond_the_lawful_keeps_the_pack_from_being_used(mine: Mine) -> None:
    folder = mine(pack="clocks: {notice_period: {line: {inside_contract: P60D}}}\n")
    clauses_with(folder, "source: CN-21, restated in news", "source: none\n    terms: {longest_notice_days: 31}")
    (error,) = findings(check("mine", today=TODAY, folder=folder), "error")
    assert error.place == "/clocks/notice_period/line/inside_contract"
    assert error.what == "is more than the 31 days of notice that CN-21 (itself unverified) allows; P31D at most"


@pytest.mark.parametrize(
    ("sentence", "what"),
    [
        ("依据通信服务管理办法，", "names 《通信服务管理办法》, which no clause in force confirms"),
        ("依据《中华人民共和国电信条例》第三十五条，", "names article 35 of 《中华人民共和国电信条例》"),
        ("依据《中华人民共和国电信条例》（2016年修订）第35条，", "names article 35 of 《中华人民共和国电信条例》"),
        ("依据《中华人民共和国电信条例》第四十条，", ""),
        ("依据《中华人民共和国电信条例》（2016年修订）第40条，", ""),
    ],
)
def test_a_letter_names_only_law_and_articles_that_are_in_force(mine: Mine, sentence: str, what: str) -> None:
    folder = mine()
    text = (folder / "cn-carrier" / "notices.yaml").read_text(encoding="utf-8")
    text = text.replace("确认之前不收费", f"{sentence}确认之前不收费", 1)
    (folder / "mine" / "notices.yaml").write_text(text, encoding="utf-8")
    errors = findings(check("mine", today=TODAY, folder=folder), "error")
    assert len(errors) == bool(what)
    assert all(what in error.what for error in errors)


def test_article_40_may_be_named_only_since_the_text_of_2016_is_in_force(mine: Mine) -> None:
    folder = mine()
    text = (folder / "cn-carrier" / "notices.yaml").read_text(encoding="utf-8")
    law = "《中华人民共和国电信条例》"
    text = text.replace("确认之前不收费", f"依据{law}第40条，确认之前不收费", 1)
    (folder / "mine" / "notices.yaml").write_text(text, encoding="utf-8")
    named = "names article 40"
    then, now = (
        [each for each in findings(check("mine", today=day, folder=folder), "error") if named in each.what]
        for day in (date(2010, 1, 1), TODAY)
    )
    assert (len(then), len(now)) == (1, 0)


@pytest.mark.parametrize("place", ["conditions", "fees"])
def test_a_condition_or_fee_that_rests_on_a_clause_out_of_force_is_an_error(mine: Mine, place: str) -> None:
    folder = mine()
    text = (folder / "cn-carrier" / f"{place}.yaml").read_text(encoding="utf-8")
    first = next(line for line in text.splitlines() if "clause: " in line)
    old = first[first.index("clause: ") :].split(",")[0].split(" #")[0]
    (folder / "mine" / f"{place}.yaml").write_text(text.replace(old, "clause: CN-5-2000", 1), encoding="utf-8")
    (error,) = findings(check("mine", today=TODAY, folder=folder), "error")
    assert error.place.startswith(f"/{place}/") and "CN-5-2000, which is not in force on 2026-10-01" in error.what
