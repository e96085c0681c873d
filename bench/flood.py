"""One channel floods, the others cancel: `python -m bench.flood [--of junk|early|unknown] [--seconds 60] [--rounds 1]`.

Phases without and with a flood take turns, on the same broker and processes; each flood is read to its end before the
next phase. What customers of the three quiet channels feel: how long a POST takes, and from 202 until it is decided.
"""

import argparse
import asyncio
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from confluent_kafka import Producer

from bench.__main__ import place_on_broker
from bench.listener import following, waiting
from bench.meters import spread
from bench.programs import Program, Programs, add_services
from bench.systems import Place
from bench.workload import PROOF
from contracts.flow import command_topic, topic_name
from contracts.messages.commands import SubmitCancellation, WithdrawCancellation
from contracts.words import Channel
from demo.carrier.crowd import crowd_ref
from runtime.kafka.lag import lag

QUIET, LOUD = ("app", "hotline", "counter"), "web"
CROWD = 20_000
WARM_SECONDS, TICK_SECONDS, LOOK_SECONDS = 3.0, 0.01, 0.5
DECIDED_WITHIN_SECONDS, READ_WITHIN_SECONDS = 30.0, 300.0
Made = Callable[[str], tuple[str, bytes]]  # of a request's id: the type and the value of a record about it
SLOWED, SET_ASIDE = "tuiding_senders_slowed{", "tuiding_dead_letters_by_sender_total{"


def _junk(own: str) -> tuple[str, bytes]:
    return SubmitCancellation.type, b"{"


def _early(own: str) -> tuple[str, bytes]:
    """A follow-up of a request that nobody makes."""
    message = WithdrawCancellation(request_id=own, channel=Channel(LOUD))
    return message.type, message.model_dump_json(exclude_none=True).encode()


def _unknown(own: str) -> tuple[str, bytes]:
    """A request about a line that the carrier does not know."""
    wish = {"request_id": own, "channel": LOUD, "kind": "line", "subscription": f"sub-nobody{own[:8]}"}
    return SubmitCancellation.type, SubmitCancellation.model_validate(wish).model_dump_json(exclude_none=True).encode()


FLOODS = {"junk": _junk, "early": _early, "unknown": _unknown}


@dataclass
class Phase:
    """Times in milliseconds; `slowed`: the most senders that were beyond their budget at intake."""

    flood: bool
    posted: list[float] = field(default_factory=list)
    answered: dict[str, float] = field(default_factory=dict)  # request -> when, on our clock
    statuses: dict[str, int] = field(default_factory=dict)
    decided: list[float] = field(default_factory=list)
    flooded: int = 0
    slowed: float = 0.0
    read_to_the_end_after: float = 0.0


class Decisions:
    """When review was first heard about each request."""

    def __init__(self, bootstrap: str) -> None:
        self.at: dict[str, float] = {}
        self._consumer = following(bootstrap, [topic_name("review")])
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while not self._over.is_set():
            for record in waiting(self._consumer, 0.05):
                if key := record.key():
                    self.at.setdefault(key.decode(), time.perf_counter())
        self._consumer.close()

    def close(self) -> None:
        self._over.set()
        self._thread.join()


@contextmanager
def flooded(bootstrap: str, topic: str, made: Made, rate: float, phase: Phase) -> Iterator[None]:
    """Records of one channel at this rate, by the clock, for as long as it lasts."""
    over = threading.Event()
    thread = threading.Thread(target=_flood, args=(bootstrap, topic, made, rate, phase, over))
    thread.start()
    yield
    over.set()
    thread.join()


def _flood(bootstrap: str, topic: str, made: Made, rate: float, phase: Phase, over: threading.Event) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5})
    always = {"ce_specversion": "1.0", "ce_source": f"/channels/{LOUD}", "content-type": "application/json"}
    began = time.perf_counter()
    while not over.wait(TICK_SECONDS):
        for _ in range(int((time.perf_counter() - began) * rate) - phase.flooded):
            own = str(uuid4())
            kind, value = made(own)
            headers: Any = always | {"ce_type": kind, "ce_id": own, "ce_subject": own}
            producer.produce(topic, value, own, headers=headers)
            phase.flooded += 1
        producer.poll(0)
    producer.flush(30)


async def quiet_channels(place: Place, intake: str, seconds: float, rate: float, phase: Phase) -> None:
    """Open loop: by the clock, whatever happens."""
    began, asked = time.perf_counter(), list[asyncio.Task[None]]()
    async with httpx.AsyncClient(base_url=intake, timeout=60, trust_env=False) as web:
        watching = asyncio.create_task(_watch(web, phase))
        while (passed := time.perf_counter() - began) < seconds:
            for number in range(len(asked), int(passed * rate) + 1):
                asked.append(asyncio.create_task(_post(web, next(place.crowd), QUIET[number % len(QUIET)], phase)))
            await asyncio.sleep(TICK_SECONDS)
        await asyncio.gather(*asked)
        watching.cancel()


async def _post(web: httpx.AsyncClient, number: int, channel: str, phase: Phase) -> None:
    wish = {"channel": channel, "kind": "product", "subscription": crowd_ref(number), "items": ["phone-care"]}
    began = time.perf_counter()
    try:
        answer = await web.post(
            "/v1/cancellations",
            json=wish | {"reason": "price", "proof": PROOF},
            headers={"Idempotency-Key": str(uuid4())},
        )
    except httpx.TransportError as error:
        phase.statuses[type(error).__name__] = phase.statuses.get(type(error).__name__, 0) + 1
        return
    phase.statuses[str(answer.status_code)] = phase.statuses.get(str(answer.status_code), 0) + 1
    phase.posted.append(1000 * (time.perf_counter() - began))
    if answer.status_code == 202:
        phase.answered[answer.json()["request_id"]] = time.perf_counter()


