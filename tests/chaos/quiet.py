"""After the storm: first everything must move again by itself; then operators retry what was refused."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import sqlalchemy as sa

from runtime.kafka.connect import BrokerTrouble
from runtime.kafka.lag import lag
from runtime.kernel.tables import CALLS, OUTBOX
from runtime.local import tickets
from tests.chaos.ear import Ear
from tests.chaos.place import Place
from tests.chaos.traffic import Traffic
from tests.proof.gathering import deciding

LOOK_SECONDS = 0.5
OPERATOR, WHY = "chaos-operator", {"reason": "checked by hand"}


def until(look: Callable[[], bool], patience_seconds: float) -> bool:
    deadline = time.monotonic() + patience_seconds
    while not look():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def lags(place: Place) -> dict[str, int]:
    return {f"{each.group}/{each.topic}/{each.partition}": each.behind for each in lag(place.bootstrap)}


def caught_up(place: Place) -> bool:
    try:
        return not any(lags(place).values())
    except BrokerTrouble:
        return False


def all_ended(place: Place, ear: Ear, traffic: Traffic) -> bool:
    """Every request that anybody heard of, or that was accepted at the door; and nothing is left to do for anyone."""
    requests = set(ear.began) | traffic.doors.accepted
    return not traffic.doors.busy and requests <= set(ear.ended) and not any(_open(place).values())


def _open(place: Place) -> Mapping[str, int]:
    count = sa.func.count()
    return {
        f"{service} {table.name}": place.stores[service].read(sa.select(count).select_from(table))[0][0]
        for service in deciding()
        for table in (CALLS, OUTBOX)
    }


def left_over(place: Place, ear: Ear, traffic: Traffic) -> list[str]:
    """What `all_ended` still misses, in words."""
    missing = sorted((set(ear.began) | traffic.doors.accepted) - set(ear.ended))
    found = [f"{len(missing)} requests have no end, such as {missing[0]}"] if missing else []
    found += [f"{count} rows in {name}" for name, count in _open(place).items() if count]
    return found + (["the HTTP door still owes answers"] if traffic.doors.busy else [])


class Operators:
    """Everything on the console's list is retried, again and again, until the list is empty."""

    def __init__(self, place: Place) -> None:
        self.addresses = [worker.address for worker in place.of("console")]
        token = tickets.issue(Path(place.settings.data), tickets.TOKEN, OPERATOR)
        self._client = httpx.Client(trust_env=False, timeout=20, headers={"Authorization": f"Bearer {token}"})
        self.retried = 0
        self._last: dict[tuple[str, str], str] = {}

    def close(self) -> None:
        self._client.close()

    def clear_the_list(self) -> bool:
        """True when nothing waits for a person any more."""
        waiting = self._ask("GET", "/v1/attention").get("attention")
        for each in waiting or ():
            key = (each["request_id"], each["incident"])
            if self._last.get(key) != each["event"]:
                order = WHY | {"incident": key[1]}
                if self._ask("POST", f"/v1/requests/{key[0]}/retry", order):
                    self._last[key] = each["event"]
                    self.retried += 1
        return isinstance(waiting, list) and not waiting

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Idempotency-Key": str(uuid4())}
        for address in self.addresses:
            try:
                answer = self._client.request(method, address + path, json=body, headers=headers)
                if answer.is_success:
                    return answer.json()
            except httpx.HTTPError:
                continue
        return {}
