"""`tuiding policy check`: a pack's validation, citations, conflicts and golden vectors in one report (N6, N7, N8)."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from policies.calendar_end import calendar_findings
from policies.editions import Edition, Editions, clashes
from policies.faults.citations import Finding, citation_findings, citations
from policies.faults.conflicts import conflict_findings
from policies.faults.never_named import never_named
from policies.files.folders import FOLDER, Folders, is_there, listed, no_pack, pack_of, parent_of
from policies.files.plain_files import read_plain
from policies.files.whole_files import write_whole
from policies.owners import meant_otherwise, unusual
from policies.owners.report import PackReport, Report
from policies.owners.taken_over import Says, in_another_currency, own_words
from policies.owners.vector_files import Found, read_what_fits
from policies.owners.vectors import Vector, run
from policies.pack import Pack, PackError, edition_folders, load_folder, place_in

VECTORS = "vectors.yaml"
PLACED = re.compile(r"(\S+: /[^\s：]*|[^\s：]+)(?:: |：)(.*)")  # `x/pack.yaml: /clocks/y: must be ...`, or a file alone


def check(
    pack_name: str | None, vectors_file: Path | None = None, today: date | None = None, folder: Folders = FOLDER
) -> Report:
    """One pack in all its editions, or one edition by its folder, or all there are; `vectors_file` replaces their own.

    Never raises for what a file holds.
    """
    if pack_name is None and vectors_file is not None:
        return Report(packs=(_vectors_alone(vectors_file),))
    try:
        names = _named(pack_name, folder)
    except PackError as error:
        return Report(packs=(PackReport(pack=pack_name or "", findings=tuple(_told_by(error))),))
    found = [_check(name, vectors_file, today, folder) for name in names]
    reports = [report for report, pack in found if pack is None]
    for title in sorted({pack.pack for _, pack in found if pack}):
        mine = [(report, pack) for report, pack in found if pack and pack.pack == title]
        reports += _dated(mine, today, folder, pack_name in (None, title))
    return Report(packs=tuple(reports))


def _named(pack_name: str | None, where: Folders) -> list[str]:
    if pack_name is None:
        return list(listed(where))
    return [pack_name] if pack_of(pack_name, where) != pack_name else edition_folders(pack_name, where)


def _vectors_alone(file: Path) -> PackReport:
    return PackReport(pack="no pack", **_run(file, None))


def _run(file: Path, pack: Pack | None) -> dict[str, Any]:
    found: Found = read_what_fits(file)
    faults = tuple(_errors("\n".join(found.faults)))
    source = f"{file.parent.name}/{file.name}"
    return {
        "vectors_from": source,
        "vector_faults": faults,
        "vector_hints": tuple(_hints(found.vectors, source)),
        "vectors": tuple(run(found.vectors, pack)),
    }


Checked = tuple[PackReport, Pack | None]


def _check(name: str, vectors_file: Path | None, today: date | None, where: Folders) -> Checked:
    try:
        pack = load_folder(name, where)
    except PackError as error:
        return PackReport(pack=name, folder=name, findings=tuple(_told_by(error))), None
    file = vectors_file or listed(where)[name] / VECTORS
    there = vectors_file is not None or is_there(file)
    day = max(today or datetime.now(pack.zone).date(), pack.effective_from or date.min)
    parent = parent_of(listed(where)[name])
    found = [*([] if there else [_no_vectors(name, parent, where)]), *_findings(pack, day)]
    base = load_folder(parent, where) if parent else None
    report = PackReport(
        pack=pack.id,
        folder=name,
        extends=parent,
        findings=tuple(_told_apart(found, pack, base, day, own_words(listed(where)[name]))),
        citations=citations(pack, day),
        **(_run(file, pack) if there else {}),
    )
    return report, pack


def _told_apart(found: Sequence[Finding], pack: Pack, base: Pack | None, day: date, says: Says) -> Iterator[Finding]:
    """What the extended pack is told as well is marked, so that a pack's own mistakes are seen."""
    theirs = {_told(each) for each in _findings(base, day)} if base else set()
    needless = {_told(each) for each in never_named(pack) if base and not says(each.place.split("/")[1:])} - theirs
    for each in found:
        if _told(each) not in needless:  # what its owner did not write, its owner need not take out
            yield each.model_copy(update={"inherited": each.level != "error" and _told(each) in theirs})
    yield from in_another_currency(pack, base, says) if base else ()


