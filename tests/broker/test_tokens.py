"""Kafka with tokens of a real identity provider (OAUTHBEARER): every client of ours, and why somebody is not let in."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from confluent_kafka import KafkaError, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._scram import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

from contracts.flow import dead_letter_topic, topic_name
from runtime.kafka import topics
from runtime.kafka.client_words import for_librdkafka
from runtime.kafka.connect import BrokerTrouble, reach
from runtime.kafka.publisher import Publisher
from runtime.kafka.reader import Reading
from runtime.kafka.rights import OPERATOR
from runtime.kafka.security import NotSecured, Security
from runtime.local.broker import ApacheKafka
from runtime.local.broker_apache import free_port
from tests.broker.conftest import with_rights
from tests.identity_provider import SECRET, Provider, machine, running
from tests.waiting import PATIENCE_SECONDS, eventually

KAFKA = "https://tuiding.example/kafka"  # the audience of its tokens
USERS = ("tuiding-review", "tuiding-intake", OPERATOR)
BRIEF, BRIEF_SECONDS = "tuiding-notify", 6
SECONDS = PATIENCE_SECONDS
pytestmark = pytest.mark.usefixtures("time_to_say_no")
TOKENS = """
sasl.enabled.mechanisms=SCRAM-SHA-512,OAUTHBEARER
sasl.oauthbearer.jwks.endpoint.url={provider.jwks}
sasl.oauthbearer.expected.issuer={provider.issuer}
sasl.oauthbearer.expected.audience={audience}
sasl.oauthbearer.clock.skew.seconds=1
connections.max.reauth.ms=4000
listener.name.clients.oauthbearer.sasl.jaas.config={login} required;
listener.name.clients.oauthbearer.sasl.server.callback.handler.class={validator}
"""
OAUTH = "org.apache.kafka.common.security.oauthbearer"


class WithTokens(ApacheKafka):
    """The secured development broker that believes a provider's tokens, too."""

    def __init__(self, folder: Path, provider: Provider) -> None:
        super().__init__(folder, 0, secure=True)
        self._provider = provider

    def _prepare(self, java: str) -> None:
        super()._prepare(java)
        names = {
            "login": f"{OAUTH}.OAuthBearerLoginModule",
            "validator": f"{OAUTH}.OAuthBearerValidatorCallbackHandler",
        }
        with self._config.open("a", encoding="utf-8") as config:
            config.write(TOKENS.format(provider=self._provider, audience=KAFKA, **names))

    def by_token(self, user: str) -> Security:
        return self.security(user)._replace(mechanism="OAUTHBEARER", password=SECRET, token_url=self._provider.token)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running(
        [
            machine("elsewhere", "https://tuiding.example/other"),
            machine(BRIEF, KAFKA, BRIEF_SECONDS),
            *(machine(user, KAFKA) for user in USERS),
        ]
    ) as it:
        yield it


@pytest.fixture(scope="module")
def broker(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WithTokens]:
    made = WithTokens(tmp_path_factory.mktemp("tokens"), provider)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_TOOL_OPTIONS", f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={provider.jwks}")
        made.start()
    try:
        with_rights(made)
        yield made
    finally:
        made.stop()


@pytest.fixture
def signed_in(broker: WithTokens, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> WithTokens:
    """The settings of whoever looks: the operator's."""
    for name, value in settings(broker, OPERATOR, tmp_path).items():
        monkeypatch.setenv(name, value)
    return broker


def settings(broker: WithTokens, user: str, folder: Path, secret: str = SECRET) -> dict[str, str]:
    by_token, file = broker.by_token(user), folder / f"{user}.secret"
    file.write_text(secret, encoding="utf-8")
    named = {"SECURITY": "sasl_ssl", "CA": by_token.ca, "MECHANISM": "OAUTHBEARER", "USER": user}
    named |= {"PASSWORD_FILE": str(file), "TOKEN_URL": by_token.token_url}
    return {"TUIDING_KAFKA": broker.bootstrap} | {f"TUIDING_KAFKA_{name}": text for name, text in named.items()}


def test_the_admin_tools_and_the_reader_sign_in_by_token(signed_in: WithTokens) -> None:
    assert topics.verify(signed_in.bootstrap) == []
    assert {each.behind for each in topics.lag(signed_in.bootstrap)} == {0}
    with Reading(signed_in.bootstrap, [topic_name("intake")]) as reading:
        assert list(reading.records()) == []


def test_a_token_stands_for_its_user_and_has_that_users_rights(broker: WithTokens) -> None:
    told: dict[str | None, KafkaError | None] = {}
    producer = Producer({"bootstrap.servers": broker.bootstrap, **for_librdkafka(broker.by_token("tuiding-review"))})
    for name in (dead_letter_topic("review"), topic_name("billing")):
        producer.produce(name, b"{}", b"a key", on_delivery=lambda error, record: told.update({record.topic(): error}))
    assert producer.flush(SECONDS) == 0
    refused = told[topic_name("billing")]
    assert told[dead_letter_topic("review")] is None
    assert refused is not None and refused.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED


def test_a_publisher_signs_in_by_token(broker: WithTokens, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in settings(broker, "tuiding-intake", tmp_path).items():
        monkeypatch.setenv(name, value)
    with Publisher(broker.bootstrap) as publisher:
        assert publisher.publish([], b"a key", b"{}", dead_letter_topic("intake")).offset >= 0


def test_a_worker_signs_in_by_token_and_is_ready(broker: WithTokens, tmp_path: Path) -> None:
    port = free_port()
    with (tmp_path / "log").open("w+") as log:
        process = _worker(broker, tmp_path, SECRET, port, log.fileno())
        try:
            eventually(lambda: process.poll() is None and _ready(port), SECONDS)
        finally:
            process.terminate()
            process.wait(SECONDS)
        log.seek(0)
        assert "Traceback" not in log.read()


def test_a_worker_with_a_wrong_secret_ends_with_one_sentence_and_nothing_half_started(
    broker: WithTokens, tmp_path: Path
) -> None:
    process = _worker(broker, tmp_path, "wrong", free_port(), subprocess.PIPE)
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode and b"Traceback" not in said and len(said.splitlines()) == 1, said
    assert all(name in said.decode() for name in ("TUIDING_KAFKA_TOKEN_URL", "TUIDING_KAFKA_PASSWORD_FILE"))
    assert not list(tmp_path.rglob("*.sqlite*"))


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({"password": "wrong"}, ("TUIDING_KAFKA_TOKEN_URL", "TUIDING_KAFKA_PASSWORD_FILE")),
        ({"user": "stranger"}, ("TUIDING_KAFKA_TOKEN_URL", "stranger", "TUIDING_KAFKA_USER")),
        ({"user": "elsewhere"}, ("TUIDING_KAFKA_TOKEN_URL", "elsewhere", "audience")),
        ({"token_url": "http://127.0.0.1:9/token"}, ("TUIDING_KAFKA_TOKEN_URL=http://127.0.0.1:9/token",)),
    ],
    ids=["wrong secret", "unknown client", "token for somebody else", "no provider"],
)
def test_who_is_not_let_in_by_token_reads_which_setting_to_correct(
    broker: WithTokens, changed: dict[str, str], names: tuple[str, ...]
) -> None:
    security = broker.by_token(OPERATOR)._replace(**changed)
    with pytest.raises((BrokerTrouble, NotSecured)) as refused:
        reach(broker.bootstrap, 2.0, security)
    assert all(name in str(refused.value) for name in names), str(refused.value)
    assert security.password not in str(refused.value).split()


