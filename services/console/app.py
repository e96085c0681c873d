"""Which topics the console reads, and the projection that takes them in."""

from contracts.flow import BY_NAME, SERVICES, dead_letter_topic, topic_name
from policies.pack import Editions, Pack
from runtime.store import Store
from services.console.projection import Projection

CONSOLE = BY_NAME["console"]
READS = (
    *(topic_name(short) for short in CONSOLE.reads),
    topic_name(CONSOLE.writes),  # its own orders come back as rows of the timeline, whoever published them
    *(dead_letter_topic(service.name) for service in SERVICES),
)


def projection(store: Store, pack: Pack | Editions, worker: str) -> Projection:
    return Projection(store, pack, worker)
