"""Whatever is wrong with a pack is told in Chinese and in English; only the faults of single keys are in English."""

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
    [first, *others] = call.args
    if isinstance(first, ast.Starred):  # the one place for both sentences, which stand above it
        return not others
    if not others:  # several faults of keys, one a line
        return isinstance(first, ast.Call) and ast.unparse(first.func) == "'\\n'.join"
    return not CHINESE.search(ast.unparse(first)) and bool(CHINESE.search(ast.unparse(others[0])))


@pytest.mark.parametrize(
    ("files", "zh"),
    [
        ({}, "没有规则包 'mine'"),
        ({"pack": "extends: mine"}, "mine/pack.yaml: /extends：mine -> mine 继承了自己"),
        ({"pack": "extends: nobody"}, "mine/pack.yaml: /extends: 没有规则包 'nobody'；现有："),
        ({"pack": "- a"}, "mine/pack.yaml：最外层须为键值对"),
        ({"pack": "a: b: c"}, "mine/pack.yaml：不是 YAML："),
        ({"pack": "extends: eu\npack: mine", "fee": "fees: []"}, "mine/fee.yaml：没有用到这个文件"),
        ({"pack": "extends: eu\npack: mine\nfees: []", "fees": "fees: []"}, "/fees：mine/pack.yaml 里也有"),
        ({"pack": "extends: eu\npack: mine\ndigest: a"}, "mine/pack.yaml: /digest: 由其余内容算出；请去掉"),
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
