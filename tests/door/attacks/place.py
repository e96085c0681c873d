"""Doors that nobody passes without credentials; what is tried there, and what became of it."""

import base64
import itertools
import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import sqlalchemy as sa
from standardwebhooks import Webhook

from contracts.audit import Audited
from contracts.flow import AUDIT_TOPIC
from runtime.http.callers.gate import Gate
from runtime.kernel.tables import ALARMS, CASES, CLAIMS, INBOX, OUTBOX, REPLIES
from runtime.settings import Settings
from services.billing.door import CODES as BILLING
from services.intake.door.problem_codes import CODES as INTAKE
from tests.door.attacks.provider import AUDIENCE, ISSUER, Provider
from tests.door.conftest import Doors

MINE, THEIRS = "sub-freeaddon01", "sub-freeaddon02"
NOBODY = "00000000-0000-4000-8000-000000000001"
CLIENTS = ("app", "web", "hotline", "counter")
SECRETS = {name: "whsec_" + base64.b64encode(name.encode() * 12).decode() for name in CLIENTS}
TABLES = (CASES, CLAIMS, REPLIES, INBOX, OUTBOX, ALARMS)
SLOWEST_SECONDS = 0.050
numbers = itertools.count()


class Try(NamedTuple):
    """One hostile request and its right answer."""

    name: str
    status: int
    code: str
    path: str = "/v1/cancellations"
    body: Any = None  # None: a GET
    headers: Sequence[tuple[str, str]] = ()


def settings(folder: Path, **changed: Any) -> Settings:
    folder.mkdir(exist_ok=True)
    secrets = folder / "secrets"
    secrets.write_text("".join(f"{name} {secret}\n" for name, secret in SECRETS.items()))
    told: dict[str, Any] = {
        "channels_issuer": ISSUER,
        "channels_audience": AUDIENCE,
        "channels_secrets_file": str(secrets),
        "channel_per_second": 100_000,
        "commands_a_day": 100_000,
    }
    return Settings(**told | changed)


class Place(Doors):
    """All doors, with a provider that signs for everybody."""

    def __init__(self, folder: Path, provider: Provider | None = None, **changed: Any) -> None:
        self.provider = provider or Provider()
        self.clock = time.monotonic()
        super().__init__(folder, settings(folder, **changed), self._gate)

    def _gate(self, host: Any, service: str) -> Gate:
        web = httpx.AsyncClient(transport=httpx.MockTransport(self.provider.answer))
        codes = INTAKE if service == "intake" else BILLING
        return Gate(host, service, codes, web, clock=lambda: self.clock)

    # ---- credentials -------------------------------------------------------------------------------------------------

    def claims(self, channel: str = "app", **changed: Any) -> dict[str, Any]:
        """A claim changed to None is left out."""
        now = int(time.time())
        usual: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + 300,
            "jti": str(next(numbers)),
        }
        usual |= {"sub": f"someone-{channel}", "client_id": f"channel-{channel}"}
        usual |= {"subscriptions": [MINE]} if channel in ("app", "web") else {"agent": "agent-7"}
        return {name: value for name, value in (usual | changed).items() if value is not None}

    def bearer(self, channel: str = "app", **changed: Any) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.provider.token(self.claims(channel, **changed))}"),)

    def key(self, name: str = "") -> tuple[str, str]:
        return ("idempotency-key", name or f"k-{next(numbers)}")

    # ---- what happens ------------------------------------------------------------------------------------------------

    def ask(self, each: Try) -> httpx.Response:
        method, content = "GET", b""
        if each.body is not None:
            method, content = "POST", each.body if isinstance(each.body, bytes) else json.dumps(each.body).encode()
        headers = [("content-type", "application/json")] if content else []
        return self.run(self.client.request(method, each.path, content=content, headers=[*headers, *each.headers]))

    def kept(self) -> dict[str, list[Any]]:
        """Everything that lasts: the store, and what was published but the record of who asked."""
        rows: dict[str, list[Any]] = {
            table.name: sorted(map(repr, self.store.read(sa.select(table)))) for table in TABLES
        }
        return rows | {"published": [repr(each) for each in self.broker.taken if each.topic != AUDIT_TOPIC]}

    def audited(self) -> list[Audited]:
        """Since it was asked last."""
        for gate in self.gates.values():
            assert gate is not None
            self.run(gate.trail.flush())
        found = [
            Audited.model_validate_json(each.value or b"") for each in self.broker.taken if each.topic == AUDIT_TOPIC
        ]
        self.broker.taken = [each for each in self.broker.taken if each.topic != AUDIT_TOPIC]
        return found


def webhook(
    channel: str,
    body: bytes,
    own: str = "",
    at: float | None = None,
    secret: str = "",
    named: Mapping[str, str] | None = None,
    path: str = "/v1/cancellations",
    method: str = "",
) -> tuple[tuple[str, str], ...]:
    own, at = own or f"msg_{next(numbers):08}", time.time() if at is None else at
    subscription, agent = ((named or {}).get(name, "") for name in ("tuiding-subscription", "tuiding-agent"))
    text = "\n".join([method or ("POST" if body else "GET"), path, subscription, agent, body.decode()])
    seal = Webhook(secret or SECRETS[channel]).sign(own, datetime.fromtimestamp(int(at), UTC), text)
    told = {"webhook-id": own, "webhook-timestamp": str(int(at)), "webhook-signature": seal} | dict(named or {})
    return tuple(told.items())


def judge(place: Place, tries: Sequence[Try]) -> list[float]:
    """Each has its right answer, changes nothing and leaves one record; returns the processor's time of each."""
    before, wrong, seconds = place.kept(), [], []
    place.audited()
    for each in tries:
        began = time.process_time()
        answer = place.ask(each)
        seconds.append(time.process_time() - began)
        code = answer.json().get("code", "") if answer.content else ""
        records = place.audited()
        right = (answer.status_code, code) == (each.status, each.code)
        if not right or len(records) != 1 or records[0].status != each.status:
            wrong.append((each.name, answer.status_code, code, [each.code for each in records]))
    assert not wrong, "\n".join(map(str, wrong[:40]))
    assert place.kept() == before
    return seconds
