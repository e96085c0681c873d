"""The customer's letters: every event, both packs, both languages; amounts, days and clauses as people read them."""

import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from babel.numbers import format_currency
from jinja2 import TemplateError
from pydantic import AwareDatetime

from contracts.carrier.asks import FinalBill
from contracts.messages import TYPES, ForCustomer
from contracts.messages.billing import FeeSettled, FinalBillIssued, QuoteIssued
from contracts.messages.commands import ComplaintLevel
from contracts.messages.intake import ComplaintEscalated
from contracts.messages.review import RequestRejected
from contracts.messages.termination import ServiceTerminated
from contracts.words import Kind, Language, Money, Text, Value
from policies.notices import render
from policies.pack import Pack, load
from policies.templates import ENVIRONMENT, template

PACKS = ("cn-carrier", "demo")
EVENTS = sorted(name for name, model in TYPES.items() if issubclass(model, ForCustomer))
MOMENT = datetime(2026, 3, 1, 17, 30, tzinfo=UTC)  # already the next day in China
NAMED = {
    "request_id": "00000000-0000-4000-8000-000000000001",
    "resubmission_of": "00000000-0000-4000-8000-000000000002",
    "subscription": "sub-sample01",
    "masked_number": "138****0000",
    "currency": "CNY",
    "clauses": "CN-13",
    "clause": "CN-13",
    **dict.fromkeys(("inputs_sha256", "quote_sha256", "text_sha256"), "0" * 64),
}
SIMPLE = {bool: True, int: 1234, str: "sample-1", AwareDatetime: MOMENT, date: MOMENT.date(), dict: {}}
pack_of = cache(load)
TOLD = [event for event in EVENTS if event not in pack_of("cn-carrier").untold]


