"""What intake's door asks and writes, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from contracts.messages.commands import SubmitCancellation
from contracts.words import Channel, Kind
from runtime.kernel.store import Store
from services.intake.door.idempotency import Attempt, Replies, Reply
from services.intake.door.lookup import SOMEBODY, case_of, party_of, place_of

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
FIRST = Attempt("k-1", "app/k-1", "f" * 64)
WISH = SubmitCancellation(
    request_id=SOMEBODY, channel=Channel.APP, kind=Kind.PRODUCT, subscription="sub-freeaddon01", items=("video-pack",)
)


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    made = Store(database, "intake")
    yield made
    made.close()


def test_the_same_key_gets_the_answer_that_was_finished(store: Store) -> None:
    replies, reply = Replies(store), Reply(202, '{"it": "is there"}')
    assert replies.begin(FIRST, NOW) is None
    replies.finish(FIRST, reply)
    assert replies.begin(FIRST, NOW) == reply


def test_a_subscription_has_so_many_commands_a_day_and_gets_back_what_was_not_taken(store: Store) -> None:
    replies = Replies(store)
    assert [replies.one_more_today(WISH.subscription, NOW, most=2) for _ in range(3)] == [True, True, False]
    replies.one_fewer_today(WISH.subscription, NOW)
    assert [replies.one_more_today(WISH.subscription, NOW, most=2) for _ in range(2)] == [True, False]


def test_what_was_handed_over_is_known_by_its_request_before_anything_is_decided(store: Store) -> None:
    place = place_of(store, WISH)
    assert not place.holder
    assert place == place_of(store, WISH)
    assert (party_of(store, place.request_id), case_of(store, place.request_id)) == ("", None)
    mine, replies = WISH.model_copy(update={"request_id": place.request_id}), Replies(store)
    replies.note_received(mine, NOW)
    handed = replies.received(place.request_id)
    assert handed is not None
    assert (handed.message, handed.at) == (mine, NOW)
    assert party_of(store, place.request_id) == WISH.subscription
