"""Whom we believe to be the carrier, and why we do not: the setting and the remedy, in a few words."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx

from runtime.kafka.security import NotSecured, believing
from runtime.settings import Settings

REMEDIES = {  # in OpenSSL's words
    "has expired": "renew it",
    "not yet valid": "wait, or set the clocks",
    "mismatch": "use the name that it is for",
    "not valid for": "use the name that it is for",
}
SIGNED_BY_ANOTHER = "give the CA that signed it in TUIDING_CARRIER_CA"


def certificates(settings: Settings) -> ssl.SSLContext:
    """Those of the CAs that we believe. Raises `NotSecured`: a service that cannot read them does not start."""
    file = settings.carrier_ca
    try:
        return believing(Path(file)) if file else httpx.create_ssl_context()
    except OSError as error:  # of TLS as well: what is there holds none
        named = f"TUIDING_CARRIER_CA={file}" if file else "SSL_CERT_FILE or SSL_CERT_DIR"
        why = "it holds no certificate in PEM form" if isinstance(error, ssl.SSLError) else error.strerror
        raise NotSecured(f"{named} cannot be used ({why}): give the file with the CA's certificate.") from None


def why_not(error: BaseException) -> str:
    """By its type alone where it has nothing to do with TLS."""
    for each in _causes(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            said = each.verify_message
            remedy = next((words for part, words in REMEDIES.items() if part in said), SIGNED_BY_ANOTHER)
            return f"the certificate of TUIDING_CARRIER is not believed ({said}): {remedy}"
        if isinstance(each, ssl.SSLError) and each.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
            return "TUIDING_CARRIER says https, but no TLS is spoken there: correct the port, or say http"
        if isinstance(each, ssl.SSLError) and "CERTIFICATE_REQUIRED" in (each.reason or ""):
            return "TUIDING_CARRIER asks us for a certificate, which we have not: put a gateway before it that has"
    return type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
