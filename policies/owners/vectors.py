"""Golden vectors: worked examples that people who know the contract write and the rules reproduce (FV-01 to FV-54)."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from contracts.words import Text, Value
from policies.early_end import priced
from policies.money_terms import FeeRule, UnknownFeeRule
from policies.rules.contract_facts import ContractOnDay
from policies.rules.core import Given, Outcome, RuleError
from policies.rules.families import FAMILIES, EarlyEnd
from policies.rules.refusal import meant, what_fits
from policies.rules.registry import RULES, apply, never_rounds, read_facts, rule_named
from policies.schema import Pack

OF_A_PACK = "fees/"  # `fees/share-of-remaining` is that rule of the pack's own fees.yaml
REFUSED = "refused"  # expect: {refused: term_months} is a vector that must not be worked out
NOT_COMPARED = {"steps"}


class VectorError(ValueError):
    """A file of vectors that cannot be read; names the file, the place and what is allowed there."""


class Vector(Value):
    """One worked example: a rule, the facts it starts from, and those parts of its outcome that are known."""

    id: Annotated[str, BeforeValidator(str), Field(min_length=1, description="its name, such as FV-13")]
    rule: Annotated[str, Field(description="the name of a rule, or `fees/` and a fee rule of the pack")]
    given: Annotated[dict[str, Any], Field(description="the facts of the rule")]
    expect: Annotated[dict[str, Any], Field(min_length=1, description="the parts of its outcome that are compared")]


class Difference(Value):
    field: str
    expected: Any
    got: Any


class VectorResult(Value):
    """`faults` says why a vector does not fit its rule; `differences` where the rule says something else, and how."""

    id: str
    rule: str
    differences: tuple[Difference, ...] = ()
    faults: tuple[str, ...] = ()
    steps: tuple[Text, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.differences and not self.faults


def run(vectors: Iterable[Vector], pack: Pack | None = None) -> list[VectorResult]:
    """Works each one out. With a pack, what it says of rounding, tax, calendar fills in what a vector leaves out."""
    return [_result(vector, pack) for vector in vectors]


def _result(vector: Vector, pack: Pack | None) -> VectorResult:
    try:
        model, outcome = outcome_of(vector, pack)
    except RuleError as error:
        return _refused(vector, str(error))
    compared = _compared(vector.expect, model, outcome)
    steps = outcome.steps if compared["differences"] else ()
    return VectorResult(id=vector.id, rule=vector.rule, steps=steps, **compared)


def outcome_of(vector: Vector, pack: Pack | None) -> tuple[type[Outcome], Outcome]:
    if vector.rule.startswith(OF_A_PACK):
        if pack is None:
            raise RuleError(f"rule: {vector.rule} belongs to a pack; name the pack before --vectors")
        rule = _fee_rule(vector.rule, pack)
        contract = read_facts(ContractOnDay, _filled(vector.given, ContractOnDay, pack))
        return EarlyEnd, priced(rule, contract, pack).fee
    if vector.rule not in RULES and (fee := _fee_rule_meant(vector.rule, pack)):
        raise RuleError(f"rule: there is no rule {vector.rule!r}; did you mean {fee}? A fee rule of a pack is named so")
    known = rule_named(vector.rule)
    if "rounding" in vector.given and (why := never_rounds(vector.rule)):
        raise RuleError(why.en)
    return known.outcome, apply(vector.rule, _filled(vector.given, known.given, pack))


def _fee_rule_meant(name: str, pack: Pack | None) -> str:
    """`fees/share-of-remaining`, for what the pack or a family calls by that name; or nothing."""
    own = [*FAMILIES, *(fee.rule for fee in (pack.fees if pack else ()))]
    near = next(iter(get_close_matches(name, [each for each in own if each not in RULES], n=1, cutoff=0.9)), "")
    return f"{OF_A_PACK}{near}" if near else ""


def _fee_rule(name: str, pack: Pack) -> FeeRule:
    try:
        return pack.fee_rule(name.removeprefix(OF_A_PACK))
    except UnknownFeeRule:
        known = [f"{OF_A_PACK}{fee.rule}" for fee in pack.fees]
        raise RuleError(f"rule: {pack.id} has no fee rule {name!r}; it has: {meant(name, known)}") from None


def _filled(given: Mapping[str, Any], model: type[Given], pack: Pack | None) -> dict[str, Any]:
    return {**(pack.defaults_for(model) if pack else {}), **given}


def _refused(vector: Vector, why: str) -> VectorResult:
    """A refusal that names the expected field is what such a vector wants."""
    lines = tuple(line if line.startswith("rule:") else f"given/{line}" for line in why.splitlines())
    if REFUSED not in vector.expect:
        return VectorResult(id=vector.id, rule=vector.rule, faults=lines)
    wanted = vector.expect[REFUSED]
    if len(vector.expect) == 1 and any(line.startswith(f"given/{wanted}:") for line in lines):
        return VectorResult(id=vector.id, rule=vector.rule)
    told = f"expect/{REFUSED}: stands alone and names the field that is refused, not {wanted!r}"
    return VectorResult(id=vector.id, rule=vector.rule, faults=(told, *lines))


def _compared(expect: dict[str, Any], model: type[Outcome], outcome: Outcome) -> dict[str, Any]:
    fields = {name: field for name, field in model.model_fields.items() if name not in NOT_COMPARED}
    faults, differences = [], []
    for name, value in expect.items():
        if name == REFUSED:
            differences.append(Difference(field=name, expected=value, got="none: it can be worked out"))
        elif name not in fields:
            allowed = [*fields, REFUSED]
            faults.append(f"expect/{name}: the rule does not say that; it says: {meant(name, allowed)}")
        elif why := list(_misfit(name, value, fields[name])):
            faults += why
        elif (got := getattr(outcome, name)) != (wanted := _as(value, fields[name])):
            differences.append(Difference(field=name, expected=wanted, got=got))
    return {"faults": tuple(faults), "differences": tuple(differences)}


def _as(value: Any, field: FieldInfo) -> Any:
    kind: Any = Annotated[(field.annotation, Field(), *field.metadata)]
    return TypeAdapter[Any](kind).validate_python(value)


def _misfit(name: str, value: Any, field: FieldInfo) -> Iterator[str]:
    try:
        _as(value, field)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            yield f"expect/{name}: {what_fits(fault['type'], fault['msg'], value, (name,))}"
