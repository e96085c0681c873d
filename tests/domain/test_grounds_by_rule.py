"""A ground lets off a plan and not the phone, or half of one fee and all of another: by the rule of each contract."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.carrier.commitments import FreeExit
from contracts.carrier.subscriptions import Subscription
from contracts.fee_lines import FeeLine
from contracts.words import Kind, Money, Text
from policies.account_terms import ExitGround
from policies.conditions import claim_of
from policies.faults.checks import faults
from policies.pack import Pack, load
from policies.rules.still_asked import StillAsked
from services.billing.quoting import quote
from tests.domain.test_published_money import line

EU = load("eu")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PLAN, PHONE = "share-of-remaining", "phone-rest"


def pack_with(**of_ground: Any) -> Pack:
    usual = next(each for each in EU.fees if each.rule == PLAN).model_copy(update={"tax": None})
    phone = usual.model_copy(update={"rule": PHONE, "name": Text(zh="手机余款", en="Rest of the phone")})
    words = Text(zh="迁往国外", en="a move abroad")
    ground = ExitGround(name=words, proof=words, clause=usual.clause, notice="P0D", **of_ground)
    return EU.model_copy(update={"fees": (usual, phone), "exit_grounds": {"abroad": ground}})


def plan_and_phone(pack: Pack, phone_too: bool = True) -> Subscription:
    """24 months from 2026-01-02 on: 240.00 for the plan and 480.00 for the phone."""
    found = FreeExit(ground="abroad")
    plan = line(pack, "2026-01-02", "2028-01-02", 24000, free_exit=found, concluded=date(2026, 1, 2))
    known = line(pack, "2026-01-02", "2028-01-02", 48000, rule=PHONE, concluded=date(2026, 1, 2))
    [phone] = known.items
    assert phone.contract is not None
    told = {"contract": "c-2", "free_exit": found if phone_too else None}
    other = phone.model_copy(
        update={
            "item": "phone-x",
            "monthly_fee": Money(minor=0, currency=pack.currency),
            "contract": phone.contract.model_copy(update=told),
        }
    )
    return plan.model_copy(update={"items": (*plan.items, other)})


def lines(pack: Pack, phone_too: bool = True) -> dict[str, FeeLine]:
    offer = quote(Kind.LINE, (), plan_and_phone(pack, phone_too), NOW, 1, NOW, pack)
    return {each.rule: each for each in offer.lines}


@pytest.mark.parametrize(
    ("of_ground", "plan", "phone"),
    [
        ({}, 0, 0),
        ({"by_rule": {PHONE: "whole"}}, 0, 44000),
        ({"by_rule": {PHONE: StillAsked(share_percent=50)}}, 0, 22000),
        ({"asks": StillAsked(share_percent=50), "by_rule": {PHONE: "whole"}}, 11000, 44000),
        ({"asks": StillAsked(share_percent=50), "by_rule": {PLAN: "whole"}}, 22000, 22000),
    ],
)
def test_each_contract_is_let_off_by_what_the_ground_says_of_its_rule(
    of_ground: dict[str, Any], plan: int, phone: int
) -> None:
    found = lines(pack_with(**of_ground))
    assert (found[PLAN].amount.minor, found[PHONE].amount.minor) == (plan, phone)
    assert [found[rule].reason for rule in (PLAN, PHONE)] == ["free_exit" if not owed else "" for owed in (plan, phone)]


def test_what_is_still_owed_says_that_the_ground_lets_nothing_off_and_in_both_languages() -> None:
    steps = lines(pack_with(by_rule={PHONE: "whole"}))[PHONE].steps
    assert any("lets nothing off" in step.en for step in steps) and any("不因此减免" in step.zh for step in steps)


def test_a_contract_for_which_nobody_found_the_ground_is_charged_by_its_rule() -> None:
    found = lines(pack_with(), phone_too=False)
    assert (found[PLAN].amount.minor, found[PHONE].amount.minor) == (0, 42000), "after its month of notice"


def test_who_claims_it_is_told_beforehand_what_of_which_fee_is_still_asked() -> None:
    claimed = claim_of("abroad", pack_with(by_rule={PHONE: "whole", PLAN: StillAsked(share_percent=50)}))
    assert claimed is not None
    asked = str(claimed["exit_asks_en"])
    assert asked.startswith("no early termination fee is charged; Rest of the phone: it lets nothing off")
    assert "only 50 %" in asked and "手机余款：这一项不因此减免" in str(claimed["exit_asks_zh"])


def test_a_rule_that_the_pack_does_not_have_is_refused() -> None:
    pack = pack_with(by_rule={"nobodys": "whole"})
    [fault] = [each for each in faults(pack, "eu") if each.place[0] == "exit_grounds"]
    assert fault.place == ("exit_grounds", "abroad", "by_rule", "nobodys")
    assert fault.what.en.startswith("there is no fee rule 'nobodys'; there are: ")
