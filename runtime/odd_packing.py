"""Names what a client's serialiser did to JSON, where a parser's words would not help a channel's developer."""

import json

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")


def odd_packing(value: bytes) -> str:
    """What is odd about bytes that should have been one JSON object and what to do; empty if it is none of these."""
    if value.startswith(BYTE_ORDER_MARK):
        return "it begins with a byte order mark (BOM): send UTF-8 without one"
    if value.startswith(WIDE_MARKS) or (len(value) > 1 and 0 in value[:2] and value.strip(b"\0")[:1] in (b"{", b'"')):
        return "it is UTF-16 or UTF-32: send UTF-8, without a byte order mark"
    if value.lstrip()[:1] == b'"' and _holds_json(value):
        return "it is a JSON string that holds JSON: it was serialised twice, send the object itself"
    return ""


def _holds_json(value: bytes) -> bool:
    try:
        text = json.loads(value)
        return isinstance(text, str) and isinstance(json.loads(text), dict | list | str)
    except (ValueError, RecursionError):
        return False
