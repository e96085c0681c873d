"""What a secured development broker needs, made once: a CA, the broker's certificate, everybody's password."""

import ipaddress
import os
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from policies.files.whole_files import FOLDER_FOR_ITS_OWNER
from runtime.settings import Settings

VALID_DAYS = 397  # what public CAs allow at most
LEFT = timedelta(days=1)  # less than that is too little for a start
BROKER = "tuiding-broker"


class Keys(NamedTuple):
    """The files of one folder, which only its owner may read."""

    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def broker(self) -> Path:
        """Key and certificate, as Kafka's PEM keystore wants them: in one file."""
        return self.folder / "broker.pem"

    def password_file(self, principal: str) -> Path:
        return self.folder / f"{principal}.password"

    def signed_in(self, settings: Settings, principal: str) -> Settings:
        """The settings of whoever signs in here as `principal`."""
        how: dict[str, object] = {
            "kafka_security": "sasl_ssl",
            "kafka_ca": str(self.ca),
            "kafka_user": principal,
            "kafka_password_file": str(self.password_file(principal)),
        }
        return settings.model_copy(update=how)

    def password(self, principal: str) -> str:
        return self.password_file(principal).read_text(encoding="utf-8").strip()


def make_keys(folder: Path, principals: Iterable[str], now: datetime | None = None) -> Keys:
    """What is there stays, passwords above all; only a certificate that has run out is made anew."""
    folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_FOR_ITS_OWNER)
    keys, today = Keys(folder), now or datetime.now(UTC)
    if not keys.broker.exists() or _runs_out(keys.broker, today):
        _certificates(keys, today)
    for principal in principals:
        lasting_password(keys.password_file(principal))
    return keys


def _runs_out(file: Path, now: datetime) -> bool:
    return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc < now + LEFT


def _certificates(keys: Keys, now: datetime) -> None:
    ca_key, broker_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name = _name("tuiding development CA")
    basic = x509.BasicConstraints(ca=True, path_length=0)
    ca = _builder(ca_name, ca_name, ca_key, now).add_extension(basic, critical=True).sign(ca_key, hashes.SHA256())
    reached_as = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    builder = _builder(_name(BROKER), ca_name, broker_key, now).add_extension(reached_as, critical=False)
    certificate = builder.sign(ca_key, hashes.SHA256())
    write_secret(keys.ca, ca.public_bytes(serialization.Encoding.PEM))
    unencrypted = serialization.NoEncryption()
    pkcs8 = broker_key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted)
    write_secret(keys.broker, pkcs8 + certificate.public_bytes(serialization.Encoding.PEM))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def lasting_password(file: Path) -> str:
    """Made once; whoever deletes the file gets another one."""
    if not file.exists():
        write_secret(file, secrets.token_urlsafe(24).encode() + b"\n")
    return file.read_text(encoding="utf-8").strip()


def write_secret(file: Path, content: bytes) -> None:
    """Complete or not there; readable by its owner alone."""
    part = file.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
    part.rename(file)
