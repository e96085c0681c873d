"""Which topics the console reads, and the projection that takes them in."""

from contracts.flow import BY_NAME, SERVICES, dead_letter_topic, topic_name
from policies.pack import Editions, Pack
from runtime.kernel.store import Store
from runtime.replay.store_diff import all_of
from services.console.kept.projection import Projection
from services.console.kept.tables import DEAD_LETTERS, EVENTS, MONEY, REQUESTS

CONSOLE = BY_NAME["console"]
READS = (
    *(topic_name(short) for short in CONSOLE.reads),
    topic_name(CONSOLE.writes),  # its own orders come back as rows of the timeline, whoever published them
    *(dead_letter_topic(service.name) for service in SERVICES),
)
DECIDED_HERE = ("state", "operator", "decision", "decided_at")  # what operators did about it is on no topic
SHOWN = (  # what follows from the topics alone
    all_of(EVENTS, "id"),
    all_of(REQUESTS, "request_id"),
    all_of(DEAD_LETTERS, "letter", without=("place", *DECIDED_HERE)),  # published twice, it lies in two places
    all_of(MONEY, "kind", "currency"),
)


def projection(store: Store, pack: Pack | Editions, worker: str) -> Projection:
    return Projection(store, pack, worker)
