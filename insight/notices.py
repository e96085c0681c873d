"""Every notice of a pack in both languages as pages to look at, made from the examples of the contract."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from jinja2 import Environment, FileSystemLoader, select_autoescape
from pydantic import ValidationError

from contracts.asyncapi import EXAMPLES
from contracts.messages import TYPES, ForCustomer
from contracts.words import Language
from policies.files.whole_files import write_whole
from policies.notices import Rendered, render
from policies.pack import Pack
from policies.schema import Notice

PAGES = Environment(loader=FileSystemLoader(Path(__file__).parent / "pages"), autoescape=select_autoescape())
ADDED: tuple[dict[str, Any], ...] = ({"cooling_off": ["plan-basic"]}, {"ported": True})  # in no older example
OTHERS: dict[str, tuple[Any, ...]] = {"minor": (0, 1234), "kind": ("product", "line", "port-out")}


class Page(NamedTuple):
    """One notice in one language; `rendered` is None where no example leads to it."""

    notice: str
    event: str
    when: str
    language: Language
    rendered: Rendered | None

    @property
    def file(self) -> str:
        return f"{self.notice}.{self.language}.html"


def pages(pack: Pack) -> Iterator[Page]:
    for notice in pack.notices:
        event = fitting(pack, notice)
        for language in Language:
            rendered = render(pack, event, language) if event else None
            yield Page(notice.notice, notice.event, notice.when, language, rendered)


def fitting(pack: Pack, notice: Notice) -> ForCustomer | None:
    """One of the event's examples, or its first with one of its values changed where the notice is for another case."""
    model = TYPES[notice.event]
    example = orjson.loads((EXAMPLES / f"{notice.event}.json").read_bytes())
    others = (orjson.loads(file.read_bytes()) for file in sorted(EXAMPLES.glob(f"{notice.event}+*.json")))
    for body in chain(_variants(example), ({**example, **added} for added in ADDED), others):
        try:
            event = model.model_validate_json(orjson.dumps(body), strict=True)
        except ValidationError:
            continue
        if isinstance(event, ForCustomer) and _leads_to(pack, event, notice):
            return event
    return None


def _leads_to(pack: Pack, event: ForCustomer, notice: Notice) -> bool:
    rendered = render(pack, event, event.audience.language)
    return rendered is not None and rendered.notice == notice.notice


def _variants(body: Any) -> Iterator[Any]:
    """The body itself, then with one truth turned round, one amount or one kind as something else."""
    yield body
    parts: list[tuple[Any, Any]] = list(body.items() if isinstance(body, dict) else enumerate(body))
    for name, value in parts:
        inner = _variants(value) if isinstance(value, dict | list) else _others(name, value)
        for other in inner:
            yield {**body, name: other} if isinstance(body, dict) else [*body[:name], other, *body[name + 1 :]]


def _others(name: Any, value: Any) -> tuple[Any, ...]:
    return (not value,) if isinstance(value, bool) else OTHERS.get(name, ())


def write(pack: Pack, folder: Path) -> list[Page]:
    """`index.html` and a page for each notice and language; what was there under those names is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    made = list(pages(pack))
    for page in made:
        text = PAGES.get_template("notice.html").render(page=page, pack=pack)
        write_whole(folder / page.file, text.encode())
    index = PAGES.get_template("notices.html").render(pages=made, pack=pack)
    write_whole(folder / "index.html", index.encode())
    return made
