"""A broker that is there while nobody leads a partition is one that is away: one sentence, and asked again."""

from typing import Any

import pytest
from kafka.errors import ClusterAuthorizationFailedError

from runtime.kafka.connect import LEADERLESS, BrokerAway, BrokerRefused, Insisting, naming_silence
from runtime.kafka.security import Security
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


@pytest.mark.parametrize("user", ["tuiding-operator", "tuiding-admin", "tuiding-review"])
def test_who_may_not_do_it_hears_as_whom_to_sign_in_and_not_as_itself_alone(user: str) -> None:
    signed_in = Security("sasl_ssl", "ca.pem", mechanism="SCRAM-SHA-512", user=user, password="secret")
    with pytest.raises(BrokerRefused) as no, naming_silence("there:1", signed_in):
        raise ClusterAuthorizationFailedError
    for told in (no.value.told.en, no.value.told.zh):
        assert f"TUIDING_KAFKA_USER={user}" in told and "tuiding-operator" in told and "tuiding-admin" in told
        assert "TUIDING_KAFKA_PASSWORD_FILE" in told and "secret" not in told
