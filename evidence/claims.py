"""What an unchanged evidence file proves: worked out from its events again. Needs only Python's standard library.

A claim that its own events contradict is a fault; one that they do not reach is said to be not proved.
"""

from __future__ import annotations  # so that a Python of some years ago reads it too

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

try:
    from evidence.verify import Bad, canonical, sha256
except ImportError:  # unpacked: verify.py lies beside this file
    from verify import Bad, canonical, sha256  # type: ignore[import-not-found,no-redef,unused-ignore]

Json = dict[str, Any]
Files = dict[str, bytes]
EVENTS = "events.jsonl"
HASHES = ("quote_sha256", "issued_sha256", "settled_sha256")


def claims(files: Files) -> list[Json]:
    """`{"claim", "proved", "zh", "en"}` each; raises `Bad` where a file contradicts the events."""
    try:
        events = [json.loads(line) for line in files[EVENTS].decode().split("\n") if line]
        return [check(files, events) for check in CHECKS]
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise Bad("unreadable", "the file", f"{type(error).__name__}: {error}"[:120]) from None


def _claim(name: str, proved: bool, zh: str, en: str) -> Json:
    return {"claim": name, "proved": proved, "zh": zh, "en": en}


def on_the_topics(files: Files, events: list[Json]) -> Json:
    """The hash of each record's value was taken where it was read; anybody with the topic can take it again."""
    masked = 0
    for number, event in enumerate(events, 1):
        compact = json.dumps(event["body"], separators=(",", ":"), ensure_ascii=False).encode()
        if event["masked"]:
            masked += 1
        elif sha256(compact) != event["sha256"]:
            raise Bad("contradiction", f"{EVENTS}, line {number}", f"{event['type']} {event['place']}")
    zh = f"{len(events)} 个事件各有主题、分区、偏移量和内容哈希，其中 {masked} 个因脱敏无法在此重算"
    en = f"{len(events)} events with topic, partition, offset and hash; {masked} masked, so not hashed again here"
    return _claim("events", masked == 0, zh, en)


def without_gaps(files: Files, events: list[Json]) -> Json:
    """A service that remembers a request numbers what it says about it: a number that is not there is an event gone.

    One that remembers nothing starts anew each time (notify mostly does); what is missing of it cannot be seen here.
    """
    heard = defaultdict(list)
    for event in events:
        heard[event["source"]].append(event["sequence"])
    numbered = {source: said for source, said in heard.items() if 0 not in said and len(set(said)) == len(said)}
    gaps = sorted(source for source, said in numbered.items() if max(said) > len(said))
    checked = ", ".join(sorted(source.rsplit("/", 1)[-1] for source in numbered))
    if gaps:
        return _claim("complete", False, f"有事件缺失：{'、'.join(gaps)}", f"events are missing of {', '.join(gaps)}")
    zh = f"编号连续，首末之间没有缺失：{checked}"
    return _claim("complete", bool(numbered), zh, f"no event is missing between the first and the last of: {checked}")


def causes_first(files: Files, events: list[Json]) -> Json:
    places = {event["id"]: number for number, event in enumerate(events, 1)}
    wrong = [str(number) for number, event in enumerate(events, 1) if places.get(event["cause"], 0) >= number]
    if wrong:
        lines = ", ".join(wrong)
        return _claim("order", False, f"先于其起因的事件行：{lines}", f"lines that come before their cause: {lines}")
    return _claim("order", True, "每个事件都排在其起因之后", "every event comes after what caused it")


def consent_to_what_was_shown(files: Files, events: list[Json]) -> Json:
    """The quote that was issued, the one that was confirmed and the one that was settled have one hash."""
    told = list(_of(events, "confirmation.given.v1"))
    given = json.loads(files["consent.json"])
    if [(each["event"], each["disclosure"]) for each in given] != [
        (e["id"], e["body"].get("disclosure")) for e in told
    ]:
        raise Bad("contradiction", "consent.json", "other confirmations than the events")
    for consent in given:
        hashes = {consent[name] for name in HASHES} | set(_quote_hashes(events, consent["quote_version"]))
        if len(hashes - {None}) > 1:
            raise Bad("contradiction", "consent.json", f"quote version {consent['quote_version']}")
    if not given:
        return _claim("consent", False, "客户没有确认过", "the customer never confirmed")
    proved = all(consent["quote_sha256"] for consent in given)
    zh = "客户确认的正是出示的费用确认单" if proved else "确认时没有记录费用确认单的哈希"
    en = "what the customer confirmed is what was shown" if proved else "the confirmation carries no hash of the quote"
    return _claim("consent", proved, zh, en)


