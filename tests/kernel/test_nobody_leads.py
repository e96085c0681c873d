"""A broker that is there while nobody leads a partition is one that is away: one sentence, and asked again."""

from typing import Any

import pytest

from runtime.kafka.connect import LEADERLESS, BrokerAway, Insisting, naming_silence
from tests.waiting import PATIENCE_SECONDS


class Elects:
    """Nobody leads at the first question."""

    def __init__(self, error: type[Exception]) -> None:
        self._errors = [error]

    def list_partition_offsets(self) -> str:
        if self._errors:
            raise self._errors.pop()(-1)
        return "found"


@pytest.mark.parametrize("error", LEADERLESS)
def test_a_partition_that_nobody_leads_is_one_sentence(error: Any) -> None:
    said = r"^Kafka at there:1 answers, but nobody leads .*: start the brokers"
    with pytest.raises(BrokerAway, match=said), naming_silence("there:1"):
        Elects(error).list_partition_offsets()


@pytest.mark.parametrize("error", LEADERLESS)
def test_of_several_brokers_it_is_asked_again_until_somebody_leads(error: Any) -> None:
    assert Insisting(Elects(error), PATIENCE_SECONDS).list_partition_offsets() == "found"
