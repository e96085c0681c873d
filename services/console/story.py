"""A request told to a person: whose turn it is, its decisions, what each event means."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from contracts.code_words import ERASURES
from contracts.messages.ops import SubscriptionErased
from contracts.words import Text
from policies.amounts import amount, in_chinese
from services.console import details, queries, turns, words
from services.console.actions import kind_of
from services.console.queries import Json
from services.console.saying import moment_of, span
from services.console.systems import System
from services.console.tally import part, word

NOTHING = Text(zh="", en="")
NAMED = ("operator", "second", "reason", "outcome", "code", "detail", "incident", "route", "command")


class Says(NamedTuple):
    what: Text
    turn: Text
    todo: Text


def erased(events: Sequence[Json]) -> Json | None:
    """The act, where its subscription was erased."""
    return next((each for each in events if each["type"] == SubscriptionErased.type), None)


def sentence(
    summary: Json | None,
    incidents: Sequence[Json],
    calls: Sequence[Json],
    act: Json | None = None,
    known: Iterable[System] = (),
) -> Says:
    """What it waits for, since when, whose turn it is, what to do. `known`: how the carrier's systems are."""
    if act:
        return _erased(act)
    if summary is None:
        return Says(
            Text(zh="还不是一份申请，只听到了以下事件。", en="No request yet, only these events."), NOTHING, NOTHING
        )
    if incidents:
        return _with_a_person(incidents[0])
    if calls:
        return _with_a_system(calls[0])
    if summary["end"]:
        zh, en = words.STAGES.get(summary["stage"], (summary["stage"], summary["stage"]))
        return Says(
            Text(zh=f"{zh}。", en=f"{en.capitalize()}."), NOTHING, Text(zh="无需处理。", en="Nothing is left to do.")
        )
    asked = turns.ASKED_AT.get(summary["stage"])
    away = next((each for each in known if each.away and each.name == asked), None)
    return _behind_a_system(summary, away) if away else _under_way(summary)


def _under_way(summary: Json) -> Says:
    what, turn, todo = turns.TURNS.get(summary["stage"], turns.TURNS[""])
    since = moment_of(summary["last_at"])
    waits = Text(zh="", en="")
    if since:
        seconds = (datetime.now(since.tzinfo) - since).total_seconds()
        waits = Text(zh=f"（已 {span(seconds, 'zh')}）", en=f" ({span(seconds, 'en')} ago)")
    return Says(Text(zh=f"{what[0]}{waits.zh}。", en=f"{what[1]}{waits.en}."), _text(turn), _text(todo))


def _behind_a_system(summary: Json, away: System) -> Says:
    """Workers name only the calls they tried longest; of the others the stage says whom they wait for."""
    what, _, _ = turns.TURNS[summary["stage"]]
    zh, en = words.SYSTEMS.get(away.name, (away.name, away.name))
    seconds = (datetime.now(away.since.tzinfo) - away.since).total_seconds() if away.since else 0
    told = Text(
        zh=f"{what[0]}；但{zh}已 {span(seconds, 'zh')}没有响应。",
        en=f"{what[1]}, but {en} has not answered for {span(seconds, 'en')}.",
    )
    return Says(told, _text(turns.THEIRS), _text(turns.BY_RETRYING))


def _erased(act: Json) -> Says:
    body = act["body"] if isinstance(act["body"], dict) else {}
    who = f"{word(body, 'operator')} + {word(body, 'second')}"
    zh, en = ERASURES.get(word(body, "ground"), ("", ""))
    day = str(act["at"])[:10]
    return Says(
        Text(zh=f"个人信息已于 {day} 清除（{who}；{zh}）。", en=f"Erased on {day} by {who}: {en}."),
        NOTHING,
        Text(zh="只保留经过、金额和哈希值。", en="Its way, its amounts and hashes are left."),
    )


def _with_a_person(incident: Json) -> Says:
    asked = words.ASKED_OF_A_PERSON[kind_of(incident["incident"])]
    since = moment_of(incident["at"])
    seconds = (datetime.now(since.tzinfo) - since).total_seconds() if since else 0
    why: Text = incident["why"]
    what = Text(
        zh=f"{asked[0]}，已等 {span(seconds, 'zh')}：{why.zh.rstrip('。')}。",
        en=f"{asked[1].capitalize()}, for {span(seconds, 'en')}: {why.en.rstrip('.')}.",
    )
    return Says(
        what,
        Text(zh="现在轮到我们。", en="It is our turn."),
        Text(zh="请选择下面的答复。", en="Choose an answer below."),
    )


