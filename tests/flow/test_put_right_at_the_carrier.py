"""What the carrier said made no sense and was put right there: an operator's retry reads it anew, and goes on once."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.messages import billing, shared
from tests.flow.customer import confirm, done, order_retry, submit
from tests.flow.system import System
from tests.flow.test_carrier_told_wrongly import spoil

MONEY = ("charge", "refund")


def contract_in_euro(told: dict[str, Any]) -> dict[str, Any]:
    """The first item that has a contract names its fee in another currency."""
    bound = next(item for item in told["items"] if item["contract"])
    bound["contract"]["full_fee"]["currency"] = "EUR"
    return told


def gift_in_euro(told: dict[str, Any]) -> dict[str, Any]:
    return told | {"balances": [{"origin": "gift", "amount": {"minor": 1, "currency": "EUR"}}]}


def test_a_contract_that_was_put_right_is_priced(system: System) -> None:
    honest = system.web._transport
    spoil(system, "/crm/", contract_in_euro)
    request = submit(system, "sub-linecontract01")
    assert system.the(shared.AttentionRequired, request).code == "contract-makes-no-sense"
    order_retry(system, request, "quote")
    assert system.types(request).count("attention.required.v1") == 2, "read anew, and still wrong"
    system.web._transport = honest
    order_retry(system, request, "quote")
    assert system.the(shared.AttentionResolved, request).incident == "quote"
    assert system.the(billing.QuoteIssued, request).quote.total.minor > 0
    order_retry(system, request, "quote")
    assert system.types(request).count("quote.issued.v1") == 1


@pytest.mark.parametrize("retries", [1, 3])
def test_a_final_bill_that_was_put_right_settles_the_account_once(system: System, retries: int) -> None:
    honest = system.web._transport
    spoil(system, "/charging/final-bills", gift_in_euro)
    request = submit(system, "sub-unbilled01")
    confirm(system, request)
    system.advance(timedelta(days=40))
    assert system.the(shared.AttentionRequired, request).code == "account-makes-no-sense"
    assert done(system, request, *MONEY) == []
    system.web._transport = honest
    for _ in range(retries):
        order_retry(system, request, "final-account")
    assert done(system, request, *MONEY) == [("charge", "final-bill", 1234)]
    assert system.the(shared.AttentionResolved, request).incident == "final-account"
    assert system.the(billing.FinalBillIssued, request).net.minor == 1234
