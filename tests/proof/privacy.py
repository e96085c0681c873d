"""I15: what only the carrier may know is nowhere else, in no disguise."""

from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote

from tests.proof.history import History, Violation


def nothing_personal_leaks(history: History) -> list[Violation]:
    """I15: no name, number or address in topics, tables, logs or dead letters; also base64, hex, URL-encoded."""
    forms = [(secret, form, disguised) for secret in history.personal for form, disguised in disguises(secret)]
    return [
        Violation("I15", "", f"{place} holds personal data ({form}) of {mask(secret)}")
        for place, text in history.texts.items()
        for secret, form, disguised in forms
        if disguised in text
    ]


def disguises(secret: str) -> Iterator[tuple[str, bytes]]:
    """Base64 depends on where the text begins, so all three ways, without the ends that its neighbours change."""
    plain = secret.encode()
    yield "plain", plain
    yield "hex", plain.hex().encode()
    if quote(secret, safe="") != secret:
        yield "URL-encoded", quote(secret, safe="").encode()
    if not secret.isascii():
        yield "escaped", secret.encode("unicode-escape")
    for shift in range(3):
        encoded = b64encode(b"\0" * shift + plain)
        yield "base64", encoded[shift + (shift > 0) : -4]


def mask(secret: str) -> str:
    return f"{secret[:3]}..."
