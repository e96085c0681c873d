"""A new pack over past requests: the services' own decisions, no effect, and what would have been different."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from contracts.messages import commands, ops
from insight.comparison import Comparison
from insight.past import Past, past_requests
from insight.what_if import replayed
from policies.pack import FOLDER, Pack, load
from tests.flow.customer import WHO, confirm, submit
from tests.flow.system import System
from tests.insight.listening import heard


def pack_with(folder: Path, name: str = "fresh", **parts: object) -> Pack:
    """The default pack with some parts of it changed."""
    place = folder / name
    place.mkdir()
    (folder / "cn-carrier").symlink_to(FOLDER / "cn-carrier") if not (folder / "cn-carrier").exists() else None
    content = {"extends": "cn-carrier", "pack": name, "version": "1", **parts}
    (place / "pack.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return load(name, folder)


def the(system: System) -> Past:
    (past,) = past_requests(heard(system))
    return past


@pytest.fixture
def doubled(tmp_path: Path) -> Pack:
    """`share-of-remaining` becomes the whole fee."""
    rules = [rule.model_dump(mode="json", exclude_unset=True) for rule in load("cn-carrier").fees]
    fixed = [rule | {"family": "fixed"} if rule["rule"] == "share-of-remaining" else rule for rule in rules]
    for rule in fixed:
        if rule["family"] == "fixed":
            rule.pop("months", None)
    return pack_with(tmp_path, fees=fixed)


def test_the_same_pack_changes_nothing(system: System) -> None:
    for subscription in (
        "sub-linecontract01",
        "sub-arrears01",
        "sub-business01",
        "sub-norealname02",
        "sub-portclear01",
    ):
        submit(system, subscription, kind="port-out" if "port" in subscription else "")
    found = [replayed(past, system.pack) for past in past_requests(heard(system))]
    assert len(found) == 5 and not [change for change in found if change.differs]
    assert {change.after.outcome for change in found} == {"quoted", "rejected", "referred", "information-required"}


def test_a_higher_fee_shows_who_would_pay_how_much_more(system: System, doubled: Pack) -> None:
    request = submit(system, "sub-linecontract01")
    change = replayed(the(system), doubled)
    assert change.request_id == request and change.before.total and change.after.total
    assert change.after.total.minor == 36500 and change.more_minor == 36500 - change.before.total.minor > 0


def test_a_looser_rule_turns_a_no_into_a_quote(system: System, tmp_path: Path) -> None:
    rules = [row for row in load("cn-carrier").conditions if row.rule != "arrears"]
    looser = pack_with(
        tmp_path, conditions=[row.model_dump(mode="json", by_alias=True, exclude_unset=True) for row in rules]
    )
    submit(system, "sub-arrears01")
    change = replayed(the(system), looser)
    assert (change.before.outcome, change.before.grounds) == ("rejected", ("arrears",))
    assert change.after.outcome == "quoted"


def test_a_channel_the_new_pack_closes_returns_the_request(system: System, tmp_path: Path) -> None:
    closed = pack_with(tmp_path, channels={"app": {"kinds": ["product"]}})
    submit(system, "sub-linecontract01")
    change = replayed(the(system), closed)
    assert (change.after.outcome, change.after.grounds) == ("returned", ("kind-not-offered-here",))


def test_what_was_answered_and_what_a_person_decided_then_still_counts(system: System) -> None:
    asked = submit(system, "sub-norealname01")
    answer = commands.SupplyInformation(request_id=asked, channel="app", answers={"identity-document": "doc-1"})
    system.say(answer)
    referred = submit(system, "sub-business01")
    system.say(ops.ReviewDecided(request_id=referred, approve=True, **WHO))
    refused = submit(system, "sub-guardian01")
    system.say(ops.ReviewDecided(request_id=refused, approve=False, **WHO))
    found = {change.request_id: change for change in (replayed(p, system.pack) for p in past_requests(heard(system)))}
    after = [found[request].after.outcome for request in (asked, referred, refused)]
    assert after == ["quoted", "quoted", "rejected"]
    assert not any(change.differs for change in found.values())


def test_a_pack_in_another_currency_or_without_the_rule_cannot_price_it_and_says_so(system: System) -> None:
    submit(system, "sub-linecontract01")
    change = replayed(the(system), load("eu"))
    assert change.after.outcome == "unpriced" and change.after.grounds


def test_nothing_is_said_asked_or_moved_by_a_what_if(system: System, doubled: Pack) -> None:
    request = submit(system, "sub-linecontract01")
    confirm(system, request)
    before = (len(list(heard(system))), system.ledger(request))
    replayed(the(system), doubled)
    assert (len(list(heard(system))), system.ledger(request)) == before


def test_a_request_is_let_go_of_as_soon_as_it_is_decided(system: System) -> None:
    """Streaming: the first comes out before the second has been read."""
    submit(system, "sub-freeaddon01", "video-pack")
    submit(system, "sub-freeaddon02", "video-pack")
    read = 0

    def counted() -> Iterator[object]:
        nonlocal read
        for event in sorted(heard(system), key=lambda event: event.request_id):
            read += 1
            yield event

    next(past_requests(counted()))  # type: ignore[arg-type]
    assert read < len(list(heard(system)))


def test_the_comparison_counts_everybody_and_keeps_those_with_the_most_at_stake(system: System, doubled: Pack) -> None:
    for subscription in ("sub-linecontract01", "sub-linecontract02", "sub-lineplain01", "sub-twocontracts01"):
        submit(system, subscription)
    comparison = Comparison(most=1)
    for past in past_requests(heard(system)):
        comparison.add(replayed(past, doubled))
    told = comparison.as_json()
    assert (told["requests"], told["changed"]) == (4, 2)
    assert told["pays"] == {"more": 2, "less": 0, "the-same": 2}
    (kept,) = comparison.kept
    assert kept.more_minor > 0 and told["most_at_stake"][0]["request_id"] == kept.request_id
    (total,) = told["totals"]
    assert total["currency"] == "CNY" and total["after"] > total["before"] > 0
