"""What went wrong is said in Chinese to whoever reads Chinese: by the machine, by the broker, by a dead letter."""

import re
from pathlib import Path

import pytest

from cli.failure import Exit
from contracts.machine_words import why_not
from tests.cli.conftest import Doors
from tests.cli.test_operators import Tuiding, letter

ROOT = Path(__file__).parents[2]
ENGLISH = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}")  # a phrase; names and paths stay what they are
NOBODY = "127.0.0.1:1"
LINES = {
    "a file that is not there": (("evidence", "verify", "nothing-here"), 4, "没有这个文件"),
    "a folder for a file": (("evidence", "verify", "."), 4, "不是文件"),
    "a place that cannot be": (("contracts", "export", "/proc/x"), 1, "/proc/x：没有这个文件或文件夹。"),
    "a broker that is not there": (("lag",), 3, f"没有 Kafka 在 {NOBODY} 应答"),
}


@pytest.mark.parametrize(("words", "code", "said"), LINES.values(), ids=LINES.keys())
def test_a_failure_is_told_in_chinese(
    tuiding: Tuiding, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, said: str
) -> None:
    monkeypatch.setenv("TUIDING_KAFKA", NOBODY)
    done = tuiding(*words, "--lang", "zh")
    assert done.exit_code == code and said in done.stderr and not ENGLISH.search(done.stderr)


def test_a_letter_that_is_not_there_is_told_with_its_state(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["GET /v1/dead-letters"] = (200, {"dead_letters": []})
    assert "在 a[0]@0 没有死信。" in tuiding("dead-letters", "show", "a[0]@0", "--lang", "zh").stderr
    words = ("dead-letters", "redrive", "a[0]@0", "--reason", "x", "--yes", "--lang", "zh")
    assert "在 a[0]@0 没有未处理的死信。" in tuiding(*words).stderr


def test_why_a_letter_was_set_aside_stands_in_the_list_in_chinese(doors: Doors, tuiding: Tuiding) -> None:
    left = letter("a[0]@0") | {"reason": "/kind: Field required"}
    doors.answers["GET /v1/dead-letters"] = (200, {"dead_letters": [left]})
    for words in (("list",), ("show", "a[0]@0")):
        assert "缺少此字段" in tuiding("dead-letters", *words, "--lang", "zh").stdout
        assert "Field required" in tuiding("dead-letters", *words, "--lang", "en").stdout


def test_what_the_machine_says_otherwise_stays_as_it_is() -> None:
    assert why_not(OSError(5000, "what nobody knows")).zh == "what nobody knows"


@pytest.mark.parametrize("twin", ["operating.md", "operating.zh-CN.md"])
def test_the_documents_list_every_exit_code(twin: str) -> None:
    rows = re.findall(r"^\| (\d) \| `(\w+)` \|", (ROOT / "docs" / twin).read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(str(each.value), each.name) for each in Exit]