def sample(annotation: Any, name: str = "", *, full: bool = True) -> Any:
    """A value of any type the messages use; `full` decides whether what may be missing is there."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return sample(inner[0], name, full=full)
    if origin in (Union, UnionType):
        return sample(inner[0], name, full=full) if full or NoneType not in inner else None
    if origin is Literal:
        return inner[0]
    if origin is tuple:
        return (sample(inner[0], name, full=full),) if full else ()
    if origin is dict:
        return {}
    if issubclass(annotation, Value):
        return sample_of(annotation, full=full)
    return (
        next(iter(annotation)) if issubclass(annotation, Enum) else NAMED.get(name, SIMPLE.get(annotation, "sample-1"))
    )


def sample_of(model: type[Value], *, full: bool = True, **given: Any) -> Any:
    if model is Text:
        return Text(zh="一句话。", en="A sentence.")
    fields = {name: sample(field.annotation, name, full=full) for name, field in model.model_fields.items()}
    if model is FinalBill:  # its one charge is no usage, and a carrier does not contradict itself
        fields |= {"unbilled_usage": Money(minor=0)}
    if model is FinalBillIssued:  # one that was issued elsewhere has its number
        fields |= {"elsewhere": full}
    return model.model_validate(fields | given)


def words(event: ForCustomer, language: str = "en", pack: str = "cn-carrier") -> str:
    rendered = render(pack_of(pack), event, Language(language))
    assert rendered is not None
    return f"{rendered.subject}\n{rendered.body}"


def filtered(source: str, value: object, language: str = "en", pack: Pack | None = None) -> str:
    seen = {"it": value, "language": language, "pack": pack or pack_of("cn-carrier")}
    return ENVIRONMENT.from_string("{{ it | " + source + " }}").render(seen)


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("event", EVENTS)
def test_every_event_for_a_customer_has_a_notice_or_is_listed_as_untold(pack: str, event: str) -> None:
    told = any(notice.event == event for notice in pack_of(pack).notices)
    assert told is not (event in pack_of(pack).untold)


@pytest.mark.parametrize("full", [True, False], ids=["full", "bare"])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("event", EVENTS)
def test_every_notice_renders_and_names_the_request(event: str, pack: str, language: Language, full: bool) -> None:
    message = sample_of(TYPES[event], full=full)
    rendered = render(pack_of(pack), message, language)
    if event in pack_of(pack).untold:
        assert rendered is None
        return
    assert rendered is not None
    assert message.request_id in rendered.body
    assert rendered.sha256 == hashlib.sha256(f"{rendered.subject}\n\n{rendered.body}".encode()).hexdigest()
    leaks = ("{{", "{%", "None", "datetime", "Text(", "\n\n\n")
    assert [leak for leak in leaks if leak in rendered.subject + rendered.body] == []


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("event", "field"),
    [
        (event, field)
        for event in TOLD
        for field, info in TYPES[event].model_fields.items()
        if get_origin(info.annotation) is Literal
        or (isinstance(info.annotation, type) and issubclass(info.annotation, Enum))
    ],
)
def test_every_choice_an_event_offers_has_words(event: str, field: str, language: Language) -> None:
    annotation = TYPES[event].model_fields[field].annotation
    choices = get_args(annotation) or list(annotation)  # type: ignore[call-overload]
    seen = {words(sample_of(TYPES[event], **{field: choice}), language) for choice in choices}
    assert event == "service.terminated.v1" or len(seen) == len(choices)


SELLING = (
    "!",
    "！",
    "http",
    "优惠券",
    "特惠",
    "续约",
    "升级套餐",
    "discount",
    "special",
    "exclusive",
    "upgrade",
    "deal",
)


@pytest.mark.parametrize("pack", PACKS)
def test_no_notice_sells_anything_or_prints_a_bare_amount(pack: str) -> None:
    for notice in pack_of(pack).notices:
        texts = (notice.subject.zh, notice.subject.en, notice.body.zh, notice.body.en)
        for text in texts:
            outside = re.sub(r"{[{%].*?[%}]}", "", text).lower()
            assert [word for word in SELLING if word in outside] == [], notice.notice
            assert not re.search(r"{{\s*[\w.]*minor\s*}}", text), notice.notice  # amounts go through `money`


@pytest.mark.parametrize("event", [e for e in EVENTS if "dates" in TYPES[e].model_fields])
@pytest.mark.parametrize(
    ("language", "labels"),
    [("zh", ("申请时间：", "承诺完成：", "生效")), ("en", ("Requested: ", "Promised: ", "Effective: "))],
)
def test_every_notice_with_dates_shows_all_three(event: str, language: str, labels: tuple[str, ...]) -> None:
    said = words(sample_of(TYPES[event]), language)
    assert [label for label in labels if label not in said] == []


@pytest.mark.parametrize(
    ("kind", "notice", "closes"),
    [
        (Kind.PRODUCT, "product-terminated", True),
        (Kind.PORT_OUT, "port-out-terminated", True),
        (Kind.LINE, "line-terminated", False),
    ],
)
def test_a_closed_line_still_waits_for_its_final_bill(kind: Kind, notice: str, closes: bool) -> None:
    rendered = render(pack_of("demo"), sample_of(ServiceTerminated, kind=kind), Language.EN)
    assert rendered is not None
    assert (rendered.notice, rendered.closes) == (notice, closes)


def test_these_notices_and_no_others_close_a_request() -> None:
    closing = {notice.notice for notice in pack_of("cn-carrier").notices if notice.closes}
    assert closing == {
        "product-terminated",
        "port-out-terminated",
        "final-bill",
        "port-code-elsewhere",
        "port-code-issued",
    }


@pytest.mark.parametrize(("minor", "told"), [(0, False), (1, True)])
def test_a_settlement_is_told_only_when_something_was_paid(minor: int, told: bool) -> None:
    settled = sample_of(FeeSettled, paid=Money(minor=minor), cooling_off=(), elsewhere=None)
    assert (render(pack_of("cn-carrier"), settled, Language.ZH) is not None) is told
    withdrawn = words(sample_of(FeeSettled, paid=Money(minor=minor), cooling_off=("plan-basic",), elsewhere=None))
    assert "withdrawn from the contract in two steps" in withdrawn and ("For what was used" in withdrawn) is told


def test_the_quote_says_what_it_costs_what_stops_until_when_and_how_to_confirm() -> None:
    said = words(sample_of(QuoteIssued), "zh")
    for part in ("¥12.34", "一句话。", "可使用至：2026年3月2日 01:30", "计费至：", "前确认：", "5 个月", "第4.4条"):
        assert part in said


@pytest.mark.parametrize(
    ("net", "said"),
    [
        (500, "Charged after setting these off: CNY 5.00"),
        (-500, "Returned after setting these off: CNY 5.00"),
        (0, "Nothing is left"),
    ],
)
def test_the_final_bill_says_which_way_the_money_went(net: int, said: str) -> None:
    assert said in words(sample_of(FinalBillIssued, net=Money(minor=net), elsewhere=False))


def test_a_closed_line_is_told_of_the_quarantine_and_to_unbind_its_accounts() -> None:
    said = words(sample_of(ServiceTerminated, kind=Kind.LINE))
    assert "kept for 90 days, until " in said and "bank" in said and "reopened for CNY 12.34" in said


@pytest.mark.parametrize("language", Language)
def test_an_unverified_clause_never_reaches_a_customer_as_authority(language: Language) -> None:
    pack = pack_of("cn-carrier")
    everything = tuple(clause.clause for clause in pack.clauses)
    said = words(sample_of(ComplaintEscalated, level=ComplaintLevel.COURT, clauses=everything), language)
    for clause in pack.clauses:
        article = filtered("authority", clause.clause, language)
        assert bool(article) is (clause.status != "unverified")
        assert article in said
    assert "《通信服务管理办法》" not in said and "Communications Service Management" not in said


def test_a_ground_on_an_unverified_clause_is_told_without_a_basis() -> None:
    ground = sample_of(RequestRejected).grounds[0]
    assert "Basis: " in words(sample_of(RequestRejected))
    assert "Basis: " not in words(sample_of(RequestRejected, grounds=(ground.model_copy(update={"clause": "CN-20"}),)))


@pytest.mark.parametrize(
    ("language", "clauses", "shown"),
    [
        ("zh", "CN-5", "《中华人民共和国电信条例》（2016年修订）第40条"),
        (
            "en",
            ("CN-5", "CN-9", "CN-30", "from-elsewhere"),
            "Promotion agreement (model); Telecommunications Regulations (as revised in 2016), art. 40",
        ),
        ("en", (), ""),
    ],
)
def test_authority_is_instrument_and_article(language: str, clauses: object, shown: str) -> None:
    assert filtered("authority", clauses, language) == shown


@pytest.mark.parametrize("currency", ["CNY", "EUR", "JPY", "KWD"])
@pytest.mark.parametrize("minor", [0, 1, -1, 99, 1230, -123456, 123456789])
def test_money_looks_as_babel_would_write_it_but_for_a_blank_after_letters(minor: int, currency: str) -> None:
    amount = Money(minor=minor, currency=currency)
    exact = Decimal(minor).scaleb(-{"JPY": 0, "KWD": 3}.get(currency, 2))
    chinese = format_currency(exact, currency, locale="zh").replace("KWD", "KWD ")
    assert filtered("money", amount, "zh") == chinese
    assert filtered("money", amount, "en") == format_currency(exact, currency, "¤¤ #,##0.00", locale="en")


@pytest.mark.parametrize(
    ("source", "value", "zh", "en"),
    [
        ("money", Money(minor=1230), "¥12.30", "CNY 12.30"),
        ("day", MOMENT, "2026年3月2日", "2 March 2026"),
        ("day", date(2026, 12, 31), "2026年12月31日", "31 December 2026"),
        ("moment", MOMENT, "2026年3月2日 01:30", "2 March 2026 01:30"),
        ("span", timedelta(days=90), "90 天", "90 days"),
        ("span", timedelta(hours=48), "48 小时", "48 hours"),
        ("span", timedelta(hours=1), "1 小时", "1 hour"),
        ("span", timedelta(seconds=90), "90 秒", "90 seconds"),
        ("span", timedelta(0), "0 秒", "0 seconds"),
        ("text", Text(zh="好", en="good"), "好", "good"),
    ],
)
def test_filters_write_for_people(source: str, value: object, zh: str, en: str) -> None:
    assert (filtered(source, value, "zh"), filtered(source, value, "en")) == (zh, en)


@pytest.mark.parametrize("body", ["{{ quote.model_copy() }}", "{{ ''.__class__ }}", "{{ nobody }}"])
def test_a_template_can_call_nothing_and_look_behind_nothing(body: str) -> None:
    with pytest.raises(TemplateError):
        ENVIRONMENT.from_string(body).render({"quote": sample_of(QuoteIssued).quote})


def test_a_pack_that_promises_in_seconds_shows_them() -> None:
    assert filtered("moment", MOMENT, "en", pack_of("demo")) == "2 March 2026 01:30:00"


@pytest.mark.parametrize(
    "source",
    [
        "off: {% for each in items %}{{ each }}{% endfor %}\nnext",
        "off: {% for each in items %}{{ each }}{% endfor %}\n\nnext",  # as whoever had stumbled over it wrote it
        "{% if items %}off: {% endif %}ab\nnext",
        "{% if items %}off: ab{% endif %}\nnext",
        "{% if items %}\noff: ab\n{% endif %}\nnext",
    ],
)
def test_a_line_that_ends_with_a_tag_does_not_run_into_the_next(source: str) -> None:
    assert template(source).render(items=("a", "b")) == "off: ab\nnext"


@pytest.mark.parametrize(("language", "line"), [("zh", "将关闭：sample-1"), ("en", "To be switched off: sample-1")])
def test_the_letter_of_what_goes_off_and_when_names_it_in_a_line_of_its_own(language: Language, line: str) -> None:
    letter = render(pack_of("demo"), sample_of(TYPES["termination.scheduled.v1"]), language)
    assert letter is not None and line in letter.body.split("\n")
