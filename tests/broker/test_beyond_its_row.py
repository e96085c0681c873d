"""Whatever else a principal asks of Kafka, it gets what its row says: nothing of the cluster, users or rights."""

from typing import Any

import pytest

from contracts.flow import SERVICES, TOPICS, group_id
from runtime.kafka.connect import admin
from runtime.kafka.lag import NOT_YET
from runtime.kafka.rights import ADMINISTRATOR, may, principals
from runtime.local.broker import ApacheKafka
from tests.broker.asked_of_kafka import NOBODY, OF_A_GROUP, OF_A_TOPIC, OF_THE_CLUSTER, Question, codes
from tests.waiting import PATIENCE_SECONDS, eventually

TOPIC_NAMES = [*(topic.name for topic in TOPICS), "cancellation", "cancellation.intakes", "__consumer_offsets", NOBODY]
GROUP_NAMES = [*(group_id(service.name) for service in SERVICES), "tuiding", "tuiding-reviews", NOBODY]
DENIED = {29, 30, 31, 53}  # of a topic, a group, the cluster, a transaction
MOVING = {14, 15, 16}  # nobody coordinates yet
EVERY = 4  # what nobody may is asked of so many topics only, of others each time
ASKED = (
    *(
        ("TOPIC", question, name)
        for first, question in enumerate(OF_A_TOPIC)
        for name in (TOPIC_NAMES if question.right else TOPIC_NAMES[first % EVERY :: EVERY])
    ),
    *(("GROUP", question, name) for question in OF_A_GROUP for name in GROUP_NAMES),
    *(("CLUSTER", question, NOBODY) for question in OF_THE_CLUSTER),
)
LEAST = 250  # questions, for each of the principals


@pytest.mark.parametrize("principal", [each for each in principals() if each != ADMINISTRATOR])
def test_a_principal_asks_for_everything_and_gets_what_its_row_says(secured: ApacheKafka, principal: str) -> None:
    assert len(ASKED) >= LEAST
    wrong = []
    with admin(secured.bootstrap, PATIENCE_SECONDS, secured.security()) as (client, _):
        eventually(lambda: _coordinated(client))
    with admin(secured.bootstrap, PATIENCE_SECONDS, secured.security(principal)) as (client, _):
        for kind, question, name in ASKED:
            allowed = bool(question.right) and may(principal, question.right, kind, name)  # type: ignore[arg-type]
            if (told := _told(client, question, name)) & DENIED != (set() if allowed else told):
                wrong.append(f"{question.says} of {name}: {told}, which it may{'' if allowed else ' not'}")
    assert not wrong, "\n".join(wrong)


def _coordinated(client: Any) -> bool:
    """Before somebody who may has looked for a group, nobody coordinates any."""
    try:
        return bool(client.describe_groups(GROUP_NAMES))
    except NOT_YET:
        return False


def _told(client: Any, question: Question, name: str) -> set[int]:
    """The broker's own codes, as the protocol numbers them."""
    manager = client._manager
    while True:
        told = {*codes(manager.run(manager.send, question.ask(name)).to_dict())}
        assert told, f"an answer without a code says nothing: {question.says}"
        if not told & MOVING:
            return told
