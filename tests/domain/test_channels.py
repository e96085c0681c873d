"""What each channel takes, and the proof it must bring, is what the pack says of it (R8)."""

from datetime import UTC, datetime

import pytest

from contracts.messages.commands import SubmitCancellation
from contracts.words import Channel, Kind, Proof, Reason
from policies.pack import load
from policies.schema import Pack
from services.intake.checks import form_faults, proof_missing

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
ALL = Proof(agent="agent-1", call="call-1", identity_document="doc-1")


def codes(pack: Pack, channel: Channel, kind: Kind, proof: Proof) -> list[tuple[str, str]]:
    items = ("plan-a",) if kind is Kind.PRODUCT else ()
    wish = SubmitCancellation(
        request_id="00000000-0000-4000-8000-000000000001",
        subscription="sub-demo1",
        kind=kind,
        items=items,
        reason=Reason.PRICE,
        channel=channel,
        proof=proof,
    )
    return [(fault.code, fault.field) for fault in form_faults(wish, NOW, pack)]


@pytest.mark.parametrize("name", ["cn-carrier", "de", "eu", "uk", "us-legacy"])
def test_what_a_channel_takes_and_must_bring_is_the_packs_to_say(name: str) -> None:
    pack = load(name)
    for channel in Channel:
        rule = pack.channels[channel]
        for kind in Kind:
            refused = [] if kind in rule.kinds else [("kind-not-offered-here", "/kind")]
            assert codes(pack, channel, kind, ALL) == refused
            missing = [("proof-missing", f"/proof/{each}") for each in rule.proof]
            assert codes(pack, channel, kind, Proof()) == [*missing, *refused]


def test_a_channel_that_a_pack_leaves_out_takes_nothing() -> None:
    pack = load("cn-carrier")
    closed = pack.model_copy(update={"channels": {Channel.COUNTER: pack.channels[Channel.COUNTER]}})
    for kind in Kind:
        assert codes(closed, Channel.APP, kind, ALL) == [("kind-not-offered-here", "/kind")]


@pytest.mark.parametrize("name", Proof.model_fields)
def test_what_proof_is_missing_is_called_as_clerk_and_customer_call_it(name: str) -> None:
    said = proof_missing(name).message
    assert "_" not in said.en and not any(letter.isascii() and letter.isalpha() for letter in said.zh)
