"""How every Kafka client of ours proves who it is and whom it trusts: the settings, checked before anything starts."""

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cryptography import x509

from policies.files.plain_files import read_text
from runtime.http.private_address import PRIVATE, is_private
from runtime.settings import LOOPBACK, Settings

ENCRYPTED = ("ssl", "sasl_ssl")
SIGNED_IN = ("sasl_ssl", "sasl_plaintext")
FOR_TLS = ("kafka_ca", "kafka_certificate", "kafka_key", "kafka_key_password_file")
FOR_USERS = ("kafka_user", "kafka_password_file", "kafka_token_url")
KEY_PASSWORD = "TUIDING_KAFKA_KEY_PASSWORD_FILE"
SECRET = ("TUIDING_KAFKA_PASSWORD_FILE", "TUIDING_KAFKA_KEY", KEY_PASSWORD)  # may hold what their files should


class NotSecured(Exception):
    """A setting about Kafka's security cannot be used: which one, why, and what to do; said before anything starts."""


class Security(NamedTuple):
    """Checked settings; empty texts where something is not used."""

    protocol: str
    ca: str = ""
    certificate: str = ""
    key: str = ""
    key_password: str = ""
    mechanism: str = ""
    user: str = ""
    password: str = ""
    token_url: str = ""
    token_scope: str = ""


def security_of(settings: Settings) -> Security:
    """Raises `NotSecured` with the name of the setting."""
    protocol = settings.kafka_security
    _none_forgotten(settings)
    found = Security(protocol)
    if protocol in ENCRYPTED:
        found = _encrypted(found, settings)
    return _signed_in(found, settings) if protocol in SIGNED_IN else found


def or_unseen(what: str = "it") -> str:
    """Ends a sentence about what is not there: a broker hides what whoever signs in may not see."""
    user = Settings().kafka_user
    return f", or TUIDING_KAFKA_USER={user} may not see {what}" if user else ""


def _none_forgotten(settings: Settings) -> None:
    """Whoever names a user or a CA believes that he signs in, or that nobody listens: half of it is worse than none."""
    protocol, mechanism = settings.kafka_security, settings.kafka_mechanism
    for names, does_not in (
        (() if protocol in ENCRYPTED else FOR_TLS, "encrypts nothing: set ssl or sasl_ssl"),
        (() if protocol in SIGNED_IN else FOR_USERS, "signs nobody in: set sasl_ssl"),
    ):
        if found := next((each for each in names if getattr(settings, each)), ""):
            setting = f"TUIDING_{found.upper()}"
            raise NotSecured(f"{setting} is set, but TUIDING_KAFKA_SECURITY={protocol} {does_not}, or leave it out.")
    if settings.kafka_token_url and mechanism != "OAUTHBEARER":
        raise NotSecured(
            f"TUIDING_KAFKA_TOKEN_URL is set, but TUIDING_KAFKA_MECHANISM={mechanism} asks for no token: "
            "set OAUTHBEARER, or leave it out."
        )


def _encrypted(found: Security, settings: Settings) -> Security:
    if settings.kafka_ca:
        _loads("TUIDING_KAFKA_CA", settings.kafka_ca)
    if bool(settings.kafka_certificate) != bool(settings.kafka_key):
        raise NotSecured("TUIDING_KAFKA_CERTIFICATE and TUIDING_KAFKA_KEY go together: set both, or neither.")
    password, named = "", settings.kafka_key_password_file
    if named:
        password = _read(KEY_PASSWORD, named).rstrip("\r\n")
        if not password:
            raise NotSecured(f"{KEY_PASSWORD} is empty: write the password of the key into it, or leave it out.")
    if settings.kafka_certificate:
        Pair(settings.kafka_certificate, settings.kafka_key, password).check()
    return found._replace(
        ca=settings.kafka_ca,
        certificate=settings.kafka_certificate,
        key=settings.kafka_key,
        key_password=password,
    )


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
    _not_in_the_open(settings)
    password = _read("TUIDING_KAFKA_PASSWORD_FILE", settings.kafka_password_file).rstrip("\r\n")
    if not password.strip():
        raise NotSecured(
            f"TUIDING_KAFKA_PASSWORD_FILE={settings.kafka_password_file} is empty: write the password of "
            f"{settings.kafka_user} into it."
        )
    return found._replace(
        mechanism=settings.kafka_mechanism,
        user=settings.kafka_user,
        password=password,
        token_url=settings.kafka_token_url,
        token_scope=settings.kafka_token_scope,
    )


