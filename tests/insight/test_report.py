"""The report of a time: counts, times, lateness, money, disputes, and what each channel asks for the same thing."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from cli.report_shown import shown
from contracts.messages import commands, ops
from insight import parity
from insight.durations import spread
from insight.history import Said, said
from insight.report import Report
from insight.report_page import html, span
from insight.tracks import tracks
from policies.pack import load
from tests.flow.customer import WHO, confirm, decide_dispute, dispute, submit, withdraw
from tests.flow.system import System
from tests.insight.listening import heard

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def reported(system: System) -> Report:
    made = Report(system.pack)
    for track in tracks(heard(system)):
        made.add(track)
    return made


def test_volume_reasons_channels_and_ends_are_counted(system: System) -> None:
    confirm(system, submit(system, "sub-freeaddon01", "video-pack", reason="price"))
    submit(system, "sub-arrears01", channel="web", reason="moving")
    submit(system, "sub-incomplete02", "video-pack", channel="hotline", proof={})
    by = reported(system).as_json()["by"]
    assert by["channel"] == {"app": 1, "hotline": 1, "web": 1}
    assert by["reason"] == {"moving": 1, "price": 1, "unknown": 1}
    assert by["end"] == {"closed": 1, "rejected": 1, "returned": 1}
    assert by["kind"] == {"line": 1, "product": 1, "unknown": 1}


def test_time_is_measured_stage_by_stage(system: System) -> None:
    request = submit(system, "sub-linecontract01")
    system.advance(5 * MINUTE)
    confirm(system, request)
    system.advance(31 * DAY)
    seconds = reported(system).as_json()["seconds"]
    assert seconds["customer"]["p50"] == 300
    assert seconds["notice-period"]["p50"] == (30 * DAY - 5 * MINUTE).total_seconds()
    assert seconds["whole"]["times"] == 1 and seconds["whole"]["p95"] == (30 * DAY).total_seconds()


def test_what_was_late_and_what_was_waived_for_it_is_shown(system: System) -> None:
    request = submit(system, "sub-latepromise01")
    confirm(system, request)
    system.advance(3 * DAY)
    system.carrier_acts("/customers/sub-latepromise01/fix-item", item="plan-basic")
    system.advance(timedelta(hours=1))
    submit(system, "sub-business01")
    system.advance(2 * DAY)
    told = reported(system).as_json()
    assert told["late"]["requests"] == 2
    assert told["late"]["promises"] == {"review-decision": 1, "termination": 1}
    assert [(row["what"], row["cause"]) for row in told["money"] if row["what"] == "waived"] == [("waived", "delay")]


def test_refunds_disputes_and_complaints_are_counted_with_their_money(system: System) -> None:
    given_back = submit(system, "sub-regret01")
    confirm(system, given_back)
    withdraw(system, given_back)
    argued = submit(system, "sub-disputewaived01")
    dispute(system, argued)
    confirm(system, argued)
    decide_dispute(system, argued, "waived")
    wish = commands.EscalateComplaint(request_id=argued, channel="app", level="operator", ground="slow")
    system.say(wish)
    system.say(ops.ComplaintReplied(request_id=argued, level="operator", answer="letter-1", **WHO))
    told = reported(system).as_json()
    refunds = [row["minor"] for row in told["money"] if (row["what"], row["cause"]) == ("refunded", "withdrawal")]
    assert len(refunds) == 1 and refunds[0] > 0
    assert told["disputes"] == {"opened": 1, "waived": 1}
    assert [(row["what"], row["times"]) for row in told["complaints"]] == [("answered", 1), ("escalated", 1)]


def test_a_channel_that_asks_more_for_the_same_thing_is_named(system: System) -> None:
    for channel in ("app", "hotline", "counter"):
        name = {"app": "sub-freeaddon01", "hotline": "sub-hotline01", "counter": "sub-freeaddon02"}[channel]
        confirm(system, submit(system, name, "video-pack", channel=channel), channel=channel)
    made = reported(system)
    rows = {row.channel: row for row in made.parity.rows(system.pack)}
    assert [(rows[name].steps, rows[name].data) for name in ("app", "hotline", "counter")] == [(2, 0), (2, 4), (2, 4)]
    assert (rows["app"].asked_by_the_pack, rows["hotline"].asked_by_the_pack) == (0, 4)
    assert rows["hotline"].friction > rows["app"].friction
    said = [found.en for found in parity.findings(list(rows.values()))]
    assert len(said) == 2 and all("references than app" in each for each in said)


def test_a_command_in_vain_counts_as_friction(system: System) -> None:
    request = submit(system, "sub-hotline01", "video-pack", channel="hotline")
    system.say(commands.ConfirmQuote(request_id=request, channel="hotline", quote_version=1, clauses_acknowledged=True))
    confirm(system, request, channel="hotline")
    (row,) = reported(system).parity.rows(system.pack)
    assert (row.steps, row.refused) == (3, 1)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_needs_nothing_from_anywhere(system: System, language: str) -> None:
    confirm(system, submit(system, "sub-freeaddon01", "video-pack"))
    page = html(reported(system), language)
    HTMLParser().feed(page)
    assert not re.findall(r"(?:src|href)\s*=|https?://|@import|url\(", page)
    assert ("退订报告" in page) == (language == "zh")


def test_a_word_from_the_topics_cannot_become_part_of_the_page() -> None:
    made = Report(load("cn-carrier"))
    made.by["reason"]["<script>alert(1)</script>"] += 1
    made.requests = 1
    assert "<script>" not in html(made, "en")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nobody_asked_is_a_report_too(language: str) -> None:
    made = Report(load("cn-carrier"))
    assert len(shown(made, language)) == 1 and html(made, language)


def test_noise_on_a_topic_does_not_stop_the_report(system: System) -> None:
    submit(system, "sub-freeaddon01", "video-pack")
    at = datetime(2026, 3, 10, tzinfo=UTC)
    kinds = ("request.accepted.v1", "fee.settled.v1", "dispute.resolved.v1")
    noise = [Said(at, kind, "x", value) for kind in kinds for value in (b"{", b"[]", b'{"application": 3}')]
    assert len(list(tracks([*noise, *heard(system)]))) == 1


def test_a_channel_whose_clock_is_in_another_age_does_not_stop_the_report(system: System) -> None:
    """Any channel sets `ce_time`; the report's days are those of the broker then."""
    request = submit(system, "sub-freeaddon01", "video-pack")
    records = [record for topic in ("cancellation.commands", "cancellation.intake") for record in system.log[topic]]
    odd = [
        [(name, b"9999-12-31T23:59:59Z" if name == "ce_time" else value) for name, value in record.headers]
        for record in records
    ]
    made, at_broker = Report(system.pack), int(system.now.timestamp() * 1000)
    events = [
        said(record.topic, headers, record.value, at_broker) for headers, record in zip(odd, records, strict=True)
    ]
    for track in tracks(event for event in events if event and event.request_id == request):
        made.add(track)
    assert made.by["day"] == {"2026-03-10": 1}


def test_percentiles_are_times_that_really_happened() -> None:
    from array import array

    found = spread(array("d", [float(each) for each in range(1, 101)]))
    assert (found.times, found.p50, found.p95, found.longest) == (100, 50.0, 95.0, 100.0)
    assert spread(array("d")).times == 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.25, "0.25 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (2600000, "30 d 2 h"), (60, "1 min")],
)
def test_a_span_is_told_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert span(seconds) == text
