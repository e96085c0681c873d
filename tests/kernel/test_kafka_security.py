"""The settings of a secured Kafka: each client is told the same; what cannot be used is said before anything starts."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, NamedTuple

import pytest
from cryptography.hazmat.primitives import serialization

from runtime.kafka.client_words import for_kafka_python, for_librdkafka
from runtime.kafka.security import NotSecured, Security, security_of
from runtime.kafka.tokens import TokenProvider, token_provider
from runtime.local.broker_keys import Keys, make_keys
from runtime.settings import Settings

OPEN = {"kafka_security": "sasl_plaintext", "kafka_user": "u"}
OAUTH = {"kafka_security": "sasl_ssl", "kafka_user": "u", "kafka_mechanism": "OAUTHBEARER"}


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return make_keys(tmp_path / "keys", ["tuiding-intake"])


def _settings(**given: object) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[arg-type]


def test_an_open_kafka_needs_nothing() -> None:
    security = security_of(_settings())
    assert for_kafka_python(security) == {} and for_librdkafka(security) == {}


def test_both_clients_sign_in_as_the_same_user_and_trust_the_same_ca(keys: Keys) -> None:
    security = security_of(keys.signed_in(_settings(), "tuiding-intake"))
    password = keys.password("tuiding-intake")
    assert for_kafka_python(security) == {
        "security_protocol": "SASL_SSL",
        "ssl_cafile": str(keys.ca),
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "tuiding-intake",
        "sasl_plain_password": password,
    }
    assert for_librdkafka(security) == {
        "security.protocol": "sasl_ssl",
        "ssl.ca.location": str(keys.ca),
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "tuiding-intake",
        "sasl.password": password,
    }


def test_keys_that_were_made_stay_and_only_their_owner_reads_them(keys: Keys) -> None:
    before = keys.broker.read_bytes(), keys.password("tuiding-intake")
    again = make_keys(keys.folder, ["tuiding-intake", "tuiding-billing"])
    assert (again.broker.read_bytes(), again.password("tuiding-intake")) == before
    assert {file.stat().st_mode & 0o777 for file in keys.folder.iterdir()} == {0o600}


def test_a_development_certificate_that_has_run_out_is_made_anew_and_the_passwords_stay(tmp_path: Path) -> None:
    old = make_keys(tmp_path, ["tuiding-intake"], now=datetime.now(UTC) - timedelta(days=1000))
    before = old.broker.read_bytes(), old.ca.read_bytes(), old.password("tuiding-intake")
    new = make_keys(tmp_path, ["tuiding-intake"])
    after = new.broker.read_bytes(), new.ca.read_bytes(), new.password("tuiding-intake")
    assert before[2] == after[2] and before[0] != after[0] and before[1] != after[1]
    assert make_keys(tmp_path, ()).broker.read_bytes() == after[0]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"kafka_security": "sasl_ssl"}, "TUIDING_KAFKA_USER"),
        ({"kafka_security": "sasl_ssl", "kafka_user": "u"}, "TUIDING_KAFKA_PASSWORD_FILE"),
        ({"kafka_security": "sasl_ssl", "kafka_user": "u", "kafka_password_file": "/nowhere"}, "cannot be read"),
        ({"kafka_security": "sasl_plaintext", "kafka_user": "u", "kafka_password_file": "EMPTY"}, "is empty"),
        ({"kafka_security": "ssl", "kafka_ca": "/nowhere"}, "TUIDING_KAFKA_CA=/nowhere"),
        ({"kafka_security": "ssl", "kafka_ca": "EMPTY"}, "no certificate in PEM form"),
        ({"kafka_security": "ssl", "kafka_certificate": "EMPTY"}, "TUIDING_KAFKA_KEY"),
        ({"kafka_security": "ssl", "kafka_certificate": "EMPTY", "kafka_key": "EMPTY"}, "no pair in PEM form"),
        (
            {"kafka_security": "sasl_ssl", "kafka_user": "u", "kafka_mechanism": "OAUTHBEARER"},
            "TUIDING_KAFKA_TOKEN_URL",
        ),
        (OAUTH | {"kafka_token_url": "http://id.example/token"}, "TUIDING_KAFKA_TOKEN_URL"),
        (OAUTH | {"kafka_token_url": "https://us:er@id.example/token"}, "TUIDING_KAFKA_TOKEN_URL"),
        (OAUTH | {"kafka_token_url": "id.example/token"}, "TUIDING_KAFKA_TOKEN_URL"),
        (OPEN | {"kafka": "kafka-1:9092", "kafka_mechanism": "PLAIN"}, "kafka-1 in the open"),
        (OPEN | {"kafka": "127.0.0.1:9092,kafka-2:9092", "kafka_mechanism": "PLAIN"}, "kafka-2 in the open"),
        (OPEN | {"kafka": "[::1]:9092, [2001:db8::1]:9092", "kafka_mechanism": "PLAIN"}, "2001:db8::1 in the open"),
        (OPEN | {"kafka": "k:1", "kafka_mechanism": "OAUTHBEARER", "kafka_token_url": "https://x"}, "in the open"),
        ({"kafka_user": "u", "kafka_password_file": "EMPTY"}, "TUIDING_KAFKA_SECURITY=plaintext signs nobody in"),
        ({"kafka_password_file": "EMPTY"}, "TUIDING_KAFKA_PASSWORD_FILE is set, .*signs nobody in"),
        ({"kafka_ca": "EMPTY"}, "TUIDING_KAFKA_SECURITY=plaintext encrypts nothing"),
        (
            {"kafka_security": "ssl", "kafka_key_password_file": "EMPTY"},
            "TUIDING_KAFKA_KEY_PASSWORD_FILE is empty: write",
        ),
        ({"kafka_certificate": "EMPTY", "kafka_key": "EMPTY"}, "TUIDING_KAFKA_CERTIFICATE is set, .*encrypts nothing"),
        ({"kafka_token_url": "https://x"}, "TUIDING_KAFKA_TOKEN_URL is set, .*signs nobody in"),
        (OPEN | {"kafka_ca": "EMPTY"}, "TUIDING_KAFKA_SECURITY=sasl_plaintext encrypts nothing"),
        ({"kafka_security": "ssl", "kafka_user": "u"}, "TUIDING_KAFKA_SECURITY=ssl signs nobody in"),
        (OPEN | {"kafka_token_url": "https://x"}, "TUIDING_KAFKA_MECHANISM=SCRAM-SHA-512 asks for no token"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(given: dict[str, str], names: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    settings = _settings(**{name: str(empty) if value == "EMPTY" else value for name, value in given.items()})
    with pytest.raises(NotSecured, match=names):
        security_of(settings)


@pytest.mark.parametrize(
    "given",
    [
        {"kafka": "127.0.0.1:9092,[::1]:9093,localhost:9094", "kafka_mechanism": "PLAIN"},
        {"kafka": "kafka-1:9092", "kafka_mechanism": "SCRAM-SHA-512"},
        {"kafka": "kafka-1:9092", "kafka_mechanism": "PLAIN", "kafka_security": "sasl_ssl"},
    ],
)
def test_what_shows_nobody_a_password_may_be_set(given: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(" p\u00e4ss,w=or\"d' \n", encoding="utf-8")
    security = security_of(_settings(**OPEN | given | {"kafka_password_file": str(file)}))
    assert security.password == " p\u00e4ss,w=or\"d' ", "only the line's end is none of it"


OPENED = b"four words are a password"


class Own(NamedTuple):
    """Files of a client that signs in with a certificate."""

    certificate: Path
    key: Path
    password: Path

    def settings(self, **others: str) -> Settings:
        given = {"kafka_security": "ssl", "kafka_certificate": str(self.certificate), "kafka_key": str(self.key)}
        return _settings(**given | others)


def own_files(keys: Keys, folder: Path, with_password: bool) -> Own:
    """The broker's own pair serves for a client as well."""
    pem, own = keys.broker.read_bytes(), Own(folder / "c.pem", folder / "k.pem", folder / "password")
    key = serialization.load_pem_private_key(pem, None)
    how = serialization.BestAvailableEncryption(OPENED) if with_password else serialization.NoEncryption()
    own.certificate.write_bytes(pem[pem.index(b"-----BEGIN CERTIFICATE") :])
    own.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how))
    own.password.write_bytes(OPENED + b"\n")
    return own


