"""A key that nothing uses is an error that says who does use it; never a silence."""

import inspect
import sys
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest

from policies.faults.unused_keys import PROBES, counting, unused
from policies.files.folders import FOLDER, listed
from policies.owners.case_book import book
from policies.owners.check import check
from policies.owners.vector_files import read
from policies.owners.vectors import Vector, run
from policies.pack import PackError, load
from policies.rules.contract_facts import COUNTED
from policies.rules.core import RuleError
from policies.rules.families import FAMILIES, SAMPLE, FeeTerms, work_out
from policies.rules.registry import RULES, WHOLE_NUMBERS_ONLY, apply

Mine = Callable[..., Path]


@pytest.fixture
def mine(tmp_path: Path) -> Mine:
    """A pack `mine` that extends the default one, of the given files; the folder it lies in."""

    def make(**files: str) -> Path:
        folder = tmp_path / "mine"
        folder.mkdir()
        files = {"pack": ""} | files
        files["pack"] = f"extends: cn-carrier\npack: mine\n{files['pack']}"
        for name, content in files.items():
            (folder / f"{name}.yaml").write_text(content, encoding="utf-8")
        return tmp_path

    return make


def fee(family: str, more: str = "") -> dict[str, str]:
    return {"fees": f"fees:\n- {{rule: f, family: {family}, name: {{zh: a, en: a}}, clause: CN-13{more}}}"}


def row(outcome: str, more: str = "", applies_to: str = "line") -> dict[str, str]:
    texts = "reason: {zh: 好, en: a}, remedy: {zh: 好, en: b}"
    when = "when: [{fact: arrears, above: 0}]"
    head = f"rule: r, applies_to: [{applies_to}], outcome: {outcome}, clause: CN-13"
    return {"conditions": f"conditions:\n- {{{head}, {when}, {texts}{more}}}"}


