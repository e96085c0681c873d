"""How a caller shows who it is, as /openapi.json says it: a token, a signature, or nothing where nobody has to."""

from typing import Any

from runtime.http.described import Signing

TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "an access token (RFC 9068) of the identity provider that the operator named",
}
SIGNED = (
    "webhook-id, webhook-timestamp and webhook-signature together, as Standard Webhooks has them; signed are method, "
    "address, Tuiding-Subscription, Tuiding-Agent and body, a line each: docs/channels.md"
)
SIGNATURE = ("webhook-id", "webhook-timestamp", "webhook-signature")
SCHEMES: dict[str, Any] = {"token": TOKEN} | {
    name: {"type": "apiKey", "in": "header", "name": name, "description": SIGNED} for name in SIGNATURE
}
NOBODY_HAS_TO: dict[str, list[str]] = {}  # on 127.0.0.1, or where TUIDING_AUTH=none was said
WAYS: list[dict[str, list[str]]] = [NOBODY_HAS_TO, {"token": []}, {name: [] for name in SIGNATURE}]
CHANNELS = Signing(SCHEMES, WAYS)
