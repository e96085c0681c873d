"""An account is rounded and told as its pack says, and each charge and balance names what it rests on."""

from collections.abc import Iterator

import pytest

from contracts.carrier.accounts import AccountCharge, Balance
from contracts.final_account import BalanceFate, FinalAccount
from contracts.words import Money, Text
from policies.pack import Pack
from services.billing.account import expected, final
from tests.domain.test_final_accounts import NOW, PACK, bill_of, charge, line_with, quoted, with_terms


def rounding(pack: Pack, how: str) -> Pack:
    return pack.model_copy(update={"rounding": how})


def of(pack: Pack, *rows: AccountCharge | Balance) -> FinalAccount:
    charges = tuple(row for row in rows if isinstance(row, AccountCharge))
    balances = tuple(row for row in rows if isinstance(row, Balance))
    return expected(line_with(charges, balances), NOW, (), pack)


@pytest.mark.parametrize(
    ("arrears", "how", "late"),
    [  # ten days at 3 per mille: 34.5 and 30.03
        (1150, "half-up", 35),
        (1150, "half-even", 34),
        (1150, "down", 34),
        (1001, "half-up", 30),
        (1001, "down", 30),
        (1001, "up", 31),
    ],
)
def test_the_late_fee_of_an_account_is_rounded_as_the_pack_says(arrears: int, how: str, late: int) -> None:
    account = of(rounding(PACK, how), charge(1, "arrears", arrears, 10, False))
    assert [(line.kind, line.amount.minor) for line in account.lines] == [("arrears", arrears), ("late-fee", late)]


@pytest.mark.parametrize(("how", "taxes"), [("half-up", 5), ("half-even", 4), ("down", 4), ("up", 5)])
def test_the_tax_of_a_charge_is_rounded_as_the_pack_says(how: str, taxes: int) -> None:
    """9 % of 50 is 4.5."""
    [line] = of(rounding(with_terms(taxes={"usage": "basic-telecom"}), how), charge(1, "usage", 50, 0, False)).lines
    assert (line.net, line.tax, line.amount) == (Money(minor=50), Money(minor=taxes), Money(minor=50 + taxes))


@pytest.mark.parametrize(("how", "released"), [("half-up", 13), ("half-even", 12), ("down", 12), ("up", 13)])
def test_the_released_part_of_a_pre_deposit_is_rounded_as_the_pack_says(how: str, released: int) -> None:
    """An eighth of 100 is 12.5; the rest is forfeited."""
    row = Balance(origin="pre-deposit", amount=Money(minor=100), release_months=8, months_released=1)
    [fate] = of(rounding(with_terms(pre_deposit="forfeited"), how), row).balances
    assert (fate.paid_out.minor, fate.lost.minor) == (released, 100 - released)


@pytest.mark.parametrize(
    ("origin", "clause"),
    [
        ("own", "CN-14-balance"),
        ("deposit", "CN-15-final-bill"),
        ("pre-deposit", "CN-14-balance"),
        ("gift", "CN-14-balance"),
        ("third-party", "CN-14-balance"),
    ],
)
def test_what_becomes_of_a_balance_names_the_clause_it_rests_on(origin: str, clause: str) -> None:
    row = Balance.model_validate({"origin": origin, "amount": Money(minor=100)})
    assert of(PACK, row).balances[0].clauses == (clause,)
    silent = {name: each for name, each in PACK.final_account.clauses.items() if name != origin}
    assert of(with_terms(clauses=silent), row).balances[0].clauses == ()


@pytest.mark.parametrize(
    ("kind", "clause"),
    [
        ("arrears", "CN-16-end"),
        ("usage", "CN-15-final-bill"),
        ("period-fee", "CN-15-final-bill"),
        ("device", "CN-30"),
    ],
)
def test_a_charge_names_the_clause_it_rests_on(kind: str, clause: str) -> None:
    assert of(PACK, charge(1, kind, 100, 0, False)).lines[0].clauses == (clause,)
    assert of(with_terms(clauses={}), charge(1, kind, 100, 0, False)).lines[0].clauses == ()


EVERY_ORIGIN = ("own", "deposit", "pre-deposit", "gift", "third-party")


@pytest.mark.parametrize("gift_offsets", [True, False])
@pytest.mark.parametrize("left", [10**6, 50])
def test_no_sum_of_an_account_in_another_currency_is_told_in_yuan(gift_offsets: bool, left: int) -> None:
    """More than is owed, and less; a device that no quote had told is not charged."""
    terms = with_terms(gift_offsets=gift_offsets, taxes={"usage": "basic-telecom", "late-fee": "value-added"})
    pack = terms.model_copy(update={"currency": "EUR", "tax_rounding": "document"})
    rows = (
        charge(1, "arrears", 1150, 10, False),
        charge(2, "usage", 333, 0, False),
        charge(3, "usage", 55, 0, True),
        charge(4, "period-fee", 2900, 0, False),
        charge(5, "device", 900, 0, False),
    )
    charges = tuple(row.model_copy(update={"amount": Money(minor=row.amount.minor, currency="EUR")}) for row in rows)
    balances = tuple(
        Balance.model_validate(
            {"origin": origin, "amount": Money(minor=left, currency="EUR"), "release_months": 8, "months_released": 1}
        )
        for origin in EVERY_ORIGIN
    )
    offer = quoted(line_with((), ())).model_copy(update={"lines": ()})
    nothing = Money(minor=0, currency="EUR")
    bill = bill_of(charges, balances).model_copy(update={"unbilled_usage": nothing, "own_balance": nothing})
    account = final(bill, offer, (), pack)
    told = list(texts(account))
    assert len(told) > 15 and [text for text in told if "CNY" in text.en or "¥" in text.zh] == []
    assert sum("EUR" in text.en and "€" in text.zh for text in told) > 12
    sums = [account.owed, account.held, account.net, *(line.amount for line in account.lines)]
    assert {each.currency for each in (*sums, *map(whole, account.balances))} == {"EUR"}


def texts(account: FinalAccount) -> Iterator[Text]:
    yield from (step for line in account.lines for step in line.steps)
    yield from (step for fate in account.balances for step in fate.steps)
    yield from account.steps


def whole(fate: BalanceFate) -> Money:
    return fate.used + fate.paid_out + fate.returned + fate.lost
