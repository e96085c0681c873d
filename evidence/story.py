"""A request as the console tells it, with its events in causal order and the questions the parts ask of them."""

import heapq
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pydantic import ValidationError

from contracts.messages import TYPES, Message
from contracts.messages.ops import SubscriptionErased
from contracts.rights import may_say
from evidence.verify import sha256

Json = dict[str, Any]
ERASED = "erased_sha256"  # in what the console keeps of an event whose subscription was erased
KEPT = (
    "id",
    "type",
    "source",
    "at",
    "topic",
    "partition",
    "offset",
    "place",
    "channel",
    "sequence",
    "cause",
    "root",
    "sha256",
)


class Story(NamedTuple):
    """`events` in an order in which every cause comes first."""

    request_id: str
    summary: Json
    events: tuple[Json, ...]

    def of(self, *types: str) -> Iterator[Json]:
        return (event for event in self.events if event["type"] in types and event["readable"])

    def last_before(self, event: Json, *types: str) -> Json | None:
        earlier = self.events[: self.events.index(event)]
        return next((each for each in reversed(earlier) if each["type"] in types and each["readable"]), None)

    @property
    def erased(self) -> Json | None:
        """The act that erased its subscription: when, by whom, on which ground, and how much."""
        act = next(self.of(SubscriptionErased.type), None)
        return {"at": act["at"]} | act["body"] if act else None

    @property
    def until(self) -> datetime:
        return max(datetime.fromisoformat(event["at"]) for event in self.events).astimezone(UTC)

    @property
    def policy(self) -> str:
        """Id of the pack under which it was accepted; empty where nothing was decided."""
        for event in self.events:
            found = _part(event, "application") or _part(event, "decision") or _part(event, "quote")
            if found.get("policy"):
                return str(found["policy"])
        return ""


def story_of(told: Json) -> Story:
    """From the answer of the console's `GET /v1/requests/{id}`."""
    events = tuple(_kept(event) for event in in_causal_order(told["events"]))
    return Story(told["request_id"], told["request"] or {}, events)


def _kept(event: Json) -> Json:
    """`masked`: the console hid something in the body, so that the hash of what lies on the topic does not fit it.

    `readable`: it keeps its contract; what does not is kept among the events, but nothing is drawn from it.
    """
    body = event["body"]
    compact = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    judged = {"masked": sha256(compact) != event["sha256"], "readable": message_of(event) is not None}
    return {name: event[name] for name in KEPT} | judged | {"body": body}


def message_of(event: Json) -> Message | None:
    """None: a newer service's, noise, not theirs to say who said it, masked beyond its contract, or erased."""
    if not may_say(event["topic"], event["source"], event["type"]) or ERASED in event["body"]:
        return None
    try:
        return TYPES[event["type"]].model_validate_json(json.dumps(event["body"]))
    except (KeyError, ValidationError):
        return None


def in_causal_order(events: list[Json]) -> list[Json]:
    """By time, but never before its cause: the clocks of two machines may differ."""
    known = {event["id"]: event for event in events}
    following = defaultdict(list)
    for event in events:
        following[event["cause"] if event["cause"] in known else ""].append((_key(event), event["id"]))
    ready, ordered = following.pop("", []), list[Json]()
    heapq.heapify(ready)
    while ready or following:
        if not ready:  # noise that names itself as its cause, or two that name each other
            ready = following.pop(min(following))
            heapq.heapify(ready)
        _, own = heapq.heappop(ready)
        ordered.append(known[own])
        for each in following.pop(own, ()):
            heapq.heappush(ready, each)
    return ordered


def _key(event: Json) -> tuple[str, str, int, str, int, int]:
    return event["at"], event["source"], event["sequence"], event["topic"], event["partition"], event["offset"]


def _part(event: Json, name: str) -> Json:
    part = event["body"].get(name) if isinstance(event["body"], dict) else None
    return part if isinstance(part, dict) else {}