async def _watch(web: httpx.AsyncClient, phase: Phase) -> None:
    while True:
        phase.slowed = max(phase.slowed, metric((await web.get("/metrics")).text, SLOWED))
        await asyncio.sleep(LOOK_SECONDS)


def metric(text: str, name: str) -> float:
    """The sum over its labels."""
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name))


# ---- one after the other ---------------------------------------------------------------------------------------------


def one(place: Place, intake: str, decisions: Decisions, wanted: argparse.Namespace, flood: bool) -> Phase:
    phase = Phase(flood)
    going = quiet_channels(place, intake, wanted.seconds, wanted.rate, phase)
    if flood:
        topic = command_topic(Channel(LOUD), shared=not wanted.own)
        with flooded(place.bootstrap, topic, FLOODS[wanted.of], wanted.a_second, phase):
            asyncio.run(going)
    else:
        asyncio.run(going)
    over = time.perf_counter()
    while phase.answered.keys() - decisions.at.keys() and time.perf_counter() < over + DECIDED_WITHIN_SECONDS:
        time.sleep(LOOK_SECONDS)
    both = phase.answered.keys() & decisions.at.keys()
    phase.decided = [max(0.0, 1000 * (decisions.at[each] - phase.answered[each])) for each in both]
    while any(each.behind for each in lag(place.bootstrap)) and time.perf_counter() < over + READ_WITHIN_SECONDS:
        time.sleep(LOOK_SECONDS)
    phase.read_to_the_end_after = time.perf_counter() - over
    return phase


def figures(phases: list[Phase]) -> dict[str, Any]:
    posted, answered = [ms for each in phases for ms in each.posted], sum(len(each.answered) for each in phases)
    decided = [ms for each in phases for ms in each.decided]
    return {
        "post_ms": spread(posted),
        "decided_ms": spread(decided),
        "statuses": [each.statuses for each in phases],
        "never_decided": answered - len(decided),
        "flooded": sum(each.flooded for each in phases),
        "slowed_senders": max(each.slowed for each in phases),
        "read_to_the_end_after_seconds": [round(each.read_to_the_end_after, 1) for each in phases],
    }


def compared(phases: list[Phase]) -> dict[str, Any]:
    """`ratio` is with the flood to without."""
    told = {
        name: figures([each for each in phases if each.flood is on])
        for name, on in (("without", False), ("with", True))
    }
    ratio = {
        what: {at: round(told["with"][what][at] / max(0.1, ms), 2) for at, ms in told["without"][what].items()}
        for what in ("post_ms", "decided_ms")
        if told["with"][what]
    }
    return told | {"ratio": ratio}


def measured(place: Place, wanted: argparse.Namespace) -> dict[str, Any]:
    with Programs(place.folder / "flooded") as programs:
        add_services(programs, place.bootstrap, place.folder / "flooded", place.carrier, place.policy, {})
        first = {name: program.child.pid for name, program in programs.by_name.items()}
        intake = programs.by_name["intake"].ready.removesuffix("/readyz")
        decisions = Decisions(place.bootstrap)
        try:
            asyncio.run(quiet_channels(place, intake, WARM_SECONDS, wanted.rate, Phase(flood=False)))
            order = [flood for turn in range(wanted.rounds) for flood in (False, True)]
            told = compared([one(place, intake, decisions, wanted, flood) for flood in order])
        finally:
            decisions.close()
        aside = metric(httpx.get(f"{intake}/metrics", trust_env=False).text, SET_ASIDE)
        up = {name: _stayed_up(each, first[name]) for name, each in programs.by_name.items()}
        return told | {"set_aside_by_intake": aside, "warned": _warned(programs.by_name["intake"]), "stayed_up": up}


def _stayed_up(program: Program, pid: int) -> bool:
    return program.child.pid == pid and program.child.poll() is None


def _warned(intake: Program) -> list[str]:
    return [line for line in intake.log.read_text(errors="replace").splitlines() if "slowed" in line][:3]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.flood", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="of each phase")
    parser.add_argument("--rounds", type=int, default=1, help="a phase without and one with the flood each")
    parser.add_argument("--of", choices=FLOODS, default="junk", help="what one channel floods with")
    parser.add_argument("--a-second", type=float, default=1000, help="of those records")
    parser.add_argument("--own", action="store_true", help="each channel on its own topic, not on the one all share")
    parser.add_argument("--rate", type=float, default=6, help="cancellations a second, of the quiet channels together")
    wanted = parser.parse_args(namespace=argparse.Namespace(brokers=1, flushed=False, crowd=CROWD, policy="demo"))
    told: dict[str, Any] = {"flood": wanted.of, "a_second": wanted.a_second, "seconds": wanted.seconds}
    told |= {"cancellations": wanted.rate, "own_topics": wanted.own}
    os.environ["TUIDING_SHARED_COMMANDS"] = str(not wanted.own).lower()
    with tempfile.TemporaryDirectory(prefix="tuiding-flood-") as folder:
        place_on_broker(Path(folder), wanted, lambda place: told.update(measured(place, wanted)))
    print(json.dumps(told, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
