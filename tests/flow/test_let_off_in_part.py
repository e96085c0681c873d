"""A ground that lets off a part of a fee: data in a pack, worked out before tax, told before anybody says yes."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from contracts.carrier.commitments import Contract, FreeExit
from contracts.messages import billing, commands, ops, review
from contracts.offer import Quote
from demo.carrier.customer import contract, customer, plan
from policies.owners.meant_otherwise import of_pack
from policies.owners.vectors import Vector, run
from policies.pack import Pack, PackError, load
from tests.flow.customer import WHO, confirm, done, submit
from tests.flow.packs import beside_ours, write
from tests.flow.system import START, System
from tests.flow.test_canaries import pages
from tests.flow.with_console import Run

LINE = "sub-letoff01"
GIVEN = {
    "fee_minor": 24000,
    "monthly_minor": 3000,
    "start": "2025-01-01",
    "end_of_term": "2027-01-01",
    "leaves_on": "2025-10-01",
    "exit_ground": "bad-service",
}


def say(folder: Path, asks: str, pack: str = "cn-carrier") -> Pack:
    write(folder, "mine", pack=f"extends: {pack}\npack: mine\nexit_grounds:\n  bad-service:\n    asks: {asks}\n")
    return load("mine", beside_ours(folder))


@pytest.mark.parametrize(
    ("asks", "minor"),
    [
        ("{share_percent: 50}", 7500),
        ("{share_percent: 33.33}", 5000),  # 49.995, half up
        ("{at_most_months: 3}", 9000),
        ("{at_most_months: 0.5}", 1500),
        ("{at_most_minor: 2000}", 2000),
        ("{at_most_minor: 20000}", 15000),  # more than the fee: nothing is let off
        ("{at_most_term_percent: 10}", 7200),
        ("{share_percent: 50, at_most_months: 2}", 6000),
        ("null", 0),
    ],
)
def test_what_is_still_asked_is_the_share_and_then_at_most_the_lowest_cap(
    tmp_path: Path, asks: str, minor: int
) -> None:
    reason = {} if minor else {"reason": "free_exit"}
    vector = Vector(id="let-off", rule="fees/share-of-remaining", given=GIVEN, expect={"amount_minor": minor, **reason})
    assert [each.passed for each in run([vector], say(tmp_path, asks))] == [True]


def test_tax_is_on_what_is_still_asked(tmp_path: Path) -> None:
    expect = {"net_minor": 10000, "tax_minor": 2000, "amount_minor": 12000}
    vector = Vector(id="taxed", rule="fees/device", given=GIVEN | {"fee_minor": 32000}, expect=expect)
    assert run([vector], say(tmp_path, "{share_percent: 50}", "eu"))[0].passed


@pytest.mark.parametrize("day", ["2027-01-01", "2024-12-31"])
def test_of_a_fee_that_is_not_owed_nothing_is_let_off(tmp_path: Path, day: str) -> None:
    given = GIVEN | {"leaves_on": day, "start": "2025-01-01"}
    reason = "" if day > "2026" else "not_begun"
    vector = Vector(
        id="none", rule="fees/share-of-remaining", given=given, expect={"amount_minor": 0, "reason": reason}
    )
    assert run([vector], say(tmp_path, "{share_percent: 50}"))[0].passed


def test_a_check_names_the_grounds_there_are_where_a_vector_names_none_of_them() -> None:
    vector = Vector(
        id="gone",
        rule="fees/share-of-remaining",
        given=GIVEN | {"exit_ground": "gone"},
        expect={"refused": "exit_ground"},
    )
    assert run([vector], load("cn-carrier"))[0].passed


@pytest.mark.parametrize(
    ("asks", "told"),
    [
        ("{}", "say one of share_percent"),
        ("{share_percent: 0}", "asks/share_percent: must be greater than 0"),
        ("{share_percent: 100}", "asks/share_percent: must be less than 100"),
        ("{at_most_months: -1}", "asks/at_most_months: must be greater than"),
        ("{at_most: 3}", "asks/at_most: there is no such key"),
    ],
)
def test_a_part_that_makes_no_sense_is_refused_with_its_place(tmp_path: Path, asks: str, told: str) -> None:
    with pytest.raises(PackError) as refused:
        say(tmp_path, asks)
    assert told in str(refused.value)


def test_a_share_of_half_a_percent_is_asked_about(tmp_path: Path) -> None:
    [found] = [each for each in of_pack(say(tmp_path, "{share_percent: 0.5}")) if "exit_grounds" in each.place]
    assert (found.level, found.place) == ("warning", "/exit_grounds/bad-service/asks/share_percent")


def offer(system: System, request: str) -> Quote:
    issued: billing.QuoteIssued = system.the(billing.QuoteIssued, request)
    return issued.quote


def leave(system: System, ground: str = "", **more: Any) -> str:
    whole = contract(START.date(), days_in=200, days_left=165, full_fee_minor=36500)
    found = {"free_exit": FreeExit(ground=ground)} if ground else {}
    system.books.enrol([customer(LINE, "J2", "For less.", plan(Contract.model_validate(whole.model_dump() | found)))])
    return submit(system, LINE, **more)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_half_a_fee_is_quoted_told_with_its_ground_charged_and_shown(tmp_path: Path, language: str) -> None:
    say(tmp_path, "{share_percent: 50}")
    system = System("mine", where=beside_ours(tmp_path))
    seen = Run(tmp_path, system)
    request = leave(system, "bad-service", language=language)
    [line] = offer(system, request).lines
    assert (line.amount.minor, line.status, line.reason) == (9125, "due", "")
    assert "CN-34" in line.clauses and line.inputs["exit_ground"] == "bad-service"
    confirm(system, request)
    assert [minor for _, _, minor in done(system, request, "charge")] == [9125]
    letters = [each["content"] for each in system.carrier_acts(f"/customers/{LINE}/inbox", "GET")]
    ground, share = ("服务未达约定", "× 50%") if language == "zh" else ("not what was agreed", "x 50%")
    assert any(ground in each and share in each for each in letters)
    seen.show()
    assert "服务未达约定" in asyncio.run(pages(seen, request)).decode()


def test_who_claims_such_a_ground_is_told_what_finding_it_would_change(tmp_path: Path) -> None:
    say(tmp_path, "{share_percent: 50, at_most_months: 2}")
    system = System("mine", where=beside_ours(tmp_path))
    request = leave(system, free_exit="bad-service")
    answers = {"free-exit-proof": "outage-2026-0301"}
    system.say(commands.SupplyInformation(request_id=request, channel="app", answers=answers))
    [doubt] = system.the(review.ReviewReferred, request).grounds
    assert "of the early termination fee only 50 %, at most the fees of 2 months is charged" in doubt.remedy.en
    assert "认定后提前终止费只收取 50%，最多收取 2 个月月费" in doubt.remedy.zh
    system.say(ops.ReviewDecided(request_id=request, approve=True, **WHO))
    [line] = offer(system, request).lines
    assert (line.amount.minor, line.status) == (9125, "due")  # half of 6/12 of 365.00
    system.close()
