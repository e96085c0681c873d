"""How a notice becomes words: Jinja in a sandbox, and the filters for money, days, moments and clauses.

A template sees the fields of its event, `pack` and `language`. It cannot call anything: filters do the work.
"""

import re
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime, tzinfo
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_name
from jinja2 import StrictUndefined, Template, TemplateSyntaxError, meta, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from contracts.messages import ForCustomer
from contracts.words import Money, Text
from policies.amounts import shown
from policies.clauses import Clause
from policies.files.paths import dead_ends
from policies.files.plainness import too_much
from policies.schema import Pack
from policies.spans import Length, said

MONTHS = Locale("en").months["format"]["wide"]


@pass_context
def money(context: Context, amount: Money) -> str:
    """¥12.30 in zh, CNY 12.30 in en."""
    return shown(amount, context["language"])


@pass_context
def day(context: Context, value: datetime | date) -> str:
    """2026年3月1日, 1 March 2026; a moment's day is the customer's, in the pack's time zone."""
    if isinstance(value, datetime):
        value = _local(context, value)
    return _day(value, context["language"])


@pass_context
def moment(context: Context, value: datetime) -> str:
    """2026年3月1日 16:05, 1 March 2026 16:05, in the pack's time zone; cut, so never later than promised."""
    pack: Pack = context["pack"]
    return _moment(value, pack.zone, context["language"], pack.seconds_in_letters)


@lru_cache(maxsize=1024)
def _moment(value: datetime, zone: tzinfo, language: str, with_seconds: bool) -> str:
    local = value.astimezone(zone)
    seconds = f":{local.second:02}" if with_seconds else ""
    twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()  # when the clocks go back
    which = f" (UTC{local.isoformat()[-6:]})" if twice else ""
    return f"{_day(local, language)} {local.hour:02}:{local.minute:02}{seconds}{which}"


@pass_context
def zone(context: Context, pack: Pack) -> str:
    """中国时间, Central European Time; the zone's own id where it has no such name."""
    return zone_name(pack.time_zone, context["language"])


@lru_cache(maxsize=64)
def zone_name(time_zone: str, language: str) -> str:
    if not get_global("meta_zones").get(time_zone):
        return time_zone
    return get_timezone_name(ZoneInfo(time_zone), width="long", locale=language, zone_variant="generic")


def _local(context: Context, value: datetime) -> datetime:
    pack: Pack = context["pack"]
    return value.astimezone(pack.zone)


def _day(value: date, language: str) -> str:
    if language == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {MONTHS[value.month]} {value.year}"


@pass_context
def span(context: Context, value: Length) -> str:
    """90 天, 48 hours, 5 working days: a clock of the pack in words."""
    return said(value).in_language(context["language"])


@pass_context
def due(context: Context, value: datetime, length: Length) -> datetime:
    """When a clock of the pack that began then is due."""
    pack: Pack = context["pack"]
    return pack.due(value, length)


@pass_context
def text(context: Context, value: Text) -> str:
    return value.in_language(context["language"])


@pass_context
def named(context: Context, item: str) -> str:
    """The carrier's name of an item the request is about; its id where the CRM gave none."""
    known: Text | None = context["audience"].names.get(item)
    return known.in_language(context["language"]) if known else item


@pass_context
def authority(context: Context, clauses: str | Iterable[str]) -> str:
    """Instrument and article of those clauses that may be shown as authority; empty when none may (N8)."""
    wanted = (clauses,) if isinstance(clauses, str) else tuple(clauses)
    return cited(context["pack"], wanted, context["language"])


def cited(pack: Pack, wanted: Collection[str], language: str) -> str:
    shown = [c for c in pack.clauses if c.clause in wanted and c.status in ("contract", "verified")]
    names = dict.fromkeys(_cited(clause, language) for clause in shown)  # one article may hold two clauses
    return ("、" if language == "zh" else "; ").join(names)


def _cited(clause: Clause, language: str) -> str:
    name = clause.instrument.in_language(language)
    if not clause.article:
        return name
    return f"{name}第{clause.article}条" if language == "zh" else f"{name}, art. {clause.article}"


@cache
def _fields(kind: type) -> frozenset[str]:
    return frozenset(getattr(kind, "model_fields", ()))


class _Letters(SandboxedEnvironment):
    def is_safe_callable(self, obj: Any) -> bool:
        return False

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A field of ours holds a value, which is safe; of anything else the sandbox asks what it is."""
        return getattr(obj, attribute) if attribute in _fields(obj.__class__) else super().getattr(obj, attribute)


FILTERS: tuple[Callable[..., Any], ...] = (money, day, moment, zone, due, span, text, named, authority)
TAG = re.compile("{%.*?%}")
ENVIRONMENT = _Letters(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
ENVIRONMENT.filters.update({each.__name__: each for each in FILTERS})


def whole_lines(source: str) -> str:
    """A line of words that ends with a tag keeps its end: trimming is for lines of tags alone."""
    rows = source.split("\n")
    return "\n".join(f"{row}\n" if _runs_on(row, after) else row for row, after in pairwise([*rows, ""]))


def _runs_on(row: str, after: str) -> bool:
    return row.endswith("%}") and bool(TAG.sub("", row).strip()) and bool(after.strip())


@lru_cache(maxsize=4096)
def template(source: str) -> Template:
    made = ENVIRONMENT.from_string(whole_lines(source))
    made.globals = {}  # nothing of Jinja's own is a field (`template_fault`), and each rendering would copy them
    return made


@lru_cache(maxsize=1024)
def condition(source: str) -> Callable[..., Any]:
    return ENVIRONMENT.compile_expression(source, undefined_to_none=False)


@lru_cache(maxsize=4096)
def template_fault(source: str, event: type[ForCustomer]) -> Text | None:
    """What is wrong with it, or nothing: its syntax, what no notice may do, or a field that does not exist."""
    try:
        tree = ENVIRONMENT.parse(source)
        if fault := next(too_much(tree, tuple(each.__name__ for each in FILTERS)), None):
            return fault  # before it is compiled, which works out what it can
        ENVIRONMENT.compile(tree)
    except TemplateSyntaxError as error:
        return Text(zh=f"模板第 {error.lineno} 行：{error.message}", en=f"line {error.lineno}: {error.message}")
    except ValueError as error:  # a number of thousands of digits
        return Text(zh=f"模板无法读取：{error}", en=f"it cannot be read: {error}")
    except RecursionError:
        return Text(zh="模板嵌套太深", en="it is nested too deeply")
    scope = {name: field.annotation for name, field in event.model_fields.items()} | {"pack": Pack, "language": str}
    if unknown := sorted(meta.find_undeclared_variables(tree) - set(scope)):
        known = ", ".join(scope)
        en = f"there is no field {unknown[0]!r}; the fields are: {known}"
        return Text(zh=f"没有字段 {unknown[0]!r}；现有：{known}", en=en)
    return next(dead_ends(tree, scope), None)
