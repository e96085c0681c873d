"""The seeded people: enough of them, each with a story, and nothing personal outside the books."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

import httpx

from demo.carrier.books import Books
from demo.carrier.crowd import crowd
from demo.carrier.customer import canaries, person
from demo.carrier.customers import seeded

TODAY = date(2026, 2, 28)
JOURNEYS_OF_A_CUSTOMER = {f"J{number}" for number in range(1, 23)}


def test_every_journey_has_a_customer_of_its_own() -> None:
    customers = seeded(TODAY)
    assert {customer.journey for customer in customers} >= JOURNEYS_OF_A_CUSTOMER
    assert len(customers) == len({customer.line.subscription for customer in customers}) >= 40
    assert all(customer.story.endswith(".") for customer in customers)


def test_contracts_and_porting_dates_are_counted_from_today() -> None:
    books = Books(":memory:", clock=lambda: datetime(2026, 2, 28, 12, tzinfo=UTC))
    contract = books.look_up("sub-linecontract01").items[0].contract
    assert contract and contract.start < TODAY < contract.end and contract.lock_in
    assert books.look_up("sub-portrecent01").ported_in_on == date(2026, 1, 29)
    ended = books.look_up("sub-contractended01").items[0].contract
    assert ended and ended.end < TODAY


def test_every_person_is_a_canary_nobody_else_sings_like() -> None:
    lines = [customer.line.subscription for customer in (*seeded(TODAY), *crowd(1000, TODAY))]
    songs = canaries(lines)
    assert len(set(songs)) == 3 * len(lines)


def test_no_answer_of_the_carrier_names_a_person(books: Books, client: httpx.Client) -> None:
    lines = [row["subscription"] for row in client.get("/customers").json()]
    answers = [client.get(f"/crm/subscriptions/{line}").text for line in lines]
    said = "".join((*answers, client.get("/customers").text, client.get("/ledger").text))
    assert len(books.audit.canaries()) == 3 * len(lines)
    assert [canary for canary in books.audit.canaries() if canary in said] == []


def test_the_masked_number_is_the_persons_own(books: Books) -> None:
    number, masked = person("sub-english01").number, books.look_up("sub-english01").masked_number
    assert (masked[:3], masked[-4:]) == (number[:3], number[-4:])


def test_the_crowd_is_the_same_every_time_and_can_be_charged(books: Books, money: Callable[..., Any]) -> None:
    assert list(crowd(50, TODAY)) == list(islice(crowd(5000, TODAY), 50))
    books.enrol(crowd(50, TODAY))
    books.charge("k1", money("sub-c000050"))
    assert "sub-c000050" not in {row["subscription"] for row in books.audit.customers()}


def test_a_mixed_crowd_has_the_benchmarks_share_of_trouble() -> None:
    customers = list(crowd(1000, TODAY, mixed=True))
    declining = [customer.quirks["payment"] for customer in customers if customer.quirks]
    assert sum(customer.line.arrears.minor > 0 for customer in customers) == 50
    assert (declining.count(("decline", "decline")), declining.count(("always-decline",))) == (10, 2)
