"""A worker that died is out of its group as soon as another starts under its name, not at the end of its session."""

from typing import Any

import structlog
from kafka.admin import MemberToRemove  # type: ignore[import-untyped,unused-ignore]
from kafka.errors import KafkaError  # type: ignore[import-untyped,unused-ignore]

from runtime.kafka.client_config import client_id
from runtime.kafka.connect import BrokerTrouble, admin
from runtime.settings import Settings

log = structlog.get_logger()


def put_out(settings: Settings, group: str, wait_seconds: float = 10.0) -> int:
    """How many were put out. Only for who holds the port of that name: then nobody else works under it any more.

    Should one be alive all the same, the broker tells it so: it gives up its partitions and comes back as a new member.
    """
    try:
        with admin(settings.kafka, wait_seconds) as (client, reached):
            gone = [] if reached.in_memory else _of_our_name(client, group, client_id(settings, group))
            if gone:
                client.remove_group_members(group, gone)
            return len(gone)
    except (BrokerTrouble, KafkaError) as error:
        log.warning("predecessor not put out", why=str(error), what_happens="its session ends by itself")
        return 0


def _of_our_name(client: Any, group: str, name: str) -> list[Any]:
    members = client.describe_groups([group])[group].get("members") or ()
    return [MemberToRemove(member_id=each["member_id"]) for each in members if each["client_id"] == name]
