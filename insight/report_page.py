"""The report as one page that needs nothing else: no script, no font, no picture from anywhere."""

from datetime import timedelta

from contracts.words import Text
from insight.notices import PAGES
from insight.report import Report
from policies.amounts import amount

WORDS = {
    "day": Text(zh="每日申请", en="Requests by day"),
    "kind": Text(zh="事项", en="What was to end"),
    "channel": Text(zh="渠道", en="Channels"),
    "reason": Text(zh="原因", en="Reasons"),
    "end": Text(zh="结果", en="How they ended"),
    "review": Text(zh="审核", en="Review"),
    "quote": Text(zh="费用确认单", en="Quote"),
    "customer": Text(zh="客户考虑", en="The customer's answer"),
    "settlement": Text(zh="结算", en="Settlement"),
    "notice-period": Text(zh="通知期", en="Notice period"),
    "termination": Text(zh="终止", en="Switching off"),
    "last-notice": Text(zh="最后通知", en="Last notice"),
    "whole": Text(zh="全程", en="From start to end"),
}


def html(report: Report, language: str) -> str:
    told = report.as_json()
    names = {name: text.in_language(language) for name, text in WORDS.items()}
    template = PAGES.get_template("report.html")
    return template.render(
        told=told,
        names=names,
        language=language,
        span=span,
        money=lambda minor, currency: plain_money(minor, currency, language),
    )


def plain_money(minor: int, currency: str, language: str) -> str:
    return amount({"minor": minor, "currency": currency}, language)


def span(seconds: float) -> str:
    """`0.4 s`, `3 min 20 s`, `2 h 5 min`, `30 d 2 h`: the two largest units."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    whole = timedelta(seconds=round(seconds))
    hours, rest = divmod(whole.seconds, 3600)
    parts = [(whole.days, "d"), (hours, "h"), (rest // 60, "min"), (rest % 60, "s")]
    first = next(at for at, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)
