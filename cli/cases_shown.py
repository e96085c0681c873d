"""The book of cases on a terminal: a table by country and outcome, or one country's cases one by one."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from cli.presentation import table
from cli.screen import Screen
from policies.amounts import written
from policies.owners.case_book import CaseResult

OUTCOMES = {
    "right": ("相符", "right"),
    "refused": ("拒绝并说明理由", "refused with reason"),
    "published-wrong": ("公布的数字有误", "published figure is wrong"),
    "cannot-be-expressed": ("尚不能表达", "cannot be expressed"),
}


def shown(results: Sequence[CaseResult], screen: Screen, one_by_one: bool) -> Iterator[RenderableType]:
    if one_by_one:
        for each in results:
            yield from _one(each, screen)
    yield _by_country(results, screen)
    for each in results:
        yield from (f"{each.case.id}: {fault}" for fault in each.faults)


def _by_country(results: Sequence[CaseResult], screen: Screen) -> RenderableType:
    whole = screen.words("合计", "all")
    count = Counter[tuple[str, str]]()
    for each in results:
        for country in (each.case.country, whole):
            count.update([(country, each.case.outcome), (country, whole)])
    countries = [*dict.fromkeys(each.case.country for each in results), whole]
    heads = [screen.words(*words) for words in OUTCOMES.values()]
    rows = [(country, *(str(count[country, each] or "") for each in (*OUTCOMES, whole))) for country in countries]
    return table(rows, "", *heads, whole)


def _one(result: CaseResult, screen: Screen) -> Iterator[str]:
    case = result.case
    outcome = screen.words(*OUTCOMES[case.outcome])
    yield f"{case.id} ({case.year})  {case.topic.in_language(screen.language)}: {outcome}"
    yield f"  {case.source.title} — {case.source.where}"
    yield f"  {screen.words('公布', 'published')}: {case.says}"
    if result.minor is not None:
        currency = str(case.given.get("currency", "")) or CURRENCIES.get(case.country, "EUR")
        yield f"  {screen.words('我们的答案', 'our answer')}: {written(result.minor, currency, screen.language)}"
    yield f"  {case.why.in_language(screen.language)}\n"


CURRENCIES = {
    "CN": "CNY", "TW": "TWD", "JP": "JPY", "KR": "KRW", "US": "USD", "CA": "CAD", "GB": "GBP", "NZ": "NZD",
    "AU": "AUD", "MY": "MYR", "SG": "SGD", "PL": "PLN", "IN": "INR", "PE": "PEN", "TR": "TRY", "ZA": "ZAR",
    "PH": "PHP", "HK": "HKD", "NO": "NOK", "systems": "EUR",
}  # fmt: skip
