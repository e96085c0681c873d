"""Whoever connects to Kafka and is not let in says why in one sentence, within a bounded time, and leaves nothing."""

import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from runtime.kafka.rights import OPERATOR
from runtime.kernel.store import Store
from runtime.local.broker import ApacheKafka
from runtime.local.broker_keys import Keys, make_keys
from tests.broker.conftest import with_rights
from tests.broker.test_secured import _shake_hands

SECONDS = 90.0
UNHEARD = "No Kafka broker answers"  # all that is known where a busy broker did not say why in time: ask again
TRIES = 5
TUIDING = ("-m", "cli")
SOON = ("--wait", "2")
CLIENTS = {
    "lag": (*TUIDING, "lag", *SOON),
    "verify": (*TUIDING, "topics", "verify", *SOON),
    "apply": (*TUIDING, "topics", "apply", *SOON),
    "acls": (*TUIDING, "topics", "acls", "--apply", *SOON),
    "grow": (*TUIDING, "topics", "grow", "--partitions", "12", *SOON),
    "peek": (*TUIDING, "topics", "peek", "cancellation.billing", *SOON),
    "tail": (*TUIDING, "topics", "tail", "cancellation.billing", *SOON),
    "report": (*TUIDING, "report"),
    "console": ("-m", "services.console"),
    "review": ("-m", "services.review"),
    "replay": (*TUIDING, "replay", "--service", "review", *SOON),
    "up": (*TUIDING, "up"),
    "demo": ("-m", "demo", "--once"),
}
FAULTS = {  # what the sentence names
    "wrong CA": ("TUIDING_KAFKA_CA=", "signed"),
    "expired certificate": ("certificate has expired", "renew"),
    "wrong password": ("TUIDING_KAFKA_USER=", "TUIDING_KAFKA_PASSWORD_FILE"),
    "another's user": ("channel-web", "may not", "tuiding topics"),
    "plaintext broker": ("TUIDING_KAFKA_SECURITY=sasl_ssl", "speaks plaintext"),
    "secured broker": ("TUIDING_KAFKA_SECURITY=plaintext", "TLS"),
    "unknown host": ("no-such-broker.invalid:9092", "TUIDING_KAFKA"),
    "closed port": ("127.0.0.1:9", "TUIDING_KAFKA"),
    "silent port": ("127.0.0.1:", "TUIDING_KAFKA"),
}
# Two clients a fault: all of them together take half an hour.
TRIED = [(client, fault) for n, client in enumerate(CLIENTS) for m, fault in enumerate(FAULTS) if (n + m) % 5 == 4]


class Places(NamedTuple):
    """Where each fault is met, and what is set to meet it."""

    secured: ApacheKafka
    plain: str
    expired: str
    silent: str
    folder: Path

    def signed_in(self, at: str, user: str, ca: Path, password: Path | None = None) -> dict[str, str]:
        assert self.secured.keys is not None
        file = password or self.secured.keys.password_file(user)
        named = {"SECURITY": "sasl_ssl", "CA": str(ca), "USER": user, "PASSWORD_FILE": str(file)}
        return {"TUIDING_KAFKA": at} | {f"TUIDING_KAFKA_{name}": value for name, value in named.items()}

    def fault(self, name: str, user: str) -> dict[str, str]:
        keys, at = self.secured.keys, self.secured.bootstrap
        assert keys is not None
        (self.folder / "wrong").write_text("wrong")
        return {
            "wrong CA": self.signed_in(at, user, make_keys(self.folder / "other", ()).ca),
            "expired certificate": self.signed_in(self.expired, user, Keys(self.folder / "old").ca),
            "wrong password": self.signed_in(at, user, keys.ca, self.folder / "wrong"),
            "another's user": self.signed_in(at, "channel-web", keys.ca),
            "plaintext broker": self.signed_in(self.plain, user, keys.ca),
            "secured broker": {"TUIDING_KAFKA": at},
            "unknown host": {"TUIDING_KAFKA": "no-such-broker.invalid:9092"},
            "closed port": {"TUIDING_KAFKA": "127.0.0.1:9"},
            "silent port": {"TUIDING_KAFKA": self.silent},
        }[name]


@pytest.fixture(scope="module")
def places(kafka: ApacheKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    folder = tmp_path_factory.mktemp("not-let-in")
    secured = ApacheKafka(folder / "kafka", 0, secure=True)
    secured.start()
    try:
        with_rights(secured)
        with socket.create_server(("127.0.0.1", 0)) as old, socket.create_server(("127.0.0.1", 0)) as silent:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(make_keys(folder / "old", (), now=datetime.now(UTC) - timedelta(days=1000)).broker)
            threading.Thread(target=_shake_hands, args=(context, old), daemon=True).start()
            yield Places(secured, kafka.bootstrap, _at(old), _at(silent), folder)
    finally:
        secured.stop()


def _at(listening: socket.socket) -> str:
    return f"127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize(("client", "fault"), TRIED, ids=lambda text: text)
def test_whoever_is_not_let_in_says_why_in_one_sentence(
    client: str, fault: str, places: Places, tmp_path: Path
) -> None:
    user = f"tuiding-{client}" if client in ("console", "review") else OPERATOR
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TUIDING_")}
    own = {"TUIDING_DATA": str(tmp_path / "data"), "TUIDING_PORT_SHIFT": "3000", "TUIDING_LANG": "en"}
    if client == "replay":  # looks for what it will compare before it looks for the broker
        Store(str(tmp_path / "data" / "db"), "review").close()
    before = stores_in(tmp_path)
    environment = kept | own | places.fault(fault, user)
    for _ in range(TRIES):
        code, said = typed(client, environment)
        if UNHEARD not in said or all(words in said for words in FAULTS[fault]):
            break
    assert code in (1, 2, 3, 4, 5), (code, said)
    assert all(words in said for words in FAULTS[fault]), said
    assert "Traceback" not in said and "Something went wrong" not in said, said
    assert stores_in(tmp_path) == before


def typed(client: str, environment: dict[str, str]) -> tuple[int, str]:
    command = [sys.executable, *CLIENTS[client]]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    return done.returncode, done.stdout + done.stderr


def stores_in(folder: Path) -> set[str]:
    return {file.name for file in folder.rglob("*.db")}
