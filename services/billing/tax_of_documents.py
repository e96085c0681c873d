"""Tax rounded once for all lines of a code, then spread over them, where a pack rounds by document (FV-44). Pure."""

from collections.abc import Iterable, Iterator
from datetime import date

from contracts.fee_lines import FeeLine
from contracts.words import Text
from policies.amounts import in_both
from policies.pack import Pack
from policies.rules.tax import Tax, TaxedLine, tax

TAXED = ("due", "held")  # of what is paid already or never charged the tax stays what it was


def by_document(lines: Iterable[FeeLine], day: date, pack: Pack) -> tuple[FeeLine, ...]:
    """`day`: of the supply."""
    found = tuple(lines)
    mine = [line for line in found if line.tax_code and line.net and line.status in TAXED]
    if pack.tax_rounding == "line" or len(mine) < 2:
        return found
    nets = tuple(TaxedLine(net_minor=line.net.minor, tax=line.tax_code) for line in mine if line.net)
    given = Tax(lines=nets, rates=pack.rates_on(day), by="document", rounding=pack.rounding)
    taxes = dict(zip((line.line for line in mine), tax(given).line_taxes_minor, strict=True))
    return tuple(_spread(found, taxes, pack))


def _spread(lines: Iterable[FeeLine], taxes: dict[str, int], pack: Pack) -> Iterator[FeeLine]:
    for line in lines:
        if line.line not in taxes or line.net is None or pack.money(taxes[line.line]) == line.tax:
            yield line
            continue
        part = pack.money(taxes[line.line])
        shown = in_both(part)
        step = Text(zh=f"税按整单取整，本项为 {shown.zh}", en=f"tax rounded for the whole document, here: {shown.en}")
        changes = {"tax": part, "amount": line.net + part, "steps": (*line.steps, step)}
        yield line.model_copy(update=changes)
