"""Every other form of a seal, of its key's name, and of what it seals: no money event is believed with it."""

import base64
from collections.abc import Callable

import pytest

from contracts.rights import SPEAKERS
from runtime.envelope import Record
from runtime.signatures import KEY_ID, SIGNATURE
from tests.kernel.test_signatures import KEYS, MONEY, header, owner, signed, signer, text_of


def told_as(record: Record, **changed: str | None) -> Record:
    for name, text in changed.items():
        record = header(record, name, None if text is None else text.encode())
    return record


def another_kind(record: Record) -> str:
    return next(each for each in MONEY if each.encode() != text_of(record, "ce_type"))


def seal(record: Record) -> str:
    return text_of(record, SIGNATURE).decode()


def elsewhere(record: Record) -> str:
    return next(topic for topic in reversed(SPEAKERS) if topic != record.topic)


def stranger(record: Record) -> bytes:
    return next(name for name in KEYS if not name.startswith(owner(record))).encode()


def one_bit_else(text: str) -> str:
    first, *rest = base64.b64decode(text)
    return base64.b64encode(bytes([first ^ 1, *rest])).decode()


FORGED_MORE: dict[str, Callable[[Record], Record]] = {
    "a tombstone": lambda record: record._replace(value=None),
    "an empty value": lambda record: record._replace(value=b""),
    "no key": lambda record: record._replace(key=None),
    "the key in capitals": lambda record: record._replace(key=(record.key or b"").upper().replace(b"-", b"_")),
    "one byte more": lambda record: record._replace(value=(record.value or b"") + b"\n"),
    "one digit more": lambda record: record._replace(value=(record.value or b"").replace(b"0", b"00", 1) + b" "),
    "another type": lambda record: told_as(record, ce_type=another_kind(record)),
    "another source": lambda record: told_as(record, ce_source="/tuiding/console/x"),
    "no source": lambda record: told_as(record, ce_source=None),
    "no id": lambda record: told_as(record, ce_id=None),
    "the id in capitals": lambda record: told_as(record, ce_id=text_of(record, "ce_id").decode().upper() + "A"),
    "no pack": lambda record: told_as(record, ce_policyversion="none"),
    "on the topic of orders": lambda record: record._replace(topic=elsewhere(record)),
    "a key's name in capitals": lambda record: told_as(record, kid=text_of(record, KEY_ID).decode().upper()),
    "a key's name and a space": lambda record: told_as(record, kid=text_of(record, KEY_ID).decode() + " "),
    "a key's file": lambda record: told_as(record, kid=f"{text_of(record, KEY_ID).decode()}.pem"),
    "a key by a way round": lambda record: told_as(record, kid=f"x/../{text_of(record, KEY_ID).decode()}"),
    "its service's other key": lambda record: told_as(record, kid=f"{owner(record)}/b"),
    "only its service": lambda record: told_as(record, kid=owner(record)),
    "no name": lambda record: told_as(record, kid=""),
    "in hex": lambda record: told_as(record, sig=base64.b64decode(seal(record)).hex()),
    "of zeros": lambda record: told_as(record, sig=base64.b64encode(bytes(64)).decode()),
    "of ones": lambda record: told_as(record, sig=base64.b64encode(b"\xff" * 64).decode()),
    "one bit else": lambda record: told_as(record, sig=one_bit_else(seal(record))),
    "twice in one": lambda record: told_as(record, sig=seal(record) + seal(record)),
    "with a line end": lambda record: told_as(record, sig=seal(record) + "\n"),
    "with spaces": lambda record: told_as(record, sig=f" {seal(record)}"),
    "without padding": lambda record: told_as(record, sig=seal(record).rstrip("=")),
    "with a word before": lambda record: told_as(record, sig=f"ed25519:{seal(record)}"),
    "a second one after it": lambda record: record._replace(headers=[*record.headers, (SIGNATURE, b"AAAA")]),
    "a second name after it": lambda record: record._replace(headers=[*record.headers, (KEY_ID, stranger(record))]),
    "of nothing, by the right key": lambda record: told_as(
        record, sig=base64.b64encode(KEYS[f"{owner(record)}/a"].sign(b"")).decode()
    ),
    "of its value alone, by the right key": lambda record: told_as(
        record, sig=base64.b64encode(KEYS[f"{owner(record)}/a"].sign(record.value or b"")).decode()
    ),
}


@pytest.mark.parametrize("how", FORGED_MORE)
def test_no_other_form_of_a_seal_or_of_what_is_sealed_is_believed_of_any_money_event(how: str) -> None:
    believed = [kind for kind in MONEY if not signer("console/a").fault(FORGED_MORE[how](signed(kind)))]
    assert believed == []
