"""A console whose database came back from an older backup shows nothing of it: the group says how much it had kept."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from policies.pack import Pack
from runtime.kernel.backup import put_back, take
from runtime.kernel.reached import WentBack, mark
from runtime.kernel.store import Store
from runtime.kernel.tables import METADATA as OF_EVERY_SERVICE
from services.console.app import projection
from services.console.kept.tables import EVENTS, METADATA
from tests.console.conftest import ACCEPTED, Tape

OTHER = "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def back(store: Store, tmp_path: Path) -> Callable[[], None]:
    """What `tuiding database backup` takes now; called, `tuiding database restore` puts it in the store's place."""
    folder = tmp_path / "backup"
    folder.mkdir()
    with store.transaction() as tx:
        METADATA.create_all(tx)
    with store.engine.connect() as live:
        take(live, "console", folder, [METADATA])

    def restored() -> None:
        with store.transaction() as tx:
            for each in (METADATA, OF_EVERY_SERVICE):
                each.drop_all(tx)
        with sa.create_engine(f"sqlite:///{folder}/console.db").connect() as saved:
            put_back(saved, "console", str(tmp_path), [METADATA])

    return restored


def kept(store: Store) -> int:
    return int(store.read(sa.select(sa.func.count()).select_from(EVENTS))[0][0])


def started(store: Store, pack: Pack, told: str) -> Tape:
    """Another process, to which the group says what lay beside its offsets."""
    tape = Tape(projection(store, pack, "2"))
    tape.offset = 100
    tape.projection.reached.must_be(mark(told))
    return tape


def test_the_same_store_is_gone_on_with(store: Store, pack: Pack, tape: Tape) -> None:
    accepted = tape.event("intake", "request.accepted.v1", ACCEPTED)
    tape.play(accepted, tape.letter())
    tape.play(accepted)  # heard twice, kept once
    two = started(store, pack, str(tape.projection.reached.mark))
    two.play(two.event("review", "request.approved.v1", ACCEPTED))
    assert kept(store) == 2
    assert [mark(str(each.projection.reached.mark)).position for each in (tape, two)] == [1, 2]


def test_an_older_one_is_refused_before_anything_is_taken_in(
    store: Store, pack: Pack, tape: Tape, back: Callable[[], None]
) -> None:
    tape.play(tape.event("intake", "request.accepted.v1", ACCEPTED))
    told = str(tape.projection.reached.mark)
    back()
    two = started(store, pack, told)
    for _ in range(2):  # also when it is asked again
        with pytest.raises(WentBack, match=r"docs/runbooks/restore.md .* stands at 0, and had reached 1$"):
            two.play(two.event("intake", "request.accepted.v1", ACCEPTED, request_id=OTHER))
    assert kept(store) == 0


def test_one_that_is_exchanged_while_it_was_away_is_refused_as_well(
    store: Store, tape: Tape, back: Callable[[], None]
) -> None:
    tape.play(tape.event("intake", "request.accepted.v1", ACCEPTED))
    with store.engine.begin() as away:
        away.execute(sa.text("alter table events rename to elsewhere"))
    with pytest.raises(sa.exc.OperationalError):
        tape.play(tape.event("review", "request.approved.v1", ACCEPTED))
    with store.engine.begin() as again:
        again.execute(sa.text("alter table elsewhere rename to events"))
    back()
    with pytest.raises(WentBack):
        tape.play(tape.event("review", "request.approved.v1", ACCEPTED))


def test_what_the_group_has_read_again_from_the_beginning_is_all_there(
    store: Store, pack: Pack, tape: Tape, back: Callable[[], None]
) -> None:
    """Kafka's own tools leave nothing beside the offsets that they set."""
    said = [
        tape.event("intake", "request.accepted.v1", ACCEPTED),
        tape.event("review", "request.approved.v1", ACCEPTED),
    ]
    tape.play(*said)
    back()
    two = started(store, pack, "")
    two.play(*said)
    assert kept(store) == 2 and two.projection.reached.mark.position == 2


def test_two_consoles_on_one_database_never_tell_more_than_it_holds(store: Store, pack: Pack, tape: Tape) -> None:
    two = started(store, pack, "")
    for number in range(6):
        each = (tape, two)[number % 2]
        each.offset = number
        each.play(each.event("intake", "request.accepted.v1", ACCEPTED))
        assert each.projection.reached.mark.position <= kept(store)
    assert kept(store) == 6
