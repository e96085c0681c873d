"""Money events count as their owner signed them, there and under that id; whatever else is a dead letter, unread."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.flow import DECIDING, SERVICES
from contracts.messages import COMMANDS
from contracts.rights import SIGNED, SPEAKERS
from policies.pack import load
from runtime.envelope import Record, decode
from runtime.kafka.security import NotSecured
from runtime.kernel.arrivals import Consumed, Outcome
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import Store
from runtime.kernel.tables import CASES
from runtime.replay.replay import wiring_of
from runtime.settings import Settings
from runtime.signatures import KEY_ID, OFF, SIGNATURE, Signatures
from runtime.worker.service_host import Hosted, stepper
from runtime.worker.signing_keys import signatures_of
from services.console.kept.rows import event_row
from tests.contracts.sound import record_of
from tests.kernel.tally import NOW
from tests.kernel.test_rights import structured

KEYS = {
    name: Ed25519PrivateKey.generate() for service in SERVICES for name in (f"{service.name}/a", f"{service.name}/b")
}
KNOWN = {name: key.public_key() for name, key in KEYS.items()}
MONEY = sorted(SIGNED)
DEMO = load("demo")
OTHERS = "10101010-2020-4030-8040-505050505050"


def signer(name: str) -> Signatures:
    return Signatures((name, KEYS[name]), KNOWN)


def owner(record: Record) -> str:
    return SPEAKERS[record.topic].removeprefix("/tuiding/")


def signed(kind: str, key: str = "a") -> Record:
    record = record_of(kind)
    return signer(f"{owner(record)}/{key}").signed(record)


def header(record: Record, name: str, text: bytes | None) -> Record:
    left = [(each, value) for each, value in record.headers if each != name]
    return record._replace(headers=left if text is None else [*left, (name, text)])


def text_of(record: Record, name: str) -> bytes:
    return dict(record.headers)[name]


def by_another_service(record: Record) -> Record:
    other = next(service.name for service in SERVICES if service.name != owner(record))
    bare = header(header(record, SIGNATURE, None), KEY_ID, None)
    return signer(f"{other}/a").signed(bare)


def called_another(record: Record) -> Record:
    """Its own signature, under the name of a key of somebody else's."""
    other = next(service.name for service in SERVICES if service.name != owner(record))
    return header(record, KEY_ID, f"{other}/a".encode())


def retold(record: Record) -> Record:
    return record._replace(value=(record.value or b"").replace(b"{", b"{ ", 1))


FORGED: dict[str, Callable[[Record], Record]] = {
    "without a signature": lambda record: header(record, SIGNATURE, None),
    "without a key's name": lambda record: header(record, KEY_ID, None),
    "by a key that nobody knows": lambda record: header(record, KEY_ID, b"billing/stolen"),
    "by another service's key": by_another_service,
    "under another service's name": called_another,
    "another value": retold,
    "another key": lambda record: record._replace(key=OTHERS.encode()),
    "moved to another topic": lambda record: record._replace(
        topic=next(topic for topic in SPEAKERS if topic != record.topic)
    ),
    "replayed under another id": lambda record: header(record, "ce_id", OTHERS.encode()),
    "under another pack": lambda record: header(record, "ce_policyversion", b"eu@1"),
    "with a signature of another record": lambda record: header(
        record, SIGNATURE, text_of(signed(next(kind for kind in MONEY if kind != decode(record).message.type)), "sig")
    ),
    "a signature that is none": lambda record: header(record, SIGNATURE, b"\xff\x00=="),
    "an empty signature": lambda record: header(record, SIGNATURE, b""),
    "cut short": lambda record: header(record, SIGNATURE, text_of(record, SIGNATURE)[:40]),
    "in structured mode": structured,
    "its type in capitals elsewhere": lambda record: header(
        header(record, "ce_type", None), "CE_Type", text_of(record, "ce_type")
    )._replace(value=b"{}"),
}


@pytest.mark.parametrize("kind", MONEY)
@pytest.mark.parametrize("key", ["a", "b"])
def test_what_its_owner_signed_is_believed_by_either_of_its_keys(kind: str, key: str) -> None:
    assert signer("console/a").fault(signed(kind, key)) == ""


@pytest.mark.parametrize("how", FORGED)
@pytest.mark.parametrize("kind", MONEY)
def test_a_forged_money_event_is_not_believed_by_whoever_knows_the_keys(kind: str, how: str) -> None:
    told = FORGED[how](signed(kind))
    assert signer("console/a").fault(told)
    assert OFF.fault(told) == ""  # in development nobody asks


@pytest.mark.parametrize("how", FORGED)
def test_it_is_a_dead_letter_of_whoever_would_have_decided_on_it_and_changes_nothing(how: str) -> None:
    told = FORGED[how](signed("fee.settled.v1"))
    kernels = {each.name: Kernel(wiring_of(each.name), Store("memory:", each.name), DEMO) for each in DECIDING}
    letters, cases = [], 0
    for kernel in kernels.values():
        kernel.signatures = signer(f"{kernel.wiring.service}/a")
        if kernel.wants(told):
            outcome: Outcome = kernel.step([Consumed(told, 0, 0, 0, "tuiding-x")], (), NOW)
            letters += [dict(each.record.headers)["x-error-code"] for each in outcome.publish]
        cases += kernel.store.read(sa.select(sa.func.count()).select_from(CASES))[0][0]
        kernel.store.close()
    assert cases == 0 and letters
    assert set(letters) <= {b"not-signed", b"not-yours-to-say"}


