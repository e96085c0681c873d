"""A policy pack: conditions, fees, clocks, clauses and notices as data, validated before any service starts.

A pack is a folder of YAML files. `pack.yaml` may name another pack it `extends`; what it says itself wins, key by key.
"""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import AfterValidator, Field, ValidationError

from contracts.messages import TYPES
from contracts.messages.commands import ComplaintLevel
from contracts.words import Channel, ClauseId, Kind, Money, Text, Value

FOLDER = Path(__file__).parent
FILES = ("pack", "conditions", "fees", "clauses", "notices")


class PackError(Exception):
    """A pack that must not be used; names the file, the place and what is allowed there."""


def _not_negative(duration: timedelta) -> timedelta:
    if duration < timedelta(0):
        raise ValueError("a duration is never negative")
    return duration


Duration = Annotated[timedelta, AfterValidator(_not_negative)]  # ISO 8601 in the files: P30D, PT20S


class NoticePeriod(Value):
    """How long before the end the customer must ask (R18): inside a commitment, and outside one."""

    inside_contract: Duration
    outside_contract: Duration


class Clocks(Value):
    """Every promise with a time in it (N4)."""

    review_decision: Duration
    information_answer: Duration
    quote_validity: Duration
    payment_retry: Duration
    notice_period: dict[Kind, NoticePeriod]
    termination_promise: Duration  # after the service's end, until every item must be off
    complaint_answer: dict[ComplaintLevel, Duration]
    dispute_answer: Duration
    dispute_window: Duration
    number_quarantine: Duration


class ChannelRule(Value):
    """What a channel may do and what it must bring as proof of who said yes (R6-R8)."""

    kinds: tuple[Kind, ...]
    proof: tuple[Literal["agent", "call", "identity_document"], ...] = ()
    confirmation_proof: tuple[Literal["agent", "call", "signed_paper"], ...] = ()
    needs_open_account: bool = False


class Test(Value):
    """`{fact: arrears, above: 0}`: one comparison of one fact."""

    fact: str
    above: int | None = None
    below: int | None = None
    is_: Annotated[str | int | bool | None, Field(alias="is")] = None
    is_not: str | int | bool | None = None


class Condition(Value):
    """A row of the review's decision table: when all tests hold, this outcome, on this ground."""

    rule: str
    applies_to: tuple[Kind, ...]
    when: tuple[Test, ...]
    outcome: Literal["return", "reject", "ask", "refer"]
    clause: ClauseId
    reason: Text
    remedy: Text


class FeeRule(Value):
    """How an early end is charged; contracts name the rule, the arithmetic is `family` (services/billing/fees.py)."""

    rule: str
    family: Literal["none", "fixed", "share-of-remaining"]
    name: Text
    clause: ClauseId
    months: Literal["started", "completed"] = "completed"


class Clause(Value):
    """A clause a decision may rest on. Only a verified one (or the contract itself) is shown as authority."""

    clause: ClauseId
    instrument: Text
    article: str
    text: Text
    status: Literal["contract", "verified", "unverified"]
    source: str


class Notice(Value):
    """The words for one event, zh and en, as Jinja text over the event. `closes`: the last word of a request.

    `when` is a Jinja expression over the event, such as `paid.minor > 0`.
    """

    notice: str
    event: str
    when: str = "true"
    subject: Text
    body: Text
    closes: bool = False


class Waiver(Value):
    """What the customer gets back when the carrier is late (R34, N5)."""

    clause: ClauseId
    least_days: Annotated[int, Field(ge=0)] = 1


class Pack(Value):
    """One operator's rules at one time; `id` is name, version and a hash of the content."""

    pack: str
    version: str
    digest: str
    time_zone: str
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    clocks: Clocks
    channels: dict[Channel, ChannelRule]
    charge_end: dict[Kind, Literal["at-service-end", "month-end"]]
    delay: Waiver
    withdrawal_clause: ClauseId
    quarantine_clause: ClauseId
    conditions: tuple[Condition, ...]
    fees: tuple[FeeRule, ...]
    clauses: tuple[Clause, ...]
    notices: tuple[Notice, ...]

    @property
    def id(self) -> str:
        return f"{self.pack}@{self.version}+{self.digest}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def fee_rule(self, name: str) -> FeeRule:
        return next(rule for rule in self.fees if rule.rule == name)

    def money(self, minor: int) -> Money:
        return Money(minor=minor, currency=self.currency)


def load(name: str, folder: Path = FOLDER) -> Pack:
    """Raises `PackError` with one line a fault."""
    data = _read(name, folder, ())
    digest = hashlib.sha256(yaml.safe_dump(data, sort_keys=True, allow_unicode=True).encode()).hexdigest()[:12]
    try:
        pack = Pack.model_validate({**data, "digest": digest})
    except ValidationError as error:
        lines = [f"{name}: /{'/'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)]
        raise PackError("\n".join(lines)) from None
    _check_names(pack)
    return pack


def _read(name: str, folder: Path, below: tuple[str, ...]) -> dict[str, Any]:
    if name in below:
        raise PackError(f"{name}: extends itself through {' -> '.join(below)}")
    path = folder / name
    if not (path / "pack.yaml").is_file():
        known = ", ".join(sorted(p.parent.name for p in folder.glob("*/pack.yaml")))
        raise PackError(f"there is no pack {name!r}; the packs are: {known}")
    data: dict[str, Any] = {}
    for part in FILES:
        file = path / f"{part}.yaml"
        if file.is_file():
            data |= _yaml(file)
    parent = data.pop("extends", None)
    return _merged(_read(parent, folder, (*below, name)), data) if parent else data


def _yaml(file: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise PackError(f"{file.parent.name}/{file.name}: not YAML: {error}") from None
    if not isinstance(data, dict):
        raise PackError(f"{file.parent.name}/{file.name}: must be a mapping at the top")
    return data


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """What `own` says wins; mappings are merged key by key, lists are replaced whole."""
    result = dict(base)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = _merged(result[key], value) if both else value
    return result


def _check_names(pack: Pack) -> None:
    """Every clause, event and language that is named must be there; one line for each that is not."""
    clauses = {clause.clause for clause in pack.clauses}
    named = [(f"condition {c.rule}", c.clause) for c in pack.conditions] + [(f"fee {f.rule}", f.clause) for f in pack.fees]
    named += [("delay", pack.delay.clause), ("withdrawal_clause", pack.withdrawal_clause)]
    named += [("quarantine_clause", pack.quarantine_clause)]
    faults = [f"{pack.pack}: {where}: there is no clause {clause!r}" for where, clause in named if clause not in clauses]
    faults += [f"{pack.pack}: notice {n.notice}: no event {n.event!r}" for n in pack.notices if n.event not in TYPES]
    if faults:
        raise PackError("\n".join(faults))
