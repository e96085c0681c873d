"""What others wrote is shown, never acted on: at the terminal, in the log, on the page, in JSON, on a topic."""

import io
import json
import logging
import re
import sys
import unicodedata
from typing import Any

import pytest
import structlog
from pydantic import TypeAdapter, ValidationError
from rich.table import Table
from rich.text import Text as RichText

from cli.screen import Screen
from contracts.messages.ops import ReviewDecided, Why
from contracts.personal import masked
from contracts.words import Language, Text, Words
from runtime.envelope import Record
from runtime.exits import clean, for_people, remark, visible
from runtime.http.problem_codes import GENERAL
from runtime.http.problems import Fault, Problem
from runtime.kernel.dead_letters import why
from runtime.worker.carrier import Refusal
from runtime.worker.telemetry import set_up_logs
from tests.kernel.tally import NOW

EVIL = {
    "a title": "\x1b]0;owned\x07",
    "a clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "colours": "\x1b[31mred\x1b[0m",
    "one byte for two": "\x9b31m",
    "a cleared screen": "\x1bc",
    "a line written over": "good\rbad",
    "a step back": "good\x08\x08bad",
    "a bell": "\x07",
    "a zero": "\x00",
    "delete": "\x7f",
    "a form feed": "\x0c",
    "right to left": "\u202egnp.exe",
    "an isolate": "\u2066x\u2069",
    "an embedding": "\u202ax\u202c",
    "a mark": "\u200fx\u061c",
    "no width": "a\u200bb\u200db\u2060",
    "a byte order mark": "\ufeffx",
    "a soft hyphen": "a\xadb",
    "a line of its own kind": "a\u2028b\u2029c",
    "a tag": "\U000e0001\U000e0061",
    "half a pair": "\ud800",
    "next line": "a\x85b",
    "a link": "\x1b]8;;http://evil.example\x1b\\pay\x1b]8;;\x1b\\",
    "an annotation": "a\ufff9b\ufffac\ufffb",
    "a filler of Hangul": "a\u3164b",
    "fillers of its parts": "a\u115f\u1160\uffa0b",
    "a joiner of graphemes": "a\u034fb",
    "a blank of Braille": "a\u2800b",
    "a vowel nobody sees": "a\u17b4\u17b5b",
    "a variation of a letter": "a\ufe0fb",
    "letters in variations": "a\U000e0148\U000e0155b",
    "a variation of Mongolian": "a\u180bb",
    "a joiner between letters": "a\u200db",
    "something private": "a\ue000b\U000f0000c",
    "no character": "a\ufdd0b\uffffc\U0001fffe",
    "reserved for what is ignored": "a\u2065b\ufff0c\U000e0fffd",
    "a placeholder": "a\ufffcb",
    "a pile of marks": "Z" + "\u0335" * 5 + "a",
    "a pile of another script": "\u0e01" + "\u0e47" * 8,
    "a pile of what encloses": "x" + "\u20dd" * 40,
}
SOUND = ["plain", "退订 · 销户", "a\nb\tc", "é ü ß", "12.50 CNY", "👍", "«»—…"]
SOUND += [
    "👨\u200d👩\u200d👧",
    "❤\ufe0f",
    "👩🏽\u200d💻",
    "🏳\ufe0f\u200d🌈",
    "1\ufe0f\u20e3",
    "e\u0301u\u0302\u0301",
    "שָׁלוֹם",
    "ไม่ได้",
    "привет",
]


def acts(text: str) -> bool:
    text = "".join(each for each in text if each not in "\n\t")
    hidden = any(unicodedata.category(each) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for each in text)
    return hidden or bool(HIDES.search(text))


HIDES = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufdd0-\ufdef\ufe00-\ufe0f\uffa0\ufff0-\ufffc\ufffe\uffff"
    "\U0001fffe\U000e0000-\U000e0fff]|[\u0300-\u036f\u0e31-\u0e4e\u20d0-\u20ff]{5}"
)


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL.keys())
def test_what_would_act_on_the_reader_is_shown(text: str) -> None:
    assert acts(text) and not acts(visible(text)) and "\\" in visible(text)
    assert not acts(json.dumps(for_people({text: [text, {"a": (text,)}]}), ensure_ascii=False))


@pytest.mark.parametrize("text", SOUND)
def test_what_is_sound_stays_as_it_is(text: str) -> None:
    assert visible(text) == clean(text) == text


