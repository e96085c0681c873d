"""Good packs load and say what they promise; a broken pack is refused with a line that names file, place and cure."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.words import Channel, Kind
from policies.clauses import Clause
from policies.decision_table import Condition
from policies.facts import FACTS
from policies.money_terms import CoolingOff, FeeRule, ReopeningRule, Waiver
from policies.pack import FOLDER, Pack, PackError, load
from policies.promises import Clocks, NoticePeriod
from policies.schema import ChannelRule, Notice
from policies.templates import FILTERS

Folder = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder with the default pack and a pack `mine` of the given files."""

    def make(**files: str) -> Path:
        shutil.copytree(FOLDER / "cn-carrier", tmp_path / "cn-carrier")
        (tmp_path / "mine").mkdir()
        files = {"pack": ""} | files
        files["pack"] = f"extends: cn-carrier\npack: mine\n{files['pack']}"
        for name, content in files.items():
            (tmp_path / "mine" / f"{name}.yaml").write_text(content, encoding="utf-8")
        return tmp_path

    return make


@pytest.mark.parametrize("name", sorted(file.parent.name for file in FOLDER.glob("*/pack.yaml")))
def test_every_pack_in_the_repository_loads(name: str) -> None:
    assert load(name).id.startswith(f"{name}@")


@pytest.mark.parametrize(("fee_rule", "family"), [("share-of-remaining", "share-of-remaining"), ("none", "none")])
def test_the_rules_that_the_demo_carrier_names_in_contracts_exist(fee_rule: str, family: str) -> None:
    assert load("demo").fee_rule(fee_rule).family == family


def test_the_default_pack_keeps_the_promises_of_its_sources() -> None:
    pack = load("cn-carrier")
    assert pack.clocks.notice_period[Kind.LINE].inside_contract == timedelta(days=30)
    assert pack.clocks.number_quarantine == timedelta(days=90)
    assert not pack.channels[Channel.HOTLINE].needs_open_account
    assert pack.channels[Channel.COUNTER].confirmation_proof == ("signed_paper",)


def test_a_law_that_was_not_found_is_in_the_pack_as_unverified() -> None:
    (clause,) = (c for c in load("cn-carrier").clauses if c.instrument.zh == "《通信服务管理办法》")
    assert clause.status == "unverified"


def test_no_demo_promise_lasts_longer_than_a_minute_but_the_dispute_window() -> None:
    clocks, real = load("demo").clocks, load("cn-carrier").clocks
    quick = [clocks.review_decision, clocks.quote_validity, clocks.termination_promise, clocks.information_answer]
    bound = clocks.notice_period[Kind.LINE].inside_contract
    for promise in (*quick, bound):
        assert isinstance(promise, timedelta) and timedelta(0) < promise <= timedelta(minutes=1)
    assert clocks.notice_period[Kind.PRODUCT] == real.notice_period[Kind.PRODUCT]


def test_a_pack_that_extends_another_says_only_what_is_different(folder: Folder) -> None:
    packs = folder(pack="clocks: {quote_validity: P3D}\n")
    mine, base = load("mine", packs), load("cn-carrier", packs)
    assert mine.clocks.quote_validity == timedelta(days=3)
    assert mine.clocks.payment_retry == base.clocks.payment_retry
    assert mine.notices == base.notices


def test_the_id_changes_with_any_word_and_with_nothing_else(folder: Folder) -> None:
    packs = folder()
    before = load("mine", packs).id
    assert load("mine", packs).id == before
    notices = packs / "cn-carrier" / "notices.yaml"
    notices.write_text(notices.read_text(encoding="utf-8").replace("We have received", "We received"), encoding="utf-8")
    assert load("mine", packs).id != before


ROW = (
    "- {rule: r, applies_to: [line], when: [%s], outcome: %s, clause: %s,"
    " reason: {zh: 好, en: %s}, remedy: {zh: 好, en: b}}"
)
FACT = "{fact: arrears, above: 0}"


def table(when: str = FACT, outcome: str = "reject", clause: str = "CN-13", reason: str = "a") -> str:
    return "conditions:\n" + ROW % (when, outcome, clause, reason)


def notice(event: str = "request.accepted.v1", body: str = "b", when: str = "true") -> str:
    words = f"subject: {{zh: a, en: a}}, body: {{zh: a, en: '{body}'}}"
    return f"notices:\n- {{notice: n, event: {event}, when: '{when}', {words}}}"


