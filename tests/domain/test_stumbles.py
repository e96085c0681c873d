"""What somebody reads who knows contracts and no Python, makes the usual slips, and asks `tuiding policy check`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import application
from contracts.words import Text
from policies.rules.registry import RULES
from policies.rules.words import said, sum_of

Checked = Callable[..., Result]
FEE = "- {rule: f, family: %s, name: {zh: a, en: a}, clause: CN-13%s}"
CONTRACT = "fee_minor: 24000, start: 2025-01-01, end_of_term: %s, leaves_on: 2025-10-01"


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checked:
    """Writes `mine` of the given files and says what the check prints of it, on both outputs."""
    monkeypatch.setenv("TUIDING_POLICIES", str(tmp_path))

    def make(*options: str, language: str = "en", **files: str) -> Result:
        folder = tmp_path / "mine"
        folder.mkdir(exist_ok=True)
        files = {"pack": "extends: cn-carrier\npack: mine\n"} | files
        for name, content in files.items():
            (folder / f"{name}.yaml").write_text(content, encoding="utf-8")
        return CliRunner().invoke(application(), ["policy", "check", "mine", "--lang", language, *options])

    return make


def fees(family: str, more: str = "") -> str:
    return "fees:\n" + FEE % (family, more) + "\n"


def vectors(rule: str = "fees/share-of-remaining", given: str = CONTRACT % "2027-01-01", amount: int = 15000) -> str:
    return f"vectors:\n- {{id: v, rule: {rule}, given: {{{given}}}, expect: {{amount_minor: {amount}}}}}\n"


@pytest.mark.parametrize(
    ("language", "meant", "count"),
    [
        ("en", "did you mean extends?", "vectors: not run: put right first what is wrong above"),
        ("zh", "did you mean extends?", "算例：未运行，请先改正上面的错误"),
    ],
)
def test_a_key_that_is_nearly_another_comes_before_all_that_is_missing_for_it(
    checked: Checked, language: str, meant: str, count: str
) -> None:
    done = checked(language=language, pack="extend: cn-carrier\npack: mine\n", fees=fees("fixed"), vectors=vectors())
    first, *others = done.output.splitlines()[1:]
    assert "/extend: " in first and meant in first and "/extend" not in "".join(others)
    assert count in done.output and done.exit_code == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("fees:\n  - rule: f\n   family: fixed\n", ["line 3: ", "begin in the same column"]),
        ("fees: *base\n", ["line 1: found undefined alias", "a word after * needs"]),
        ("fees:\n- {rule: f, family: fixd, name: {zh: a, en: a}}\n", ["'fixd'", "did you mean fixed?"]),
        ("fees:\n- {rule: f, family: , name: {zh: a, en: a}}\n", ["/family: has nothing behind it: write its value"]),
        ("fees:\n- {rule: f, family: fixed, name: {zh: a, no: a}}\n", ["put the key in quotes", "read as false"]),
    ],
)
def test_a_slip_of_the_hand_is_told_with_its_cure(checked: Checked, text: str, told: list[str]) -> None:
    done = checked(fees=text)
    said = " ".join(done.output.split())
    assert [each for each in told if each not in said] == [] and "unicode string" not in said and done.exit_code == 1


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "those of cn-carrier are not inherited: nothing proves this pack's fees; copy them: tuiding policy check",
        ),
        (
            "zh",
            "cn-carrier 的算例也不会继承：没有算例能证明本规则包的费用；可复制过来：tuiding policy",
        ),
    ],
)
def test_vectors_are_not_inherited_and_are_copied_on_request(checked: Checked, language: str, said: str) -> None:
    done = checked(language=language)
    assert said in done.output and done.exit_code == 0
    copied = checked("--copy-vectors", language=language)
    assert copied.exit_code == 0 and said not in copied.output, copied.output
    again = checked("--copy-vectors", language=language)
    there = {"en": "is there already; nothing was copied", "zh": "已经存在，没有复制"}[language]
    assert again.exit_code == 1 and there in again.output


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "is 0.3 %, less than one in a hundred; 30 % is written 30"), ("zh", "是 0.3%，不到百分之一；30% 写作 30")],
)
def test_a_share_below_one_percent_is_asked_about(checked: Checked, language: str, said: str) -> None:
    given = "monthly_minor: 12900, months_left: 10, share_percent: 0.3"
    done = checked(
        language=language,
        fees=fees("remaining-fees", ", parameters: {share_percent: 0.3}"),
        vectors=vectors("remaining-fees", given, 387),
    )
    assert f"/fees/f/parameters/share_percent: {said}" in done.output
    assert f"mine/vectors.yaml: vector v: given/share_percent: {said}" in done.output


def test_a_share_above_a_hundred_is_refused(checked: Checked) -> None:
    done = checked(fees=fees("remaining-fees", ", parameters: {share_percent: 130}"))
    assert done.exit_code == 1 and "parameters/share_percent: must be less than or equal to 100, not 130" in done.output


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "it makes 24 months but for a day: was 2026-12-31 meant as the last day? Then write 2027-01-01"),
        ("zh", "自 2025-01-01 起差一天满 24 个月：若 2026-12-31 是最后一天，请写 2027-01-01"),
    ],
)
def test_a_last_day_where_the_first_day_after_is_asked_for_is_told(checked: Checked, language: str, said: str) -> None:
    done = checked(language=language, vectors=vectors(given=CONTRACT % "2026-12-31"))
    assert f"vector v: given/end_of_term: {'is the' if language == 'en' else '是期满'}" in done.output
    assert said in done.output
    quoted = 'fee_minor: 24000, start: "2025-01-01", end_of_term: "2026-12-31", leaves_on: "2025-10-01"'
    assert "Then write 2027-01-01" in checked(vectors=vectors(given=quoted)).output
    paid = "price_minor: 3100, period_start: 2026-10-01, next_period_start: 2026-10-31, ended_on: 2026-10-10"
    assert "Then write 2026-11-01" in checked(vectors=vectors("unused-time", paid)).output


def test_a_fee_of_a_few_fen_and_minutes_for_months_are_asked_about(checked: Checked) -> None:
    head = (
        "extends: cn-carrier\npack: mine\nreopening: {fee_minor: 50, clause: CN-17}\nclocks: {dispute_window: PT5M}\n"
    )
    said = checked(pack=head, vectors=vectors()).output
    assert "/reopening/fee_minor: is CNY 0.50; CNY 50.00 is written 5000" in said
    assert "/clocks/dispute_window: is 5 minutes; 5 months are written P5M, 5 days P5D" in said


@pytest.mark.parametrize("version", ["2026.1", "2026", "2026-01-01", "yes"])
def test_a_version_without_quotes_is_told_to_take_them(checked: Checked, version: str) -> None:
    done = checked(pack=f"extends: cn-carrier\npack: mine\nversion: {version}\n")
    assert "mine/pack.yaml: /version: put it in quotes" in done.output and "请加引号" in done.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("extends：cn-carrier\npack: mine\n", "line 1: a full-width ：; write : and a blank"),
        ("extends: cn-carrier\npack: mine\nclocks:\n\tquote_validity: P3D\n", "line 4: a tab"),
        (
            "extends: cn-carrier\npack: mine\nclocks:\n  quote_validity：P3D\n",
            "is a full-width ：; write `quote_validity: P3D`",
        ),
        (
            "extends: cn-carrier\npack: mine\nclocks: {quote_validity：P3D}\n",
            "is a full-width ：; write `quote_validity: P3D`",
        ),
        (
            "extends: cn-carrier\npack: mine\nclocks: {quote_validity: P3D，payment_retry: P1D}\n",
            "line 3: a full-width ，",
        ),
        ("extends: cn-carrier\npack: mine\nfees: “a” b: c\n", 'line 3: a full-width “; write "'),
    ],
)
def test_a_full_width_sign_or_a_tab_is_named(checked: Checked, text: str, said: str) -> None:
    done = checked(pack=text)
    assert done.exit_code == 1 and said in done.output and ("请改用" in done.output), done.output


def test_a_full_width_sign_in_a_text_is_not_blamed_for_what_stands_elsewhere(checked: Checked) -> None:
    text = "extends: cn-carrier\npack: mine\nname: 甲：乙\n\n\n\nclocks: &a {quote_validity: P3D}\nchannels: &a {}\n"
    done = checked(pack=text)
    assert done.exit_code == 1 and "duplicate anchor" in done.output and "full-width" not in done.output, done.output


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "more that cn-carrier is told as well, see: tuiding policy check cn-carrier"),
        ("zh", "条与 cn-carrier 相同的提示，详见：tuiding policy check cn-carrier"),
    ],
)
def test_what_the_parent_is_told_as_well_is_folded_into_a_count(checked: Checked, language: str, said: str) -> None:
    done = checked(language=language, vectors=vectors())
    assert said in done.stdout and "unverified" not in done.stdout
    assert len(done.stdout.splitlines()) == 4, done.stdout


def test_the_next_command_is_whole(checked: Checked, tmp_path: Path) -> None:
    done = checked(vectors=vectors())
    assert f"Next: TUIDING_POLICIES={tmp_path} TUIDING_POLICY=mine tuiding up" in done.stderr


@pytest.mark.parametrize(
    ("language", "said", "parent"),
    [("en", "Change first:", "cn-carrier"), ("zh", "先改：", "demo"), ("en", "Change first:", "uk")],
)
def test_a_new_pack_passes_its_check_and_says_what_to_change_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, said: str, parent: str
) -> None:
    packs = tmp_path / "packs"
    tuiding = ("policy", "new", "mine", "--from", parent, "--in", str(packs), "--lang", language)
    done = CliRunner().invoke(application(), list(tuiding))
    assert done.exit_code == 0 and said in done.stdout, done.output
    assert f"TUIDING_POLICIES={packs} tuiding policy check mine" in done.stderr
    assert sorted(file.name for file in (packs / "mine").iterdir()) == ["fees.yaml", "pack.yaml", "vectors.yaml"]
    monkeypatch.setenv("TUIDING_POLICIES", str(packs))
    checked = CliRunner().invoke(application(), ["policy", "check", "mine", "--json"])
    told = json.loads(checked.stdout)
    assert told["ok"] and told["passed"] == told["vectors"] > 0
    assert not [each for pack in told["packs"] for each in pack["findings"] if not each["inherited"]]
    again = CliRunner().invoke(application(), list(tuiding))
    other = {"en": "take another name", "zh": "请换一个名字"}[language]
    assert again.exit_code == 1 and other in again.output


@pytest.mark.parametrize(
    ("words", "said"),
    [(("My Carrier",), "is no name for a pack"), (("uk",), "take another name"), (("a", "--from", "b"), "no pack 'b'")],
)
def test_a_new_pack_that_cannot_be_made_is_refused_with_what_to_do(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = CliRunner().invoke(application(), ["policy", "new", *words, "--in", str(tmp_path), "--lang", "en"])
    assert done.exit_code == 1 and said in done.output and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("en", "zh"),
    [
        ("CNY 99.00 x 5 = CNY 1,495.00", "¥99.00 × 5 = ¥1,495.00"),
        ("-EUR 5.00 / 2", "-€5.00 ÷ 2"),
        ("JPY 1,000 x 2", "JP¥1,000 × 2"),
        ("ABC 12 x 2", "ABC 12 × 2"),
    ],
)
def test_an_amount_has_one_form_in_each_language(en: str, zh: str) -> None:
    assert sum_of(en) == Text(zh=zh, en=en)
    assert said(f"共 {en}", "x").zh.replace(" / ", " ÷ ").replace(" x ", " × ") == f"共 {zh}"


def test_what_is_saved_or_taken_off_says_which_tax_it_has_inside() -> None:
    fields = RULES["remaining-fees"].given.model_fields
    for name in ("discount_minor", "saved_minor"):
        assert "with the same tax inside as the monthly fee" in str(fields[name].description)
