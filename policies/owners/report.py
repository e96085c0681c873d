"""What `tuiding policy check` found, for programs and for people."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

from contracts.words import Value
from policies.faults.citations import Citation, Finding
from policies.owners.vectors import VectorResult
from policies.rules.refusal import shown


class PackReport(Value):
    """All that was found of one edition of a pack; `pack` is its id, or its name where it could not be loaded.

    `effective_until` is its last day, also where only the beginning of the next one says so.
    """

    pack: str
    folder: str = ""
    extends: str = ""
    effective_from: date | None = None
    effective_until: date | None = None
    state: Literal["", "not-yet", "in-force", "no-longer"] = ""  # today
    findings: tuple[Finding, ...] = ()
    citations: tuple[Citation, ...] = ()
    vectors_from: str = ""
    vector_faults: tuple[Finding, ...] = ()
    vector_hints: tuple[Finding, ...] = ()
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

    def lines(self, language: str = "en") -> list[str]:
        """For a person: what is wrong first, then what is to be known, then the count."""
        zh = language == "zh"
        rows = [line for each in self.packs for line in _lines(each, zh)]
        return [
            *rows,
            f"{'算例：' if zh else 'vectors: '}{self._count(zh)}",
            ("通过" if zh else "ok") if self.ok else ("未通过" if zh else "not ok"),
        ]

    def _count(self, zh: bool) -> str:
        if self.vectors:
            return f"{self.passed}/{len(self.vectors)} 通过" if zh else f"{self.passed} of {len(self.vectors)} pass"
        if not self.ok:  # there may be some: nothing is worked out by rules that cannot be read
            return "未运行，请先改正上面的错误" if zh else "not run: put right first what is wrong above"
        return "没有" if zh else "there is none"


def _lines(report: PackReport, zh: bool) -> Iterator[str]:
    yield f"{report.pack}{_when(report, zh)}"
    own = [finding for finding in report.findings if not finding.inherited]
    for level in LEVELS:
        for each in (finding for finding in own if finding.level == level):
            yield f"  {LEVELS[level] if zh else level}: {_placed(each, zh)}"
    yield from (f"  {_placed(each, zh)}" for each in report.vector_faults)
    yield from (f"  {LEVELS['warning'] if zh else 'warning'}: {_placed(each, zh)}" for each in report.vector_hints)
    for result in report.vectors:
        yield from (f"  {report.vectors_from}: {line}" for line in _said(result, zh))
    if inherited := len(report.findings) - len(own):
        yield _folded(inherited, report.extends, zh)


LEVELS = {"error": "错误", "conflict": "冲突", "warning": "提示"}


def _folded(count: int, parent: str, zh: bool) -> str:
    command = f"tuiding policy check {parent}"
    if zh:
        return f"  另有 {count} 条与 {parent} 相同的提示，详见：{command}"
    return f"  {count} more that {parent} is told as well, see: {command}"


def _placed(finding: Finding, zh: bool) -> str:
    return ": ".join(filter(None, (finding.place, (zh and finding.zh) or finding.what)))


def _said(result: VectorResult, zh: bool) -> Iterator[str]:
    """Nothing of one that passes; of the others the field, and how the rule came to what it says."""
    which = f"算例 {result.id}" if zh else f"vector {result.id}"
    yield from (f"{which}{' 不适合 ' if zh else ' does not fit '}{result.rule}: {fault}" for fault in result.faults)
    for off in result.differences:
        got, expected = _written(off.got), _written(off.expected)
        told = f"{off.field} 算得 {got}，应为 {expected}" if zh else f"{off.field} is {got}, expected {expected}"
        yield f"{which} ({result.rule}): {told}"
    for step in result.steps:
        yield f"{which} 的算法：{step.zh}" if zh else f"{which} worked out: {step.en}"


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    return value if isinstance(value, str) and value else shown(value)


STATES = {  # in Chinese, in English, and how the first day is joined to it
    "in-force": ("现行有效", "in force", "since"),
    "not-yet": ("尚未生效", "comes into force", "on"),
    "no-longer": ("已失效", "was in force", ""),
}


def _when(report: PackReport, zh: bool) -> str:
    if not report.state:
        return ""
    state_zh, state_en, joined = STATES[report.state]
    first, last = report.effective_from if joined else None, report.effective_until
    begins = (f"自 {first} 起" if zh else f"{joined} {first}") if first else ""
    ends = (f"至 {last} 止" if zh else f"until {last}") if last else ""
    words = filter(None, (state_zh if zh else state_en, begins, ends))
    return f" ({report.folder}): {('，' if zh else ' ').join(words)}"
