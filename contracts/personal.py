"""What in a text could be a person: phone and identity numbers, e-mail addresses."""

import re

EDGE_BEFORE, EDGE_AFTER = r"(?<![\w-])", r"(?![\w-])"
PHONE = re.compile(rf"{EDGE_BEFORE}(?:\+?86[ -]?)?(1[3-9]\d)[ -]?\d{{4}}[ -]?(\d{{4}}){EDGE_AFTER}")
IDENTITY = re.compile(rf"{EDGE_BEFORE}(\d{{6}})[ -]?\d{{8}}[ -]?(\d{{3}}[\dXx]){EDGE_AFTER}")
E_MAIL = re.compile(r"([\w])[\w.+-]*@((?:[\w-]+\.)+[^\W\d_]{2,})")  # not a policy's id, such as eu@2026.1+0a1b


def masked(text: str) -> str:
    """`13812345678` -> `138****5678`; ids and times of events stay as they are."""
    text = PHONE.sub(r"\1****\2", text)
    text = IDENTITY.sub(r"\1********\2", text)
    return E_MAIL.sub(r"\1***@\2", text)