@pytest.mark.parametrize(
    ("files", "lines"),
    [
        ({"pack": "tempo: fast"}, ["mine/pack.yaml: /tempo: there is no such key; the keys are: "]),
        ({"pack": "clocks: {quote_validity: soon}"}, ["mine/pack.yaml: /clocks/quote_validity: ", "duration"]),
        ({"pack": "clocks: {quote_validity: -P1D}"}, ["mine/pack.yaml: /clocks/quote_validity: ", "never negative"]),
        ({"pack": "time_zone: Asia/Atlantis"}, ["mine/pack.yaml: /time_zone: there is no time zone 'Asia/Atlantis'"]),
        ({"pack": "channels: {fax: {kinds: [line]}}"}, ["mine/pack.yaml: /channels/fax", "'app', 'web', 'hotline'"]),
        ({"pack": "charge_end: {line: some-day}"}, ["mine/pack.yaml: /charge_end/line: ", "'month-end'"]),
        ({"pack": "quarantine_clause: CN-99"}, ["mine/pack.yaml: /quarantine_clause: there is no clause 'CN-99'"]),
        (
            {"pack": "final_account: {clauses: {gift: CN-99}}"},
            ["mine/pack.yaml: /final_account/clauses/gift: ", "no clause 'CN-99'"],
        ),
        ({"pack": "final_account: {late_fee_clause: CN-99}"}, ["/final_account/late_fee_clause: ", "CN-99"]),
        ({"pack": "final_account: {taxes: {device: luxury}}"}, ["/final_account", "no tax code 'luxury'"]),
        ({"pack": "final_account: {pre_deposit: kept}"}, ["/final_account/pre_deposit", "'returned' or 'forfeited'"]),
        (
            {"pack": "final_account: {overcharge_times: 0}"},
            ["/final_account/overcharge_times", "greater than or equal"],
        ),
        ({"pack": "final_account: {gifts: true}"}, ["mine/pack.yaml: /final_account/gifts: "]),
        ({"pack": "free_exit: {days: 30, clause: EU-99}"}, ["mine/pack.yaml: /free_exit/clause: ", "EU-99"]),
        ({"pack": "netting_order: [tax, arrears]"}, ["/netting_order", "'late-fee' is missing"]),
        ({"pack": "complaint_clauses: {court: [CN-99]}"}, ["mine/pack.yaml: /complaint_clauses/court: ", "CN-99"]),
        ({"pack": "delay: {clause: CN-99}"}, ["mine/pack.yaml: /delay/clause: there is no clause 'CN-99'"]),
        ({"pack": "untold: [fee.settled.v9]"}, ["mine/pack.yaml: /untold: no event 'fee.settled.v9'"]),
        ({"pack": "version: 1\nversion: 2"}, ["mine/pack.yaml: not YAML: ", "'version' is there twice"]),
        ({"conditions": "conditions: [a: b: c"}, ["mine/conditions.yaml: not YAML: ", "line 1"]),
        ({"conditions": "- a"}, ["mine/conditions.yaml: must be a mapping at the top"]),
        (
            {"conditions": table(clause="CN-99")},
            ["mine/conditions.yaml: /conditions/r/clause: there is no clause 'CN-99'"],
        ),
        ({"conditions": table(outcome="maybe")}, ["mine/conditions.yaml: /conditions/r/outcome: ", "'refer'"]),
        ({"conditions": table("{fact: mood, is: 1}")}, ["/conditions/r/when/mood: there is no fact 'mood'", "arrears"]),
        ({"conditions": table("{fact: arrears}")}, ["/conditions/r/when/arrears: ", "needs one of above, below, is"]),
        ({"conditions": table("{fact: arrears, is: true}")}, ["arrears is compared with a whole number"]),
        ({"conditions": table("{fact: segment, is: busy}")}, ["segment is compared by is or is_not", "business"]),
        ({"conditions": table("{fact: item_off, above: 0}")}, ["item_off is compared by is or is_not", "true, false"]),
        ({"conditions": table("{fact: 'answered:x', is: true}")}, ["there is no fact 'answered:x'"]),
        ({"conditions": table(reason="'{mood}'")}, ["/conditions/r/reason/en: there is no fact 'mood'"]),
        ({"conditions": table(reason="'{arrears:>1000000000}'")}, ["/conditions/r/reason/en: write {arrears} alone"]),
        ({"conditions": table(reason="'{arrears!r}'")}, ["/conditions/r/reason/en: write {arrears} alone"]),
        ({"conditions": table(reason="'{arrears.real}'")}, ["there is no fact 'arrears.real'"]),
        ({"conditions": table(reason="'{'")}, ["/conditions/r/reason/en: braces are for the name of a fact"]),
        (
            {"fees": "fees:\n- {rule: f, family: fixed, name: {zh: a, en: a}, clause: X}"},
            ["mine/fees.yaml: /fees/f/clause: "],
        ),
        (
            {"fees": "fees:\n- {rule: f, family: guess, name: {zh: a, en: a}, clause: CN-13}"},
            ["/fees/f/family", "none, fixed"],
        ),
        ({"notices": notice(event="fee.lost.v1")}, ["mine/notices.yaml: /notices/n/event: no event 'fee.lost.v1'"]),
        ({"notices": notice(body="{{ nobody }}")}, ["/notices/n/body/en: there is no field 'nobody'", "application"]),
        (
            {"notices": notice(body="{{ application.age }}")},
            ["/notices/n/body/en: line 1: Application has no field 'age'"],
        ),
        (
            {"notices": notice(body="{% for i in subscription.items %}{{ i.size }}{% endfor %}")},
            ["Item has no field 'size'"],
        ),
        (
            {"notices": notice(body="{{ request_id | shout }}")},
            ["/notices/n/body/en: line 1: a notice may have no filter shout"],
        ),
        ({"notices": notice(body="{% if %}")}, ["/notices/n/body/en: line 1: "]),
        ({"notices": notice(when="application.kind ==")}, ["/notices/n/when: line 1: "]),
        ({"notices": notice()}, ["no notice, and no row of untold, for: "]),
    ],
    ids=lambda value: next(iter(value.values()))[:60] if isinstance(value, dict) else "",
)
def test_a_broken_pack_is_refused_with_file_and_place(folder: Folder, files: dict[str, str], lines: list[str]) -> None:
    with pytest.raises(PackError) as refused:
        load("mine", folder(**files))
    assert [line for line in lines if line not in str(refused.value)] == []


