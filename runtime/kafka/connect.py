"""How kafka-python reaches a broker of any kind, and what is raised when it cannot."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from kafka import KafkaAdminClient  # type: ignore[import-untyped,unused-ignore]
from kafka.errors import (  # type: ignore[import-untyped,unused-ignore]
    AuthorizationError,
    KafkaConnectionError,
    KafkaTimeoutError,
    LeaderNotAvailableError,
    NodeNotReadyError,
    NotLeaderForPartitionError,
    UnknownBrokerIdError,
)

from contracts.words import Text
from runtime.kafka.client_words import for_kafka_python
from runtime.kafka.diagnosis import why_not
from runtime.kafka.header_names import read_any_header_name
from runtime.kafka.rights import ADMINISTRATOR, OPERATOR
from runtime.kafka.security import NotSecured, Security, security_of
from runtime.kafka.tokens import token_provider
from runtime.settings import Settings

IN_MEMORY_CLUSTER = "mockCluster"  # how the id of librdkafka's in-process cluster begins
SPOKEN_BY_EVERY_BROKER = (2, 3)  # the in-memory one hangs up when it is asked which version it speaks
SEVERAL, PAUSE_SECONDS = ",", 0.1  # in an address; before another of them is asked
LOOK_AGAIN_SECONDS = 0.05
SILENCE = (KafkaTimeoutError, KafkaConnectionError, NodeNotReadyError)
LEADERLESS = (UnknownBrokerIdError, LeaderNotAvailableError, NotLeaderForPartitionError)


class BrokerTrouble(Exception):
    """Each carries one sentence for the person who reads it.

    BrokerTrouble
    |-- BrokerProblem   a development broker cannot start     -> do what the sentence says
    |-- BrokerAway      nobody answers, or leads a partition   -> wait and try again, or correct the address
    |-- BrokerRefused   it answered and said no               -> permissions, limits: a person has to look
    `-- NotPublished    a record is not known to be stored    -> publish it again with the same id
    """

    def __init__(self, en: str = "", zh: str = "") -> None:
        super().__init__(en)
        self.told = Text(zh=zh or en, en=en)


class BrokerProblem(BrokerTrouble):
    pass


class BrokerAway(BrokerTrouble):
    pass


class BrokerRefused(BrokerTrouble):
    pass


class NotPublished(BrokerTrouble):
    pass


class Reach(NamedTuple):
    in_memory: bool
    options: dict[str, Any]  # for KafkaAdminClient
    producer_options: dict[str, Any]  # for KafkaProducer

    @property
    def consumer_options(self) -> dict[str, Any]:
        """For KafkaConsumer: what a transaction took back was never said. The client's own default reads it."""
        return self.options | {"isolation_level": "read_committed"}


@contextmanager
def naming_silence(bootstrap: str, security: Security | None = None) -> Iterator[None]:
    try:
        yield
    except SILENCE as silence:
        token_provider.cache_clear()  # the broker may have refused just this one
        if why := why_not(bootstrap, security or security_of(Settings())):
            raise BrokerRefused(why) from silence
        raise BrokerAway(
            f"No Kafka broker answers at {bootstrap}: start one, or correct the address in TUIDING_KAFKA.",
            f"没有 Kafka 在 {bootstrap} 应答：请启动，或更正 TUIDING_KAFKA 里的地址。",
        ) from silence
    except LEADERLESS as nobody:
        raise BrokerAway(
            f"Kafka at {bootstrap} answers, but nobody leads some partitions just now: start the brokers that "
            "hold them, or ask again in a moment if they have just started.",
            f"{bootstrap} 的 Kafka 有应答，但部分分区此刻没有主副本：请启动存有它们的节点；若刚刚启动，请稍候再试。",
        ) from nobody
    except AuthorizationError as refused:
        zh, en = _who(security)
        raise BrokerRefused(
            f"Kafka at {bootstrap}: {en} may not do that ({type(refused).__name__}): to look, sign in as "
            f"{OPERATOR}, to change topics, rights or transactions as {ADMINISTRATOR} (TUIDING_KAFKA_USER, "
            "TUIDING_KAFKA_PASSWORD_FILE); rights that are missing come by `tuiding topics acls --apply`.",
            f"{bootstrap} 的 Kafka：{zh}没有这项权限（{type(refused).__name__}）：查看请用 {OPERATOR} 登录，"
            f"更改主题、权限或事务请用 {ADMINISTRATOR}（TUIDING_KAFKA_USER、TUIDING_KAFKA_PASSWORD_FILE）；"
            "缺少的权限用 `tuiding topics acls --apply` 补齐。",
        ) from refused


def _who(security: Security | None) -> tuple[str, str]:
    user = (security or security_of(Settings())).user
    named = f"TUIDING_KAFKA_USER={user}"
    return (f" {named} ", named) if user else ("未登录者", "whoever does not sign in")


def reach(bootstrap: str, wait_seconds: float = 10.0, security: Security | None = None) -> Reach:
    """Waits for the broker, finds out which kind it is and what kafka-python must be told to speak with it.

    `security`: as whom; without it as the environment's settings say. Raises `NotSecured`, `BrokerTrouble`.
    """
    read_any_header_name()
    options: dict[str, Any] = {"bootstrap_servers": bootstrap, "bootstrap_timeout_ms": int(wait_seconds * 1000)}
    secured = security or security_of(Settings())
    _has_a_token(bootstrap, secured)
    options |= for_kafka_python(secured)
    pinned = options | {"api_version": SPOKEN_BY_EVERY_BROKER}
    with naming_silence(bootstrap, security), KafkaAdminClient(**pinned) as plain:
        client = Insisting(plain, wait_seconds) if SEVERAL in bootstrap else plain
        in_memory = str(client.describe_cluster()["cluster_id"]).startswith(IN_MEMORY_CLUSTER)
    if in_memory:
        return Reach(True, pinned, pinned | {"enable_idempotence": False})
    return Reach(False, options, options)


def _has_a_token(bootstrap: str, security: Security) -> None:
    """The provider says at once why there is none; the broker's silence takes until nobody waits any more."""
    try:
        if security.mechanism == "OAUTHBEARER":
            token_provider(security).token()
    except NotSecured as error:
        raise BrokerRefused(f"Kafka at {bootstrap}: {error}") from None


@contextmanager
def admin(bootstrap: str, wait_seconds: float = 10.0, security: Security | None = None) -> Iterator[tuple[Any, Reach]]:
    """A KafkaAdminClient and what is known of the broker behind it."""
    reached = reach(bootstrap, wait_seconds, security)
    with another(bootstrap, reached, wait_seconds, security) as client:
        yield client, reached


@contextmanager
def another(bootstrap: str, reached: Reach, wait_seconds: float, security: Security | None = None) -> Iterator[Any]:
    """A KafkaAdminClient of a broker that was reached a moment ago."""
    with naming_silence(bootstrap, security), KafkaAdminClient(**reached.options) as client:
        yield Insisting(client, wait_seconds) if SEVERAL in bootstrap else client


def wait_until_visible(is_visible: Callable[[], bool], seconds: float) -> None:
    """The controller has taken a change; the broker that we ask learns of it a moment later. Late is no error here."""
    deadline = time.monotonic() + seconds
    while not is_visible() and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN_SECONDS)


class Insisting:
    """An admin client that asks again: kafka-python asks any one broker, and gives up when just that one is away.

    What we ask may be asked twice: it looks, or it says how something shall be.
    """

    def __init__(self, client: Any, seconds: float) -> None:
        self._client, self._seconds = client, seconds

    def __getattr__(self, name: str) -> Any:
        return partial(self._ask, getattr(self._client, name))

    def _ask(self, question: Callable[..., Any], *given: Any, **named: Any) -> Any:
        deadline = time.monotonic() + self._seconds
        while True:
            try:
                return question(*given, **named)
            except (*SILENCE, *LEADERLESS):
                if time.monotonic() > deadline:
                    raise
                time.sleep(PAUSE_SECONDS)
