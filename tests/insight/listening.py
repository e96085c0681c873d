"""What was said in a flow system, as the readers of a history get it."""

from collections.abc import Iterator
from datetime import datetime

from contracts.flow import SERVICES, topic_name
from contracts.messages import Message
from insight.history import Said, said
from policies.clocks.of_request import Clock, clocks_of
from tests.flow.system import System


def heard(system: System) -> Iterator[Said]:
    """Everything on the services' topics, in time; of one moment in the order of the flow, as topics are merged."""
    records = [each for service in SERVICES for each in system.log[topic_name(service.writes)]]
    events = [event for each in records if (event := said(each.topic, each.headers, each.value, 0))]
    yield from sorted(events, key=lambda event: event.at)


def told(system: System, request_id: str) -> list[tuple[datetime, Message]]:
    return [(event.at, event.message) for event in heard(system) if event.request_id == request_id]


def clocks(system: System, request_id: str) -> dict[str, Clock]:
    """By name, as of the system's own time."""
    return {clock.name: clock for clock in clocks_of(told(system, request_id), system.pack, system.now)}