def _told(finding: Finding) -> tuple[str, str, str]:
    return finding.level, finding.place, finding.what


def _dated(found: Sequence[Checked], today: date | None, where: Folders, all_there: bool) -> Iterator[PackReport]:
    """From when to when each is in force, and, where all are there, whether their dates fit together."""
    of_folder = {report.folder: report for report, _ in found}
    all_of = Editions([Edition(report.folder, pack) for report, pack in found if pack])
    wrong = list(clashes(all_of.all)) if all_there else []
    for each in all_of.all:
        pack, report = each.pack, of_folder[each.folder]
        lines = [place_in(each.folder, where, clash.key, clash.what) for clash in wrong if clash.edition == each]
        day = today or datetime.now(pack.zone).date()
        dates = {
            "effective_from": pack.effective_from,
            "effective_until": all_of.ends(each) or pack.effective_until,
            "state": _state(pack, all_of.on_day(day), day),
            "findings": (*report.findings, *_told_by(PackError.of(lines))),
        }
        yield report.model_copy(update=dates)


def _state(pack: Pack, in_force: Pack | None, day: date) -> str:
    if pack is in_force:
        return "in-force"
    return "not-yet" if pack.effective_from and pack.effective_from > day else "no-longer"


def _hints(vectors: tuple[Vector, ...], source: str) -> Iterator[Finding]:
    yield from meant_otherwise.of_vectors(vectors, source)
    yield from unusual.of_vectors(vectors, source)


def _findings(pack: Pack, day: date) -> Iterator[Finding]:
    yield from citation_findings(pack, day)
    yield from conflict_findings(pack, day)
    yield from calendar_findings(pack, day)
    yield from never_named(pack)
    yield from meant_otherwise.of_pack(pack)
    yield from unusual.of_pack(pack)


def _told_by(error: PackError) -> Iterator[Finding]:
    """Line by line; what the parser says in English alone is shown so in Chinese, too."""
    for en, zh in zip(_errors(error.told.en), _errors(error.told.zh), strict=True):
        yield en.model_copy(update={"zh": "" if zh.what == en.what else zh.what})


def _errors(lines: str) -> Iterator[Finding]:
    for line in lines.splitlines():
        found = PLACED.match(line)
        yield Finding(level="error", place=found[1] if found else "", what=found[2] if found else line)


def _no_vectors(name: str, parent: str, where: Folders) -> Finding:
    place = f"{name}/{VECTORS}"
    if not parent or not (listed(where)[parent] / VECTORS).is_file():
        zh = "没有此文件：没有算例能证明本规则包的费用"
        return Finding(level="warning", place=place, what="there is none: nothing proves this pack's fees", zh=zh)
    copy = f"tuiding policy check {name} --copy-vectors"
    what = f"there is none, and those of {parent} are not inherited: nothing proves this pack's fees; copy them: {copy}"
    zh = f"没有此文件，{parent} 的算例也不会继承：没有算例能证明本规则包的费用；可复制过来：{copy}"
    return Finding(level="warning", place=place, what=what, zh=zh)


def copy_vectors(name: str, where: Folders = FOLDER) -> Path:
    """Those of the pack it extends, into its own folder. Raises `PackError` where there is nothing to copy."""
    if name not in (known := listed(where)):
        raise no_pack(name, known)
    own, parent = known[name] / VECTORS, parent_of(known[name])
    if own.exists():
        place = f"{name}/{VECTORS}"
        raise PackError(f"{place}: is there already; nothing was copied", f"{place}：已经存在，没有复制")
    if not parent or not (known[parent] / VECTORS).is_file():
        place = f"{name}/pack.yaml"
        raise PackError(
            f"{place}: extends no pack with vectors; write your own, see policies/README.md",
            f"{place}：所继承的规则包没有算例；请自己写，见 policies/README.zh-CN.md",
        )
    write_whole(own, read_plain(known[parent] / VECTORS))
    return own