def test_no_character_of_the_kind_is_forgotten() -> None:
    every = (chr(number) for number in range(sys.maxunicode + 1))
    assert not [f"{ord(each):x}" for each in every if acts(each) and visible(each) == each]


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL.keys())
@pytest.mark.parametrize("as_json", [True, False], ids=["json", "text"])
def test_no_terminal_is_told_what_to_do(capsys: pytest.CaptureFixture[str], text: str, as_json: bool) -> None:
    screen, table = Screen(as_json, Language.EN), Table("a")
    table.add_row(text)
    screen.result({"place": text, text: [text]}, text, table, RichText(text))
    screen.say(text)
    shown = capsys.readouterr()
    assert not acts(shown.out) and not acts(shown.err)


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL.keys())
def test_no_log_line_is(monkeypatch: pytest.MonkeyPatch, text: str, form: str) -> None:
    out, before = io.StringIO(), logging.getLogger().handlers[:]
    monkeypatch.setattr(sys, "stderr", out)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    set_up_logs(form, "INFO")
    try:
        structlog.get_logger().info("said", by=text)
        logging.getLogger("a library").warning("said %s", text)
    finally:
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
        logging.getLogger().handlers = before
    assert "said" in out.getvalue() and not acts(out.getvalue())


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL.keys())
def test_nor_a_problem_a_refusal_or_a_dead_letters_reason(text: str) -> None:
    said = Text(zh=text, en=text)
    body = Problem("invalid", said, [Fault(f"/{text}", said)], about=text).body(GENERAL, f"/{text}", "en")
    assert not acts(json.dumps(body, ensure_ascii=False))
    assert not acts(Refusal("no", text).detail)
    told = dict(why(Record("a", None, None, ()), None, "x", ValueError(text), NOW))
    assert not acts(told["x-error-message"].decode())


PERSONAL = [
    "13812345678",
    "+86 138 1234 5678",
    "138-1234-5678",
    "0086 13812345678",
    "138\u200b1234\u200b5678",
    "138\u00a01234\u20135678",
    "\uff11\uff13\uff18\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
    "11010519491231002X",
    "110105 19491231 002x",
    "a.b@mail.example.cn",
    "-a.b@mail.example.cn",
    ".+a@b.example",
    "138.1234.5678",
    "138..1234..5678",
    "138/1234/5678",
    "138_1234_5678",
    "138 - 1234 - 5678",
    "138  1234  5678",
    "1381 2345 678",
    "1 3 8 1 2 3 4 5 6 7 8",
    "1\u200b3\u200b8\u200b1\u200b2\u200b3\u200b4\u200b5\u200b6\u200b7\u200b8",
    "138\xad1234\xad5678",
    "1\ufe0f\u20e33\ufe0f\u20e38\ufe0f\u20e3 1234 5678",
    "(138) 1234-5678",
    "(+86) 13812345678",
    "+86-138-1234-5678",
    "\uff0b\uff18\uff16\uff11\uff13\uff18\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
    "8613812345678",
    "008613812345678",
    "\u0661\u0663\u0668\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668",
    "१३८१२३४५६७८",
    "\U0001d7cf\U0001d7d1\U0001d7d6\U0001d7cf\U0001d7d0\U0001d7d1\U0001d7d2\U0001d7d3\U0001d7d4\U0001d7d5\U0001d7d6",
    r"138\u200b1234\u200b5678",
    "138%201234%205678",
    "110105-19491231-0021",
    "110105 1949 1231 0021",
    "1101 0519 4912 3100 21",
    "\uff11\uff11\uff10\uff11\uff10\uff15\uff11\uff19\uff14\uff19\uff11\uff12\uff13\uff11\uff10\uff10\uff12\uff38",
    "130503670401001",
    "E12345678",
    "G12345678",
    "EA1234567",
    "护照号：K12345678",
    "passport no. C01X00T47",
    "4111 1111 1111 1111",
    "6222021234567890128",
    "010-12345678",
    "(0755) 1234567",
    "01701234567",
    "+44 7911 123456",
    "+49 (0)170 1234567",
    "0049 170 1234567",
    "DE89 3704 0044 0532 0130 00",
    "GB82WEST12345698765432",
    "a.b\uff20mail.example.cn",
    "a.b @ mail.example.cn",
    "a.b@mail\uff0eexample\uff0ecn",
    "a.b@ma\u200bil.example.cn",
    "a$@mail.example.cn",
]
IN_FRONT = [r"\n", r"\u00a0", "%20", "客户-", "tel:", "phone=", "\n", '"', "/", "(", "#"]
BEHIND = ["-张三", "，", "客户", ".", ")", r"\n", '"', "\n", "?x=1"]
UNLIKE = [
    "sub-13812345678",
    "6f1c2b9e-1381-1234-5678-5555aaaabbbb",
    "eu@2026.1+0a1b2c3d4e5f",
    "a13812345678",
    "138123456789",
    "2026-03-01T08:00:00.123456+00:00",
    "2026-03-01 08:00:00",
    "15.10.2026 100",
    "139.159.123.45",
    "127.0.0.1:9092",
    "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
    "1764419250000",
    "1764419250000000",
    "0000000000000012345.log",
    "v1.2.3.4.5.6.7.8",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "order C20260301",
    "db6283421d5076689df61e803fc907a46bb27155729baae6eaa583ac7678e0bc",
    "DB6283421D5076689DF61E803FC907A46BB27155729BAAE6EAA583AC7678E0BC",
    "cancellation.intake[3]@13812",
    "12,345,678.90 CNY",
]


