"""What a text setting may be: each kind checks itself and says what to write; none is repeated, it may be secret."""

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Annotated

from pydantic import AfterValidator

LONGEST, QUOTES = 2000, ("'", '"')
UNFILLED = re.compile(r"<[^<>]*>|\$[{(]|\{\{")  # <host>, ${HOST}, $(HOST), {{ host }}
LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}"
NAME = rf"{LABEL}(?:\.{LABEL})*\.?"
SIX = r"\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]"
PORT = r"(?::(?P<port>[0-9]{1,5}))"
IN_A_PATH = r"A-Za-z0-9._~!$&()*+,;=:@%/\-"
SIGNED_IN = r"(?:[A-Za-z0-9._~!$&'()*+,;=:%\-]*@)?"
AT = re.compile(rf"https?://{SIGNED_IN}(?P<host>{NAME}|{SIX}){PORT}?(?:/[{IN_A_PATH}]*)?(?P<query>\?[{IN_A_PATH}?]*)?")
BROKER = re.compile(rf"(?:{NAME}|{SIX}){PORT}?")
REACHED_BY = re.compile(rf"\.?(?:{NAME}|{SIX})")
WORKER = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}")
SCHEME = "postgresql+psycopg"
OTHER_SCHEMES = ("postgresql", "postgres")  # as providers of databases write it; the driver is ours
DATABASE = re.compile(rf"{re.escape(SCHEME)}://(?:[^:/@]*(?::[^@]*)?@)?(?:{NAME}|{SIX})?{PORT}?(?:/[^?/]*)?(?:\?.*)?")


def _plain(text: str) -> str:
    """Raises what is wrong with it, whatever it is for."""
    if not text.isprintable():
        raise ValueError("has a line break or another character that nobody sees: write it on one line")
    if text != text.strip():
        raise ValueError("begins or ends with a space: leave it out")
    if text[:1] in QUOTES and text[:1] == text[-1:]:
        raise ValueError("stands in quotes, and they would be part of it: leave them out")
    if UNFILLED.search(text):
        raise ValueError("is a template that nobody has filled in: write the value itself")
    if len(text) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters: write the name of a file, or less")
    return text


def _there(text: str) -> str:
    if not text:
        raise ValueError("is empty: write it, or leave the whole setting out")
    return text


def _port_is_one(found: re.Match[str] | None) -> bool:
    return found is not None and 0 < int(found["port"] or 1) <= 65_535


def _checked(is_right: Callable[[str], bool], otherwise: str) -> AfterValidator:
    """Empty is nothing to check."""

    def check(text: str) -> str:
        if text and not is_right(text):
            raise ValueError(otherwise)
        return text

    return AfterValidator(check)


def is_address(text: str) -> bool:
    """Of the web; with what a query asks for, where there is one."""
    return _port_is_one(AT.fullmatch(text))


def _is_base(text: str) -> bool:
    return is_address(text) and "?" not in text


def _each(kind: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: all(kind.fullmatch(part) for part in _parts(text))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _are_brokers(text: str) -> bool:
    return all(_port_is_one(BROKER.fullmatch(part)) for part in _parts(text))


def _together(text: str) -> str:
    return ",".join(_parts(text))


def _with_driver(text: str) -> str:
    scheme, mark, rest = text.partition("://")
    return f"{SCHEME}://{rest}" if mark and scheme in OTHER_SCHEMES else text


def _is_database(text: str) -> bool:
    """Or a folder, for files of SQLite."""
    if "://" in text:
        return _port_is_one(DATABASE.fullmatch(text))
    return not re.match(r"(?!memory:)[a-z+]{3,}:", text)


def _is_host(text: str) -> bool:
    try:
        return re.fullmatch(NAME, text) is not None or ip_address(text) is not None
    except ValueError:
        return False


Text = Annotated[str, AfterValidator(_plain)]
Needed = Annotated[Text, AfterValidator(_there)]
Base = Annotated[
    Text,
    _checked(_is_base, "write http:// or https://, a host and, if need be, port and path: https://carrier.example"),
]
Address = Annotated[Base, AfterValidator(_there)]
Brokers = Annotated[
    Text,
    _checked(_are_brokers, "write host:port without a scheme, several with commas: kafka-1:9092,kafka-2:9092"),
    AfterValidator(_together),
]
Host = Annotated[
    Needed, _checked(_is_host, "write one address or name, without port and scheme: 127.0.0.1, or 0.0.0.0 for all")
]
Hosts = Annotated[
    Text,
    _checked(_each(REACHED_BY), "write names without port, scheme and *, with commas: console.example,.example"),
]
Database = Annotated[
    Text,
    AfterValidator(_with_driver),
    _checked(
        _is_database,
        f"write {SCHEME}://user:password@host:5432/name, with %40 for an @ in a password, or a folder; with a standby "
        f"{SCHEME}://user:password@/name?host=one:5432&host=two:5432&target_session_attrs=read-write",
    ),
]
Worker = Annotated[Text, _checked(lambda text: bool(WORKER.fullmatch(text)), "write letters, digits, and . _ - only")]