def test_a_token_of_another_issuer_is_refused_by_name(broker: WithTokens) -> None:
    with running([machine(OPERATOR, KAFKA)]) as other, pytest.raises(BrokerTrouble, match="of another issuer"):
        reach(broker.bootstrap, 2.0, broker.by_token(OPERATOR)._replace(token_url=other.token))


def test_connections_outlive_their_tokens(broker: WithTokens, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in settings(broker, BRIEF, tmp_path).items():
        monkeypatch.setenv(name, value)
    began, longest = time.monotonic(), 0.0
    native = Producer({"bootstrap.servers": broker.bootstrap, **for_librdkafka(broker.by_token(BRIEF))})
    with Publisher(broker.bootstrap) as publisher:
        while time.monotonic() < began + 3 * BRIEF_SECONDS:
            one = time.monotonic()
            publisher.publish([], b"a key", b"{}", dead_letter_topic("notify"))
            native.produce(dead_letter_topic("notify"), b"{}", b"a key")
            assert native.flush(SECONDS) == 0
            longest = max(longest, time.monotonic() - one)
    assert longest < BRIEF_SECONDS, longest


def test_a_password_that_was_replaced_puts_out_whoever_is_still_connected_with_it(broker: WithTokens) -> None:
    heard: list[int] = []
    thief = Producer(
        {
            "bootstrap.servers": broker.bootstrap,
            "error_cb": lambda error: heard.append(error.code()),
            "log_level": 0,
            **for_librdkafka(broker.security("channel-hotline")),
        }
    )
    topic = topic_name("commands.hotline")
    thief.produce(topic, b"{}", b"a key")
    assert thief.flush(SECONDS) == 0
    _new_password(broker, "channel-hotline")
    eventually(lambda: thief.poll(0.1) or KafkaError._AUTHENTICATION in heard, SECONDS)


def _new_password(broker: WithTokens, user: str) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap, **for_librdkafka(broker.security())})
    how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    for done in admin.alter_user_scram_credentials([UserScramCredentialUpsertion(user, how, b"another one")]).values():
        done.result(SECONDS)


def test_a_provider_that_is_away_when_a_token_ends_is_asked_again_and_the_worker_says_so(
    broker: WithTokens, provider: Provider, tmp_path: Path
) -> None:
    port = free_port()
    with (tmp_path / "log").open("w+") as log:
        process = _worker(broker, tmp_path, SECRET, port, log.fileno(), BRIEF)
        try:
            eventually(lambda: process.poll() is None and _ready(port), SECONDS)
            provider.process.send_signal(signal.SIGSTOP)
            try:
                eventually(lambda: "TUIDING_KAFKA_TOKEN_URL" in _why_not_ready(port), SECONDS)
            finally:
                provider.process.send_signal(signal.SIGCONT)
            eventually(lambda: _ready(port), SECONDS)
            assert process.poll() is None
        finally:
            process.terminate()
            process.wait(SECONDS)
        log.seek(0)
        said = log.read()
        assert "Traceback" not in said, said


def _why_not_ready(port: int) -> str:
    return str(httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=SECONDS).json()["reason"])


def _worker(
    broker: WithTokens, folder: Path, secret: str, port: int, out: int, user: str = "tuiding-review"
) -> "subprocess.Popen[bytes]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TUIDING_")}
    here = {"TUIDING_DATA": str(folder / "data"), "TUIDING_PORT": str(port), "TUIDING_CARRIER": "http://127.0.0.1:9"}
    environment = kept | here | settings(broker, user, folder, secret)
    command = [sys.executable, "-m", f"services.{user.removeprefix('tuiding-')}"]
    return subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT)


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=SECONDS).status_code == 200
    except httpx.TransportError:
        return False
