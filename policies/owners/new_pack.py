"""`tuiding policy new`: a pack to begin with, that passes its check before anything in it is changed."""

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from contracts.words import Text
from policies.files.folders import FOLDER, listed, no_pack, parent_of
from policies.files.reading import PackError
from policies.owners.vectors import OF_A_PACK
from policies.pack import load_folder
from policies.rules.words import plain
from policies.schema import Pack

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,60}")
A_VECTOR = re.compile(r"(?m)^(?=  - id:)")
PACK = """\
extends: {parent}          # everything that is not said here is as there
pack: {name}               # the name of this folder
version: "1"               # yours to count; keep the quotes

# time_zone: {zone}    # as in {parent}; another country has its own
# currency: {currency}
# taxes: {{{taxes}}}    # percent by code; fees.yaml names the codes
# clocks:
#   quote_validity: P3D    # what you promise otherwise; policies/README.md has every key
"""


class Begun(NamedTuple):
    """The folder, its files, and what to look at first, in that order."""

    folder: Path
    files: tuple[Path, ...]
    first: tuple[Text, ...]


def begin(name: str, parent: str, into: Path) -> Begun:
    """Raises `PackError` where the name will not do, or something is there already."""
    known = listed([FOLDER, into] if into.is_dir() else FOLDER)
    if parent not in known:
        raise no_pack(parent, known, "--from: ")
    if not NAME.fullmatch(name):
        raise PackError(
            f"{name!r} is no name for a pack: small letters, digits and dashes, such as my-carrier",
            f"{name!r} 不能作规则包的名字：请用小写字母、数字和连字符，例如 my-carrier",
        )
    if name in known or (into / name).exists():
        place = into / name
        raise PackError(
            f"{place}: there is a pack {name} already; take another name", f"{place}：已有规则包 {name}；请换一个名字"
        )
    folder = into / name
    texts = {"pack.yaml": _own_pack(name, parent, load_folder(parent, [FOLDER, into] if into.is_dir() else FOLDER))}
    fees = _source("fees.yaml", parent, known)
    texts["fees.yaml"] = fees.read_text(encoding="utf-8")
    texts["vectors.yaml"] = _own_examples((fees.parent / "vectors.yaml").read_text(encoding="utf-8"))
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into, prefix=".", ignore_cleanup_errors=True) as fresh:
        made = Path(fresh) / name
        made.mkdir()
        for file, text in texts.items():
            (made / file).write_text(text, encoding="utf-8")
        made.replace(folder)  # whole, or not there
    return Begun(
        folder, tuple(folder / file for file in texts), tuple(_first(folder, _source("clauses.yaml", parent, known)))
    )


def _own_pack(name: str, parent: str, like: Pack) -> str:
    """What another country has otherwise first of all, as it is in the pack that is extended."""
    codes = sorted({fee.tax for fee in like.fees if fee.tax})
    taxes = ", ".join(f"{code}: {plain(like.taxes[code][-1].percent)}" for code in codes) or "standard: 20"
    return PACK.format(parent=parent, name=name, zone=like.time_zone, currency=like.currency, taxes=taxes)


def _source(file: str, parent: str, known: Mapping[str, Path]) -> Path:
    """In the pack that is extended, or the one that this extends."""
    own = known[parent] / file
    return own if own.is_file() else _source(file, parent_of(known[parent]), known)


def _own_examples(text: str) -> str:
    """The worked examples of the pack's own fee rules; all of them where it has none of these."""
    head, *rows = A_VECTOR.split(text)
    mine = [row for row in rows if f"rule: {OF_A_PACK}" in row]
    told = "# Worked examples: what your contracts cost on some days. One for each rule in fees.yaml, at least.\n"
    return told + "vectors:\n" + "".join(mine) if mine else head + "".join(rows)


def _first(folder: Path, clauses_file: Path) -> list[Text]:
    clauses = f"cp {os.path.relpath(clauses_file)} {folder}/"
    return [
        Text(
            zh=f"{folder}/fees.yaml：提前终止如何收费；每条规则至少在 vectors.yaml 里有一个算例",
            en=f"{folder}/fees.yaml: how an early end is charged; each rule with an example in vectors.yaml",
        ),
        Text(
            zh=f"{folder}/pack.yaml：货币、时区、税率若与它不同；再看你的承诺（clocks）：notice_period、quote_validity、dispute_window",
            en=f"{folder}/pack.yaml: currency, time_zone and taxes where yours are others; your promises (clocks), "
            "first notice_period, quote_validity, dispute_window",
        ),
        Text(
            zh=f"条款：现为示范协议，请换成你自己的：{clauses}",
            en=f"clauses: those of a model agreement stand in for yours: {clauses}",
        ),
        Text(
            zh="conditions.yaml、notices.yaml：受理条件与信函，需要改时同样整份复制",
            en="conditions.yaml and notices.yaml: who is refused, and every letter; copied whole in the same way",
        ),
    ]