def test_both_clients_show_a_certificate_and_open_its_key(keys: Keys, tmp_path: Path) -> None:
    own = own_files(keys, tmp_path, True)
    security = security_of(own.settings(kafka_key_password_file=str(own.password)))
    assert for_kafka_python(security) == {
        "security_protocol": "SSL",
        "ssl_certfile": str(own.certificate),
        "ssl_keyfile": str(own.key),
        "ssl_password": OPENED.decode(),
    }
    assert for_librdkafka(security) == {
        "security.protocol": "ssl",
        "ssl.certificate.location": str(own.certificate),
        "ssl.key.location": str(own.key),
        "ssl.key.password": OPENED.decode(),
    }
    assert security_of(own_files(keys, tmp_path, False).settings()).key_password == ""


@pytest.mark.parametrize(
    ("fault", "names"),
    [
        ("no password", "has a password.*TUIDING_KAFKA_KEY_PASSWORD_FILE"),
        ("another password", "has another password than TUIDING_KAFKA_KEY_PASSWORD_FILE"),
        ("no file of a password", "TUIDING_KAFKA_KEY_PASSWORD_FILE cannot be read"),
        ("another key", "no pair in PEM form"),
        ("expired", "TUIDING_KAFKA_CERTIFICATE=.*has expired"),
        ("no certificate", "go together"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_said_before_anything_starts(
    fault: str, names: str, keys: Keys, tmp_path: Path
) -> None:
    other = make_keys(tmp_path / "other", (), now=datetime.now(UTC) - timedelta(days=1000))
    own = own_files(other if fault == "expired" else keys, tmp_path, fault in ("no password", "another password"))
    own.password.write_text("not it")
    others: dict[str, dict[str, str]] = {
        "another password": {"kafka_key_password_file": str(own.password)},
        "no file of a password": {"kafka_key_password_file": "/nowhere"},
        "another key": {"kafka_key": str(other.broker)},
        "no certificate": {"kafka_certificate": ""},
    }
    with pytest.raises(NotSecured, match=names) as refused:
        security_of(own.settings(**others.get(fault, {})))
    assert OPENED.decode() not in str(refused.value)


@pytest.mark.parametrize("words", [("-m", "services.review"), ("-m", "cli", "lag")], ids=["a service", "a command"])
def test_whoever_starts_with_such_a_setting_ends_with_a_sentence(words: tuple[str, ...], tmp_path: Path) -> None:
    environment = {"TUIDING_KAFKA": "127.0.0.1:9", "TUIDING_KAFKA_SECURITY": "sasl_ssl", "TUIDING_DATA": str(tmp_path)}
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode and "Traceback" not in done.stderr
    assert "TUIDING_KAFKA_USER is empty" in done.stderr


def test_both_clients_ask_for_the_scope_that_is_set(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("s")
    given = OAUTH | {"kafka_token_url": "http://127.0.0.1:9", "kafka_password_file": str(file)}
    scoped, plain = security_of(_settings(**given, kafka_token_scope="kafka.write")), security_of(_settings(**given))
    assert for_librdkafka(scoped)["sasl.oauthbearer.scope"] == "kafka.write"
    assert "sasl.oauthbearer.scope" not in for_librdkafka(plain)


class Tokens(BaseHTTPRequestHandler):
    """Answers as its list says, one after the other; None: it is away. What was asked is kept."""

    asked: ClassVar[list[str]] = []
    answers: ClassVar[list[dict[str, object] | None]] = []

    def do_POST(self) -> None:
        self.asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        answer = self.answers.pop(0)
        self.send_response(200 if answer and "access_token" in answer else 401 if answer else 503)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode() if answer else b"away")

    def log_message(self, *arguments: object) -> None:
        """It is silent."""


@pytest.fixture
def by_token() -> Iterator[Security]:
    Tokens.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Tokens) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/token"
        yield Security("sasl_ssl", mechanism="OAUTHBEARER", user="u", password="s", token_url=url, token_scope="a b")
        server.shutdown()


def test_one_token_serves_every_client_until_shortly_before_it_ends(by_token: Security) -> None:
    Tokens.answers[:] = [{"access_token": "one", "expires_in": 600}]
    provider = token_provider(by_token)
    assert [provider.token(), token_provider(by_token).token()] == ["one", "one"]
    assert Tokens.asked == ["grant_type=client_credentials&scope=a+b"]


def test_a_provider_that_is_away_before_the_token_ends_is_asked_again_and_the_token_used_meanwhile(
    by_token: Security,
) -> None:
    brief: dict[str, object] = {"access_token": "one", "expires_in": 10}
    Tokens.answers[:] = [brief, None, {"access_token": "two", "expires_in": 600}, None, None]
    clock = [1000.0]
    provider = TokenProvider(by_token, lambda: clock[0])
    told = []
    for clock[0] in (1000.0, 1007.9, 1008.1, 1009.9, 1609.0):
        told.append((provider.token(), len(Tokens.asked)))
    assert told == [("one", 1), ("one", 1), ("one", 2), ("two", 3), ("two", 4)]
    clock[0] = 1610.0
    with pytest.raises(NotSecured):
        provider.token()


@pytest.mark.parametrize(
    ("answer", "why"),
    [({"error": "invalid_scope"}, "401 invalid_scope"), (None, "503 no reason given"), ({"error": 1}, "401 1")],
)
def test_a_provider_that_gives_no_token_is_told_with_its_own_reason(
    by_token: Security, answer: dict[str, object] | None, why: str
) -> None:
    Tokens.answers[:] = [answer]
    with pytest.raises(NotSecured, match=f"{why}.*TUIDING_KAFKA_TOKEN_SCOPE") as refused:
        TokenProvider(by_token).token()
    assert by_token.token_url in str(refused.value)