def _quote_hashes(events: list[Json], version: int) -> Iterator[str | None]:
    """As issued, as confirmed, as settled; None where an older version of the event did not carry it."""
    for event in events:
        body = event["body"] if event["readable"] else {}
        if event["type"] == "quote.issued.v1" and body and body["quote"]["version"] == version:
            yield sha256(canonical(body["quote"]))
        elif body and body.get("quote_version") == version:
            yield (body.get("disclosure") or {}).get("quote_sha256") or body.get("quote_sha256")


def no_undisclosed_charge(files: Files, events: list[Json]) -> Json:
    """Settled at most what was confirmed; a final account charges what its quote told, and nothing else."""
    totals = {e["body"]["quote"]["version"]: e["body"]["quote"]["total"] for e in _of(events, "quote.issued.v1")}
    settled = list(_of(events, "fee.settled.v1"))
    for event in settled:
        body, total = event["body"], totals.get(event["body"]["quote_version"])
        if total is None or body["paid"]["minor"] + body["held"]["minor"] > max(0, total["minor"]):
            raise Bad("contradiction", "money.json", f"{event['place']} charged more than was confirmed")
    _reopened_for_what_was_shown(events)
    for event in _of(events, "final-bill.issued.v1"):
        for line in _never_told(event["body"].get("account"), list(_of(events, "quote.issued.v1"))):
            raise Bad("contradiction", "money.json", f"{event['place']} charged {line}, which no quote told")
    zh, en = (
        ("收取的不多于客户确认的", "not more was charged than was confirmed")
        if settled
        else ("尚未结算", "not settled")
    )
    return _claim("charges", bool(settled), zh, en)


def _reopened_for_what_was_shown(events: list[Json]) -> None:
    """Having a closed line back costs at most what its quote had told."""
    told = [e["body"]["quote"].get("reopening") or {} for e in _of(events, "quote.issued.v1")]
    most = max((terms["fee"]["minor"] for terms in told if terms), default=0)
    for event in _of(events, "reopening.paid.v1"):
        if event["body"]["paid"]["minor"] > most:
            raise Bad("contradiction", "money.json", f"{event['place']} charged more than was shown")


def _never_told(account: Json | None, quotes: list[Json]) -> Iterator[str]:
    told = (quotes[-1]["body"]["quote"].get("account") if quotes else None) or {"lines": [], "open_kinds": ["usage"]}
    named = {line["line"]: line["amount"]["minor"] for line in told["lines"]}
    for line in account["lines"] if account else ():
        due = line["status"] == "due" and line["kind"] not in told["open_kinds"]
        if due and line["amount"]["minor"] > named.get(line["line"], 0):
            yield line["line"]


def decided_on_these(files: Files, events: list[Json]) -> Json:
    decisions = json.loads(files["decisions.json"])
    told = {event["id"]: event["body"].get("decision") for event in events if _has_record(event)}
    if {each["event"]: each["record"] for each in decisions} != told:
        raise Bad("contradiction", "decisions.json", "other decisions than the events")
    for each in decisions:
        if each["inputs"] is not None and sha256(canonical(each["inputs"])) != each["record"]["inputs_sha256"]:
            raise Bad("contradiction", "decisions.json", each["event"])
    if not decisions:
        return _claim("decisions", False, "尚无决定", "nothing was decided")
    known = sum(each["inputs"] is not None for each in decisions)
    zh = f"{len(decisions)} 项决定，其中 {known} 项的依据在此可复核"
    en = f"{known} of {len(decisions)} decisions rest on exactly the inputs given here"
    return _claim("decisions", known == len(decisions), zh, en)


def _has_record(event: Json) -> bool:
    return bool(event["readable"] and event["body"].get("decision"))


def as_the_carrier_has_it(files: Files, events: list[Json]) -> Json:
    carrier = json.loads(files["carrier.json"])
    if carrier["ledger"] is None:
        return _claim("carrier", False, "未向运营商核对账目", "the carrier's own books were not asked")
    agrees = carrier["said"] == carrier["booked"]
    zh = "运营商账目与事件一致" if agrees else f"运营商账目不一致：{carrier['booked']}"
    en = "the carrier's books say the same" if agrees else f"the carrier's books differ: {carrier['booked']}"
    return _claim("carrier", agrees, zh, en)


def _of(events: Iterable[Json], kind: str) -> Iterator[Json]:
    return (event for event in events if event["type"] == kind and event["readable"])


CHECKS: tuple[Callable[[Files, list[Json]], Json], ...] = (
    on_the_topics,
    without_gaps,
    causes_first,
    consent_to_what_was_shown,
    no_undisclosed_charge,
    decided_on_these,
    as_the_carrier_has_it,
)
