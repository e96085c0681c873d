"""A broker with TLS, users and rights: it holds exactly our table, and who may not is told why in one sentence."""

import contextlib
import socket
import ssl
import threading
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from contracts.flow import SERVICES, TOPICS, group_id
from runtime.kafka import granting, topics
from runtime.kafka.client_words import for_librdkafka
from runtime.kafka.connect import BrokerRefused, reach
from runtime.kafka.diagnosis import speaks_tls
from runtime.kafka.drift import UNSEEN
from runtime.kafka.publisher import Publisher
from runtime.kafka.rights import may, principals
from runtime.kafka.security import Security
from runtime.local.broker import ApacheKafka
from runtime.local.broker_keys import make_keys
from tests.waiting import PATIENCE_SECONDS, eventually

NAMES = [topic.name for topic in TOPICS]
GROUPS = [group_id(service.name) for service in SERVICES]
DENIED = {KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED}
MOVING = {
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
}  # a new broker takes a moment until somebody coordinates
SECONDS = PATIENCE_SECONDS
pytestmark = pytest.mark.usefixtures("time_to_say_no")


@pytest.fixture
def open_kafka(kafka: ApacheKafka) -> ApacheKafka:  # the name of the package is taken here
    return kafka


def test_the_broker_holds_exactly_our_rights_and_a_second_time_nothing_changes(secured: ApacheKafka) -> None:
    assert granting.compare(secured.bootstrap, security=secured.security()) == []
    assert granting.apply_rights(secured.bootstrap, security=secured.security()) == []