@pytest.mark.parametrize(
    ("files", "lines"),
    [
        (
            fee("fixed", ", months: started"),
            ["mine/fees.yaml: /fees/f/months: is not used by family fixed", "share-of-remaining", "remaining-fees"],
        ),
        (
            fee("charge-to-commitment-end", ", months: half"),
            ["/fees/f/months: is not used by family charge-to-commitment-end; the families that count months are: "],
        ),
        (fee("none", ", months: started"), ["/fees/f/months: is not used by family none, which charges nothing"]),
        (fee("none", ", at_most_minor: 100"), ["/fees/f/at_most_minor: is not used by family none"]),
        (fee("none", ", at_most_months: 2"), ["/fees/f/at_most_months: is not used by family none"]),
        (fee("none", ", tax: basic-telecom"), ["/fees/f/tax: is not used by family none", "every other family uses"]),
        (
            fee("share-of-remaining", ", months: started, parameters: {unit: day}"),
            ["/fees/f/months: is not used, because parameters/unit says how time is counted"],
        ),
        (
            fee("fixed", ", parameters: {each_minor: 1000}"),
            [
                "parameters/each_minor: there is no such field; the fields are: fee_minor",
                "each_minor is used by: cancelled-periods, reducing-by-step, reducing-schedule",
            ],
        ),
        (
            fee("stepped", ", parameters: {schedule: [{from_month: 0, each_minor: 5}]}"),
            ["parameters/schedule/0/each_minor: there is no such field", "is used by: cancelled-periods"],
        ),
        (
            fee("lower-of", ", of: [{family: remaining-fees}, {family: fixed, months: half}]"),
            ["/fees/f/of/fixed/months: is not used by family fixed"],
        ),
        (
            fee(
                "sum-of",
                ", of: [{family: lower-of, of: [{family: none, at_most_minor: 5}, {family: fixed}]}, {family: none}]",
            ),
            ["at_most_minor: is not used by family none"],
        ),
        (fee("none", ", before_start: by-rule"), ["/fees/f/before_start: is not used by family none"]),
        (fee("fixed", ", parameters: {rounding: half-even}"), ["/fees/f/parameters: rounding: is not used by fixed"]),
        (
            fee("fixed", ", rounding: half-even"),
            ["there is no such key", "rounding is used by: fees/parameters, the top"],
        ),
        (
            fee("remaining-fees", ", share_percent: 30"),
            ["share_percent: there is no such key", "share_percent is used by: fees/parameters (share-of-remaining, "],
        ),
        ({"pack": "quote_validity: P3D"}, ["/quote_validity: there is no such key", "is used by: clocks"]),
        ({"pack": "clocks: {days: 3}"}, ["/clocks/days: there is no such key", "days is used by: cooling_off"]),
        ({"pack": "delay: {clauses: [CN-15]}"}, ["/delay/clauses: there is no such key", "did you mean clause?"]),
        ({"pack": "digest: abc"}, ["mine/pack.yaml: /digest: is worked out from all the rest; leave it out"]),
        (
            {"pack": "netting_order: [tax, arrears, late-fee, usage, period-fee, early-termination, device, tip]"},
            ["'tip'"],
        ),
        ({"pack": "untold: [quote.issued.v1]"}, ["/untold: quote.issued.v1 has a notice, which is sent"]),
        ({"pack": "final_account: {late_fee_clause: CN-13}"}, ["late_fee_clause: CN-13 has no `terms: late_fee"]),
        (
            {"pack": "final_account: {clauses: {early-termination: CN-13}}"},
            ["/final_account/clauses/early-termination: is not used", "the `clause` of its rule in fees.yaml"],
        ),
        (row("reject", ", field: /subscription"), ["/conditions/r/field: is not used by an outcome reject"]),
        (row("reject", applies_to=""), ["/conditions/r/applies_to: names no kind, so the row never holds"]),
        (fee("fixed") | {"pack": "fees: []"}, ["mine/fees.yaml: /fees: is in mine/pack.yaml as well"]),
        ({"fee": "fees: []"}, ["mine/fee.yaml: is read by nothing", "did you mean fees.yaml?"]),
        (fee("fixed") | {"notices": "extends: demo"}, ["mine/notices.yaml: /extends: is in mine/pack.yaml as well"]),
    ],
    ids=lambda value: next(iter(value.values()))[:70] if isinstance(value, dict) else "",
)
def test_what_nothing_uses_is_refused_with_who_does(mine: Mine, files: dict[str, str], lines: list[str]) -> None:
    with pytest.raises(PackError) as refused:
        load("mine", (FOLDER, mine(**files)))
    assert [line for line in lines if line not in str(refused.value)] == []


def deciding(when: str, applies_to: str = "product") -> dict[str, str]:
    texts = "reason: {zh: 好, en: a}, remedy: {zh: 好, en: b}"
    head = f"rule: r, applies_to: [{applies_to}], outcome: reject, clause: CN-13"
    return {"conditions": f"conditions:\n- {{{head}, when: [{when}], {texts}}}"}


@pytest.mark.parametrize(
    ("files", "line"),
    [
        (deciding("{fact: arrears, above: 5}, {fact: arrears, below: 6}"), "/r/when: no arrears fits all of"),
        (deciding("{fact: shared, below: 0}"), "no shared fits all of this at once, so the row never holds"),
        (deciding("{fact: targets, is: 2, is_not: 2}"), "no targets fits"),
        (deciding("{fact: status, is: active}, {fact: status, is: closed}"), "no status fits"),
        (deciding("{fact: locked_in, is: true}, {fact: locked_in, is_not: true}"), "no locked_in fits"),
        (deciding("{fact: item_off, is: true}", "line"), "item_off is about named items, and line names none"),
        (deciding("{fact: dependents_left, above: 0}", "line, port-out"), "dependents_left is about named items"),
        (fee("fixed", ", at_most_minor: 0"), "/fees/f/at_most_minor: is nothing, so nothing is ever charged"),
        (fee("remaining-fees", ", at_most_months: 0"), "/fees/f/at_most_months: is nothing"),
        (fee("remaining-fees", ", parameters: {share_percent: 0}"), "share_percent: is nothing"),
        (fee("lower-of", ", of: [{family: none}, {family: fixed}]"), "family none is of no use in lower-of: it is al"),
        (fee("higher-of", ", of: [{family: none}, {family: fixed}]"), "no use in higher-of: it adds nothing"),
        (fee("sum-of", ", of: [{family: none}, {family: fixed}]"), "family none is of no use in sum-of: it adds not"),
        ({"pack": "clocks: {number_quarantine: P0D}"}, "/reopening: is never used: clocks/number_quarantine"),
    ],
    ids=lambda value: next(iter(value.values()))[-90:] if isinstance(value, dict) else "",
)
def test_a_fact_that_can_never_come_true_is_refused_with_why(mine: Mine, files: dict[str, str], line: str) -> None:
    with pytest.raises(PackError) as refused:
        load("mine", (FOLDER, mine(**files)))
    assert line in str(refused.value)


