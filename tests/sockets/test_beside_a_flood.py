"""A flood over a real socket, of a channel or of strangers: the quiet channel is answered, the others are told when."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from runtime.http.guests import Guests, Limits
from runtime.http.refusals import A_SECOND, AT_ONCE, LONGEST_SECONDS, Refusals
from tests.door.attacks.place import MINE, SECRETS, webhook
from tests.sockets.conftest import Answer, Served, read_answer, serving
from tests.waiting import eventually

PLACES, LOUD = 4, 24  # connections: many more than there are places
LIST = f"/v1/cancellations?subscription={MINE}"
FLOODS = {"a channel": "web", "strangers": "", "a wrong secret": "nobody"}
TOLD = {"a channel": {200, 429}, "strangers": {401}, "a wrong secret": {401}}


def asks(channel: str) -> bytes:
    secret = SECRETS["app"].replace("YXBw", "bm9w") if channel == "nobody" else ""
    shown = {"tuiding-subscription": MINE}
    headers = webhook(channel, b"", secret=secret, named=shown, path=LIST) if channel else ()
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"GET {LIST} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode()


class Flood:
    """So many connections, each asking again as soon as it is answered."""

    def __init__(self, served: Served, channel: str) -> None:
        self.served, self.raw, self.over = served, asks(channel), threading.Event()
        self.answers = list[Answer]()

    def one(self) -> None:
        with self.served.connect() as client:
            while not self.over.is_set():
                client.sendall(self.raw)
                self.answers.append(read_answer(client))


@contextmanager
def flooding(served: Served, channel: str) -> Iterator[Flood]:
    flood = Flood(served, channel)
    threads = [threading.Thread(target=flood.one) for _ in range(LOUD)]
    for each in threads:
        each.start()
    try:
        yield flood
    finally:
        flood.over.set()
        for each in threads:
            each.join()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("flooded")
    secrets = folder / "secrets"
    secrets.write_text("".join(f"{name} {secret}\n" for name, secret in SECRETS.items()))
    told = {"CHANNELS_SECRETS_FILE": str(secrets), "REQUESTS_AT_ONCE": str(PLACES), "CHANNEL_PER_SECOND": "20"}
    with serving("intake", folder, **{f"TUIDING_{name}": value for name, value in told.items()}) as intake:
        yield intake


@pytest.mark.parametrize("flood", FLOODS)
def test_a_quiet_channel_keeps_its_answers_and_a_flood_waits_for_itself(flood: str, served: Served) -> None:
    began = time.monotonic()
    with flooding(served, FLOODS[flood]) as loud:
        eventually(lambda: len(loud.answers) > 3 * AT_ONCE)
        quiet = [served.says(asks("app")) for _ in range(10)]
    refused = sum(each.status != 200 for each in loud.answers)
    assert refused <= AT_ONCE + A_SECOND * (time.monotonic() - began) + 1
    assert Counter(each.status for each in quiet) == {200: 10}
    assert {each.status for each in loud.answers} <= TOLD[flood] | {503}
    sent_away = [each for each in loud.answers if each.status in (429, 503)]
    assert all(0 < int(each.headers["retry-after"]) <= 10 for each in sent_away)


def test_refusals_leave_one_after_the_other_and_none_waits_long() -> None:
    refusals = Refusals()
    at_once = [refusals.wait(401, 1000.0) for _ in range(AT_ONCE)]
    then = [refusals.wait(401, 1000.0) for _ in range(1000)]
    assert set(at_once) == {0.0} and then[:3] == pytest.approx([each / A_SECOND for each in (1, 2, 3)])
    assert max(then) == LONGEST_SECONDS
    assert refusals.wait(429, 1000.0) == refusals.wait(200, 1000.0) == refusals.wait(401, 1003.0) == 0.0


def test_who_is_refused_anyway_gives_way_before_who_only_waits() -> None:
    guests = Guests(Limits(1, 1))
    slow, refused, idle = (object() for _ in range(3))
    guests.waiting = {slow: None, idle: None}  # type: ignore[dict-item]
    guests.refused = {refused: None}  # type: ignore[dict-item]
    assert [guests.out() for _ in range(4)] == [refused, slow, idle, None]