OURS, EVERYBODY = "User:tuiding-review", "User:*"
TOPIC, WHOLE, BEGINS = ResourceType.TOPIC, ResourcePatternType.LITERAL, ResourcePatternType.PREFIXED
READ, WRITE, ALL = AclOperation.READ, AclOperation.WRITE, AclOperation.ALL
MAY, MAY_NOT = AclPermissionType.ALLOW, AclPermissionType.DENY
BESIDE: dict[str, tuple[Any, ...]] = {  # rules that somebody made by hand, and what becomes of each
    "ours, from one host": (TOPIC, "cancellation.billing", WHOLE, OURS, "10.0.0.1", WRITE, MAY, "taken away"),
    "ours, everything": (TOPIC, "*", WHOLE, OURS, "*", ALL, MAY, "taken away"),
    "ours, the cluster": (
        ResourceType.BROKER, "kafka-cluster", WHOLE, OURS, "*", AclOperation.ALTER, MAY, "taken away"
    ),
    "ours, a transaction": (ResourceType.TRANSACTIONAL_ID, "x", WHOLE, OURS, "*", WRITE, MAY, "taken away"),
    "ours, denied": (TOPIC, "cancellation.review", WHOLE, OURS, "*", WRITE, MAY_NOT, "taken away"),
    "everybody, one of ours": (TOPIC, "cancellation.billing", WHOLE, EVERYBODY, "*", READ, MAY, "left alone"),
    "everybody, all of ours": (TOPIC, "canc", BEGINS, EVERYBODY, "*", ALL, MAY, "left alone"),
    "everybody, everything": (TOPIC, "*", WHOLE, EVERYBODY, "*", ALL, MAY, "left alone"),
    "everybody, denied": (TOPIC, "cancellation.review", WHOLE, EVERYBODY, "*", READ, MAY_NOT, "left alone"),
    "a stranger, our group": (ResourceType.GROUP, "tuiding-", BEGINS, "User:x", "*", READ, MAY, "left alone"),
    "a stranger, elsewhere": (TOPIC, "orders", WHOLE, "User:x", "*", ALL, MAY, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", BESIDE)
def test_a_rule_beside_the_table_is_taken_from_ours_and_of_others_named(secured: ApacheKafka, case: str) -> None:
    *rule, what = BESIDE[case]
    admin = AdminClient({"bootstrap.servers": secured.bootstrap, **for_librdkafka(secured.security())})
    for made in admin.create_acls([AclBinding(*rule)]).values():
        made.result(SECONDS)

    def compared() -> list[str]:
        return [change.what for change in granting.compare(secured.bootstrap, security=secured.security())]

    if what:
        eventually(lambda: compared() == [what])
    assert [each.what for each in granting.apply_rights(secured.bootstrap, security=secured.security())] == (
        [what] if what else []
    )
    assert compared() == ([what] if what == "left alone" else [])
    for gone in admin.delete_acls([AclBindingFilter(*rule)]).values():
        assert len(gone.result(SECONDS)) == (what != "taken away")
    eventually(lambda: compared() == [])


def test_a_right_from_one_host_alone_is_not_the_right(secured: ApacheKafka) -> None:
    admin = AdminClient({"bootstrap.servers": secured.bootstrap, **for_librdkafka(secured.security())})
    here, anywhere = (
        tuple[Any, ...]((TOPIC, "cancellation.review", WHOLE, OURS, host, WRITE, MAY)) for host in ("10.0.0.1", "*")
    )
    for each in (
        *admin.create_acls([AclBinding(*here)]).values(),
        *admin.delete_acls([AclBindingFilter(*anywhere)]).values(),
    ):
        each.result(SECONDS)
    found = granting.apply_rights(secured.bootstrap, security=secured.security())
    assert [(each.what, each.held.host) for each in found] == [("granted", "*"), ("taken away", "10.0.0.1")]
    assert granting.compare(secured.bootstrap, security=secured.security()) == []


@pytest.mark.parametrize("principal", principals())
def test_a_principal_writes_what_its_row_says_and_nothing_else(secured: ApacheKafka, principal: str) -> None:
    denied: set[str] = set()
    producer = Producer({"bootstrap.servers": secured.bootstrap, **for_librdkafka(secured.security(principal))})
    for name in NAMES:
        producer.produce(name, b"{}", b"a key", on_delivery=lambda error, record: _note(denied, error, record.topic()))
    assert producer.flush(SECONDS) == 0
    assert denied == {name for name in NAMES if not may(principal, "WRITE", "TOPIC", name)}


@pytest.mark.parametrize("principal", principals())
def test_a_principal_reads_what_its_row_says_and_nothing_else(secured: ApacheKafka, principal: str) -> None:
    assert _read_by(secured, principal) == {name for name in NAMES if may(principal, "READ", "TOPIC", name)}


@pytest.mark.parametrize("principal", principals())
def test_a_principal_commits_for_its_own_group_and_no_other(secured: ApacheKafka, principal: str) -> None:
    reads = [name for name in NAMES if may(principal, "READ", "TOPIC", name)]
    if not reads:
        return  # without a topic to read there is no offset to commit
    admin = AdminClient({"bootstrap.servers": secured.bootstrap, **for_librdkafka(secured.security(principal))})
    for group in GROUPS:
        place = ConsumerGroupTopicPartitions(group, [TopicPartition(reads[0], 0, 0)])
        assert _may_commit(admin, place) is may(principal, "READ", "GROUP", group), group


@pytest.mark.parametrize("principal", principals())
def test_how_topics_are_set_is_told_to_whoever_may_see_it_and_the_others_are_told_why_not(
    secured: ApacheKafka, principal: str
) -> None:
    found = topics.verify(secured.bootstrap, security=secured.security(principal))
    assert (UNSEEN in found) is not may(principal, "DESCRIBE_CONFIGS", "TOPIC", NAMES[0])
    assert not [each for each in found if each.what == "config"]


def _note(denied: set[str], error: KafkaError | None, topic: str | None) -> None:
    if error is not None:
        assert topic and error.code() in DENIED, error
        denied.add(topic)


def _read_by(broker: ApacheKafka, principal: str) -> set[str]:
    """The broker's own answer for whoever asks: clients wait in silence for a topic they may not even see."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap, **for_librdkafka(broker.security(principal))})
    asked = admin.describe_topics(TopicCollection(NAMES), include_authorized_operations=True)
    return {name for name, answer in asked.items() if "READ" in _operations(answer)}


def _operations(answer: Future[Any]) -> set[str]:
    try:
        return {operation.name for operation in answer.result(SECONDS).authorized_operations or ()}
    except KafkaException as refused:
        assert refused.args[0].code() in DENIED, refused
        return set()


def _may_commit(admin: AdminClient, place: ConsumerGroupTopicPartitions) -> bool:
    """Asked again while the broker still looks for the group's coordinator."""
    while True:
        try:
            done = admin.alter_consumer_group_offsets([place])[place.group_id].result(SECONDS)
            errors = [each.error for each in done.topic_partitions or [] if each.error]
        except KafkaException as refused:
            errors = [refused.args[0]]
        if not any(error.code() in MOVING for error in errors):
            assert all(error.code() in DENIED for error in errors), errors
            return not errors


# ---- who is not let in is told why -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({"password": "wrong"}, ("TUIDING_KAFKA_USER=tuiding-intake", "TUIDING_KAFKA_PASSWORD_FILE")),
        ({"user": "stranger"}, ("TUIDING_KAFKA_USER=stranger",)),
        ({"ca": ""}, ("TUIDING_KAFKA_CA",)),
        ({"mechanism": "PLAIN"}, ("TUIDING_KAFKA_MECHANISM=PLAIN", "SCRAM-SHA-512")),
        ({"protocol": "plaintext", "mechanism": "", "ca": ""}, ("TUIDING_KAFKA_SECURITY=plaintext", "TLS")),
        ({"protocol": "ssl", "mechanism": ""}, ("TUIDING_KAFKA_SECURITY=ssl", "sasl_ssl")),
    ],
    ids=["wrong password", "unknown user", "wrong CA", "wrong mechanism", "no TLS", "no sign-in"],
)
def test_who_is_not_let_in_reads_which_setting_to_correct(
    secured: ApacheKafka, changed: dict[str, str], names: tuple[str, ...]
) -> None:
    security = secured.security("tuiding-intake")._replace(**changed)
    with pytest.raises(BrokerRefused) as refused:
        reach(secured.bootstrap, 2.0, security)
    sentence = str(refused.value)
    assert all(name in sentence for name in names), sentence
    assert security.password not in sentence or not security.password


