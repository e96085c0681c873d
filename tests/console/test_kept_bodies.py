"""Bodies of events are kept packed; what an earlier build kept as a text is read as before, on both databases."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from policies.pack import Pack
from runtime.kernel.packing import packed, unpacked
from runtime.kernel.store import Store
from services.console.app import projection
from services.console.kept import queries
from services.console.kept.rows import Event
from services.console.kept.tables import EVENTS
from tests.console.conftest import ACCEPTED, REQUEST, Tape

FORMER = sa.MetaData()
AS_TEXTS = sa.Table(
    EVENTS.name,
    FORMER,
    *(
        sa.Column(each.name, sa.Text if each is EVENTS.c.body else each.type, primary_key=each.primary_key)
        for each in EVENTS.c
    ),
)
sa.Index("ix_events_cause", AS_TEXTS.c.cause)
OLD = '{"said": "\\"退订\\" \\\\ \\u0041"}'
ROW = Event(
    "old", REQUEST, "account.checked.v1", "/tuiding/intake", "cancellation.intake", 0, 1, 1, "", 1, "", "old", OLD
)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_store_of_an_earlier_build_is_read_on(
    kind: str, tmp_path: Path, pack: Pack, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("fresh_postgresql_url") if kind == "postgresql" else str(tmp_path)
    store = Store(url, "console")
    try:
        FORMER.create_all(store.engine)
        with store.transaction() as tx:
            tx.execute(sa.insert(AS_TEXTS), [ROW._asdict()])
        tape = Tape(projection(store, pack, "1"))
        tape.play(tape.event("intake", "request.accepted.v1", ACCEPTED))
        projection(store, pack, "1")
        told = {each["type"]: each["body"] for each in queries.timeline(store, REQUEST)}
        assert told["account.checked.v1"] == {"said": '"退订" \\ A'}
        assert told["request.accepted.v1"]["application"]["kind"] == "line"
        assert "ix_events_cause" not in {each["name"] for each in sa.inspect(store.engine).get_indexes("events")}
        kept = store.read(sa.text("select body from events where id <> 'old'"))[0][0]
        assert isinstance(kept, bytes) and unpacked(kept).encode() not in kept
    finally:
        store.close()


@pytest.mark.parametrize("text", ["", "x", "{}", '{"said": "退订"}', "not json \ufffd", "x\x9c" * 3, "a" * 5000])
def test_every_text_comes_back_as_it_was(text: str) -> None:
    assert unpacked(packed(text)) == unpacked(text) == unpacked(text.encode()) == text
