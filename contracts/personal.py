"""What in a text could be a person: phone and identity numbers, e-mail addresses."""

import re

# Letters of other scripts are no part of a number: Chinese is written without spaces around one.
EDGE_BEFORE, EDGE_AFTER = r"(?<![\dA-Za-z_-])", r"(?![\dA-Za-z_-])"
GAP = "[ \u00a0\u2000-\u2015\u202f\u205f\u2060\u3000\ufeff-]?"  # a space or a dash of any width, or none
PHONE = re.compile(rf"{EDGE_BEFORE}(?:(?:\+|00)?86{GAP})?([1１][3-9３-９]\d){GAP}\d{{4}}{GAP}(\d{{4}}){EDGE_AFTER}")
IDENTITY = re.compile(rf"{EDGE_BEFORE}(\d{{6}}){GAP}\d{{8}}{GAP}(\d{{3}}[\dXxＸｘ]){EDGE_AFTER}")
# Looked for only where a run of its letters begins: from each of them on, a long word would take hours. What follows
# the @ is not a policy's id, such as eu@2026.1+0a1b.
E_MAIL = re.compile(r"(?<![\w.+-])([.+-]*\w)[\w.+-]*+@((?:[\w-]+\.)+[^\W\d_]{2,})")


def masked(text: str) -> str:
    """`13812345678` -> `138****5678`; ids and times of events stay as they are."""
    text = PHONE.sub(r"\1****\2", text)
    text = IDENTITY.sub(r"\1********\2", text)
    return E_MAIL.sub(r"\1***@\2", text)
