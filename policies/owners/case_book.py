"""The book of cases: what regulators, courts, carriers and bug trackers published, and what we answer to it.

`cases/*.yaml` holds them, a file a country; `tuiding policy cases` runs and shows them.
"""

from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from contracts.words import Text, Value
from policies.account_terms import ExitGround
from policies.conditions import holding
from policies.facts import FACTS, NAME_FACTS
from policies.files.reading import PackError, read
from policies.money_terms import FeeRule
from policies.owners.vectors import REFUSED, Vector, VectorResult, run
from policies.pack import Pack, load
from policies.rules.core import Day, Minor
from policies.rules.refusal import lines_of

FOLDER = Path(__file__).parent.parent / "cases"
FIRST = "CN"  # the default pack's own country
SYSTEMS = "systems"  # billing systems: what they owe is asked of no one country
Outcome = Literal["right", "refused", "published-wrong", "cannot-be-expressed"]
OF_CONDITIONS = "conditions/"
AS_WRITTEN = "fees/case"
A_LINE: dict[str, Any] = {
    "status": "active",
    "account": "open",
    "segment": "personal",
    "real_name_verified": True,
    "days_since_port_in": 99999,
}


class Source(Value):
    """Where it was published, so that anybody can look; `seen`: all of the text, a passage, or what others tell."""

    title: Annotated[str, Field(min_length=5)]
    where: Annotated[str, Field(min_length=5)]
    read: Day
    seen: Literal["text", "excerpt", "restated"]


class Case(Value):
    """One published case. `figures`: the source's own, or worked by us from the rule it cites.

    `fee` is a fee rule as a pack would write it; without it `rule` names one, or `conditions/` and a kind of request.
    `ground` is an exit ground, which is named `case` then.
    """

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,4}-[a-z0-9-]+$")]
    country: Annotated[str, Field(pattern=rf"^([A-Z]{{2}}|{SYSTEMS})$")]
    year: Annotated[int, Field(ge=1990, le=2030)]
    topic: Text
    source: Source
    says: Annotated[str, Field(min_length=3)]
    figures: Literal["published", "ours"]
    published_minor: Minor | None = None
    pack: str = "cn-carrier"
    fee: dict[str, Any] | None = None
    ground: dict[str, Any] | None = None
    rule: str = AS_WRITTEN
    given: Annotated[dict[str, Any], Field(default_factory=dict)]
    expect: Annotated[dict[str, Any], Field(default_factory=dict)]
    outcome: Outcome
    why: Text

    @model_validator(mode="after")
    def _says_what_its_outcome_needs(self) -> Self:
        if (self.outcome == "cannot-be-expressed") is bool(self.expect):
            raise ValueError("expect: is there, unless the case cannot be expressed")
        if self.outcome == "refused" and REFUSED not in self.expect:
            raise ValueError(f"expect/{REFUSED}: a refused case names the field")
        if self.outcome == "published-wrong" and self.published_minor is None:
            raise ValueError("published_minor: what was published is kept as it was")
        if self.figures == "published" and self.outcome == "right" and self.published_minor is None:
            raise ValueError("published_minor: is missing where the figures are the source's")
        return self


class CaseResult(Value):
    """`minor` is what we answer; `faults` says where that is not what the book says."""

    case: Case
    minor: int | None = None
    faults: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.faults


def book(folder: Path = FOLDER) -> tuple[Case, ...]:
    """Every case. Raises `PackError` with one line a fault."""
    found: list[Case] = []
    lines: list[Text] = []  # what is wrong with a row of this book is told to who develops, in English
    for file in sorted(folder.glob("*.yaml")):
        for number, row in enumerate(read(file).data.get("cases") or ()):
            try:
                found.append(Case.model_validate(row))
            except ValidationError as error:
                place = row.get("id", number) if isinstance(row, dict) else number
                wrong = [f"cases/{file.name}: /{place}/{line}" for line in lines_of(error, Case)]
                lines += [Text(zh=line, en=line) for line in wrong]
    twice = [name for name, times in Counter(case.id for case in found).items() if times > 1]
    lines += [Text(zh=f"cases: /{name}: 出现两次", en=f"cases: /{name}: is there twice") for name in twice]
    if lines:
        raise PackError.of(lines)
    return tuple(sorted(found, key=lambda case: (case.country != FIRST, case.country == SYSTEMS, case.country)))


def worked(cases: Iterable[Case]) -> tuple[CaseResult, ...]:
    return tuple(_worked(case) for case in cases)


def _worked(case: Case) -> CaseResult:
    if case.outcome == "cannot-be-expressed":
        return CaseResult(case=case)
    if case.rule.startswith(OF_CONDITIONS):
        return CaseResult(case=case, faults=tuple(_of_conditions(case)))
    try:
        (result,) = run([_vector(case)], _pack(case))
    except ValidationError as error:
        return CaseResult(case=case, faults=tuple(lines_of(error, FeeRule)))
    minor = case.expect.get("amount_minor")
    faults = (*_told(result), *_against_the_published(case, minor))
    return CaseResult(case=case, minor=minor if result.passed else None, faults=faults)


def _vector(case: Case) -> Vector:
    return Vector(id=case.id, rule=case.rule, given=case.given, expect=case.expect)


def _told(result: VectorResult) -> Iterable[str]:
    yield from result.faults
    yield from (f"{off.field} is {off.got}, expected {off.expected}" for off in result.differences)


def _against_the_published(case: Case, minor: int | None) -> Iterable[str]:
    if case.published_minor is None or case.outcome == "refused":
        return
    same = minor is not None and abs(minor) == case.published_minor  # what comes back is below nothing
    if case.outcome == "right" and not same:
        yield f"published_minor is {case.published_minor}, which is not what we answer"
    if case.outcome == "published-wrong" and same:
        yield "published_minor is what we answer: then nothing is wrong with it"


def _of_conditions(case: Case) -> Iterable[str]:
    """Which rows of the pack's table hold for such a request, by name."""
    facts = {name: case.given.get(name, A_LINE.get(name, False)) for name in FACTS}
    facts |= dict.fromkeys(NAME_FACTS, "")
    rows = holding(_loaded(case.pack), case.rule.removeprefix(OF_CONDITIONS), facts, ("return", "reject"))  # type: ignore[arg-type]
    if (found := [row.rule for row in rows]) != case.expect.get("rows"):
        yield f"rows is {found}, expected {case.expect.get('rows')}"


@cache
def _loaded(name: str) -> Pack:
    return load(name)


def _pack(case: Case) -> Pack:
    """The pack of the case; with the fee rule that the case writes out, as if it stood in its fees.yaml."""
    pack = _loaded(case.pack)
    if case.fee is None:
        return pack
    name = {"zh": "案例", "en": "case"}
    rule = FeeRule.model_validate({"rule": "case", "name": name, "clause": pack.fees[0].clause, **case.fee})
    return pack.model_copy(update={"fees": (rule,), "exit_grounds": _grounds(case, rule) or pack.exit_grounds})


def _grounds(case: Case, rule: FeeRule) -> dict[str, ExitGround]:
    if case.ground is None:
        return {}
    known = {"name": rule.name, "proof": rule.name, "clause": rule.clause}
    return {"case": ExitGround.model_validate(known | case.ground)}