def test_a_decision_taken_again_signs_the_very_same_bytes() -> None:
    assert signed("fee.settled.v1") == signed("fee.settled.v1")


def test_a_letter_sent_again_keeps_its_signature() -> None:
    again = signed("fee.settled.v1")
    again = again._replace(headers=[*again.headers, ("x-redrive-count", b"1"), ("x-redrive-group", b"tuiding-intake")])
    assert signer("intake/a").fault(again) == ""


@pytest.mark.asyncio
@pytest.mark.parametrize("how", ["without a signature", "another value"])
async def test_whoever_sends_a_letter_again_does_not_sign_for_it(tmp_path: Path, how: str) -> None:
    own = write(tmp_path, "console/a", KEYS["console/a"])
    settings = Settings(signing_key=str(own), signers=str(tmp_path / "public"))
    store, sent = Store("memory:", "console"), list[Record]()
    host = Hosted("console", settings, stepper("console", store, DEMO, "one"), DEMO)

    async def send(records: Sequence[Record]) -> None:
        sent.extend(records)

    host.send = send
    forged = FORGED[how](signed("retry.ordered.v1"))
    await host.publish(header(forged, "x-redrive-count", b"1"))
    await host.publish(record_of("retry.ordered.v1"))
    store.close()
    assert [bool(signer("intake/a").fault(each)) for each in sent] == [True, False]


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_channels_command_needs_no_signature_of_ours(kind: str) -> None:
    record = record_of(kind)
    assert signer("intake/a").fault(record) == "" and signer("intake/a").signed(record) == record


def test_the_console_shows_what_was_forged_as_unreadable_and_not_in_the_place_of_the_true_one() -> None:
    told = retold(signed("fee.settled.v1"))
    row = event_row(Consumed(told, 0, 7, 0, ""), signer("console/a"))
    assert row and row.type.startswith("unreadable") and row.id != text_of(told, "ce_id").decode()


# ---- keys in files ---------------------------------------------------------------------------------------------------


def write(folder: Path, name: str, key: Ed25519PrivateKey) -> Path:
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "public" / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / "public" / f"{name}.pem").write_bytes(public)
    (folder / "private" / name).parent.mkdir(parents=True, exist_ok=True)
    own = folder / "private" / f"{name}.pem"
    own.write_bytes(private)
    return own


def test_a_key_is_replaced_by_having_two_for_a_while(tmp_path: Path) -> None:
    old = write(tmp_path, "billing/2026-11", KEYS["billing/a"])
    said = signatures_of("billing", Settings(signing_key=str(old))).signed(record_of("fee.settled.v1"))
    new = write(tmp_path, "billing/2026-12", KEYS["billing/b"])
    both = Settings(signing_key=str(new), signers=str(tmp_path / "public"))
    assert signatures_of("billing", both).fault(said) == ""
    (tmp_path / "public" / "billing" / "2026-11.pem").unlink()
    now = signatures_of("billing", both)
    assert now.fault(said) and now.fault(now.signed(record_of("fee.settled.v1"))) == ""


def test_signatures_are_off_where_nobody_set_them() -> None:
    assert signatures_of("billing", Settings()) == OFF


BAD: dict[str, Callable[[Path], dict[str, str]]] = {
    "TUIDING_SIGNING_KEY is not": lambda folder: {"signers": str(folder / "public")},
    "No such file": lambda folder: {"signing_key": str(folder / "gone.pem")},
    "no PEM file": lambda folder: {"signing_key": __file__},
    "no Ed25519 key": lambda folder: {"signing_key": str(other_kind(folder))},
    "holds no keys": lambda folder: {"signing_key": str(folder / "private/billing/one.pem"), "signers": str(folder)},
    "has not its public key": lambda folder: {
        "signing_key": str(write(folder / "elsewhere", "billing/two", KEYS["billing/b"])),
        "signers": str(folder / "public"),
    },
}


def other_kind(folder: Path) -> Path:
    file = folder / "curve.pem"
    key, (pem, pkcs8) = (
        generate_private_key(SECP256R1()),
        (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8),
    )
    file.write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    return file


@pytest.mark.parametrize("why", BAD)
def test_a_key_that_cannot_be_used_is_one_sentence_that_names_the_setting(tmp_path: Path, why: str) -> None:
    write(tmp_path, "billing/one", KEYS["billing/a"])
    with pytest.raises(NotSecured, match=why) as caught:
        signatures_of("billing", Settings(**BAD[why](tmp_path)))  # type: ignore[arg-type]
    assert "TUIDING_SIGN" in str(caught.value)
