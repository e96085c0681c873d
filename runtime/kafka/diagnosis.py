"""Why a broker does not let us in, as one sentence that names the setting; asked only once something has failed."""

import re
import socket
import ssl
import time
from typing import NamedTuple

from confluent_kafka import KafkaError, Producer

from runtime.kafka.client_words import for_librdkafka
from runtime.kafka.security import ENCRYPTED, Security

PROBE_SECONDS = 4.0
POLL_SECONDS = 0.1
HANGS_UP = "TUIDING_KAFKA_SECURITY={protocol}, but the broker hangs up on it: it wants {other}."
PLAINTEXT = (
    "TUIDING_KAFKA_SECURITY={protocol}, but the broker speaks plaintext here: take its secured port, or plaintext."
)

ASKED_FOR, NOT_BELIEVED = "alert certificate required", "alert certificate unknown"


class Reason(NamedTuple):
    """`{user}` and the like are the settings' values."""

    said: str  # by librdkafka, in part
    sentence: str


REASONS = (
    Reason(
        "invalid credentials",
        "the broker does not know TUIDING_KAFKA_USER={user} with that password: correct it, or the file in "
        "TUIDING_KAFKA_PASSWORD_FILE.",
    ),
    Reason(
        "Unsupported SASL mechanism",
        "TUIDING_KAFKA_MECHANISM={mechanism} is not one of the broker's: set one of those it names.",
    ),
    Reason(
        "certificate has expired",
        "the broker's certificate has expired: renew it; TUIDING_KAFKA_CA only says whom we trust.",
    ),
    Reason(
        "certificate verify failed",
        "the broker's certificate is not signed by the CA in TUIDING_KAFKA_CA={ca}, or is for another name: give the "
        "CA that signed it, and the name that it is for.",
    ),
    Reason(
        ASKED_FOR,
        "the broker asks for a client certificate: set TUIDING_KAFKA_CERTIFICATE and TUIDING_KAFKA_KEY.",
    ),
    Reason(
        NOT_BELIEVED,
        "the broker does not believe TUIDING_KAFKA_CERTIFICATE={certificate}: have a CA sign it that it trusts, "
        "and renew it before it expires.",
    ),
    Reason("connecting to a PLAINTEXT broker listener", PLAINTEXT),
    Reason(
        "Request not valid in current SASL state",
        "TUIDING_KAFKA_SECURITY={protocol}, but the broker asks nobody to sign in: take its secured port.",
    ),
    Reason(
        "Failed to acquire SASL OAUTHBEARER token",
        "TUIDING_KAFKA_TOKEN_URL={token_url} gives no token to TUIDING_KAFKA_USER={user}: look at the provider, "
        "the user, and the secret in TUIDING_KAFKA_PASSWORD_FILE.",
    ),
    Reason(
        "invalid_token",
        "the broker does not believe the token that TUIDING_KAFKA_TOKEN_URL={token_url} gives to "
        "TUIDING_KAFKA_USER={user}: it has expired, or is for another audience, or of another issuer.",
    ),
)


def why_not(bootstrap: str, security: Security) -> str:
    """One sentence, or nothing where the broker is simply not there."""
    said = _said(bootstrap, security)
    if "certificate verify failed" in said:
        said += _what_is_wrong_with_its_certificate(bootstrap, security)
    if why := in_our_words(said, security):
        mechanisms = re.search(r"supported mechanisms: ([\w, -]+)", said)
        named = f" It has: {mechanisms[1]}." if mechanisms else ""
        return f"Kafka at {bootstrap}: {why}{named}"
    if said and "failed: Connection refused" not in said and _listens(bootstrap):
        if security.protocol in ENCRYPTED and not speaks_tls(bootstrap):  # librdkafka guesses it most times, not always
            return f"Kafka at {bootstrap}: {PLAINTEXT.format(protocol=security.protocol)}"
        if why := in_our_words(_said_to_our_certificate(bootstrap, security), security):
            return f"Kafka at {bootstrap}: {why}"
        other = "TLS or a sign-in" if security.protocol not in ENCRYPTED else "somebody to sign in (sasl_ssl)"
        return f"Kafka at {bootstrap}: {HANGS_UP.format(protocol=security.protocol, other=other)}"
    return ""


def in_our_words(said: str, security: Security) -> str:
    """Of what librdkafka says, with the setting and the remedy; nothing where we know no better."""
    return next((each.sentence.format(**_shown(security)) for each in REASONS if each.said in said), "")


def _said(bootstrap: str, security: Security) -> str:
    """librdkafka tells the reason where kafka-python only tries again."""
    heard: list[str] = []
    probe = Producer(
        {
            "bootstrap.servers": bootstrap,
            "error_cb": lambda error: heard.append(_text(error)),
            "log_level": 0,
            **for_librdkafka(security),
        }
    )
    deadline = time.monotonic() + PROBE_SECONDS
    while not heard and time.monotonic() < deadline:
        probe.poll(POLL_SECONDS)
    return " ".join(heard)


def _text(error: KafkaError) -> str:
    return f"{error.name()}: {error.str()}"


def _what_is_wrong_with_its_certificate(bootstrap: str, security: Security) -> str:
    """In OpenSSL's words, which librdkafka leaves out."""
    context = ssl.create_default_context(cafile=security.ca or None)
    try:
        _shake_hands(bootstrap, context)
    except ssl.SSLCertVerificationError as error:
        return f" {error.verify_message}"
    except OSError:
        pass
    return ""


def _said_to_our_certificate(bootstrap: str, security: Security) -> str:
    """Said once the handshake is over, so that librdkafka only sees a broker that hangs up."""
    if security.protocol not in ENCRYPTED:
        return ""
    context = ssl.create_default_context(cafile=security.ca or None)
    if security.certificate:
        context.load_cert_chain(security.certificate, security.key, security.key_password or None)
    host, port = _address(bootstrap)
    try:
        plain = socket.create_connection((host, port), PROBE_SECONDS)
    except OSError:
        return ""
    try:
        with plain:
            context.wrap_socket(plain, server_hostname=host).recv(1)  # who believes us waits for us to speak
    except TimeoutError:
        return ""
    except OSError:
        pass
    return NOT_BELIEVED if security.certificate else ASKED_FOR


def speaks_tls(bootstrap: str) -> bool:
    """Whoever does has something to say to the first bytes of TLS, be it a refusal; a plaintext broker hangs up."""
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    try:
        _shake_hands(bootstrap, anybody)
    except (ssl.SSLEOFError, ConnectionError):
        return False
    except OSError:
        pass
    return True


def _shake_hands(bootstrap: str, context: ssl.SSLContext) -> None:
    host, port = _address(bootstrap)
    with socket.create_connection((host, port), PROBE_SECONDS) as plain:
        context.wrap_socket(plain, server_hostname=host).close()


def _shown(security: Security) -> dict[str, str]:
    return security._replace(password="", key_password="")._asdict() | {"ca": security.ca or "(the system's)"}


def _listens(bootstrap: str) -> bool:
    try:
        with socket.create_connection(_address(bootstrap), PROBE_SECONDS):
            return True
    except OSError:
        return False


def _address(bootstrap: str) -> tuple[str, int]:
    """The first of several; a port that is none becomes 0, where nobody listens."""
    host, _, port = bootstrap.split(",")[0].rpartition(":")
    return host.strip("[]"), int(port) if port.isdecimal() else 0
