"""A quote as a person reads it before saying yes: fees, effects, what needs what, dates, clauses."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from cli.presentation import local_time, plain
from cli.screen import Screen

Json = dict[str, Any]


def offer(quote: Json, screen: Screen, zone: str = "") -> Iterator[RenderableType]:
    """Whatever the quote holds, its times in `zone`; parts it does not have are left out."""
    yield _heading(screen, "费用", "Fees")
    for line in quote.get("lines") or ():
        yield f"  {_said(line.get('name'), screen)}  {plain(line.get('amount'), screen.language)}"
        yield from (f"    {_said(step, screen)}" for step in line.get("steps") or ())
    yield Text(f"  {screen.words('合计', 'Total')}  {plain(quote.get('total'), screen.language)}", style="bold")
    yield from _listed(screen, "影响", "What changes", (each.get("what") for each in quote.get("impacts") or ()))
    yield from _graph(quote.get("relations") or {}, screen)
    yield from _dates(quote, screen, zone)


def obstacles(answer: Json, screen: Screen) -> Iterator[RenderableType]:
    """Why just this cannot be asked for now, and what can."""
    found = answer.get("obstacles") or ()
    if found:
        yield _heading(screen, "目前不能单独办理", "Why this cannot be done as it is")
    for each in found:
        yield _point("✗", f"{_said(each.get('reason'), screen)}\n{_said(each.get('remedy'), screen)}")


def _dates(quote: Json, screen: Screen, zone: str) -> Iterator[RenderableType]:
    facts = (
        ("可使用至", "Can be used until", quote.get("service_end")),
        ("计费至", "Charged until", quote.get("charge_end")),
        ("请在此前确认", "Confirm by", quote.get("valid_until") if quote.get("version") else None),
        ("条款", "Clauses", ", ".join(quote.get("clauses") or ())),
        ("规则", "Rules", quote.get("policy")),
    )
    told = [(screen.words(zh, en), value) for zh, en, value in facts if value]
    if told:
        yield _heading(screen, "日期与条款", "Dates and clauses")
    yield from (f"  {name}  {local_time(str(value), zone)}" for name, value in told)


def _graph(relations: Json, screen: Screen) -> Iterator[RenderableType]:
    """Below each service whatever needs it; left out where nothing needs anything."""
    items, needs = relations.get("items") or (), relations.get("needs") or ()
    if not needs:
        return
    yield _heading(screen, "业务依赖（下一级需要上一级）", "What needs what (each needs the one above it)")
    labels = {each["item"]: _label(each, screen) for each in items}
    for root in _roots(list(labels), needs):
        tree = Tree(labels[root], guide_style="dim")
        _grow(tree, root, needs, labels, (root,))
        yield tree


def _roots(items: Sequence[str], needs: Iterable[Json]) -> list[str]:
    """What needs nothing; of a circle, its first."""
    needy = {need["item"] for need in needs}
    found = [item for item in items if item not in needy]
    reached = _above(found, needs)
    for item in items:
        if item not in reached:
            found.append(item)
            reached |= _above([item], needs)
    return found


def _above(items: Sequence[str], needs: Iterable[Json]) -> set[str]:
    found = set(items)
    while more := {need["item"] for need in needs if need["needs"] in found} - found:
        found |= more
    return found


def _grow(tree: Tree, base: str, needs: Sequence[Json], labels: dict[str, Text], above: tuple[str, ...]) -> None:
    for item in (need["item"] for need in needs if need["needs"] == base and need["item"] not in above):
        _grow(tree.add(labels[item]), item, needs, labels, (*above, item))


FATES = {
    "ends": ("将终止", "ends", "red"),
    "loses-its-base": ("失去依赖，需另办套餐", "loses its base, needs a new package", "yellow"),
    "stays": ("保留", "stays", "green"),
}


def _label(item: Json, screen: Screen) -> Text:
    zh, en, style = FATES[item["fate"]]
    label = Text(f"{_said(item.get('name'), screen)}: ").append(screen.words(zh, en), style=style)
    others = item.get("shared_with")
    return label.append(screen.words(f"，{others} 个号码共享", f", shared with {others} lines")) if others else label


def _listed(screen: Screen, zh: str, en: str, texts: Iterable[Any]) -> Iterator[RenderableType]:
    told = [_said(text, screen) for text in texts]
    if told:
        yield _heading(screen, zh, en)
    yield from (_point("-", text) for text in told)


def _point(sign: str, text: str) -> Table:
    """Broken lines stay under their first."""
    shown = Table.grid(padding=(0, 1))
    shown.add_row(f"  {sign}", text)
    return shown


def _heading(screen: Screen, zh: str, en: str) -> Text:
    return Text("\n" + screen.words(zh, en), style="bold")


def _said(text: Any, screen: Screen) -> str:
    return plain(text, screen.language)
