"""docs/reasons.md, every no that a channel can get: `python -m services.intake.door.reasons > docs/reasons.md`.

With the word `zh` it is docs/reasons.zh-CN.md.
"""

import sys
from collections.abc import Iterator

from contracts.messages.shared import CommandRefused
from contracts.refusals import REFUSALS
from contracts.set_aside import SET_ASIDE
from contracts.words import Text
from services.intake.door.problem_codes import CODES

TITLE = Text(zh="渠道会收到的每一种拒绝", en="Every no that a channel can get")
OTHER = Text(zh="[English](reasons.md)", en="[简体中文](reasons.zh-CN.md)")
SAID = f"`refused` {{}} `{CommandRefused.type}`, `set aside` {{}} `tuiding dead-letters list`"
ABOUT = Text(
    zh="按代码排序；代码不会改变，文字可能会。HTTP 是受理服务的 HTTP 接口所用的状态码；Kafka 是同样的拒绝在哪里说出："
    f"{SAID.format('在', '在')}。本页由代码生成。",
    en="By their codes, which stay as they are while the words may change. HTTP: the status at intake's door. Kafka:\n"
    f"where it is said: {SAID.format('in', 'in')}. Made from the code.",
)
HEAD = Text(zh="| 代码 | HTTP | Kafka | 含义 | 怎么办 |", en="| code | HTTP | Kafka | what it means | what to do |")


def page(language: str) -> str:
    said = [f"# {TITLE.in_language(language)}", OTHER.in_language(language), ABOUT.in_language(language)]
    table = "\n".join([HEAD.in_language(language), "| --- | --- | --- | --- | --- |", *_rows(language)])
    return "\n\n".join([*said, table]) + "\n"


def _rows(language: str) -> Iterator[str]:
    for name in sorted(CODES.keys() | REFUSALS.keys() | SET_ASIDE.keys()):
        known = CODES.get(name)
        means, cure = SET_ASIDE.get(name) or REFUSALS.get(name) or (CODES[name].title, CODES[name].hint)
        where = ("refused" if name in REFUSALS else "", "set aside" if name in SET_ASIDE else "")
        texts = (means.in_language(language), cure.in_language(language))
        yield f"| `{name}` | {known.status if known else ''} | {', '.join(filter(None, where))} | {' | '.join(texts)} |"


if __name__ == "__main__":
    sys.stdout.write(page("zh" if "zh" in sys.argv else "en"))
