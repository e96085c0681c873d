"""Where a broker's topics are not as contracts/flow.py wants them, and what mends each. Pure."""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from contracts.flow import PREFIX, TOPICS, Topic

OURS = {topic.name: topic for topic in TOPICS}
MOST_REPLICAS = 3
BYTES, INSYNC, UNCLEAN, SEGMENT = (
    "max.message.bytes",
    "min.insync.replicas",
    "unclean.leader.election.enable",
    "segment.ms",
)
POLICY, RETENTION, COMPACT = "cleanup.policy", "retention.ms", "compact"
DELETE_OLDER = "--delete-older"  # what somebody has to say before records go
LEAST_BYTES = 1_048_588  # as Kafka has it by itself: every event of ours fits
LEAST_SEGMENT_MS = 10 * 60 * 1000  # or each few records are files of their own, until the broker may open no more
USUAL_SEGMENT_MS = 7 * 24 * 3600 * 1000
FILES = {"segment.bytes": (16 * 2**20, 2**30), "segment.index.bytes": (2**20, 10 * 2**20)}  # the least for it; usual
BOUNDED = (BYTES, INSYNC, UNCLEAN, SEGMENT, *FILES)


class Found(NamedTuple):
    """One topic on the broker; `replicas`: of the partition that has the fewest."""

    partitions: int
    replicas: int
    config: Mapping[str, str] = {}


class Drift(NamedTuple):
    """`unchecked`: the broker cannot tell, `unseen`: it does not tell us, so nobody knows; the others are faults."""

    topic: str
    what: Literal["missing", "partitions", "replicas", "config", "unknown", "unchecked", "unseen"]
    wanted: str
    found: str

    @property
    def deletes(self) -> bool:
        """Whether the broker deletes what it keeps now once this is set; of heartbeats nobody needs an old one.

        A topic of ours that is compacted loses records all the time: that is put right at once.
        """
        key, _, wanted = self.wanted.partition("=")
        ours = OURS.get(self.topic)
        if self.what != "config" or key != RETENTION or ours is None or COMPACT in ours.config[POLICY]:
            return False
        return _forever(self.found) > _forever(wanted)

    @property
    def remedy(self) -> str:
        if self.deletes:
            return f"tuiding topics apply {DELETE_OLDER}"
        if self.what == "partitions":
            return f"tuiding topics grow --partitions {max(int(self.wanted), int(self.found))}"
        return {
            "missing": "tuiding topics apply",
            "config": "tuiding topics apply",
            "replicas": f"kafka-reassign-partitions.sh: {self.wanted} replicas of each partition",
            "unseen": "tuiding topics acls --apply",
            "unknown": "correct who writes there, then kafka-topics.sh --delete",
        }.get(self.what, "")


def _forever(milliseconds: str) -> float:
    """-1 is longer than anything; what is no number is a broker's own, and left to it."""
    number = int(milliseconds) if milliseconds.lstrip("-").isdecimal() else 0
    return number if number >= 0 else float("inf")


UNSEEN = Drift("*", "unseen", "settings", "whoever signs in may not see them")
UNCHECKED = Drift("*", "unchecked", "partitions and settings", "an in-memory broker chooses its own")


def drifts(found: Mapping[str, Found], partitions: int, brokers: int) -> list[Drift]:
    """Of a broker that can be asked for everything."""
    told = [*presence(found, partitions)]
    for name, here in found.items():
        if name in OURS:
            told += _counted(name, here, partitions, min(MOST_REPLICAS, brokers))
            told += config_drifts(OURS[name], here) if here.config else [UNSEEN]
    return sorted(set(told))


def presence(found: Mapping[str, Found], partitions: int) -> Iterator[Drift]:
    for name in OURS.keys() - found.keys():
        yield Drift(name, "missing", f"{partitions} partitions", "no topic")
    for name, here in found.items():
        if name.startswith(f"{PREFIX}.") and name not in OURS:
            yield Drift(name, "unknown", "no such topic", f"{here.partitions} partitions")


def _counted(name: str, here: Found, partitions: int, replicas: int) -> Iterator[Drift]:
    if here.partitions != partitions:
        yield Drift(name, "partitions", str(partitions), str(here.partitions))
    if here.replicas < replicas:  # with the only broker that has a partition all of it would go
        yield Drift(name, "replicas", str(replicas), str(here.replicas))


def config_drifts(topic: Topic, here: Found) -> Iterator[Drift]:
    """`wanted` is what `tuiding topics apply` sets."""
    wanted = topic.config | _into_bounds(topic, here)
    for key, value in wanted.items():
        if (is_now := here.config.get(key)) != value:
            yield Drift(topic.name, "config", f"{key}={value}", str(is_now))


def _into_bounds(topic: Topic, here: Found) -> dict[str, str]:
    """What an administrator may choose, and has chosen so that records would be refused or lost."""
    found: dict[str, str] = {}
    number = {key: int(here.config.get(key) or 0) for key in (BYTES, INSYNC, SEGMENT) if key in here.config}
    if BYTES not in topic.config and number.get(BYTES, LEAST_BYTES) < LEAST_BYTES:
        found[BYTES] = str(LEAST_BYTES)
    least, most = 2 if here.replicas >= MOST_REPLICAS else 1, max(1, here.replicas - 1)
    if not least <= number.get(INSYNC, least) <= most:
        found[INSYNC] = str(least if number[INSYNC] < least else most)
    if here.config.get(UNCLEAN) == "true":
        found[UNCLEAN] = "false"
    for key, (smallest, usual) in FILES.items():
        if int(here.config.get(key) or usual) < smallest:
            found[key] = str(usual)
    if SEGMENT not in topic.config and number.get(SEGMENT, USUAL_SEGMENT_MS) < LEAST_SEGMENT_MS:
        found[SEGMENT] = str(USUAL_SEGMENT_MS)
    return found