def test_a_broker_that_speaks_plaintext_is_named(open_kafka: ApacheKafka, secured: ApacheKafka) -> None:
    with pytest.raises(BrokerRefused, match=r"TUIDING_KAFKA_SECURITY=sasl_ssl, but the broker speaks plaintext"):
        reach(open_kafka.bootstrap, 2.0, secured.security())


def test_who_speaks_tls_is_found_out_by_the_first_bytes(open_kafka: ApacheKafka, secured: ApacheKafka) -> None:
    """So that no hurry of librdkafka's decides which sentence an operator reads."""
    assert speaks_tls(secured.bootstrap) and not speaks_tls(open_kafka.bootstrap)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_what_is_said_is_encrypted_in_the_way_that_costs_our_brokers_least(
    secured: ApacheKafka, version: ssl.TLSVersion
) -> None:
    assert secured.keys is not None
    context = ssl.create_default_context(cafile=secured.keys.ca)
    context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", secured.port), SECONDS) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as said,
    ):
        assert "CHACHA20" in (said.cipher() or ("",))[0]


def test_a_certificate_of_another_ca_is_refused_by_name(secured: ApacheKafka, tmp_path: Path) -> None:
    other = make_keys(tmp_path / "other", ())
    with pytest.raises(BrokerRefused, match="TUIDING_KAFKA_CA="):
        reach(secured.bootstrap, 2.0, secured.security()._replace(ca=str(other.ca)))


def test_an_expired_certificate_is_named(tmp_path: Path) -> None:
    keys = make_keys(tmp_path / "keys", (), now=datetime.now(UTC) - timedelta(days=1000))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys.broker)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_shake_hands, args=(context, listening), daemon=True).start()
        with pytest.raises(BrokerRefused, match="certificate has expired"):
            reach(f"127.0.0.1:{listening.getsockname()[1]}", 1.0, Security("ssl", str(keys.ca)))


def _shake_hands(context: ssl.SSLContext, listening: socket.socket) -> None:
    """As a broker does before anything else; ends with the socket."""
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listening.accept()
            with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True):
                pass


def test_a_record_one_may_not_write_is_refused_with_the_remedy(
    secured: ApacheKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    _sign_in(monkeypatch, secured.security("channel-web"), secured)
    with Publisher(secured.bootstrap) as publisher, pytest.raises(BrokerRefused, match="tuiding topics acls"):
        publisher.publish([], None, b"{}", "cancellation.billing")


def _sign_in(monkeypatch: pytest.MonkeyPatch, security: Security, broker: ApacheKafka) -> None:
    keys = broker.keys
    assert keys is not None
    named = {"SECURITY": security.protocol, "CA": security.ca, "USER": security.user}
    for name, value in (named | {"PASSWORD_FILE": str(keys.password_file(security.user))}).items():
        monkeypatch.setenv(f"TUIDING_KAFKA_{name}", value)
