"""What an event says to a person, in one line beside its name."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from contracts.code_words import FIELDS
from contracts.words import Text
from policies.amounts import amount, in_chinese
from services.console.kept import queries
from services.console.kept.queries import Json
from services.console.kept.tally import part, word
from services.console.showing import details
from services.console.wording import words
from services.console.wording.saying import at, moment_of

NOTHING = Text(zh="", en="")
REASONS_IN = {"grounds": "reason", "questions": "reason", "faults": "message"}  # lists of what stands in the way
NAMED = (
    "level",
    "problem",
    "ground",
    "words",
    "operator",
    "second",
    "reason",
    "outcome",
    "code",
    "detail",
    "incident",
    "route",
    "command",
    "word",
    "joined",
)
MOMENTS = (  # of the body, or of its dates
    ("service_end", "停止服务", "service ends"),
    ("promised", "承诺最迟", "promised by"),
    ("answer_due", "最迟答复", "answer by"),
    ("retry_until", "可支付至", "can be paid until"),
    ("number_free_from", "号码保留至", "number is kept until"),
    ("kept_until", "号码保留至", "number is kept until"),
    ("valid_until", "有效至", "valid until"),
    ("decide_by", "最迟决定", "to be decided by"),
)
ITEMS = (("restored", "已恢复：", "restored: "), ("ended", "已关闭：", "switched off: "))


def meaning(event: Json, zone: ZoneInfo) -> Text:
    """Empty where the event's name says it all."""
    body = event["body"] if isinstance(event["body"], dict) else {}
    said = reasons(body) or both(part(body, "decision").get("explanation"))
    said = said or both(body.get("reason")) or both(body.get("advice"))
    return _beside([said or amounts(body) or _named(body), *_moments(body, zone)])


def reasons(body: Json) -> Text | None:
    """Why it was rejected or returned, or what is asked: in the service's own words."""
    lists = ((body.get(name), field) for name, field in REASONS_IN.items())
    rows = [(each, field) for found, field in lists if isinstance(found, list) for each in found]
    told = [said for each, field in rows if isinstance(each, dict) and (said := both(each.get(field)))]
    return Text(zh="".join(each.zh for each in told), en=" ".join(each.en for each in told)) if told else None


def _beside(told: Sequence[Text | None]) -> Text:
    known = [each for each in told if each is not None]
    whole = [Text(zh=each.zh.rstrip("。"), en=each.en.rstrip(".")) for each in known[:-1]] + known[-1:]
    return Text(zh=" · ".join(each.zh for each in whole), en=" · ".join(each.en for each in whole))


def _moments(body: Json, zone: ZoneInfo) -> list[Text | None]:
    known = part(body, "dates") | body
    found = ((zh, en, at(word(known, name), zone)) for name, zh, en in MOMENTS if moment_of(word(known, name)))
    return [Text(zh=f"{zh} {said}", en=f"{en} {said}") for zh, en, said in found]


def amounts(body: Json) -> Text | None:
    named = ((body, name) for name in ("paid", "amount", "net", "fee"))
    for holder, name in (*named, (part(body, "quote"), "total")):
        money = part(holder, name)
        if type(money.get("minor")) is int and word(money, "currency"):
            known = {"minor": money["minor"], "currency": word(money, "currency")}
            return Text(zh=amount(known, "zh"), en=amount(known, "en"))
    return None


def _named(body: Json) -> Text | None:
    if reason := word(part(body, "application"), "reason"):
        zh, en = words.REASONS.get(reason, (f"`{reason}`", f"`{reason}`"))
        return Text(zh=f"原因：{zh}", en=f"reason: {en}")
    found = [_word(body, name) for name in NAMED] + [_version(body)] + [_items(body, *each) for each in ITEMS]
    zh_en = [each for each in found if each is not None]
    return _beside(zh_en) if zh_en else None


def _version(body: Json) -> Text | None:
    number = body.get("quote_version")
    return Text(zh=f"第 {number} 份费用确认单", en=f"quote no. {number}") if type(number) is int else None


def _items(body: Json, name: str, zh: str, en: str) -> Text | None:
    """By their names, which the customer knows; one that ended, or all that came back or went."""
    found = body.get(name)
    if isinstance(found, dict):  # one, as the event's name says
        found, zh, en = [word(found, "item")], "", ""
    ids = found if isinstance(found, list) else []
    names = part(part(body, "audience"), "names")
    told = [both(names.get(each)) or own(each) for each in ids if isinstance(each, str)]
    known = [each for each in told if each is not None]
    if not known:
        return None
    return Text(zh=zh + "、".join(each.zh for each in known), en=en + ", ".join(each.en for each in known))


def _word(body: Json, name: str) -> Text | None:
    """In both languages where we have a word for it; what people and systems wrote is shown as theirs."""
    said = word(body, name)
    if name == "detail" and said:  # that a day has passed the code says; which one, `due_of`
        return None if due_of(body) else details.in_words(said)
    known = words.ROUTES if name == "route" else FIELDS.get(name, {}) | words.CODES
    return Text(zh=known[said][0], en=known[said][1]) if said in known else own(said)


def own(said: str) -> Text | None:
    return Text(zh=f"`{said}`", en=f"`{said}`") if said else None


def due_of(body: Json) -> str:
    """The day that has passed, of what is overdue: the fact at the end of what the service wrote."""
    last = word(body, "detail").rsplit(" ", 1)[-1] if word(body, "code") == queries.OVERDUE else ""
    return last if moment_of(last) else ""


def both(value: Any) -> Text | None:
    if isinstance(value, dict) and isinstance(value.get("zh"), str) and isinstance(value.get("en"), str):
        return Text(zh=in_chinese(value["zh"]), en=value["en"])
    return None
