"""Exits that others' words reach by a way of their own: a log line, a metric, a letter, the following of a topic."""

import io
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import structlog
from prometheus_client import generate_latest

from cli.brokers import _record
from contracts.carrier.accounts import AccountCharge
from contracts.carrier.subscriptions import Item
from contracts.words import Money, Text, Value
from runtime.decision import Refused
from runtime.envelope import Record
from runtime.exits import cut
from runtime.kernel.arrivals import Consumed
from runtime.kernel.dead_letters import source_named
from runtime.worker.telemetry import MOST_CODES, Meters, set_up_logs
from services.console.showing.tails import _told
from tests.kernel.test_exits import EVIL, PERSONAL, acts

ROOT = Path(__file__).parents[2]
UNASKED = Refused(
    request_id="5f1c6f0e-0d5c-4d5e-9a51-1f3a5d3c9b01",
    operation="charge",
    ask=Value(),
    note="",
    code="",
    detail="",
    key="",
)
FORGED = "gone\n2026-11-29T12:00:00Z [error    ] money lost"


@pytest.fixture(params=["console", "json"])
def log(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    out, before = io.StringIO(), logging.getLogger().handlers[:]
    monkeypatch.setattr(sys, "stderr", out)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    set_up_logs(request.param, "INFO")
    yield out
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.getLogger().handlers = before


@pytest.mark.parametrize("text", [FORGED, "gone\r\n[error] x", "a\u2028[error] x", "a\x0b[error] x"])
def test_nobody_writes_a_second_line_into_our_log(log: io.StringIO, text: str) -> None:
    structlog.get_logger().info(text, path=text, **{text: "x"})
    logging.getLogger("a library").warning("said %s", text)
    assert len(log.getvalue().splitlines()) == 2


def test_a_traceback_keeps_its_lines(log: io.StringIO) -> None:
    try:
        raise ValueError("13812345678\x1b]0;owned\x07")
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("a library").exception("failed")
    told = log.getvalue()
    assert told.count("Traceback") == 2 and "13812345678" not in told and "\x1b]0" not in told and "\x07" not in told


@pytest.mark.parametrize("text", PERSONAL)
def test_a_log_names_no_person(log: io.StringIO, text: str) -> None:
    structlog.get_logger().info("client went away", path=f"/v1/{text} ")
    logging.getLogger("a library").warning("said %s", text)
    assert text not in log.getvalue()


@pytest.mark.parametrize("text", [*EVIL.values(), *PERSONAL, FORGED])
def test_a_source_is_shown_and_names_nobody_where_it_is_counted(text: str) -> None:
    named = source_named(Record("a", None, None, [("ce_source", text.encode("utf-8", "replace"))]))
    assert not acts(named) and "\n" not in named and (text not in PERSONAL or text not in named)


def test_a_carrier_that_calls_each_refusal_something_else_fills_no_memory() -> None:
    meters = Meters("any")
    for number in range(10 * MOST_CODES):
        meters.asked("charge", UNASKED.model_copy(update={"code": f"no-{number}"}))
    told = generate_latest(meters.registry).decode()
    counted = [line for line in told.splitlines() if line.startswith("tuiding_carrier_answers_total")]
    assert len(counted) == MOST_CODES + 1 and f'outcome="others"}} {9 * MOST_CODES}.0' in told


@pytest.mark.parametrize("text", [*EVIL.values(), *PERSONAL])
def test_what_the_crm_calls_an_item_is_clean_before_anybody_reads_it(text: str) -> None:
    name = Text(zh=f"套餐 {text} ", en=f"plan {text} ")
    item = Item(item="plan-1", name=name, kind="plan")
    charge = AccountCharge(charge="bill-1", kind="usage", name=name, amount=Money(minor=1))
    for told in (item.name.zh, item.name.en, charge.name.zh, charge.name.en):
        assert not acts(told) and (text not in PERSONAL or text not in told)


@pytest.mark.parametrize("name", ["5G 畅享套餐 199 元", "👨\u200d👩\u200d👧 Family", "Überall 50 GB", "会员 ❤\ufe0f"])
def test_a_sound_name_is_told_as_the_crm_has_it(name: str) -> None:
    assert Item(item="plan-1", name=Text(zh=name, en=name), kind="plan").name == Text(zh=name, en=name)


@pytest.mark.parametrize("text", [*EVIL.values(), *PERSONAL, FORGED])
def test_a_record_that_is_followed_is_one_line_without_a_person(text: str) -> None:
    raw = text.encode("utf-8", "replace")
    record = Record("cancellation.intake", raw, raw, [("ce_type", raw)])
    (line,) = _told([Consumed(record, 0, 1, 0, "")], "", ZoneInfo("Asia/Shanghai"))
    told = line.decode().removesuffix("\n\n")
    assert not acts(told.replace("\ufe0f\u20e3", "")) and "\n" not in told and "\r" not in told
    for each in (told, *_record(Consumed(record, 0, 1, 0, "")).values()):
        assert "\n" not in each and not acts(each) and (text not in PERSONAL or text not in each)


def test_a_number_on_the_edge_of_what_is_shown_is_not_cut_in_two() -> None:
    for before in range(80, 101):
        assert "1381234" not in cut("x" * before + " 13812345678 and more", 100)


@pytest.mark.parametrize("text", ["\x1b]0;owned\x07", "\x1b[2J", "a\nwhole and unchanged: 3 files", "\u202egpj"])
def test_the_checker_of_evidence_acts_on_no_terminal(tmp_path: Path, text: str) -> None:
    file = tmp_path / f"e{text}.zip"
    file.mkdir()
    command = [sys.executable, "-I", str(ROOT / "evidence" / "verify.py"), str(file)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 1 and len(told.stdout.splitlines()) == 1 and not acts(told.stdout), told
