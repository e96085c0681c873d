"""A broker with all of its security or with none, what the services are told of it, and the tokens of its customers."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import psutil
from confluent_kafka import Consumer
from joserfc import jwt
from joserfc.jwk import ECKey
from typer.testing import CliRunner

from bench.listener import following, type_of, waiting
from cli import application
from contracts.flow import service_user, topic_name
from contracts.words import Channel
from runtime.kafka import granting, topics
from runtime.kafka.client_words import for_librdkafka
from runtime.local.broker import ApacheKafka

AUDIENCE, TOKEN_SECONDS, KID = "tuiding", 900, "bench"
HEARD = ("billing", "notify")


class Issuer(ThreadingHTTPServer):
    """An identity provider as far as our doors ask one: it shows its key."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Shows)
        self.key = ECKey.generate_key("P-256", {"kid": KID, "use": "sig"})
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @cache  # noqa: B019 - a customer keeps his token, and there is one issuer
    def token(self, channel: Channel, subscription: str, agent: str) -> str:
        now = int(time.time())
        claims = {"iss": self.address, "aud": AUDIENCE, "iat": now, "exp": now + TOKEN_SECONDS, "jti": str(uuid4())}
        customer = channel in (Channel.APP, Channel.WEB)
        claims |= {"subscriptions": [subscription]} if customer else {"agent": agent}
        claims |= {"sub": subscription if customer else agent, "client_id": f"channel-{channel}"}
        return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": KID}, claims, self.key)


class _Shows(BaseHTTPRequestHandler):
    server: Issuer

    def do_GET(self) -> None:
        shown = json.dumps({"keys": [self.server.key.as_dict(private=False)]}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(shown)))
        self.end_headers()
        self.wfile.write(shown)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


class World:
    """`issuer` and `keys` (of signatures) where security is on."""

    def __init__(self, kafka: ApacheKafka, issuer: Issuer | None, keys: Path) -> None:
        self.kafka, self.issuer, self.keys, self.on = kafka, issuer, keys, issuer is not None
        self.bootstrap, self.broker = kafka.bootstrap, psutil.Process(kafka.pid)
        self._words = for_librdkafka(kafka.security())
        self._consumer: Consumer | None = None

    def listen(self) -> None:
        """From now on; once every partition is somebody's."""
        self._consumer = following(self.bootstrap, [topic_name(each) for each in HEARD], self._words)

    def heard(self) -> Iterator[tuple[str, str]]:
        """The type and the request of every event since it was asked last."""
        assert self._consumer is not None
        for record in waiting(self._consumer, 0.0):
            if record.error():
                raise RuntimeError(f"the driver cannot follow: {record.error()}")
            yield type_of(record), (record.key() or b"").decode()

    def shown(self, channel: Channel, subscription: str, agent: str) -> dict[str, str]:
        """The header that a customer signs in with."""
        if self.issuer is None:
            return {}
        return {"authorization": f"Bearer {self.issuer.token(channel, subscription, agent)}"}

    def environment(self, service: str) -> dict[str, str]:
        if self.issuer is None or self.kafka.keys is None:
            return {}
        user = service_user(service)
        return {
            "TUIDING_KAFKA_SECURITY": "sasl_ssl",
            "TUIDING_KAFKA_CA": str(self.kafka.keys.ca),
            "TUIDING_KAFKA_USER": user,
            "TUIDING_KAFKA_PASSWORD_FILE": str(self.kafka.keys.password_file(user)),
            "TUIDING_SIGNING_KEY": str(self.keys / "private" / service),
            "TUIDING_SIGNERS": str(self.keys / "signers"),
            "TUIDING_CHANNELS_ISSUER": self.issuer.address,
            "TUIDING_CHANNELS_JWKS": f"{self.issuer.address}/jwks",
            "TUIDING_CHANNELS_AUDIENCE": AUDIENCE,
        }

    def close(self) -> None:
        if self._consumer is not None:
            self._consumer.close()
        if self.issuer is not None:
            self.issuer.shutdown()


@contextmanager
def open_world(folder: Path, on: bool) -> Iterator[World]:
    kafka = ApacheKafka(folder / "kafka", 0, lambda text: None, secure=on)
    kafka.start()
    try:
        topics.apply(kafka.bootstrap, security=kafka.security())
        if on:
            granting.apply_rights(kafka.bootstrap, security=kafka.security())
            made = CliRunner().invoke(application(), ["deploy", "signing-keys", str(folder / "keys")])
            assert made.exit_code == 0, made.output
        world = World(kafka, Issuer() if on else None, folder / "keys")
        try:
            yield world
        finally:
            world.close()
    finally:
        kafka.stop()
