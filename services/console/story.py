"""A request told to a person: whose turn it is, its way on a time axis, decisions, letters, what each event means."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import ValidationError

from contracts.code_words import ERASURES
from contracts.messages import TYPES
from contracts.messages.base import ForCustomer
from contracts.messages.notify import NoticeFailed, NoticeSent, RequestClosed
from contracts.messages.ops import SubscriptionErased
from contracts.words import Language, Text
from policies.amounts import amount
from policies.notices import render
from policies.pack import Pack
from services.console import details, words
from services.console.actions import kind_of
from services.console.queries import Json
from services.console.saying import at as said
from services.console.saying import moment_of, span
from services.console.stages import ENDS, stage_of
from services.console.systems import System
from services.console.tally import part, word

NOTHING = Text(zh="", en="")
OVERDUE = "overdue"
NAMED = ("operator", "second", "reason", "outcome", "code", "detail", "incident", "route", "command")
SENT = (NoticeSent.type, RequestClosed.type)


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
    asked = words.ASKED_AT.get(summary["stage"])
    away = next((each for each in known if each.away and each.name == asked), None)
    return _behind_a_system(summary, away) if away else _under_way(summary)


def _under_way(summary: Json) -> Says:
    what, turn, todo = words.TURNS.get(summary["stage"], words.TURNS[""])
    since = moment_of(summary["last_at"])
    waits = Text(zh="", en="")
    if since:
        seconds = (datetime.now(since.tzinfo) - since).total_seconds()
        waits = Text(zh=f"（已 {span(seconds, 'zh')}）", en=f" ({span(seconds, 'en')} ago)")
    return Says(Text(zh=f"{what[0]}{waits.zh}。", en=f"{what[1]}{waits.en}."), _text(turn), _text(todo))


def _behind_a_system(summary: Json, away: System) -> Says:
    """Workers name only the calls they tried longest; of the others the stage says whom they wait for."""
    what, _, _ = words.TURNS[summary["stage"]]
    zh, en = words.SYSTEMS.get(away.name, (away.name, away.name))
    seconds = (datetime.now(away.since.tzinfo) - away.since).total_seconds() if away.since else 0
    told = Text(
        zh=f"{what[0]}；但{zh}已 {span(seconds, 'zh')}没有响应。",
        en=f"{what[1]}, but {en} has not answered for {span(seconds, 'en')}.",
    )
    return Says(told, _text(words.THEIRS), _text(words.BY_RETRYING))


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
    return Says(what, _text(words.THEIRS), _text(words.BY_RETRYING))


def why(incident: Json) -> Text:
    """Of what waits for a person: the words of the service, in both languages."""
    body = incident["body"]
    for name in ("grounds", "questions"):
        grounds = body.get(name)
        if isinstance(grounds, list) and grounds and isinstance(grounds[0], dict):
            return _both(grounds[0].get("reason")) or NOTHING
    if ground := word(body, "ground"):
        zh, en = words.CODES.get(ground, (f"`{ground}`", f"`{ground}`"))
        return Text(zh=f"客户称：{zh}", en=f"the customer says: {en}")
    code = incident["code"]
    return _text(words.CODES[code]) if code in words.CODES else _own(code) or NOTHING


def due_of(body: Json) -> str:
    """The day that has passed, of what is overdue: the fact at the end of what the service wrote."""
    last = word(body, "detail").rsplit(" ", 1)[-1] if word(body, "code") == OVERDUE else ""
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
            text = amount({"minor": money["minor"], "currency": word(money, "currency")})
            return Text(zh=text, en=text)
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


def letters(events: Sequence[Json], pack: Pack) -> Iterator[Json]:
    """As the customer read them: made again from the event and the pack, and shown only where the hash is the same."""
    by_id = {event["id"]: event for event in events}
    for event in events:
        body = event["body"] if isinstance(event["body"], dict) else {}
        if event["type"] in SENT or event["type"] == NoticeFailed.type:
            yield {
                "notice": word(body, "notice"),
                "route": word(body, "route"),
                "at": event["at"],
                "failed": word(body, "code") if event["type"] not in SENT else "",
                **_letter(by_id.get(event["cause"]), body, pack),
            }


def _letter(cause: Json | None, sent: Json, pack: Pack) -> Json:
    model = TYPES.get(cause["type"]) if cause else None
    nothing = {"subject": "", "body": ""}
    if (
        cause is None
        or model is None
        or not issubclass(model, ForCustomer)
        or word(sent, "language") not in set(Language)
    ):
        return nothing
    try:
        message = model.model_validate(cause["body"])
        made = render(pack, message, Language(word(sent, "language")))
    except (ValidationError, ArithmeticError, LookupError, TypeError, ValueError):
        return nothing
    same = made is not None and made.sha256 == word(sent, "text_sha256")
    return {"subject": made.subject, "body": made.body} if made and same else nothing


# ---- the time axis ---------------------------------------------------------------------------------------------------

LEFT, RIGHT, ROW, TOP, TICKS = 190, 1180, 28, 8, 5
LANES = {  # stage -> the bar it belongs to
    **dict.fromkeys(("account-checked", "checking", "in-review", "information-required", "referred"), "review"),
    **dict.fromkeys(("approved", "quoted", "confirmed", "payment-failed"), "billing"),
    **dict.fromkeys(("settled", "scheduled", "switching-off", "late"), "termination"),
    "terminated": "notify",
}
CUSTOMERS, PERSONS = {"information-required", "quoted", "payment-failed"}, {"referred"}


def axis(events: Sequence[Json], clocks: Sequence[Json], zone: Any, language: str, now: datetime) -> Json:
    """Bars of the stages in the order they were reached, and the promises as lines across them."""
    reached = list(_reached(events))
    if not reached:
        return {"bars": [], "dues": [], "ticks": [], "height": 0}
    first, over = reached[0][1], reached[-1][0] in ENDS
    last = reached[-1][1] if over else now
    dues = [
        (each, moment_of(each["due"]))
        for each in clocks
        if each["name"] == "termination-promise" or each["state"] == "late"
    ]
    end = max([last, *(due for _, due in dues if due and due <= last + (last - first))])
    width = max(0.001, (end - first).total_seconds())

    def x(moment: datetime) -> float:
        return round(LEFT + (RIGHT - LEFT) * (moment - first).total_seconds() / width, 1)

    bars: list[Json] = []
    for number, (stage, began) in enumerate(reached):
        if stage in ENDS:
            continue
        until = reached[number + 1][1] if number + 1 < len(reached) else last
        bars.append(_bar(len(bars), stage, x(began), x(until), (until - began).total_seconds(), language))
    height = TOP + ROW * (len(bars) + 1) + 26
    lines = [
        {
            "x": x(due),
            "y": TOP + ROW * len(bars) + 14,
            "anchor": "end" if x(due) > (LEFT + RIGHT) / 2 else "start",
            "css": "due" if each["state"] in ("late", "kept-late") else "due-kept",
            "label": f"{each['title'][language]} {said(due, zone)}",
        }
        for each, due in dues
        if due and first <= due <= end
    ]
    ticks = [first + (end - first) * number / (TICKS - 1) for number in range(TICKS)]
    anchors = ["start", *["middle"] * (TICKS - 2), "end"]
    labels = [said(tick, zone) for tick in ticks]
    once = ["" if label in labels[:number] else label for number, label in enumerate(labels)]  # all in one second
    marks = [
        {"x": x(tick), "label": label, "anchor": anchor}
        for tick, label, anchor in zip(ticks, once, anchors, strict=True)
    ]
    return {"bars": bars, "dues": lines, "ticks": marks, "height": height}


def _reached(events: Sequence[Json]) -> Iterator[tuple[str, datetime]]:
    current = ""
    for event in sorted(events, key=lambda each: str(each["at"])):
        stage, moment = stage_of(event["type"], current), moment_of(event["at"])
        if stage != current and moment:
            yield stage, moment
            current = stage


def _bar(number: int, stage: str, left: float, right: float, seconds: float, language: str) -> Json:
    css = "customer" if stage in CUSTOMERS else "us" if stage in PERSONS else "bad" if stage == "late" else "ok"
    width, index = max(3.0, right - left), 0 if language == "zh" else 1
    beside = left + width + 6
    fits = beside < RIGHT - 60
    return {
        "y": TOP + ROW * number,
        "x": left,
        "width": round(width, 1),
        "css": css,
        "label": words.STAGES.get(stage, (stage, stage))[index],
        "title": span(seconds, language)
        if seconds >= 1
        else f"{seconds * 1000:.0f} {'毫秒' if language == 'zh' else 'ms'}",
        "text_x": beside if fits else left - 6,
        "text_anchor": "start" if fits else "end",
    }


def _both(value: Any) -> Text | None:
    if isinstance(value, dict) and isinstance(value.get("zh"), str) and isinstance(value.get("en"), str):
        return Text(zh=value["zh"], en=value["en"])
    return None


def _text(pair: tuple[str, str]) -> Text:
    return Text(zh=pair[0], en=pair[1])