def _with_a_system(call: Json) -> Says:
    zh, en = words.SYSTEMS.get(call["system"], (call["system"], call["system"]))
    do_zh, do_en = words.OPERATIONS.get(call["operation"], (call["operation"], call["operation"]))
    what = Text(
        zh=f"{zh}没有答复「{do_zh}」：已试 {call['attempt']} 次，最近 `{call['problem']}`。",
        en=f"{en.capitalize()} does not answer “{do_en}”: {call['attempt']} tries, last `{call['problem']}`.",
    )
    return Says(what, _text(turns.THEIRS), _text(turns.BY_RETRYING))


def why(incident: Json) -> Text:
    """Of what waits for a person: the words of the service, in both languages."""
    body = incident["asked_with"]
    for name in ("grounds", "questions"):
        grounds = body.get(name)
        if isinstance(grounds, list) and grounds and isinstance(grounds[0], dict):
            return _both(grounds[0].get("reason")) or NOTHING
    if ground := word(body, "ground"):
        zh, en = words.CODES.get(ground, (f"`{ground}`", f"`{ground}`"))
        return Text(zh=f"客户称：{zh}", en=f"the customer says: {en}")
    code = word(body, "code")
    return _text(words.CODES[code]) if code in words.CODES else _own(code) or NOTHING


def due_of(body: Json) -> str:
    """The day that has passed, of what is overdue: the fact at the end of what the service wrote."""
    last = word(body, "detail").rsplit(" ", 1)[-1] if word(body, "code") == queries.OVERDUE else ""
    return last if moment_of(last) else ""


# ---- lines of the timeline -------------------------------------------------------------------------------------------


def meaning(event: Json) -> Text:
    """One line for a person; empty where the event's name says it all."""
    body = event["body"] if isinstance(event["body"], dict) else {}
    decision = _both(part(body, "decision").get("explanation"))
    told = _both(body.get("reason")) or _amounts(body) or _named(body)
    return decision or told or NOTHING


def _amounts(body: Json) -> Text | None:
    for holder, name in ((body, "paid"), (body, "amount"), (body, "net"), (part(body, "quote"), "total")):
        money = part(holder, name)
        if type(money.get("minor")) is int and word(money, "currency"):
            known = {"minor": money["minor"], "currency": word(money, "currency")}
            return Text(zh=amount(known, "zh"), en=amount(known, "en"))
    return None


def _named(body: Json) -> Text | None:
    if reason := word(part(body, "application"), "reason"):
        zh, en = words.REASONS.get(reason, (reason, reason))
        return Text(zh=f"原因：{zh}", en=f"reason: {en}")
    found = [_word(body, name) for name in NAMED] + [_own(word(part(body, "ended"), "item"))]
    zh_en = [each for each in found if each is not None]
    return Text(zh=" · ".join(each.zh for each in zh_en), en=" · ".join(each.en for each in zh_en)) if zh_en else None


def _word(body: Json, name: str) -> Text | None:
    """In both languages where we have a word for it; what people and systems wrote is shown as theirs."""
    said = word(body, name)
    if name == "detail" and said:  # that a day has passed the code says; which one, `due_of`
        return None if due_of(body) else details.in_words(said)
    known = words.ROUTES if name == "route" else words.CODES
    return _text(known[said]) if said in known else _own(said)


def _own(said: str) -> Text | None:
    return Text(zh=f"`{said}`", en=f"`{said}`") if said else None


def decisions(events: Sequence[Json]) -> Iterator[Json]:
    for event in events:
        body = event["body"] if isinstance(event["body"], dict) else {}
        decision = part(body, "decision")
        explanation = _both(decision.get("explanation"))
        if explanation:
            rules = [each for each in decision.get("rules") or () if isinstance(each, str)]
            yield {
                "type": event["type"],
                "at": event["at"],
                "explanation": explanation,
                "rules": rules,
                "clauses": sorted(part(decision, "clauses")),
            }


def _both(value: Any) -> Text | None:
    if isinstance(value, dict) and isinstance(value.get("zh"), str) and isinstance(value.get("en"), str):
        return Text(zh=in_chinese(value["zh"]), en=value["en"])
    return None


def _text(pair: tuple[str, str]) -> Text:
    return Text(zh=pair[0], en=pair[1])
