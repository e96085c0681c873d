"""A request told to a person: whose turn it is, and its decisions."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from contracts.carrier.operations import OPERATIONS
from contracts.code_words import ERASURES
from contracts.messages.ops import SubscriptionErased
from contracts.personal import masked
from contracts.words import Text
from services.console.actions import kind_of
from services.console.kept.queries import Json
from services.console.kept.tally import part, word
from services.console.showing.meanings import NOTHING, amounts, both, own, reasons
from services.console.watched.systems import System
from services.console.wording import turns, words
from services.console.wording.saying import moment_of, span

REFUSED = ("rejected", "returned")


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
    why_ended: Text | None = None,
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
        return _ended(summary["stage"], why_ended)
    asked = turns.ASKED_AT.get(summary["stage"])
    away = next((each for each in known if each.away and each.name == asked), None)
    return _behind_a_system(summary, away) if away else _under_way(summary)


def why_ended(events: Sequence[Json]) -> Text | None:
    """What stood in the way of one that was rejected or returned, or who was asked for what in vain."""
    bodies = (each["body"] for each in reversed(events) if isinstance(each["body"], dict))
    return next((found for body in bodies if (found := reasons(body))), None)


def _ended(stage: str, reason: Text | None) -> Says:
    zh, en = words.STAGES.get(stage, (stage, stage))
    told = reason if reason and stage in REFUSED else None
    what = Text(
        zh=f"{zh}：{told.zh}" if told else f"{zh}。",
        en=f"{en.capitalize()}: {told.en}" if told else f"{en.capitalize()}.",
    )
    return Says(what, NOTHING, Text(zh="无需处理。", en="Nothing is left to do."))


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
    asked, refused = _asked(incident), kind_of(incident["incident"]) == "refused"
    since = moment_of(incident["at"])
    seconds = (datetime.now(since.tzinfo) - since).total_seconds() if since else 0
    why: Text = incident["why"]
    what = Text(
        zh=f"{asked[0]}，已等 {span(seconds, 'zh')}：{why.zh.rstrip('。')}。",
        en=f"{asked[1][0].upper()}{asked[1][1:]}, for {span(seconds, 'en')}: {why.en.rstrip('.')}.",
    )
    return Says(
        what,
        _text(turns.OURS),
        _text(turns.ONCE_MENDED) if refused else Text(zh="请选择下面的答复。", en="Choose an answer below."),
    )


def _asked(incident: Json) -> turns.Pair:
    """Of what was refused also which system would not do what, and with which item."""
    zh, en = words.ASKED_OF_A_PERSON[kind_of(incident["incident"])]
    operation, known = word(incident["asked_with"], "operation"), words.OPERATIONS
    if operation not in OPERATIONS or operation not in known:
        return zh, en
    system = words.SYSTEMS[OPERATIONS[operation].system]
    named = incident["incident"].partition(":")[2]
    item = f" `{named}`" if named and not named.isdigit() else ""
    return f"{system[0]}没有办「{known[operation][0]}」{item}", f"{system[1]} did not “{known[operation][1]}”{item}"


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
            return both(grounds[0].get("reason")) or NOTHING
    if ground := word(body, "ground"):
        zh, en = words.CODES.get(ground, (f"`{ground}`", f"`{ground}`"))
        stake = amounts(body)
        about = (f" · {stake.zh}", f" · {stake.en}") if stake else ("", "")
        said = masked(word(body, "words")).replace("`", "'")
        own_words = f" · `{said}`" if said else ""
        return Text(zh=f"客户称：{zh}{about[0]}{own_words}", en=f"the customer says: {en}{about[1]}{own_words}")
    code = word(body, "code")
    return _text(words.CODES[code]) if code in words.CODES else own(code) or NOTHING


def decisions(events: Sequence[Json]) -> Iterator[Json]:
    for event in events:
        body = event["body"] if isinstance(event["body"], dict) else {}
        decision = part(body, "decision")
        explanation = both(decision.get("explanation"))
        if explanation:
            rules = [each for each in decision.get("rules") or () if isinstance(each, str)]
            yield {
                "type": event["type"],
                "at": event["at"],
                "explanation": explanation,
                "reasons": reasons(body) or NOTHING,
                "rules": rules,
                "clauses": sorted(part(decision, "clauses")),
            }


def _text(pair: tuple[str, str]) -> Text:
    return Text(zh=pair[0], en=pair[1])