def _not_in_the_open(settings: Settings) -> None:
    """PLAIN and OAUTHBEARER send what they prove themselves with as it is; so does a client to its token endpoint."""
    mechanism, elsewhere = settings.kafka_mechanism, [each for each in _hosts(settings.kafka) if each not in LOOPBACK]
    if settings.kafka_security == "sasl_plaintext" and elsewhere and mechanism in ("PLAIN", "OAUTHBEARER"):
        raise NotSecured(
            f"TUIDING_KAFKA_SECURITY=sasl_plaintext would send the secret of TUIDING_KAFKA_MECHANISM={mechanism} to "
            f"{elsewhere[0]} in the open: set sasl_ssl, or a mechanism of SCRAM."
        )
    if mechanism == "OAUTHBEARER" and not is_private(settings.kafka_token_url):
        raise NotSecured(f"TUIDING_KAFKA_TOKEN_URL {PRIVATE}.")


def _hosts(bootstrap: str) -> list[str]:
    return [each.strip().rpartition(":")[0].strip("[]") for each in bootstrap.split(",") if each.strip()]


def _read(setting: str, file: str) -> str:
    if not file:
        raise NotSecured(f"{setting} is not set: name the file.")
    try:
        return read_text(Path(file))
    except OSError as error:
        named = setting if setting in SECRET else f"{setting}={file}"
        raise NotSecured(f"{named} cannot be read ({error.strerror}): name a file, and look at its rights.") from None


def _loads(setting: str, file: str) -> None:
    _read(setting, file)
    try:
        believing(Path(file))
    except ssl.SSLError:
        raise NotSecured(f"{setting}={file} holds no certificate in PEM form: give the CA's certificate.") from None


def believing(file: Path) -> ssl.SSLContext:
    """Only the CAs of this file, read by us: OpenSSL would wait for a pipe. Raises `OSError`, of TLS as well."""
    pem = read_text(file).encode("ascii", "ignore").decode()  # names beside certificates may be in any language
    return ssl.create_default_context(cadata=pem or "nothing")


class Pair(NamedTuple):
    """A client certificate and its key, which may be in one file."""

    certificate: str
    key: str
    password: str

    def check(self) -> None:
        for setting, file in (("TUIDING_KAFKA_CERTIFICATE", self.certificate), ("TUIDING_KAFKA_KEY", self.key)):
            _read(setting, file)
        asked: list[str] = []

        def opened_with() -> str:
            asked.append(self.password)
            return self.password or " "  # an empty one is asked for at the terminal

        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(self.certificate, self.key, opened_with)
        except ssl.SSLError:
            raise NotSecured(self._why(asked)) from None
        except OSError as error:  # it went between two looks
            raise NotSecured(
                f"TUIDING_KAFKA_CERTIFICATE={self.certificate} or its key cannot be read ({error.strerror}): "
                "name files, and look at their rights."
            ) from None
        self._has_time()

    def _why(self, asked: list[str]) -> str:
        if asked == [""]:
            return (
                "The key in TUIDING_KAFKA_KEY has a password: write it into a file for TUIDING_KAFKA_KEY_PASSWORD_FILE."
            )
        if asked:
            return f"The key in TUIDING_KAFKA_KEY has another password than {KEY_PASSWORD}: correct it."
        return (
            f"TUIDING_KAFKA_CERTIFICATE={self.certificate} and TUIDING_KAFKA_KEY={self.key} are no pair in PEM form: "
            "give the certificate and the key that was signed for it."
        )

    def _has_time(self) -> None:
        pem = _read("TUIDING_KAFKA_CERTIFICATE", self.certificate)
        try:
            until = x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
        except ValueError:
            raise NotSecured(self._why([])) from None
        if until < datetime.now(UTC):
            raise NotSecured(
                f"TUIDING_KAFKA_CERTIFICATE={self.certificate} has expired ({until:%Y-%m-%d}): have it renewed."
            )
