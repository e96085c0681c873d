"""One word for one thing: on the console and the phone, in the command line, at the doors, in letters and documents."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
READ_BY_PEOPLE = (
    "services/console/**/*.py",
    "services/console/pages/*.html",
    "services/*/*.py",
    "runtime/http/*.py",
    "cli/*.py",
    "cli/*.tsv",
    "demo/phone/**/*.py",
    "demo/phone/pages/*.html",
    "insight/*.py",
    "policies/cn-carrier/*.yaml",
    "docs/*.md",
    "docs/runbooks/*.md",
    "*/README*.md",
    "README*.md",
)
LEFT_OUT = ("docs/decisions.md",)  # it tells of what was


class Term(NamedTuple):
    thing: str
    word: str
    never: str


TERMS = (
    Term("an open dead letter", "未处理", "待处理的死信|死信待处理"),
    Term("what could not be used", "死信", "死消息|废信|搁置"),
    Term("to send a dead letter again", "重发", "重投|重新投递"),
    Term("to give a dead letter up", "放弃", "丢弃死信|废弃"),
    Term("to erase", "清除", "抹去|擦除|永久删除"),
    Term("a reader that does not move", "停滞", "停在原处|停摆"),
    Term("a request that does not move", "卡住", "申请停在|申请停滞"),
    Term("a worker", "实例", "工作进程|工作者"),
    Term("how far a reader is behind", "落后", "滞后"),
    Term("to take over", "接手", "接管"),
    Term("a quote", "费用确认单", "报价"),
    Term("the strip", "提示条", "状态条|警示条"),
    Term("a second person", "第二个人", "第二人"),
    Term("what could not be used", "dead letter", r"\bparked (message|record)|poison (message|record|pill)"),
    Term("to send a dead letter again", "again", r"\bresen[dt]\b|redriven already"),
    Term("to give a dead letter up", "iscard", r"set(s)? (it |them )?aside for good"),
    Term("a reader that does not move", "stalled", r"[Rr]equests that stand still|\} stands still|«stands still»"),
)


def texts() -> Iterator[tuple[str, str]]:
    found = {path for shape in READ_BY_PEOPLE for path in ROOT.glob(shape)}
    for path in sorted(found):
        if (name := str(path.relative_to(ROOT))) not in LEFT_OUT:
            yield name, path.read_text(encoding="utf-8")


ALL = dict(texts())


@pytest.mark.parametrize("term", TERMS, ids=lambda term: f"{term.thing}: {term.word}")
def test_a_thing_has_one_word_wherever_people_read_of_it(term: Term) -> None:
    second = [f"{name}: {found.group()}" for name, text in ALL.items() for found in re.finditer(term.never, text)]
    assert second == [], f"{term.thing} is called {term.word!r}"
    assert any(term.word in text for text in ALL.values())
