"""The one workload (proof, section 4): what the customer with each number does, and the commands on the wire.

Customers come from the carrier's mixed crowd, so their number decides their trouble: 5 % are rejected, 1 % decline
twice and then pay, 0.2 % never pay. The rest follows from the number too, so that two runs ask for the same.
"""

from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import NamedTuple

import orjson

from contracts.flow import SHARED_COMMANDS, command_topic
from contracts.messages.commands import ConfirmQuote, RetryPayment, SubmitCancellation
from contracts.words import Channel
from demo.carrier.crowd import DECLINED_ALWAYS_EACH, DECLINED_TWICE_EACH, REJECTED_EACH, crowd_ref

SUBMIT, CONFIRM, RETRY = SubmitCancellation.type, ConfirmQuote.type, RetryPayment.type
CHANNELS = tuple(Channel)
NOTICE = timedelta(seconds=5)  # less would have passed on a slow machine before intake reads it: returned
LATE_SECONDS = 2.0
PROOF = {
    "agent": "agent:shop-0042/desk-7/clerk-31337",
    "call": "call:2026-03-01/08-00-17/recording-5f0c2a6e91b74c3d",
    "identity_document": "scan:identity/2026/03/01/7d0a4c1be5a94f0e8c55",
    "signed_paper": "scan:signed/2026/03/01/1c9f7be5a94f0e8c55d0a4",
}


class Way(Enum):
    """How one customer goes through the flow; only `STRAIGHT` counts for latency, the others wait on purpose."""

    STRAIGHT = "straight"
    REJECTED = "rejected"
    SILENT = "never confirms"
    LATE = "confirms late"
    NOTICE = "notice period"
    DECLINED_TWICE = "pays at the third try"
    DECLINED_ALWAYS = "never pays"


class Publish(NamedTuple):
    """A command ready for the wire; `key` is the request id."""

    key: str
    value: bytes
    headers: list[tuple[str, str | bytes | None]]
    topic: str = SHARED_COMMANDS


def way_of(number: int) -> Way:
    place = number % REJECTED_EACH
    if place == 1:
        return Way.REJECTED
    if number % DECLINED_TWICE_EACH == 2:
        return Way.DECLINED_TWICE
    if number % DECLINED_ALWAYS_EACH == 3:
        return Way.DECLINED_ALWAYS
    if place in (0, 5, 10, 15):
        return Way.NOTICE
    return {7: Way.SILENT, 9: Way.LATE}.get(place, Way.STRAIGHT)


def pressed_twice(number: int) -> bool:
    return number % 10 == 4


class Workload:
    """Commands of one run; `run` makes request ids new, `plain` sends everybody the straight way.

    Half of them speak on the topic of their channel, the others on the one of all channels.
    """

    def __init__(self, run: int, *, plain: bool = False) -> None:
        self.run, self.plain = run, plain
        self._channels = [_bodies(channel) for channel in CHANNELS]

    def way(self, number: int) -> Way:
        return Way.STRAIGHT if self.plain else way_of(number)

    def twice(self, number: int) -> bool:
        return not self.plain and pressed_twice(number)

    def request_id(self, number: int) -> str:
        return f"{self.run:08x}-0000-4000-8000-{number:012x}"

    def submit(self, number: int, again: int = 0) -> Publish:
        own = {"subscription": crowd_ref(number), "kind": "product", "items": ["phone-care"], "requested_end": None}
        way = self.way(number)
        if way is Way.REJECTED:
            own |= {"kind": "line", "items": []}
        if way is Way.NOTICE:
            own["requested_end"] = (datetime.now(UTC) + NOTICE).isoformat()
        return self._publish(number, SUBMIT, 1 + again, orjson.dumps(own)[1:])

    def confirm(self, number: int) -> Publish:
        return self._publish(number, CONFIRM, 3, b'"quote_version":1,"clauses_acknowledged":true}')

    def retry(self, number: int, attempt: int) -> Publish:
        return self._publish(number, RETRY, 4 + attempt, b"")

    def _publish(self, number: int, kind: str, step: int, own: bytes) -> Publish:
        request_id = self.request_id(number)
        rest = self._channels[number % len(CHANNELS)][kind]
        headers: list[tuple[str, str | bytes | None]] = [
            ("ce_specversion", b"1.0"),
            ("ce_id", f"{self.run:08x}-{step:04x}-4000-8000-{number:012x}"),
            ("ce_source", f"/channels/{CHANNELS[number % len(CHANNELS)]}".encode()),
            ("ce_type", kind),
            ("ce_subject", request_id),
            ("content-type", b"application/json"),
        ]
        comma = b"," if own else b"}"
        topic = command_topic(CHANNELS[number % len(CHANNELS)], shared=number // len(CHANNELS) % 2 == 0)
        value = b'{"request_id":"' + request_id.encode() + b'"' + rest + comma + own
        return Publish(request_id, value, headers, topic)


def _bodies(channel: str) -> dict[str, bytes]:
    """What every command of this channel and type holds, as the middle of a JSON object."""
    common = {"channel": channel}
    texts = {RETRY: common, CONFIRM: common | {"proof": PROOF}, SUBMIT: common | {"proof": PROOF, "reason": "price"}}
    return {kind: b"," + orjson.dumps(text)[1:-1] for kind, text in texts.items()}
