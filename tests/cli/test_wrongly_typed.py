"""What was typed wrongly is said in the reader's language, by the library and by us."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.wrongly_typed import in_both

ROOT = Path(__file__).parents[2]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{3,} [a-z]{2,}")  # two words in a row are a sentence
TYPED = {
    "retry": "缺少 ID",
    "retry x y": "缺少 --reason",
    "requsts": "没有命令 requsts。您是不是要 requests？",
    "policy chek": "没有命令 chek。您是不是要 check？",
    "requests list --foo": "没有选项 --foo",
    "requests list --lat": "相近的选项：--lang、--late",
    "requests list --most": "选项 --most 需要一个值",
    "requests list --late=yes": "选项 --late 不带值",
    "requests list --most abc": "--most 的值不对：应为整数",
    "requests list --most 0": "不能小于 1",
    "requests list --channel fax": "只能是 app、web、hotline、counter，不是 fax",
    "trace a b": "多余的参数：b",
    "run": "可选：intake、review",
    "run fax": "不是 fax",
    "dispute decide x lowered --reason why": "--owed 只用于",
    "up --brokers 2": "请写 1 或 3",
    "operators add x": "没有说明是哪个文件",
    "replay --lost": "必须指定存放处",
    "policy cases --country ZZ": "没有 'ZZ' 的案例",
    "topics peek nowhere": "没有主题 nowhere",
    "dead-letters list --since soon": "不是时长",
    "withdraw x --channel app --json": "没有人可以回答",
}


ONE_AFTER_THE_OTHER = """
import contextlib, io, json, sys
from cli import main
told = []
for line in json.loads(sys.argv[1]):
    sys.argv, said, code = ["tuiding", *line.split()], io.StringIO(), 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main()
        except SystemExit as end:
            code = end.code
    told.append((code, said.getvalue()))
print(json.dumps(told))
"""


def typed(language: str, *lines: str) -> dict[str, tuple[int, str]]:
    """In a process of its own, as the library is told its language for all of it."""
    given = {"PATH": "/usr/bin:/bin", "COLUMNS": "200", "LC_ALL": "C.UTF-8", "TUIDING_LANG": language}
    line = [sys.executable, "-c", ONE_AFTER_THE_OTHER, json.dumps(lines)]
    done = subprocess.run(line, env=given, cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(zip(lines, json.loads(done.stdout), strict=True))


@pytest.fixture(scope="module")
def in_chinese() -> dict[str, tuple[int, str]]:
    return typed("zh", *TYPED)


@pytest.mark.parametrize("words", TYPED)
def test_a_line_that_is_wrong_is_told_in_chinese(in_chinese: dict[str, tuple[int, str]], words: str) -> None:
    code, said = in_chinese[words]
    assert code and TYPED[words] in said
    assert not ENGLISH.search(re.sub(r"(用法：|查看说明：|tuiding ).*", "", said)), said


def test_nothing_typed_shows_the_help() -> None:
    code, said = typed("en", "")[""]
    assert "Operators" in said and "Error" not in said and code in (0, 2)


def test_english_says_no_word_of_python() -> None:
    told = [said for _, said in typed("en", "requests list --most abc", "run fax").values()]
    assert "Invalid value for '--most': Input should be a valid integer" in told[0]
    assert "'fax' is not one of" in told[1] and "Value error" not in told[1]


@pytest.mark.parametrize("message", ["Something nobody has translated.", "Invalid value: what is that"])
def test_what_nobody_has_translated_is_said_as_it_is(message: str) -> None:
    assert in_both(message).en in message and in_both(message).zh in message


def failures() -> Iterator[tuple[str, ast.Call]]:
    for file in sorted((ROOT / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Failure":
                yield f"{file.name}:{node.lineno}", node


def test_no_failure_of_the_command_line_is_english_only() -> None:
    """A sentence stands in both languages, or was said in the reader's; a literal would be in one."""
    plain = (ast.Constant, ast.JoinedStr)
    found = [(at, each) for at, call in failures() for each in call.args[1:3] if isinstance(each, plain)]
    assert len(list(failures())) > 40
    commands_aside = ((at, ast.unparse(each).replace("tuiding ", "")) for at, each in found)
    assert [at for at, said in commands_aside if ENGLISH.search(said)] == []
