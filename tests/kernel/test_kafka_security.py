"""The settings of a secured Kafka: each client is told the same; what cannot be used is said before anything starts."""

import subprocess
import sys
from pathlib import Path

import pytest

from runtime.kafka.security import NotSecured, for_kafka_python, for_librdkafka, security_of
from runtime.local.broker_keys import Keys, make_keys
from runtime.settings import Settings

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
    ],
)
def test_a_setting_that_cannot_be_used_is_named(given: dict[str, str], names: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    settings = _settings(**{name: str(empty) if value == "EMPTY" else value for name, value in given.items()})
    with pytest.raises(NotSecured, match=names):
        security_of(settings)


@pytest.mark.parametrize("words", [("-m", "services.review"), ("-m", "cli", "lag")], ids=["a service", "a command"])
def test_whoever_starts_with_such_a_setting_ends_with_a_sentence(words: tuple[str, ...], tmp_path: Path) -> None:
    environment = {"TUIDING_KAFKA": "127.0.0.1:9", "TUIDING_KAFKA_SECURITY": "sasl_ssl", "TUIDING_DATA": str(tmp_path)}
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode and "Traceback" not in done.stderr
    assert "TUIDING_KAFKA_USER is empty" in done.stderr
