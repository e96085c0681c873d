"""A broker that no longer lets a running service in: what is ready says why, and so does the last sentence."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError

from runtime.kafka.polling import KEPT_OUT_SECONDS, Polling
from runtime.settings import Settings
from runtime.worker.condition import trouble, why_not_ready
from tests.kernel.client import Client

PATIENCE = 60.0
QUIET = SimpleNamespace(trouble=lambda now, stall: "")
ENGINE: Any = SimpleNamespace(waiting_for="")


@pytest.fixture
def app() -> Any:
    polling = Polling({"group.id": "tuiding-review"}, 500, SimpleNamespace(), Client)
    polling.coordinated -= 1.0  # it has no group just now
    return SimpleNamespace(consumer=SimpleNamespace(polling=polling), producer=SimpleNamespace(sending=QUIET))


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        (KafkaError._AUTHENTICATION, "SASL authentication failed: invalid credentials", "TUIDING_KAFKA_PASSWORD_FILE"),
        (
            KafkaError._AUTHENTICATION,
            "Unsupported SASL mechanism: broker's supported: PLAIN",
            "TUIDING_KAFKA_MECHANISM",
        ),
        (KafkaError._SSL, "SSL handshake failed: certificate verify failed", "TUIDING_KAFKA_CA"),
        (KafkaError._SSL, "ssl alert number 42", "the broker does not let us in: ssl alert number 42"),
    ],
    ids=["a password", "a mechanism", "a certificate", "something else"],
)
def test_why_it_is_kept_out_is_said_while_it_waits_and_when_it_ends(app: Any, code: int, said: str, words: str) -> None:
    app.consumer.polling._failed(KafkaError(code, said))
    now = time.monotonic()
    assert words in why_not_ready(app, ENGINE, Settings())
    assert trouble(app, Settings(loop_stall_seconds=1000), now) == ""
    app.consumer.polling.coordinated = now - 2 * PATIENCE
    app.consumer.polling.reported = now
    ended = trouble(app, Settings(patience_seconds=PATIENCE, loop_stall_seconds=1000), now)
    assert "no coordinator" in ended and words in ended
    later = now + KEPT_OUT_SECONDS + 1
    assert words not in trouble(app, Settings(patience_seconds=PATIENCE, loop_stall_seconds=1000), later)


@pytest.mark.parametrize("code", [KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError.TOPIC_AUTHORIZATION_FAILED])
def test_rights_that_were_taken_away_end_it_with_the_command_that_gives_them_back(app: Any, code: int) -> None:
    app.consumer.polling._failed(KafkaError(code, "authorization failed"))
    ended = trouble(app, Settings(), time.monotonic())
    assert "authorization failed" in ended and "tuiding topics acls --apply" in ended
