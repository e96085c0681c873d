"""A broker that knows clients by their certificates: who has a good one works, who has not is told why."""

import contextlib
import ipaddress
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from confluent_kafka import KafkaError, Producer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from kafka import KafkaConsumer, KafkaProducer  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import service_user, topic_name
from runtime.kafka import granting, topics
from runtime.kafka.client_words import for_librdkafka
from runtime.kafka.connect import BrokerRefused, reach
from runtime.kafka.rights import ADMINISTRATOR
from runtime.kafka.security import Security
from runtime.local.broker import ApacheKafka
from runtime.local.broker_keys import BROKER, VALID_DAYS, Keys, _builder, _name

SECONDS = 60.0
LONG_AGO = timedelta(days=2 * VALID_DAYS)
BY_CERTIFICATE = """
listener.security.protocol.map=CLIENTS:SSL,CONTROLLER:SSL
listener.name.clients.ssl.client.auth=required
ssl.principal.mapping.rules=RULE:^CN=([^,]+).*$/$1/,DEFAULT
"""


class Authority(NamedTuple):
    folder: Path
    key: ec.EllipticCurvePrivateKey
    name: x509.Name

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def pair(self, common: str, file: str = "", now: datetime | None = None) -> Path:
        """Key and certificate in one file, as a client and a broker may both have them."""
        key, made = ec.generate_private_key(ec.SECP256R1()), self.folder / f"{file or common}.pem"
        names = x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        )
        builder = _builder(_name(common), self.name, key, now or datetime.now(UTC)).add_extension(names, critical=False)
        signed = builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        how = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        made.write_bytes(key.private_bytes(serialization.Encoding.PEM, *how) + signed)
        return made


def authority(folder: Path) -> Authority:
    folder.mkdir(parents=True)
    made = Authority(folder, ec.generate_private_key(ec.SECP256R1()), _name("tuiding development CA"))
    builder = _builder(made.name, made.name, made.key, datetime.now(UTC))
    ca = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    made.ca.write_bytes(ca.sign(made.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return made


class ByCertificate(ApacheKafka):
    @property
    def _authority_keys(self) -> Keys:
        assert self.keys is not None
        return self.keys

    def security(self, principal: str = ADMINISTRATOR) -> Security:
        keys = self._authority_keys
        pair = str(keys.folder / f"{principal}.pem")
        return Security("ssl", str(keys.ca), certificate=pair, key=pair)

    def _prepare(self, java: str) -> None:
        super()._prepare(java)
        with self._config.open("a") as more:
            more.write(BY_CERTIFICATE)


class Place(NamedTuple):
    broker: ByCertificate
    ours: Authority
    other: Authority

    def shows(self, file: Path | None, ca: Path | None = None) -> Security:
        shown = str(file or "")
        return Security("ssl", str(ca or self.ours.ca), certificate=shown, key=shown)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("by-certificate")
    ours, other = authority(folder / "kafka" / "keys"), authority(folder / "other")
    for name, file in ((BROKER, "broker"), (ADMINISTRATOR, ""), (service_user("review"), ""), ("somebody", "")):
        ours.pair(name, file)
    broker = ByCertificate(folder / "kafka", 0, secure=True)
    broker.start()
    try:
        topics.apply(broker.bootstrap, security=broker.security())
        granting.apply_rights(broker.bootstrap, security=broker.security())
        yield Place(broker, ours, other)
    finally:
        broker.stop()


def test_every_client_of_ours_works_with_a_certificate(place: Place) -> None:
    at, topic = place.broker.bootstrap, topic_name("review")
    own = place.broker.security(service_user("review"))
    with contextlib.closing(KafkaProducer(**reach(at, security=own).producer_options)) as by_python:
        by_python.send(topic, b"by kafka-python").get(SECONDS)
    assert written(at, own) is None
    looking = reach(at, security=place.broker.security()).consumer_options | {"auto_offset_reset": "earliest"}
    read: list[bytes] = []
    with contextlib.closing(KafkaConsumer(topic, **looking)) as consumer:
        while len(read) < 2:
            read += [each.value for records in consumer.poll(1000).values() for each in records]
    assert sorted(read) == [b"by kafka-python", b"by librdkafka"]


def written(at: str, security: Security) -> KafkaError | None:
    """By the client of the workers: what the broker said against it."""
    heard: list[KafkaError | None] = []
    producer = Producer(
        {"bootstrap.servers": at, "message.timeout.ms": int(SECONDS * 1000), **for_librdkafka(security)}
    )
    producer.produce(topic_name("review"), b"by librdkafka", on_delivery=lambda error, _: heard.append(error))
    producer.flush()
    return heard[0]


FAULTS: dict[str, tuple[Callable[[Place], Security], tuple[str, ...]]] = {
    "no certificate": (lambda at: at.shows(None), ("client certificate", "TUIDING_KAFKA_CERTIFICATE")),
    "signed by others": (
        lambda at: at.shows(at.other.pair("tuiding-review")),
        ("does not believe", "TUIDING_KAFKA_CERTIFICATE="),
    ),
    "expired": (
        lambda at: at.shows(at.ours.pair("tuiding-review", "old", datetime.now(UTC) - LONG_AGO)),
        ("does not believe", "TUIDING_KAFKA_CERTIFICATE="),
    ),
    "another CA of the broker": (
        lambda at: at.shows(at.ours.folder / "somebody.pem", at.other.ca),
        ("TUIDING_KAFKA_CA=",),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whoever_has_no_good_one_is_told_why(fault: str, place: Place) -> None:
    shown, words = FAULTS[fault]
    with pytest.raises(BrokerRefused) as refused:
        reach(place.broker.bootstrap, 3.0, shown(place))
    assert all(each in str(refused.value) for each in words), refused.value


def test_a_certificate_of_somebody_without_rights_writes_nothing(place: Place) -> None:
    error = written(place.broker.bootstrap, place.shows(place.ours.folder / "somebody.pem"))
    assert error is not None and error.code() in (
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    )