@pytest.mark.parametrize(
    "when",
    [
        "{fact: arrears, above: 5}, {fact: arrears, below: 7}",
        "{fact: arrears, below: 0}",
        "{fact: own_balance, below: -100}",
        "{fact: targets, is: 0}",
        "{fact: status, is_not: active}, {fact: status, is_not: closed}",
    ],
)
def test_what_is_rare_and_can_be_is_no_fault(mine: Mine, when: str) -> None:
    assert load("mine", (FOLDER, mine(**deciding(when)))).conditions[0].rule == "r"


def test_a_notice_that_waits_for_what_is_never_true_is_refused(mine: Mine) -> None:
    text = (FOLDER / "cn-carrier" / "notices.yaml").read_text(encoding="utf-8")
    never = "\n  - {notice: n, event: quote.issued.v1, when: 'false', subject: {zh: a, en: a}, body: {zh: a, en: a}}\n"
    with pytest.raises(PackError, match="/notices/n/when: is never true, so the notice is never sent"):
        load("mine", (FOLDER, mine(notices=text.rstrip() + never)))


@pytest.mark.parametrize(
    ("clocks", "told"),
    [
        ("dispute_answer: 5 working days", False),
        ("dispute_answer: P14D or the next working day", False),
        ("dispute_answer: P14D", True),
    ],
)
def test_a_calendar_that_no_clock_asks_is_told_in_both_languages(mine: Mine, clocks: str, told: bool) -> None:
    days = f"calendar: {{first_day: 2026-01-01, last_day: 2099-12-31}}\nclocks: {{{clocks}}}"
    report = check("mine", folder=(FOLDER, mine(pack=days)))
    found = [each for each in report.packs[0].findings if each.place == "/calendar"]
    assert [bool(each.what and each.zh) for each in found] == [True] * told


def test_a_notice_below_one_that_is_always_sent_is_refused(mine: Mine) -> None:
    text = (FOLDER / "cn-carrier" / "notices.yaml").read_text(encoding="utf-8")
    again = "\n  - {notice: again, event: fee.disputed.v1, subject: {zh: a, en: a}, body: {zh: a, en: a}}"
    twice = again.replace("notice: again", "notice: once more")
    untold = "untold: [request.approved.v1, confirmation.given.v1, withdrawal.requested.v1, problem.reported.v1,"
    head = f"{untold} item.terminated.v1, reopening.requested.v1]"
    with pytest.raises(PackError, match=r"/notices/once more: is never sent: 'again' stands above it"):
        load("mine", (FOLDER, mine(pack=head, notices=text.rstrip() + again + twice + "\n")))


def test_a_rule_that_lies_inside_another_is_looked_at_as_well() -> None:
    inner = FeeTerms(family="fixed", months="started", parameters={})
    outer = load("cn-carrier").fees[0].model_copy(update={"parameters": {}, "name": inner})
    pack = load("cn-carrier").model_copy(update={"fees": (outer,)})
    assert [each.place for each in unused(pack)] == [("fees", 0, "name", "months")]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_that_is_said_to_count_months_comes_out_differently_and_no_other_does(family: str) -> None:
    if family in PROBES or family in counting():
        sums = [
            work_out(FeeTerms(family=family, months=each, parameters=PROBES.get(family, {})), day).amount_minor
            for each in COUNTED
            for day in (SAMPLE.model_copy(update={"leaves_on": SAMPLE.leaves_on.replace(day=20)}),)
        ]
        assert (len(set(sums)) > 1) is (family in counting())


