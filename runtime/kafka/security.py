"""How every Kafka client of ours proves who it is and whom it trusts: the settings, in the words of each client."""

import json
import ssl
import time
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from kafka.net.sasl.oauth import AbstractTokenProvider  # type: ignore[import-untyped,unused-ignore]

from runtime.settings import Settings

ENCRYPTED = ("ssl", "sasl_ssl")
SIGNED_IN = ("sasl_ssl", "sasl_plaintext")
TOKEN_SECONDS = 5.0
RENEW_EARLY_SECONDS = 30.0


class NotSecured(Exception):
    """A setting about Kafka's security cannot be used: which one, why, and what to do; said before anything starts."""


class Security(NamedTuple):
    """Checked settings; empty texts where something is not used."""

    protocol: str
    ca: str = ""
    certificate: str = ""
    key: str = ""
    mechanism: str = ""
    user: str = ""
    password: str = ""
    token_url: str = ""


def security_of(settings: Settings) -> Security:
    """Raises `NotSecured` with the name of the setting."""
    protocol = settings.kafka_security
    found = Security(protocol)
    if protocol in ENCRYPTED:
        found = _encrypted(found, settings)
    return _signed_in(found, settings) if protocol in SIGNED_IN else found


def for_kafka_python(security: Security) -> dict[str, Any]:
    """What KafkaConsumer, KafkaProducer and KafkaAdminClient must be told; nothing where Kafka is open."""
    if security.protocol == "plaintext":
        return {}
    files = {"ssl_cafile": security.ca, "ssl_certfile": security.certificate, "ssl_keyfile": security.key}
    options: dict[str, Any] = {name: file for name, file in files.items() if file}
    if security.mechanism == "OAUTHBEARER":
        options |= {"sasl_mechanism": security.mechanism, "sasl_oauth_token_provider": TokenProvider(security)}
    elif security.mechanism:
        options |= {
            "sasl_mechanism": security.mechanism,
            "sasl_plain_username": security.user,
            "sasl_plain_password": security.password,
        }
    return {"security_protocol": security.protocol.upper(), **options}


def for_librdkafka(security: Security) -> dict[str, str]:
    """The same for librdkafka, whose clients are confluent-kafka's and kcat's."""
    if security.protocol == "plaintext":
        return {}
    named = {
        "ssl.ca.location": security.ca,
        "ssl.certificate.location": security.certificate,
        "ssl.key.location": security.key,
        "sasl.mechanism": security.mechanism,
    }
    if security.mechanism == "OAUTHBEARER":
        named |= {
            "sasl.oauthbearer.method": "oidc",
            "sasl.oauthbearer.token.endpoint.url": security.token_url,
            "sasl.oauthbearer.client.id": security.user,
            "sasl.oauthbearer.client.secret": security.password,
        }
    elif security.mechanism:
        named |= {"sasl.username": security.user, "sasl.password": security.password}
    return {"security.protocol": security.protocol} | {name: value for name, value in named.items() if value}


class TokenProvider(AbstractTokenProvider):  # type: ignore[misc]
    """OAuth 2 client credentials (RFC 6749, 4.4), asked for again shortly before the token ends."""

    def __init__(self, security: Security) -> None:
        self._security, self._token, self._until = security, "", 0.0

    def token(self) -> str:
        if time.monotonic() > self._until:
            self._ask()
        return self._token

    def _ask(self) -> None:
        who = (self._security.user, self._security.password)
        grant = {"grant_type": "client_credentials"}
        try:
            answer = httpx.post(self._security.token_url, data=grant, auth=who, timeout=TOKEN_SECONDS)
            answer.raise_for_status()
            said = answer.json()
            self._token = str(said["access_token"])
            lifetime = float(said.get("expires_in", 2 * RENEW_EARLY_SECONDS))
        except (httpx.HTTPError, json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise NotSecured(
                f"TUIDING_KAFKA_TOKEN_URL={self._security.token_url} gives no token for the user "
                f"{self._security.user} ({type(error).__name__}): look at the identity provider, "
                "TUIDING_KAFKA_USER and TUIDING_KAFKA_PASSWORD_FILE."
            ) from None
        self._until = time.monotonic() + max(0.0, lifetime - RENEW_EARLY_SECONDS)


def _encrypted(found: Security, settings: Settings) -> Security:
    if settings.kafka_ca:
        _loads("TUIDING_KAFKA_CA", settings.kafka_ca)
    if bool(settings.kafka_certificate) != bool(settings.kafka_key):
        raise NotSecured("TUIDING_KAFKA_CERTIFICATE and TUIDING_KAFKA_KEY go together: set both, or neither.")
    if settings.kafka_certificate:
        _pair(settings.kafka_certificate, settings.kafka_key)
    return found._replace(ca=settings.kafka_ca, certificate=settings.kafka_certificate, key=settings.kafka_key)


def _signed_in(found: Security, settings: Settings) -> Security:
    if not settings.kafka_user:
        raise NotSecured(
            f"TUIDING_KAFKA_USER is empty, but TUIDING_KAFKA_SECURITY={found.protocol} signs in: name the user."
        )
    if settings.kafka_mechanism == "OAUTHBEARER" and not settings.kafka_token_url:
        raise NotSecured(
            "TUIDING_KAFKA_TOKEN_URL is empty, but TUIDING_KAFKA_MECHANISM=OAUTHBEARER asks for tokens: "
            "set the token endpoint of your identity provider."
        )
    password = _read("TUIDING_KAFKA_PASSWORD_FILE", settings.kafka_password_file).strip()
    if not password:
        raise NotSecured(
            f"TUIDING_KAFKA_PASSWORD_FILE={settings.kafka_password_file} is empty: write the password of "
            f"{settings.kafka_user} into it."
        )
    return found._replace(
        mechanism=settings.kafka_mechanism,
        user=settings.kafka_user,
        password=password,
        token_url=settings.kafka_token_url,
    )


def _read(setting: str, file: str) -> str:
    if not file:
        raise NotSecured(f"{setting} is not set: name the file.")
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise NotSecured(f"{setting}={file} cannot be read ({why}): correct the path or its rights.") from None


def _loads(setting: str, file: str) -> None:
    _read(setting, file)
    try:
        ssl.create_default_context(cafile=file)
    except ssl.SSLError:
        raise NotSecured(f"{setting}={file} holds no certificate in PEM form: give the CA's certificate.") from None


def _pair(certificate: str, key: str) -> None:
    for setting, file in (("TUIDING_KAFKA_CERTIFICATE", certificate), ("TUIDING_KAFKA_KEY", key)):
        _read(setting, file)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key)
    except ssl.SSLError:
        raise NotSecured(
            f"TUIDING_KAFKA_CERTIFICATE={certificate} and TUIDING_KAFKA_KEY={key} are no pair in PEM form: "
            "give the certificate and the key that was signed for it."
        ) from None
