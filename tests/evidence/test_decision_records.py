"""A decision record is small, hashes exactly what was decided on, and never lends authority to an unverified clause."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.decisions import DecisionRecord, Disclosure
from contracts.messages import billing, commands, intake, shared
from contracts.words import Money, Text
from evidence.verify import canonical as as_read
from policies.deciding import canonical, record, sha256_of
from policies.pack import load
from tests.evidence import journeys
from tests.flow.customer import submit
from tests.flow.system import System

WORDS = Text(zh="一句话。", en="A sentence.")
MOST_BYTES = 600
names = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=8)  # a pattern would first try all of Unicode
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(names, inner),
)


@given(inputs=st.dictionaries(names, plain))
def test_a_third_party_hashes_the_same_bytes_as_we_do(inputs: dict[str, Any]) -> None:
    assert canonical(inputs) == as_read(json.loads(json.dumps(inputs)))


def test_the_hash_is_of_what_is_said_not_of_the_order_in_which_it_is() -> None:
    assert sha256_of({"a": 1, "b": (Money(minor=2),)}) == sha256_of({"b": [Money(minor=2)], "a": 1})
    assert sha256_of({"a": 1}) != sha256_of({"a": 2})


def test_each_clause_comes_with_its_status_and_an_unknown_one_is_unverified() -> None:
    pack = load("cn-carrier")
    made = record("x", "y", {}, pack, WORDS, rules=("r", "r"), clauses=("CN-30", "CN-13", "nobody-knows"))
    status = {clause.clause: clause.status for clause in pack.clauses}
    assert made.clauses == {"CN-30": status["CN-30"], "CN-13": status["CN-13"], "nobody-knows": "unverified"}
    assert made.rules == ("r",) and made.policy == pack.id


@pytest.mark.parametrize("journey", journeys.ALL, ids=lambda journey: journey.__name__)
def test_every_decision_has_a_record_and_it_stays_small(journey: Any) -> None:
    system = System()
    request = journey(system)
    decided = [event for event in system.events(request) if "decision" in type(event).model_fields]
    records: list[DecisionRecord | None] = [getattr(event, "decision", None) for event in decided]
    system.close()
    assert None not in records
    assert all(len(made.model_dump_json().encode()) < MOST_BYTES for made in records if made)


def test_the_receipt_says_what_was_shown_where_and_when() -> None:
    system = System()
    request = journeys.disputed_and_given_back(system)
    given = system.the(intake.ConfirmationGiven, request)
    quote = system.the(billing.QuoteIssued, request).quote
    settled = system.the(billing.FeeSettled, request)
    system.close()
    assert given.disclosure == Disclosure(
        quote_version=1, quote_sha256=sha256_of(quote), language="zh", channel="web", at=given.given_at
    )
    assert settled.quote_sha256 == sha256_of(quote)


def test_a_yes_to_something_else_than_would_be_charged_is_refused_and_nothing_is_charged() -> None:
    system = System()
    request = submit(system, "sub-linecontract01")
    issued = system.the(billing.QuoteIssued, request)
    shown = Disclosure(quote_version=1, quote_sha256="0" * 64, language="zh", channel="app", at=system.now)
    facts = {"quote_version": 1, "clauses_acknowledged": True, "given_at": system.now, "proof": {}}
    system.say(
        intake.ConfirmationGiven(request_id=request, audience=issued.audience, disclosure=shown, **facts), "intake"
    )
    assert system.the(shared.CommandRefused, request).code == "quote-version-old"
    assert [row for row in system.ledger(request) if row["kind"] == "charge"] == []
    system.close()


def test_the_hash_of_the_text_that_was_read_out_is_kept_where_the_channel_gives_it() -> None:
    system = System()
    request = submit(system, "sub-freeaddon01", "video-pack")
    yes = {"channel": "app", "quote_version": 1, "clauses_acknowledged": True, "text_sha256": "a" * 64}
    system.say(commands.ConfirmQuote(request_id=request, **yes))
    assert system.the(intake.ConfirmationGiven, request).disclosure.text_sha256 == "a" * 64
    system.close()