@pytest.mark.parametrize("text", PERSONAL)
def test_chinese_is_written_without_spaces_around_it(text: str) -> None:
    assert text.lstrip("-.+") not in masked(f"请联系{text}客户本人") and "*" in masked(f"请联系{text}客户本人")


@pytest.mark.parametrize("before", IN_FRONT)
@pytest.mark.parametrize("behind", BEHIND)
def test_a_number_is_found_whatever_it_leans_on(before: str, behind: str) -> None:
    for number in ("13812345678", "11010519491231002X", "138 1234 5678"):
        assert number not in masked(f"{before}{number}{behind}")


@pytest.mark.parametrize("text", UNLIKE)
def test_what_is_nobody_stays_as_it_is(text: str) -> None:
    assert masked(f"of {text}, and {text}") == f"of {text}, and {text}"


@pytest.mark.parametrize(
    "word",
    ["x", "a.", "+", "1", "用", "x@", "a@b.", "@", "138 ", "a-", "1 ", "0.", "DE89 ", "a\u0301", "1\u200b", r"\u200b"],
)
def test_however_long_a_word_is_it_is_looked_through_once(word: str) -> None:
    """From each of its letters on, a quarter of a megabyte would take an hour."""
    assert len(clean(word * 100_000)) > 0


@pytest.mark.parametrize("text", PERSONAL)
def test_what_could_be_a_person_is_masked_wherever_it_stands(text: str) -> None:
    found: Any = for_people({text: text, "list": [f"call {text} now"]})
    assert text not in json.dumps(found) and "*" in json.dumps(found)
    assert text not in Refusal("no", f"call {text} now").detail


def test_somebody_elses_words_are_cut() -> None:
    assert len(Refusal("no", "x" * 2_000_000).detail) == 300 and remark("a\n\n b") == "a b"


WORDS, WHY = TypeAdapter(Words), TypeAdapter(Why)
ALLOWED = {"a mark", "no width", "a soft hyphen", "a tag", "half a pair"} | {  # in names and emoji of some languages
    name for name, text in EVIL.items() if list(EVIL).index(name) > list(EVIL).index("an annotation") - 1
}
TYPED = {
    "a line break": "one\ntwo",
    "a carriage return": "one\rtwo",
    "a tab": "one\ttwo",
    "a phone number": "called 13812345678 today",
    "a phone number in parts": "called 138 1234 5678 today",
    "a phone number with dashes": "called 138-1234-5678",
    "a phone number of a country": "called +86 138 1234 5678",
    "an identity number": "id 110105194912310021",
    "an identity number with an X": "id 11010519491231002X",
    "an identity number in parts": "id 110105 19491231 0021",
    "full-width digits": "called １３８１２３４５６７８",
    "a number of six digits": "account 123456",
    "an address": "wrote to a.b@mail.example.cn",
    "markup": "<b>no</b>",
    **{name: f"checked {text}" for name, text in EVIL.items() if name not in ALLOWED},
}


@pytest.mark.parametrize("rule", [WORDS, WHY], ids=["customer", "operator"])
@pytest.mark.parametrize("text", TYPED.values(), ids=TYPED.keys())
def test_what_a_person_types_is_one_plain_line_about_nobody(rule: TypeAdapter[str], text: str) -> None:
    with pytest.raises(ValidationError):
        rule.validate_python(text)


@pytest.mark.parametrize(
    "text", ["checked by phone", "复核无误，按第 42 条", "5 of 12345; 2026-03-01", "ok?!", "it's 100 %"]
)
def test_what_people_usually_type_is_taken(text: str) -> None:
    assert WORDS.validate_python(text) == text and WHY.validate_python(text) == text


@pytest.mark.parametrize("text", ["one\ntwo", "account 123456", "called 138 1234 5678 today"])
def test_a_reason_that_was_written_under_the_earlier_rule_still_reads(text: str) -> None:
    said = {"request_id": "5f1c6f0e-0d5c-4d5e-9a51-1f3a5d3c9b01", "operator": "op-1", "reason": text, "approve": True}
    assert ReviewDecided.model_validate_json(json.dumps(said)).reason == text
