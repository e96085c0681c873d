"""What is said of topics that somebody made beforehand: each wrong setting by name, with what mends it."""

from typing import Any

import pytest

from contracts.flow import TOPICS
from runtime.kafka.drift import OURS, UNSEEN, Drift, Found, drifts

COMMANDS, LETTERS, HEALTH = "cancellation.commands", "cancellation.intake.dead-letter", "cancellation.health"
USUAL = {
    "max.message.bytes": "1048588",
    "min.insync.replicas": "1",
    "unclean.leader.election.enable": "false",
    "segment.ms": "604800000",
}


def found(topic: str = COMMANDS, partitions: int = 6, replicas: int = 1, **config: Any) -> list[Drift]:
    as_wanted = {name: Found(6, replicas, USUAL | each.config) for name, each in OURS.items()}
    as_wanted = {name: here._replace(config=_in_sync(here)) for name, here in as_wanted.items()}
    changed = dict(as_wanted[topic].config) | {name.replace("_", "."): value for name, value in config.items()}
    return drifts(as_wanted | {topic: Found(partitions, replicas, changed)}, 6, replicas)


def _in_sync(here: Found) -> dict[str, str]:
    return dict(here.config) | {"min.insync.replicas": "2" if here.replicas == 3 else "1"}


WRONG = {  # setting, value -> what apply sets
    ("cleanup_policy", "compact"): "cleanup.policy=delete",
    ("cleanup_policy", "compact,delete"): "cleanup.policy=delete",
    ("retention_ms", "1"): f"retention.ms={TOPICS[0].config['retention.ms']}",
    ("retention_bytes", "1000"): "retention.bytes=-1",
    ("message_timestamp_type", "CreateTime"): "message.timestamp.type=LogAppendTime",
    ("compression_type", "producer"): "compression.type=uncompressed",
    ("compression_type", "zstd"): "compression.type=uncompressed",
    ("max_message_bytes", "1000"): "max.message.bytes=1048588",
    ("max_message_bytes", "262144"): "max.message.bytes=1048588",
    ("min_insync_replicas", "2"): "min.insync.replicas=1",
    ("unclean_leader_election_enable", "true"): "unclean.leader.election.enable=false",
    ("segment_ms", "1"): "segment.ms=604800000",
    ("segment_bytes", "1048576"): "segment.bytes=1073741824",
    ("segment_index_bytes", "4"): "segment.index.bytes=10485760",
}
DELETES = {  # as found -> which records go once it is set
    ("retention_ms", "-1"): f"retention.ms={TOPICS[0].config['retention.ms']}",
    ("retention_ms", "99999999999999"): f"retention.ms={TOPICS[0].config['retention.ms']}",
}


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_setting_by_which_records_are_lost_or_refused_is_named_with_what_it_must_be(wrong: tuple[str, str]) -> None:
    name, value = wrong
    (drift,) = found(**dict[str, Any]({name: value}))
    assert drift == Drift(COMMANDS, "config", WRONG[wrong], value)
    assert drift.deletes == (wrong in DELETES)
    assert drift.remedy == "tuiding topics apply" + (" --delete-older" if wrong in DELETES else "")


@pytest.mark.parametrize("wrong", DELETES, ids=str)
def test_a_setting_after_which_the_broker_deletes_what_it_keeps_is_told_apart(wrong: tuple[str, str]) -> None:
    (drift,) = found(**dict[str, Any]({wrong[0]: wrong[1]}))
    assert (drift.wanted, drift.deletes, drift.remedy) == (DELETES[wrong], True, "tuiding topics apply --delete-older")


@pytest.mark.parametrize("found_as", ["compact", "compact,delete"])
def test_a_topic_that_is_compacted_loses_records_until_it_is_put_right_and_keeps_what_it_has(found_as: str) -> None:
    """What is older than we keep anything may go then, and only where it was set to be kept for ever it stays."""
    told = found(cleanup_policy=found_as, retention_ms="-1")
    assert {each.wanted: each.remedy for each in told} == {
        "cleanup.policy=delete": "tuiding topics apply",
        f"retention.ms={TOPICS[0].config['retention.ms']}": "tuiding topics apply --delete-older",
    }


def test_of_heartbeats_nobody_needs_the_old_ones() -> None:
    assert [each.deletes for each in found(HEALTH, retention_ms="-1", cleanup_policy="delete")] == [False, False]


FREE = [
    ("max_message_bytes", "20971520"),
    ("segment_ms", "86400000"),
    ("segment_bytes", "104857600"),
    ("segment_index_bytes", "2097152"),
    ("min_insync_replicas", "1"),
    ("flush_messages", "1"),
    ("preallocate", "true"),
]


@pytest.mark.parametrize(("name", "value"), FREE)
def test_what_loses_nothing_is_the_administrators_choice(name: str, value: str) -> None:
    assert found(**dict[str, Any]({name: value})) == []


@pytest.mark.parametrize(
    ("replicas", "in_sync", "wanted"),
    [
        (1, "1", ""),
        (1, "2", "1"),
        (2, "1", ""),
        (2, "2", "1"),
        (3, "1", "2"),
        (3, "2", ""),
        (3, "3", "2"),
        (5, "4", ""),
    ],
)
def test_so_many_copies_must_be_in_step_that_one_broker_may_go_and_nothing_with_it(
    replicas: int, in_sync: str, wanted: str
) -> None:
    told = [each for each in found(replicas=replicas, min_insync_replicas=in_sync) if each.topic == COMMANDS]
    assert [each.wanted for each in told if each.what == "config"] == [f"min.insync.replicas={wanted}"] * bool(wanted)


@pytest.mark.parametrize(("partitions", "grow_to"), [(1, 6), (5, 6), (7, 7), (60, 60)])
def test_another_number_of_partitions_is_mended_by_growing_all(partitions: int, grow_to: int) -> None:
    (drift,) = found(partitions=partitions)
    assert drift == Drift(COMMANDS, "partitions", "6", str(partitions))
    assert drift.remedy == f"tuiding topics grow --partitions {grow_to}"


def test_one_copy_where_there_are_three_brokers_is_named() -> None:
    here = {name: Found(6, 3, USUAL | each.config | {"min.insync.replicas": "2"}) for name, each in OURS.items()}
    alone = here[COMMANDS]._replace(replicas=1, config=dict(here[COMMANDS].config) | {"min.insync.replicas": "1"})
    (drift,) = drifts(here | {COMMANDS: alone}, 6, 3)
    assert drift == Drift(COMMANDS, "replicas", "3", "1") and "kafka-reassign-partitions" in drift.remedy


def test_a_topic_with_settings_of_its_own_is_held_to_those() -> None:
    assert [each.wanted for each in found(LETTERS, max_message_bytes="1048588")] == ["max.message.bytes=2097152"]
    assert [each.wanted for each in found(HEALTH, cleanup_policy="delete")] == ["cleanup.policy=compact,delete"]


def test_each_fault_of_a_topic_is_a_line_and_every_line_has_its_remedy() -> None:
    told = found(partitions=1, cleanup_policy="compact", retention_ms="1", max_message_bytes="10")
    assert [each.what for each in told] == ["config", "config", "config", "partitions"]
    assert all(each.remedy for each in told)


def test_settings_that_are_not_shown_to_us_are_no_fault_of_the_topics_but_said() -> None:
    assert drifts({name: Found(6, 1) for name in OURS}, 6, 1) == [UNSEEN]
    assert UNSEEN.remedy == "tuiding topics acls --apply"