def test_a_fault_in_the_extended_pack_is_named_in_its_own_file(folder: Folder) -> None:
    packs = folder(pack="clocks: {quote_validity: P3D}")
    base = packs / "cn-carrier" / "pack.yaml"
    base.write_text(
        base.read_text(encoding="utf-8").replace("payment_retry: P3D", "payment_retry: later"), encoding="utf-8"
    )
    with pytest.raises(PackError, match=r"^cn-carrier/pack\.yaml: /clocks/payment_retry: "):
        load("mine", packs)


def test_all_faults_are_named_at_once_one_line_each(folder: Folder) -> None:
    with pytest.raises(PackError) as refused:
        load("mine", folder(pack="quarantine_clause: CN-X\nwithdrawal_clause: CN-Y\ntime_zone: Z\n"))
    assert len(str(refused.value).splitlines()) == 3


def test_a_pack_cannot_extend_itself_even_through_another(folder: Folder) -> None:
    packs = folder()
    (packs / "other").mkdir()
    (packs / "other" / "pack.yaml").write_text("extends: mine\npack: other\n")
    (packs / "mine" / "pack.yaml").write_text("extends: other\npack: mine\n")
    with pytest.raises(PackError, match=r"other/pack\.yaml: /extends: mine -> other -> mine extends itself"):
        load("mine", packs)


def test_a_copied_pack_must_take_the_name_of_its_folder(folder: Folder) -> None:
    packs = folder()
    (packs / "mine" / "pack.yaml").write_text("extends: cn-carrier\n")
    with pytest.raises(PackError, match="/pack: is 'cn-carrier' but the folder is 'mine'"):
        load("mine", packs)


@pytest.mark.parametrize("name", ["cn-carier", "", ".."])
def test_a_pack_that_does_not_exist_is_answered_with_the_packs_there_are(name: str) -> None:
    with pytest.raises(PackError, match=r"the packs are: cn-carrier, de, demo"):
        load(name)


def test_extending_a_pack_that_does_not_exist_names_the_file_that_says_so(folder: Folder) -> None:
    packs = folder()
    (packs / "mine" / "pack.yaml").write_text("extends: nobody\npack: mine\n")
    with pytest.raises(
        PackError, match=r"^mine/pack\.yaml: /extends: there is no pack 'nobody'; the packs are: cn-carrier"
    ):
        load("mine", packs)


def test_the_readme_explains_every_key_every_fact_and_every_filter() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    models = (
        Pack,
        Clocks,
        NoticePeriod,
        ChannelRule,
        Condition,
        FeeRule,
        Clause,
        Notice,
        Waiver,
        ReopeningRule,
        CoolingOff,
    )
    keys = {key for model in models for key in model.model_fields} - {"digest"}
    names = keys | set(FACTS) | {each.__name__ for each in FILTERS}
    assert sorted(name for name in names if f"`{name}`" not in readme and f"{{{name}}}" not in readme) == []
