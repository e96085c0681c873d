"""A carrier behind TLS: what is not believed says why, with the setting and the remedy, and works once it is mended."""

import asyncio
import os
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.carrier.asks import SubscriptionAsk
from runtime.kafka.security import NotSecured
from runtime.local.broker_keys import Keys, make_keys
from runtime.settings import Settings
from runtime.worker.carrier import Carrier, Outage, Refusal, connect
from runtime.worker.carrier_tls import certificates

LONG = timedelta(days=1000)
HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"
ANSWER = b"HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers whatever it is asked, as a plain server does to the first bytes of TLS, too."""
    await reader.read(1)
    writer.write(ANSWER)
    await writer.drain()
    writer.close()


def context(keys: Keys, asks_for_a_certificate: bool = False) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(keys.broker)
    if asks_for_a_certificate:
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_verify_locations(keys.ca)
    return made


@asynccontextmanager
async def carrier(tls: ssl.SSLContext | None, ca: Path | None, scheme: str = "https") -> AsyncIterator[Carrier]:
    """On both addresses, of which a certificate names one."""
    server = await asyncio.start_server(serve, (HERE, ELSEWHERE), 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    server.close()
    server = await asyncio.start_server(serve, (HERE, ELSEWHERE), port, ssl=tls)
    told = {"carrier": f"{scheme}://{HERE}:{port}", "carrier_ca": str(ca or ""), "call_timeout_seconds": 5}
    found = Carrier(connect(Settings.model_validate(told)))
    try:
        yield found
    finally:
        await found.client.aclose()
        server.close()


async def asked(of: Carrier) -> str:
    """Why nobody knows; empty where it was reached, whatever it then says."""
    try:
        await of.ask("look-up", SubscriptionAsk(subscription="sub-line0001"), "k")
    except Refusal:
        return ""
    except Outage as outage:
        return str(outage)
    raise AssertionError("it says no to everything")


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return make_keys(tmp_path / "good", ())


async def test_a_carrier_whose_ca_was_given_is_believed(keys: Keys) -> None:
    async with carrier(context(keys), keys.ca) as found:
        assert await asked(found) == ""


@pytest.mark.parametrize(
    ("age", "says"),
    [
        (LONG, ("TUIDING_CARRIER", "has expired", "renew it")),
        (-LONG, ("TUIDING_CARRIER", "not yet valid", "clocks")),
    ],
)
async def test_a_certificate_of_another_time_is_named(tmp_path: Path, age: timedelta, says: tuple[str, ...]) -> None:
    old = make_keys(tmp_path / "old", (), now=datetime.now(UTC) - age)
    async with carrier(context(old), old.ca) as found:
        told = await asked(found)
        assert all(each in told for each in says) and len(told) <= 200, told


@pytest.mark.parametrize("given", ["another's", "everybody's"])
async def test_a_certificate_that_another_signed_names_the_setting(keys: Keys, tmp_path: Path, given: str) -> None:
    ca = make_keys(tmp_path / "other", ()).ca if given == "another's" else None
    async with carrier(context(keys), ca) as found:
        assert "TUIDING_CARRIER_CA" in await asked(found)


async def test_a_certificate_of_another_name_is_told_so(keys: Keys) -> None:
    async with carrier(context(keys), keys.ca) as found:
        found.client.base_url = found.client.base_url.copy_with(host=ELSEWHERE)
        assert "the name that it is for" in await asked(found)


async def test_no_tls_where_https_was_said_is_told_so(keys: Keys) -> None:
    async with carrier(None, keys.ca) as found:
        assert "no TLS is spoken there" in await asked(found)


async def test_tls_where_http_was_said_and_a_certificate_that_is_asked_of_us_are_outages(keys: Keys) -> None:
    async with carrier(context(keys), None, scheme="http") as found:
        assert await asked(found)
    async with carrier(context(keys, asks_for_a_certificate=True), keys.ca) as found:
        assert await asked(found)


async def test_it_works_by_itself_once_the_certificate_was_renewed(keys: Keys, tmp_path: Path) -> None:
    served = context(make_keys(tmp_path / "other", ()))
    async with carrier(served, keys.ca) as found:
        assert "TUIDING_CARRIER_CA" in await asked(found)
        served.load_cert_chain(keys.broker)
        assert await asked(found) == ""


@pytest.mark.parametrize("content", [None, "", "no certificate\n"])
def test_a_ca_that_cannot_be_read_stops_the_start(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(NotSecured, match="TUIDING_CARRIER_CA"):
        certificates(Settings.model_validate({"carrier_ca": str(file)}))


def test_so_does_what_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    with pytest.raises(NotSecured, match="SSL_CERT_FILE"):
        certificates(Settings())


@pytest.mark.parametrize("kind", ["a pipe", "a folder", "a device", "nothing", "empty", "half"])
def test_a_ca_that_is_no_file_is_told_and_not_waited_for(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "ca.pem"
    made: dict[str, Callable[[], object]] = {
        "a pipe": lambda: os.mkfifo(file),
        "a folder": file.mkdir,
        "a device": lambda: file.symlink_to("/dev/zero"),
        "empty": lambda: file.write_bytes(b""),
        "half": lambda: file.write_bytes(make_keys(tmp_path / "keys", []).ca.read_bytes()[:200]),
    }
    made.get(kind, bool)()
    told = list[str]()

    def reads() -> None:
        with pytest.raises(NotSecured) as no:
            certificates(Settings(carrier_ca=str(file)))
        told.append(str(no.value))

    reader = threading.Thread(target=reads, daemon=True)
    reader.start()
    reader.join(10)
    assert told and told[0].startswith(f"TUIDING_CARRIER_CA={file} cannot be used (")


def test_names_beside_a_cas_certificate_may_be_in_any_language(tmp_path: Path) -> None:
    ca = make_keys(tmp_path / "keys", []).ca.read_text(encoding="utf-8")
    (tmp_path / "ca.pem").write_text(f"# 总部根证书\n{ca}\n# Főtanúsítvány\n{ca}", encoding="utf-8")
    assert len(certificates(Settings(carrier_ca=str(tmp_path / "ca.pem"))).get_ca_certs()) == 1
