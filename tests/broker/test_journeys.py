"""The journeys on Apache Kafka, with a process for every service, on both databases."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import pytest
import sqlalchemy as sa
from kafka import TopicPartition  # type: ignore[import-untyped,unused-ignore]
from typer.testing import CliRunner, Result

from cli import application
from contracts.flow import SERVICES, journal_topic
from contracts.words import End
from demo.carrier.books import utc_now
from demo.carrier.crowd import crowd
from demo.journeys import JOURNEYS, Played, played
from demo.journeys_told import j22_a_system_is_away
from demo.reconciliation import Reckoning, at_rest, reckon
from demo.scene import Scene, until
from demo.traffic import Traffic
from demo.visits import LATE, NEVER, Visit, visits
from runtime.kafka.connect import admin
from runtime.kafka.peeking import Peeking
from runtime.kernel.store import Store
from runtime.kernel.tables import CASES
from runtime.local.supervisor import Supervisor
from runtime.settings import Settings
from tests import postgres
from tests.broker.erasing import erase_one, holders
from tests.broker.patient_pack import patient_pack
from tests.broker.restoring import lose_and_bring_back, say, stopped_and_thrown_away
from tests.chaos.faults import reset_offsets
from tests.ports import own_shift
from tests.supervisor.conftest import ask
from tests.waiting import eventually

STARRED = ("J1", "J2", "J6", "J8", "J11", "J14", "J16", "J20", "J22")
OUTAGE_SECONDS = 5.0
CROWD = 100
REQUESTS, RATE = 60, 2.5
KILLED = ("intake", "review", "billing", "termination", "notify")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def tuiding(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    """Broker, carrier and services, ready; everything of their own."""
    with ExitStack() as stack:
        database = ""
        if request.param == "postgresql":
            database = stack.enter_context(postgres.fresh_database(request.getfixturevalue("postgresql_url")))
        folder = tmp_path_factory.mktemp(f"tuiding-{request.param}")
        settings = Settings(
            kafka="",
            data=str(folder),
            database=database,
            log_level="WARNING",
            port_shift=own_shift(),
            **patient_pack(folder),
        )
        crowded = ("--crowd", str(CROWD), "--mixed")
        supervisor = stack.enter_context(Supervisor(settings, carrier_options=crowded))
        supervisor.wait_ready(120)
        yield supervisor


@pytest.fixture(scope="module")
def starred(tuiding: Supervisor) -> dict[str, Played]:
    """All of them side by side, each with its own customers; the outage when the others are through."""
    return asyncio.run(_play(tuiding))


async def _play(tuiding: Supervisor) -> dict[str, Played]:
    async with Scene(tuiding.addresses) as scene:
        together = [JOURNEYS[name] for name in STARRED if not JOURNEYS[name].alone]
        results = await asyncio.gather(*(played(journey, scene) for journey in together))
        outage = JOURNEYS["J22"]._replace(play=lambda here: j22_a_system_is_away(here, seconds=OUTAGE_SECONDS))
        ends = {journey.id: result for journey, result in zip(together, results, strict=True)}
        return ends | {"J22": await played(outage, scene)}


@pytest.mark.parametrize("name", STARRED)
def test_a_journey_ends_as_it_must_with_real_processes(starred: dict[str, Played], name: str) -> None:
    assert starred[name].passed, starred[name].why


def test_kill_nine_in_the_middle_changes_nothing(tuiding: Supervisor, starred: dict[str, Played]) -> None:
    before = sum(tuiding.restart_counts.values())
    coming = list(islice(_decided(), REQUESTS))
    traffic, reckoning, dead_letters = asyncio.run(_through_kills(tuiding, coming))
    assert sum(tuiding.restart_counts.values()) >= before + len(KILLED), "a run in which nobody died shows nothing"
    assert traffic.faults == []
    assert traffic.ended == Counter(str(visit.end) for visit in coming)
    assert dead_letters == []
    assert reckoning.disagreements == []


def _decided() -> Iterator[Visit]:
    """Those who do not make us wait for a deadline."""
    everybody = visits(crowd(CROWD, utc_now().date(), mixed=True), seed=9)
    return (visit for visit in everybody if visit.temper not in (NEVER, LATE) and visit.end is not End.FAILED)


async def _through_kills(tuiding: Supervisor, coming: list[Visit]) -> tuple[Traffic, Reckoning, list[str]]:
    async with Scene(tuiding.addresses, from_the_beginning=True) as scene:
        traffic = Traffic(scene, RATE)
        running = asyncio.create_task(traffic.run(coming))
        for turn, name in enumerate(KILLED, start=1):
            share = turn * REQUESTS // (len(KILLED) + 1)
            await until(lambda: traffic.begun.total() >= share, 60, "traffic")  # noqa: B023
            tuiding.processes[name].kill()
        await running
        await traffic.all_ended()
        assert await at_rest(scene), "somebody still reads or writes"
        return traffic, await reckon(scene), scene.listener.dead_letters


# ---- and afterwards, from the topics alone ---------------------------------------------------------------------------

Replay = Callable[..., Result]


@pytest.fixture
def replay(tuiding: Supervisor, starred: dict[str, Played], monkeypatch: pytest.MonkeyPatch) -> Replay:
    """`tuiding replay` on what the journeys left behind, killed services and all."""
    asyncio.run(_rest(tuiding))
    monkeypatch.setenv("TUIDING_LANG", "en")
    monkeypatch.setenv("TUIDING_KAFKA", tuiding.addresses["kafka"])
    for name in ("data", "database", "policy", "policies"):
        monkeypatch.setenv(f"TUIDING_{name.upper()}", getattr(tuiding.settings, name))
    return lambda *words: CliRunner().invoke(application(), ["replay", *words])


async def _rest(tuiding: Supervisor) -> None:
    async with Scene(tuiding.addresses) as scene:
        assert await at_rest(scene), "somebody still reads or writes"


def test_every_store_is_what_the_topics_lead_to(replay: Replay) -> None:
    done = replay("--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert {each["service"]: each["state"] for each in found} == {service.name: "equal" for service in SERVICES}
    assert all(each["transactions"] and (each["cases"] or each["service"] == "notify") for each in found)


def test_a_case_that_was_changed_by_hand_is_found(tuiding: Supervisor, replay: Replay) -> None:
    store = Store(tuiding.settings.store, "billing")
    one = store.read(sa.select(CASES.c.request_id, CASES.c.body).order_by(CASES.c.request_id).limit(1))[0]
    mine = sa.update(CASES).where(CASES.c.request_id == one.request_id)
    with store.transaction() as tx:
        told = json.loads(one.body)
        tx.execute(mine.values(body=json.dumps(told | {"open": not told.get("open", True)})))
    done = replay("--service", "billing")
    with store.transaction() as tx:
        tx.execute(mine.values(body=one.body))
    store.close()
    assert done.exit_code == 1 and f"cases {one.request_id}: body is " in done.stderr
    assert replay("--service", "billing").exit_code == 0


def test_a_journal_whose_beginning_was_deleted_is_incomplete(tuiding: Supervisor, replay: Replay) -> None:
    topic, kafka = journal_topic("review"), tuiding.addresses["kafka"]
    written = {number for (_, number), (first, end) in Peeking(kafka).bounds(topic).items() if end > first}
    with admin(kafka) as (client, _):
        client.delete_records({TopicPartition(topic, number): 1 for number in written})
    done = replay("--json")
    states = {each["service"]: each["state"] for each in json.loads(done.stdout)}
    assert done.exit_code == 1 and f"{topic}[{min(written)}] begins at offset 1" in done.stderr
    assert states == {service.name: "equal" for service in SERVICES} | {"review": "incomplete"}


# ---- and the worst, last: two stores are lost under traffic ----------------------------------------------------------

LATER = 10  # requests


def test_stores_that_are_lost_under_traffic_come_back_from_the_journal_and_from_an_older_backup(
    tuiding: Supervisor, replay: Replay, tmp_path: Path
) -> None:
    say("database", "backup", str(tmp_path / "backup"))
    coming = list(islice(_decided(), REQUESTS, REQUESTS + LATER))
    traffic, reckoning, dead_letters = asyncio.run(_through_losses(tuiding, coming, tmp_path))
    assert traffic.faults == [] and traffic.ended == Counter(str(visit.end) for visit in coming)
    assert (reckoning.disagreements, dead_letters) == ([], [])
    done = replay("--service", "billing", "--json")
    assert [each["state"] for each in json.loads(done.stdout)] == ["equal"]


async def _through_losses(
    tuiding: Supervisor, coming: list[Visit], folder: Path
) -> tuple[Traffic, Reckoning, list[str]]:
    async with Scene(tuiding.addresses, from_the_beginning=True) as scene:
        traffic = Traffic(scene, RATE)
        running = asyncio.create_task(traffic.run(coming))
        await until(lambda: traffic.begun.total() >= LATER // 2, 60, "traffic")
        await asyncio.to_thread(lose_and_bring_back, tuiding, folder)
        await running
        await traffic.all_ended()
        assert await at_rest(scene), "somebody still reads or writes"
        return traffic, await reckon(scene), scene.listener.dead_letters


# ---- and what was erased stays so ------------------------------------------------------------------------------------

RESTORED = ("intake", "review", "notify", "console")  # what a backup may bring back


def test_what_two_leads_erased_stays_erased_in_stores_that_are_older_than_the_act(
    tuiding: Supervisor, replay: Replay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    say("database", "backup", str(tmp_path / "before"))
    whose = erase_one(tuiding, tmp_path, monkeypatch)
    eventually(lambda: not holders(tuiding, whose))
    programs = stopped_and_thrown_away(tuiding, RESTORED)
    for name in RESTORED:
        say("database", "restore", str(tmp_path / "before"), "--service", name, "--yes")
    assert holders(tuiding, whose) >= {"intake", "review", "console"}, "a backup without it would show nothing"
    for name in RESTORED:
        reset_offsets(tuiding.addresses["kafka"], name)
    tuiding._start_children(programs)
    eventually(lambda: all((answer := ask(each)) and answer.is_success for each in programs), 120)
    asyncio.run(_rest(tuiding))
    eventually(lambda: not holders(tuiding, whose))
