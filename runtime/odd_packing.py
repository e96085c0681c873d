"""Names what a client's serialiser did to JSON, where a parser's words would not help a channel's developer."""

import json

from contracts.words import Text

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")


MARKED = Text(
    zh="以字节序标记（BOM）开头：请发送不带它的 UTF-8",
    en="it begins with a byte order mark (BOM): send UTF-8 without one",
)
WIDE = Text(
    zh="是 UTF-16 或 UTF-32：请发送 UTF-8，不带字节序标记",
    en="it is UTF-16 or UTF-32: send UTF-8, without a byte order mark",
)
TWICE = Text(
    zh="是装着 JSON 的 JSON 字符串：被序列化了两次，请发送对象本身",
    en="it is a JSON string that holds JSON: it was serialised twice, send the object itself",
)


def odd_packing(value: bytes) -> Text | None:
    """What is odd about bytes that should have been one JSON object and what to do; nothing if it is none of these."""
    if value.startswith(BYTE_ORDER_MARK):
        return MARKED
    if value.startswith(WIDE_MARKS) or (len(value) > 1 and 0 in value[:2] and value.strip(b"\0")[:1] in (b"{", b'"')):
        return WIDE
    if value.lstrip()[:1] == b'"' and _holds_json(value):
        return TWICE
    return None


def _holds_json(value: bytes) -> bool:
    try:
        text = json.loads(value)
        return isinstance(text, str) and isinstance(json.loads(text), dict | list | str)
    except (ValueError, RecursionError):
        return False
