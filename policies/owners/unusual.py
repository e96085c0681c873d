"""Numbers beyond what any law or published case has: allowed, and most likely a slip of the pen. One row a kind."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from contracts.words import Text
from policies.faults.citations import Finding
from policies.owners.meant_otherwise import leaves, of_money, warning
from policies.owners.vectors import Vector
from policies.rules.reducing import DAYS, MONTHS
from policies.rules.words import plain, said
from policies.schema import Pack
from policies.spans import in_days, spans_of

TIMES = Text(zh=" 次", en=" times")
PERCENT, PER_MILLE = Text(zh="%", en=" %"), Text(zh="‰", en=" per mille")


class Usual(NamedTuple):
    """Where such a number stands, and between what it lies everywhere else; nothing at all is never unusual."""

    what: Text
    places: tuple[str, ...]
    least: str
    most: str
    unit: Text


def _row(zh: str, en: str, places: str, least: str, most: str, unit: Text) -> Usual:
    return Usual(Text(zh=zh, en=en), tuple(f"*/{place}" for place in places.split()), least, most, unit)


USUAL = (
    _row("反悔期", "a cooling-off", "cooling_off/days given/window_days", "3", "30", DAYS),
    _row("通知期", "a notice", "clocks/notice_period/* notice terms/longest_notice_days", "0", "92", DAYS),
    _row("号码保留期", "a number's rest", "clocks/number_quarantine given/quarantine_days", "0", "366", DAYS),
    _row("免费退出期", "a free exit", "free_exit/days", "1", "183", DAYS),
    _row("记录保存期", "keeping records", "clocks/records_kept", "0", "3660", DAYS),
    _row("异议期限", "the time to dispute a fee", "clocks/dispute_window", "0", "2200", DAYS),
    _row("答复期限", "an answer", "clocks/*", "0", "183", DAYS),
    _row("减免的最少天数", "the fewest days waived", "delay/least_days given/least_days", "0", "31", DAYS),
    _row("合约期", "a term", "longest_term_months term_months table_months release_months", "1", "72", MONTHS),
    _row("封顶", "a cap", "at_most_months cap_months most_months", "0", "36", MONTHS),
    _row("优惠返还的比例", "a rate of a discount", "rate_percent", "-200", "130", PERCENT),
    _row("税率", "a tax", "taxes/* rates/* tax_percent vat_included_percent", "0", "45", PERCENT),
    _row("年利率", "a yearly rate", "percent_a_year", "0.1", "36", PERCENT),
    _row("一次性滞纳金", "a late fee once", "late_fee_once_percent once_percent law_once_percent", "0", "30", PERCENT),
    _row("滞纳金上限", "a limit of late fees", "late_fee_at_most_percent", "1", "100", PERCENT),
    _row("日费率", "a rate a day", "late_fee_per_mille_a_day law_per_mille", "0.05", "30", PER_MILLE),
    _row("比例", "a share", "share_percent percent_off at_most_term_percent", "0", "130", PERCENT),
    _row("返还倍数", "how often it comes back", "overcharge_times given/times", "1", "3", TIMES),
)


def of_pack(pack: Pack) -> Iterator[Finding]:
    parts = {name: getattr(pack, name) for name in ("cooling_off", "delay", "final_account", "free_exit")}
    yield from _told("", leaves(of_money(pack) | parts))
    spans = ((("clocks", *keys), Decimal(in_days(span).days)) for keys, span in spans_of(pack.clocks))
    yield from _told("", spans)
    grounds = ((("exit_grounds", name, "notice"), each.notice) for name, each in pack.exit_grounds.items())
    yield from _told("", ((place, Decimal(in_days(span).days)) for place, span in grounds if span is not None))


def of_vectors(vectors: Iterable[Vector], source: str) -> Iterator[Finding]:
    for vector in vectors:
        yield from _told(f"{source}: vector {vector.id}: ", leaves({"given": vector.given}))


def _told(before: str, found: Iterable[tuple[tuple[str, ...], Any]]) -> Iterator[Finding]:
    for place, value in found:
        number = _number(value)
        kind = next((each for each in USUAL if _is_at(place, each)), None) if number else None
        if kind and number and not Decimal(kind.least) <= number <= Decimal(kind.most):
            yield warning(f"{before or '/'}{'/'.join(place)}", _words(kind, number))


def _is_at(place: tuple[str, ...], kind: Usual) -> bool:
    """A rate with a date stands deeper than one without."""
    written = "/" + "/".join(step for step in place if not step.isdigit() and step != "percent")
    return any(fnmatchcase(written, each) for each in kind.places)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool | Mapping) or not isinstance(value, int | float | Decimal):
        return None
    return Decimal(str(value))


def _words(kind: Usual, number: Decimal) -> Text:
    """Both bounds with their unit, so that a slip in the unit shows."""
    return said(
        f"是 {plain(number)}{kind.unit.zh}；{kind.what.zh}通常为 {kind.least} 至 {kind.most}{kind.unit.zh}，"
        "没有见过这样的法规或案例",
        f"is {plain(number)}{kind.unit.en}; {kind.what.en} is usually {kind.least} to {kind.most}{kind.unit.en}: "
        "no law and no published case we know has more or less",
    )
