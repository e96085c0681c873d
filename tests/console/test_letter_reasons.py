"""Why a record was set aside is read in Chinese on a Chinese page; what nobody can translate stays as it was."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.flow import SHARED_COMMANDS
from runtime.envelope import Record, Unreadable, decode
from runtime.kernel.dead_letters import OTHER_CONTENT
from services.console.wording import letter_reasons, words

EXAMPLES = Path(__file__).parents[2] / "contracts" / "examples"
SUBMIT = json.loads((EXAMPLES / "cancellation.submit.v1.json").read_text(encoding="utf-8"))
OWN = SUBMIT["request_id"]
HEADERS = {
    "ce_specversion": "1.0",
    "ce_id": "a1",
    "ce_source": "channel/web/1",
    "ce_type": "cancellation.submit.v1",
    "ce_subject": SUBMIT["request_id"],
    "ce_time": "2026-10-01T00:00:00Z",
}
OUTSIDE_CODE = re.compile(r"`[^`]*`")


def record(
    body: object = SUBMIT, topic: str = SHARED_COMMANDS, key: str = SUBMIT["request_id"], **headers: str | None
) -> Record:
    whole = {name: value for name, value in (HEADERS | headers).items() if value is not None}
    value = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Record(topic, key.encode(), value, [(name, text.encode()) for name, text in whole.items()])


def broken() -> Iterator[Record]:
    missing: dict[str, Any] = dict.fromkeys(HEADERS)
    for name, nothing in missing.items():
        yield record(**{name: nothing})
    yield record(b"")
    yield record(b" " * 2_000_000)
    yield record(key="another")
    yield record(ce_specversion="0.3")
    yield record(ce_type="cancellation.sumbit.v1")
    yield record(ce_type="fee.settled.v1", ce_source="tuiding/billing")
    yield record(ce_source="channel/app/1", topic="cancellation.commands.web")
    yield record(SUBMIT | {"channel": "hotline"}, topic="cancellation.commands.web")
    yield record(b"{")
    yield record(b'"{}"')
    yield record(b"\xef\xbb\xbf{}")
    yield record(b"[]")
    odd: tuple[object, ...] = (None, 5, "", "x" * 4_000, [], {}, True, -1, "cnacel")
    for value in odd:
        yield from (record(SUBMIT | {name: value}) for name in (*SUBMIT, "beyond"))
    for name in SUBMIT:
        yield record({other: value for other, value in SUBMIT.items() if other != name})


def reasons() -> set[str]:
    found = {OTHER_CONTENT, "a header is not UTF-8 text", "structured mode: missing id, source", "7 bytes, allowed 5"}
    for each in broken():
        try:
            decode(each)
        except Unreadable as error:
            found.add(str(error))
    return found


REASONS = sorted(reasons())


def test_broken_records_of_every_kind_were_refused() -> None:
    assert len(REASONS) > 30


@pytest.mark.parametrize("reason", REASONS)
def test_no_english_is_left_outside_code(reason: str) -> None:
    told = letter_reasons.in_words(reason)
    assert re.findall("[A-Za-z]{2,}", OUTSIDE_CODE.sub("", told.zh)) == []
    assert re.search("[\u4e00-\u9fff]", told.zh), "all of it is English, in code"
    assert told.en == reason.replace("`", "'")


def test_one_that_stands_for_many_says_so() -> None:
    told = letter_reasons.in_words("/channel: Field required; it stands for 40 like it, at 3-42").zh
    assert told == "`/channel` 缺少此字段；代表 40 条同样的记录，位于 `3-42`"


def test_what_nobody_has_translated_stays_as_it_was_and_is_code() -> None:
    assert letter_reasons.in_words("KeyError: 'x' `y`").zh == "`KeyError: 'x' 'y'`"


def test_a_dry_run_says_why_it_fails_again_in_both_languages() -> None:
    told = letter_reasons.with_code("breaks-contract: /kind: Field required")
    assert told.zh == f"{words.LETTER_CODES['breaks-contract'][0]}：`/kind` 缺少此字段"
    assert told.en == "it breaks the contract: /kind: Field required"
