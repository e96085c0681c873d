"""Six services at work on topics that an administrator has set wrongly: it is told, and after the cure all goes on."""

import asyncio
from collections.abc import Iterator

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import topic_name
from demo.carrier.crowd import crowd_ref
from demo.scene import APP, Scene
from demo.story import Story
from runtime.kafka import topics
from runtime.kafka.connect import admin
from runtime.kafka.topics import Drift
from runtime.local.broker import ApacheKafka
from runtime.local.supervisor import Supervisor
from runtime.settings import Settings
from services.console.watched.broker import Broker
from services.console.watched.broker_findings import drifted
from services.console.watched.watch import Watch
from tests.broker.patient_pack import patient_pack
from tests.ports import own_shift
from tests.waiting import PATIENCE_SECONDS, eventually

HOUR_MS = str(3600 * 1000)
SET_WRONGLY: dict[str, tuple[str, str]] = {  # by short name; what no record that matters is lost by within this test
    "commands.app": ("cleanup.policy", "compact"),
    "intake": ("compression.type", "zstd"),
    "review": ("retention.bytes", "100000000"),
    "billing": ("retention.ms", HOUR_MS),
    "termination": ("message.timestamp.type", "CreateTime"),
    "notify": ("min.insync.replicas", "2"),
    "ops": ("cleanup.policy", "compact,delete"),
    "intake.journal": ("retention.ms", HOUR_MS),
    "billing.dead-letter": ("max.message.bytes", "1000000"),
}
LOSE = {"commands.app", "review", "billing", "ops", "intake.journal"}  # compaction and retention
GROWN, MADE_AGAIN = "commands.hotline", "commands.counter"
BEFORE, MEANWHILE = (1, 2, 3), (4, 5, 6)


@pytest.fixture(scope="module")
def tuiding(own_kafka: ApacheKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    folder = tmp_path_factory.mktemp("wrongly-set")
    own = {"kafka": own_kafka.bootstrap, "data": str(folder), "log_level": "CRITICAL", "port_shift": own_shift()}
    settings = Settings.model_validate(own | patient_pack(folder))
    with Supervisor(settings, carrier_options=("--crowd", str(len(BEFORE + MEANWHILE)))) as supervisor:
        supervisor.wait_ready(PATIENCE_SECONDS)
        yield supervisor


def set_wrongly(bootstrap: str) -> None:
    with admin(bootstrap) as (client, _):
        made = [
            ConfigResource(ConfigResourceType.TOPIC, topic_name(short), dict([setting]))
            for short, setting in SET_WRONGLY.items()
        ]
        client.alter_configs(made)
        client.create_partitions({topic_name(GROWN): 12})
        client.delete_topics([topic_name(MADE_AGAIN)])
        eventually(lambda: topic_name(MADE_AGAIN) not in client.list_topics())
        client.create_topics([NewTopic(topic_name(MADE_AGAIN), 1, 1)])


def told(bootstrap: str) -> list[Drift]:
    return topics.verify(bootstrap)


def named(drifts: list[Drift]) -> set[str]:
    return {drift.topic for drift in drifts}


async def filed(scene: Scene, numbers: tuple[int, ...]) -> list[Story]:
    return [await Story(scene, crowd_ref(number), APP).submit("video-pack") for number in numbers]


async def said_yes(stories: list[Story]) -> None:
    for story in stories:
        await story.wait_for("quoted", within=PATIENCE_SECONDS)
        await story.confirm()


def test_what_is_set_wrongly_is_told_and_after_the_cure_whatever_was_taken_ends(tuiding: Supervisor) -> None:
    asyncio.run(_journey(tuiding))
    assert sum(tuiding.restart_counts.values()) == 0


async def _journey(tuiding: Supervisor) -> None:
    bootstrap = tuiding.addresses["kafka"]
    async with Scene(tuiding.addresses) as scene:
        stories = await filed(scene, BEFORE)
        await asyncio.to_thread(set_wrongly, bootstrap)
        wanted = {topic_name(short) for short in (*SET_WRONGLY, GROWN, MADE_AGAIN)}
        await asyncio.to_thread(eventually, lambda: named(told(bootstrap)) >= wanted)
        lost = {topic_name(short) for short in LOSE}
        drifts = await asyncio.to_thread(told, bootstrap)
        assert {drift.topic for drift in drifts if drift.topic in lost and drift.remedy} == lost
        seen = await asyncio.to_thread(lambda: Watch(Broker(bootstrap))._look().drifts)
        assert named(list(seen)) >= wanted and list(drifted(seen)), "the strip says so by itself"

        stories += await filed(scene, MEANWHILE)
        await said_yes(stories)
        for story in stories:
            await story.wait_for("terminated", "closed", within=PATIENCE_SECONDS)

        await asyncio.to_thread(topics.apply, bootstrap, delete_older=True)
        left = await asyncio.to_thread(told, bootstrap)
        assert {(drift.topic, drift.what) for drift in left} == {
            (topic_name(GROWN), "partitions"),
            (topic_name(MADE_AGAIN), "partitions"),
        }
        for story in stories:
            await story.wait_for("closed", within=PATIENCE_SECONDS)
            ledger = [row["kind"] for row in await scene.ledger(story.request_id)]
            assert ledger.count("switch-off") == 1 and "charge" not in ledger
