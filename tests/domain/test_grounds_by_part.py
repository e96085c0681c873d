"""A fee that is a sum of a plan and a phone, and a ground that lets off the one and not the other."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.carrier.commitments import FreeExit
from contracts.fee_lines import FeeLine
from contracts.words import Kind, Text
from policies.account_terms import ExitGround
from policies.conditions import claim_of
from policies.faults.checks import faults
from policies.faults.never_named import never_named
from policies.money_terms import FeeRule
from policies.pack import Pack, load
from policies.rules.still_asked import StillAsked
from services.billing.quoting import quote
from tests.domain.test_published_money import line

EU = load("eu")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)  # two of 24 months are over
RULE = "plan-and-phone"
PLAN = {
    "family": "remaining-fees",
    "parameters": {"share_percent": 50},
    "part": "plan",
    "name": {"zh": "套餐", "en": "Plan"},
}
PHONE = {"family": "share-of-remaining", "part": "phone", "name": {"zh": "手机", "en": "Phone"}}
OF_PLAN, OF_PHONE = 22 * 3000 // 2, 24000 * 22 // 24


def rule_of(*parts: dict[str, Any], **more: Any) -> FeeRule:
    usual = EU.fees[0]
    own = {"rule": RULE, "family": "sum-of", "name": usual.name, "clause": usual.clause}
    return FeeRule.model_validate(own | {"of": parts or (PLAN, PHONE)} | more)


def pack_with(rule: FeeRule, **of_ground: Any) -> Pack:
    words = Text(zh="迁往国外", en="a move abroad")
    ground = ExitGround(name=words, proof=words, clause=rule.clause, notice="P0D", **of_ground)
    return EU.model_copy(update={"fees": (rule,), "exit_grounds": {"abroad": ground}})


def fee(rule: FeeRule, found: bool = True, **of_ground: Any) -> FeeLine:
    pack = pack_with(rule, **of_ground)
    facts: dict[str, Any] = {"free_exit": FreeExit(ground="abroad")} if found else {"notice_period": None}
    known = line(pack, "2026-01-02", "2028-01-02", 24000, rule=RULE, concluded=date(2026, 1, 2), **facts)
    [told] = quote(Kind.LINE, (), known, NOW, 1, NOW, pack).lines
    return told


@pytest.mark.parametrize(
    ("of_ground", "owed"),
    [
        ({}, 0),
        ({"by_rule": {f"{RULE}/phone": "whole"}}, OF_PHONE),
        ({"by_rule": {f"{RULE}/phone": StillAsked(share_percent=50)}}, OF_PHONE // 2),
        ({"by_rule": {f"{RULE}/plan": StillAsked(at_most_months=3)}}, 9000),
        ({"by_rule": {f"{RULE}/plan": StillAsked(at_most_months=3), f"{RULE}/phone": "whole"}}, 9000 + OF_PHONE),
        ({"asks": StillAsked(share_percent=50), "by_rule": {f"{RULE}/phone": "whole"}}, OF_PLAN // 2 + OF_PHONE),
        (
            {
                "asks": StillAsked(share_percent=50),
                "by_rule": {RULE: "whole", f"{RULE}/plan": StillAsked(share_percent=10)},
            },
            OF_PLAN // 10 + OF_PHONE,
        ),
        ({"asks": StillAsked(share_percent=50)}, (OF_PLAN + OF_PHONE) // 2),
    ],
)
def test_each_part_is_let_off_by_what_the_ground_says_of_it(of_ground: dict[str, Any], owed: int) -> None:
    told = fee(rule_of(), **of_ground)
    assert (told.amount.minor, told.reason) == (owed, "" if owed else "free_exit")


def test_a_cap_of_the_whole_fee_holds_for_what_is_left_of_it() -> None:
    told = fee(rule_of(at_most_minor=20000), by_rule={f"{RULE}/phone": "whole"})
    assert told.amount.minor == 20000
    least = fee(rule_of(at_least_minor=90000), by_rule={f"{RULE}/phone": "whole"})
    assert least.amount.minor == OF_PHONE, "a least fee is no reason to ask again for what is let off"


def test_its_tax_is_on_what_is_left() -> None:
    told = fee(rule_of(tax="standard"), by_rule={f"{RULE}/phone": "whole"})
    assert told.net is not None and told.tax is not None
    assert told.net.minor == OF_PHONE and told.amount == told.net + told.tax and told.tax.minor > 0


def test_the_quote_says_of_each_part_what_is_let_off_in_both_languages() -> None:
    steps = fee(rule_of(), by_rule={f"{RULE}/phone": "whole"}).steps
    assert any(step.en.startswith("Phone: ") and "lets nothing off" in step.en for step in steps)
    assert any(step.zh.startswith("手机：") and "不因此减免" in step.zh for step in steps)
    assert any(step.en.startswith("the rest: the ground: a move abroad") for step in steps)


def test_who_claims_it_is_told_beforehand_what_of_which_part_is_still_asked() -> None:
    claimed = claim_of("abroad", pack_with(rule_of(), by_rule={f"{RULE}/phone": "whole"}))
    assert claimed is not None
    assert "(Phone): it lets nothing off" in str(claimed["exit_asks_en"])
    assert "（手机）：这一项不因此减免" in str(claimed["exit_asks_zh"])


def test_a_part_that_the_rule_does_not_have_is_refused() -> None:
    pack = pack_with(rule_of(), by_rule={f"{RULE}/modem": "whole"})
    [fault] = [each for each in faults(pack, "eu") if each.place[0] == "exit_grounds"]
    assert fault.place == ("exit_grounds", "abroad", "by_rule", f"{RULE}/modem")


def test_a_part_that_no_ground_names_is_warned_of() -> None:
    places = [each.place for each in never_named(pack_with(rule_of(), by_rule={f"{RULE}/phone": "whole"}))]
    assert f"/fees/{RULE}/plan" in places and f"/fees/{RULE}/phone" not in places


INSIDE = {"family": "sum-of", "of": [PHONE, {"family": "fixed"}]}


@pytest.mark.parametrize(
    ("of", "more", "told"),
    [
        ((PLAN, PHONE), {"family": "lower-of"}, "of/0/part: only what a sum-of is made of is let off apart"),
        ((PLAN | {"name": None}, PHONE), {}, "of/0/part: a part that is let off apart has both"),
        ((PLAN, PHONE | {"part": ""}), {}, "of/1/part: a part that is let off apart has both"),
        ((PHONE, PHONE), {}, "of: the part 'phone' is there twice"),
        ((PLAN, INSIDE), {}, "of/1/of: only what the rule itself is made of has a `part`"),
        ((PLAN, PHONE), {"part": "mine"}, "part: is the name of one family in `of`"),
        ((PLAN | {"part": "a plan"}, PHONE), {}, "part"),
    ],
)
def test_parts_that_make_no_sense_are_refused(of: tuple[dict[str, Any], ...], more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        rule_of(*of, **more)