@pytest.mark.parametrize("name", sorted(listed(FOLDER)))
def test_no_pack_of_ours_has_a_key_that_nothing_uses(name: str) -> None:
    assert list(unused(load(name))) == []


def test_a_fact_given_to_another_rule_is_told_where_it_belongs() -> None:
    with pytest.raises(RuleError, match=r"device_minor: there is no such field.*; device_minor is used by: device-res"):
        apply("fixed", {"fee_minor": 1, "device_minor": 2})


@pytest.mark.parametrize("pack", ["cn-carrier", None])
def test_a_fee_rule_named_without_its_folder_is_told_how_to_name_it(pack: str | None) -> None:
    vector = Vector(id="v", rule="share-of-remaining", given={}, expect={"amount_minor": 1})
    (result,) = run([vector], load(pack) if pack else None)
    assert "did you mean fees/share-of-remaining?" in result.faults[0]


def test_every_pack_is_still_ok() -> None:
    assert check(None).ok


def test_a_rounding_given_to_a_rule_of_whole_amounts_is_refused() -> None:
    given = {"fee_minor": 1, "rounding": "half-even"}
    (result,) = run([Vector(id="v", rule="fixed", given=given, expect={"amount_minor": 1})])
    assert "given/rounding: is not used by fixed, which has only whole amounts; it is used by: " in result.faults[0]


@pytest.mark.parametrize("name", RULES)
def test_only_rules_that_round_take_a_rounding(name: str) -> None:
    """Of the formula's whole module: what it calls may round for it."""
    source = inspect.getsource(sys.modules[RULES[name].formula.__module__])
    rounds = "rounding" in source or "parts_in_words" in source
    alone = {
        "lower-of",
        "reducing-by-step",
        "reducing-schedule",
        "balances-by-origin",
    }  # their neighbours in the file round
    assert rounds is (name not in WHOLE_NUMBERS_ONLY or name in alone)


EU = load("eu")
EVERYWHERE = {"currency", "rounding"}
EXAMPLES = [
    *(each for folder in listed(FOLDER).values() for each in read(folder / "vectors.yaml")),
    *(Vector(id=case.id, rule=case.rule, given=case.given, expect=case.expect) for case in book() if case.expect),
]


@pytest.mark.parametrize("name", RULES)
def test_no_rule_takes_a_fact_that_changes_nothing(name: str) -> None:
    examples = [each.given for each in EXAMPLES if each.rule == name]
    fields = RULES[name].given.model_fields.keys() - EVERYWHERE
    silent = [field for field in fields if not any(changes(name, given, field) for given in examples)]
    assert silent == []


def changes(rule: str, given: dict[str, Any], field: str) -> bool:
    before = said(rule, given)
    return any(said(rule, {**given, field: other}) != before for other in others(given.get(field), rule, field))


def said(rule: str, given: dict[str, Any]) -> object:
    try:
        return apply(rule, EU.defaults_for(RULES[rule].given) | given).model_dump(exclude={"steps"})
    except RuleError as error:
        return str(error)


def others(value: Any, rule: str, field: str) -> list[Any]:
    """Values that fit where this one stood; where nothing stood, some of each sort."""
    words = get_args(RULES[rule].given.model_fields[field].annotation)
    choices: list[Any] = [each for each in words if isinstance(each, str) and each != value]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, date):
        return [value + timedelta(days=days) for days in (-400, -1, 40, 4000)]
    if isinstance(value, int | Decimal):
        return [value + 1, value * 2 + 7, 0, 1]
    if isinstance(value, list):
        return [value[:1], [*value, *value]]
    some = [True, False, 0, 1, 2, 3, 1000, date(2026, 3, 10), "2026-03-10T12:00:00Z", "Europe/Paris", [100, 50, 0]]
    return choices or some
