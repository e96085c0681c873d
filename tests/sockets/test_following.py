"""A request followed over a real socket: events while it goes on, and a clean end when the service goes."""

import contextlib
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path

import httpx

from contracts.messages.commands import SubmitCancellation
from contracts.words import Channel, Kind
from policies.pack import load
from runtime.envelope import Envelope, encode, traceparent
from runtime.kernel.arrivals import Consumed
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import Store
from services.intake.app import WIRING
from tests.sockets.conftest import serving
from tests.waiting import PATIENCE_SECONDS, eventually

OWN = "00000000-0000-4000-8000-00000000abcd"
AS_EVENTS = {"Accept": "text/event-stream"}


def submitted(folder: Path, own: str) -> None:
    """As if a worker had taken it in."""
    wish = SubmitCancellation(
        request_id=own, channel=Channel.APP, kind=Kind.PRODUCT, subscription="sub-freeaddon01", items=("video-pack",)
    )
    envelope = Envelope(own, "/channels/app", wish, own, "", traceparent(own, own))
    record = encode("cancellation.commands", envelope, datetime.now(UTC), {"channel": "app"})
    store = Store(str(folder), "intake")
    Kernel(WIRING, store, load("cn-carrier")).step([Consumed(record, 0, 0, 0, "")], (), datetime.now(UTC))
    store.close()


def test_events_come_while_it_goes_on_and_end_whole_when_the_service_ends(tmp_path: Path) -> None:
    with serving("intake", tmp_path) as served:
        submitted(tmp_path, OWN)
        url = f"http://127.0.0.1:{served.port}/v1/cancellations/{OWN}/events"
        with httpx.stream("GET", url, headers=AS_EVENTS, timeout=PATIENCE_SECONDS) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.iter_lines()
            assert next(line for line in lines if line.startswith("data: ")).count(OWN) >= 1
            served.process.send_signal(signal.SIGTERM)
            rest = list(lines)  # raises where the answer breaks off instead of ending
        assert not [line for line in rest if line.startswith("data: ")]
        eventually(lambda: served.process.poll() is not None)


def test_those_who_leave_without_a_word_take_no_place(tmp_path: Path) -> None:
    """One more than there are places, again and again, all within one lifetime of a stream."""
    with serving(
        "intake", tmp_path, TUIDING_REQUESTS_AT_ONCE="4", TUIDING_REQUEST_SECONDS=str(PATIENCE_SECONDS)
    ) as served:
        submitted(tmp_path, OWN)
        head = f"GET /v1/cancellations/{OWN}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

        def follows() -> bool:
            with served.connect() as client, contextlib.suppress(OSError):
                client.sendall(head)
                return client.recv(64).startswith(b"HTTP/1.1 200")
            return False

        for _ in range(5):
            eventually(follows)
        assert served.alive()


def test_followers_who_read_a_byte_now_and_then_hold_their_places_for_a_while_only(tmp_path: Path) -> None:
    with serving("intake", tmp_path, TUIDING_REQUESTS_AT_ONCE="4", TUIDING_REQUEST_SECONDS="2") as served:
        submitted(tmp_path, OWN)
        head = f"GET /v1/cancellations/{OWN}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        with contextlib.ExitStack() as held:
            slow = [held.enter_context(slow_reader(served.port)) for _ in range(2)]
            for each in slow:
                each.sendall(head)
                assert each.recv(1)

            def another() -> bytes:
                with served.connect() as client:
                    client.sendall(head)
                    return client.recv(12)[9:]

            assert another() == b"503"
            eventually(lambda: [bool(each.recv(1)) for each in slow] != [] and another() == b"200")
            assert served.alive()


def slow_reader(port: int) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.settimeout(PATIENCE_SECONDS)
    client.connect(("127.0.0.1", port))
    return client
