"""From the phone into the console: a one-time link for somebody without a terminal, and for nobody else."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import Request

from demo.phone.way_in import ROLE, SESSION, VISITOR, WayIn
from runtime.local import tickets
from runtime.settings import Settings

CONSOLE = "http://127.0.0.1:8080"
SIGNED_IN = (b"cookie", f"{SESSION}=any".encode())
FROM_ELSEWHERE = (b"sec-fetch-site", b"cross-site")


def asked(*headers: tuple[bytes, bytes]) -> Request:
    return Request({"type": "http", "headers": list(headers), "query_string": b"lang=zh", "path": "/console"})


def test_whoever_is_not_signed_in_gets_a_link_that_works_once_for_an_operator(tmp_path: Path) -> None:
    there = urlsplit(WayIn(f"{CONSOLE}/", Settings(data=str(tmp_path))).to(asked(), "/requests?q=sub-account01"))
    query = {name: values[0] for name, values in parse_qs(there.query).items()}
    ticket = tickets.read(tmp_path, query.pop("ticket"), tickets.LINK)
    assert ticket is not None and (ticket.operator, ticket.role) == (VISITOR, ROLE) == ("phone", "operator")
    assert there.path == "/sign-in/link" and query == {"to": "/requests?q=sub-account01", "lang": "zh"}


@pytest.mark.parametrize("headers", [(SIGNED_IN,), (FROM_ELSEWHERE,)], ids=["signed in", "a page of somebody else's"])
def test_nobody_else_gets_one(tmp_path: Path, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    there = WayIn(CONSOLE, Settings(data=str(tmp_path))).to(asked(*headers), "/work")
    assert there == f"{CONSOLE}/work?lang=zh"


@pytest.mark.parametrize("how", [{"auth": "none"}, {"operators": "file"}, {"oidc_issuer": "https://id.example"}])
def test_where_people_sign_in_otherwise_there_is_none(tmp_path: Path, how: dict[str, str]) -> None:
    settings = Settings.model_validate({"data": str(tmp_path), **how})
    assert WayIn(CONSOLE, settings).to(asked(), "/work") == f"{CONSOLE}/work?lang=zh"


@pytest.mark.parametrize("to", ["//elsewhere.example/", "https://elsewhere.example/", "", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere(tmp_path: Path, to: str) -> None:
    settings = Settings(data=str(tmp_path), auth="none")
    assert WayIn(CONSOLE, settings).to(asked(), to) == f"{CONSOLE}/?lang=zh"
