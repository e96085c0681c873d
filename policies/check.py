"""`tuiding policy check`: a pack's validation, citations, conflicts and golden vectors in one report (N6, N7, N8)."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from contracts.words import Value
from policies.citations import Citation, Finding, citation_findings, citations
from policies.conflicts import conflict_findings
from policies.pack import FOLDER, Pack, PackError, load
from policies.rules.refusal import shown
from policies.vector_files import Found, read_what_fits
from policies.vectors import VectorResult, run

VECTORS = "vectors.yaml"
PLACED = re.compile(r"(\S+: /\S*|\S+): (.*)")  # `demo/pack.yaml: /clocks/x: must be ...`, or a file alone


class PackReport(Value):
    """All that was found of one pack; `pack` is its id, or its name where it could not be loaded."""

    pack: str
    findings: tuple[Finding, ...] = ()
    citations: tuple[Citation, ...] = ()
    vectors_from: str = ""
    vector_faults: tuple[Finding, ...] = ()
    vectors: tuple[VectorResult, ...] = ()

    @property
    def sound(self) -> bool:
        """The pack itself, whatever somebody's vectors say of it."""
        return all(each.level != "error" for each in self.findings)

    @property
    def ok(self) -> bool:
        return self.sound and not self.vector_faults and all(each.passed for each in self.vectors)


class Report(Value):
    packs: tuple[PackReport, ...]

    @property
    def ok(self) -> bool:
        return all(each.ok for each in self.packs)

    @property
    def vectors(self) -> tuple[VectorResult, ...]:
        return tuple(result for each in self.packs for result in each.vectors)

    @property
    def passed(self) -> int:
        return sum(result.passed for result in self.vectors)

    def data(self) -> dict[str, Any]:
        """For programs: the whole report, each vector with whether it passed."""
        passed = {"ok": self.ok, "vectors": len(self.vectors), "passed": self.passed}
        packs = [
            each.model_dump(mode="json", exclude={"vectors"})
            | {"ok": each.ok, "vectors": [row.model_dump(mode="json") | {"passed": row.passed} for row in each.vectors]}
            for each in self.packs
        ]
        return passed | {"packs": packs}

    def lines(self) -> list[str]:
        """For a person: what is wrong first, then what is to be known, then the count."""
        rows = [line for each in self.packs for line in _lines(each)]
        return [*rows, f"vectors: {self.passed} of {len(self.vectors)} pass", "ok" if self.ok else "not ok"]


def check(
    pack_name: str | None, vectors_file: Path | None = None, today: date | None = None, folder: Path = FOLDER
) -> Report:
    """One pack, or all of them; `vectors_file` replaces the pack's own. Never raises for what a file holds."""
    names = [pack_name] if pack_name else sorted(file.parent.name for file in folder.glob("*/pack.yaml"))
    if pack_name is None and vectors_file is not None:
        return Report(packs=(_vectors_alone(vectors_file),))
    return Report(packs=tuple(_check(name, vectors_file, today, folder) for name in names))


def _vectors_alone(file: Path) -> PackReport:
    return PackReport(pack="no pack", **_run(file, None))


def _run(file: Path, pack: Pack | None) -> dict[str, Any]:
    found: Found = read_what_fits(file)
    faults = tuple(_errors("\n".join(found.faults)))
    source = f"{file.parent.name}/{file.name}"
    return {"vectors_from": source, "vector_faults": faults, "vectors": tuple(run(found.vectors, pack))}


def _check(name: str, vectors_file: Path | None, today: date | None, folder: Path) -> PackReport:
    try:
        pack = load(name, folder)
    except PackError as error:
        return PackReport(pack=name, findings=tuple(_errors(str(error))))
    file = vectors_file or folder / name / VECTORS
    there = vectors_file is not None or file.is_file()
    day = today or datetime.now(pack.zone).date()
    return PackReport(
        pack=pack.id,
        findings=(*([] if there else [_no_vectors(name)]), *_findings(pack, day)),
        citations=citations(pack, day),
        **(_run(file, pack) if there else {}),
    )


def _findings(pack: Pack, day: date) -> Iterator[Finding]:
    yield from citation_findings(pack, day)
    yield from conflict_findings(pack, day)


def _errors(lines: str) -> Iterator[Finding]:
    for line in lines.splitlines():
        found = PLACED.match(line)
        yield Finding(level="error", place=found[1] if found else "", what=found[2] if found else line)


def _no_vectors(name: str) -> Finding:
    return Finding(level="warning", place=f"{name}/{VECTORS}", what="there is none: nothing proves this pack's fees")


def _lines(report: PackReport) -> Iterator[str]:
    yield report.pack
    for level in ("error", "conflict", "warning"):
        for each in (finding for finding in report.findings if finding.level == level):
            yield f"  {level}: {_placed(each)}"
    yield from (f"  {_placed(each)}" for each in report.vector_faults)
    for result in report.vectors:
        yield from (f"  {report.vectors_from}: {line}" for line in _said(result))


def _placed(finding: Finding) -> str:
    return ": ".join(filter(None, (finding.place, finding.what)))


def _said(result: VectorResult) -> Iterator[str]:
    """Nothing of one that passes; of the others the field, and how the rule came to what it says."""
    yield from (f"vector {result.id} does not fit {result.rule}: {fault}" for fault in result.faults)
    for off in result.differences:
        got, expected = _written(off.got), _written(off.expected)
        yield f"vector {result.id} ({result.rule}): {off.field} is {got}, expected {expected}"
    yield from (f"vector {result.id} worked out: {step.en}" for step in result.steps)


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    return value if isinstance(value, str) and value else shown(value)
