"""Whatever is wrong with a pack is told in Chinese and in English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import application
from policies.files.folders import FOLDER
from policies.owners.check import check
from policies.pack import PackError, load

CODE = ("cli", "contracts", "demo", "evidence", "insight", "policies", "runtime", "services")
CHINESE = re.compile("[\u4e00-\u9fff]")


def raised() -> Iterator[tuple[str, ast.Call]]:
    """Every place where a `PackError` is made."""
    for file in sorted(each for folder in CODE for each in Path(folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "PackError":
                yield f"{file}:{node.lineno}", node


def test_every_sentence_about_a_pack_is_written_in_both_languages() -> None:
    found = list(raised())
    assert len(found) > 15
    assert [place for place, call in found if not _in_both(call)] == []


def _in_both(call: ast.Call) -> bool:
    first, *others = call.args
    if not others:
        return False
    return not CHINESE.search(ast.unparse(first)) and bool(CHINESE.search(ast.unparse(others[0])))


@pytest.mark.parametrize(
    ("files", "zh"),
    [
        ({}, "没有规则包 'mine'"),
        ({"pack": "extends: mine"}, "mine/pack.yaml: /extends：mine -> mine 继承了自己"),
        ({"pack": "extends: nobody"}, "mine/pack.yaml: /extends: 没有规则包 'nobody'；现有："),
        ({"pack": "- a"}, "mine/pack.yaml：最外层须为键值对"),
        ({"pack": "a: b: c"}, "mine/pack.yaml：不是 YAML：第 1 行：mapping values are not allowed"),
        ({"pack": "a:\n  - b\n c: d"}, "；同一级的行要左对齐"),
        ({"pack": "a: *b"}, "；* 后面的名称要先用 & 定义"),
        ({"pack": "extends: eu\npack: mine", "fee": "fees: []"}, "mine/fee.yaml：没有用到这个文件"),
        ({"pack": "extends: eu\npack: mine\nfees: []", "fees": "fees: []"}, "/fees：mine/pack.yaml 里也有"),
        ({"pack": "extends: eu\npack: mine\ndigest: a"}, "mine/pack.yaml: /digest: 由其余内容算出；请去掉（第 3 行）"),
        (
            {"pack": "extends: eu\npack: mine\nwithdrawal_clause: XX-1"},
            "/withdrawal_clause: 没有条款 'XX-1'",
        ),
        ({"pack": "extends: eu\npack: mine\ntime_zone: Mars"}, "/time_zone: 没有时区 'Mars'；例如 Asia/Shanghai"),
        ({"pack": "extends: eu\npack: other"}, "/pack: 是 'other'，文件夹却是 'mine'：两者须相同"),
        ({"pack": "extends: eu\npack: mine\nuntold: [a.b.v1]"}, "/untold: 没有事件 'a.b.v1'"),
        (
            {"pack": "extends: eu\npack: mine\nclocks: {quote_validity: P5D, hops: 1}"},
            "/clocks/hops: 没有这一项；现有：",
        ),
        ({"pack": "extends: eu\npack: mine\nday_count: daily"}, "/day_count: 须为以下之一："),
        ({"pack": "extends: eu\npack: mine\nseconds_in_letters: maybe"}, "/seconds_in_letters: 须为 true 或 false"),
        ({"pack": "extends: eu\npack: mine\neffective_until: 2027-01-31"}, "自 2027-02-01 起没有生效的版本"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_wrong_with_a_pack_is_told_in_chinese_too(tmp_path: Path, files: dict[str, str], zh: str) -> None:
    for name, content in files.items():
        (tmp_path / "mine").mkdir(exist_ok=True)
        (tmp_path / "mine" / f"{name}.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(PackError) as refused:
        load("mine", (FOLDER, tmp_path))
    assert zh in refused.value.told.zh and not CHINESE.search(refused.value.told.en)
    report = check("mine", folder=(FOLDER, tmp_path))
    shown = {language: "\n".join(report.lines(language)) for language in ("zh", "en")}
    assert zh.partition("：")[2] in shown["zh"] and not CHINESE.search(shown["en"]), shown


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_command_says_in_its_readers_language_which_packs_there_are(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(application(), ["policy", "new", "mine", "--from", "nobody", "--lang", language])
    assert done.exit_code == 1 and bool(CHINESE.search(done.output)) == (language == "zh"), done.output


FEE = "rule: f, name: {zh: a, en: a}, clause: CN-13"
ROW = "rule: r, applies_to: [line], outcome: reject, clause: CN-13, reason: {zh: 好, en: a}, remedy: {zh: 好, en: b}"


@pytest.mark.parametrize(
    ("file", "content", "zh"),
    [
        ("fees", f"{FEE}, family: none, months: started", "/fees/f/months: none 不收费，用不到；按月计算的有："),
        ("fees", f"{FEE}, family: none, tax: basic-telecom", "/fees/f/tax: none 不收费，用不到；其他各类都用它"),
        ("fees", f"{FEE}, family: fixed, months: started", "/fees/f/months: fixed 用不到；按月计算的有："),
        (
            "fees",
            f"{FEE}, family: share-of-remaining, months: started, parameters: {{unit: day}}",
            "用不到：parameters/unit",
        ),
        (
            "fees",
            f"{FEE}, family: stepped, months: half, parameters: {{schedule: [{{from_month: 0, percent_off: 5}}]}}",
            "只按整月计算",
        ),
        ("fees", f"{FEE}, family: fixed, parameters: {{rounding: half-even}}", "rounding：fixed 只有整数金额"),
        ("fees", f"{FEE}, family: fixed, at_most_minor: 0", "/fees/f/at_most_minor: 为零，什么也不会收"),
        (
            "fees",
            f"{FEE}, family: remaining-fees, parameters: {{share_percent: 0}}",
            "share_percent：为零，什么也不会收",
        ),
        (
            "fees",
            f"{FEE}, family: lower-of, of: [{{family: none}}, {{family: fixed}}]",
            "none 在 lower-of 里没有用：它总是最低的",
        ),
        ("conditions", f"{ROW}, when: [{{fact: nothing, is: true}}]", "没有事实 'nothing'；现有："),
        ("conditions", f"{ROW}, when: [{{fact: arrears, is: true}}]", "arrears 只能与整数比较"),
        ("conditions", f"{ROW}, when: [{{fact: arrears, above: 5, below: 3}}]", "没有哪个 arrears 能同时满足这些条件"),
        ("conditions", f"{ROW}, field: /subscription, when: [{{fact: arrears, above: 5}}]", "结果为 reject 时用不到"),
    ],
)
def test_what_is_wrong_with_one_row_is_told_in_chinese_too(tmp_path: Path, file: str, content: str, zh: str) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "pack.yaml").write_text("extends: cn-carrier\npack: mine", encoding="utf-8")
    (tmp_path / "mine" / f"{file}.yaml").write_text(f"{file}:\n- {{{content}}}", encoding="utf-8")
    with pytest.raises(PackError) as refused:
        load("mine", (FOLDER, tmp_path))
    assert zh in refused.value.told.zh and not CHINESE.search(refused.value.told.en), refused.value.told
