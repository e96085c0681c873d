"""What `tuiding lag` tells beside the broker's numbers."""

from datetime import UTC, datetime, timedelta
from io import StringIO

from rich.console import Console

from cli.lag import Behind, Looked, _as_json, _shown, gone_lately
from contracts.health import Heartbeat
from runtime.kafka.lag import Lag

NOW = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)
REVIEW, OPS = "cancellation.review", "cancellation.ops"
LINE = Lag(REVIEW, 2, "tuiding-intake", 40, 40)


def worker(name: str, ago: timedelta, **gone: int) -> Heartbeat:
    records = {f"cancellation.{topic}": each for topic, each in gone.items()}
    said = {"service": "intake", "worker": name, "version": "1", "started": NOW, "at": NOW, "gone": records}
    return Heartbeat.model_validate(said | {"gone_at": NOW - ago if gone else None})


def test_what_went_unread_is_told_for_a_day_after_its_reader_has_gone_on() -> None:
    hour = timedelta(hours=1)
    workers = [
        worker("1", hour, review=7, ops=0),
        worker("2", 2 * hour, review=2),
        worker("3", timedelta(days=2), ops=9),
    ]
    found = gone_lately([*workers, worker("4", hour)], NOW)
    assert found == {
        ("tuiding-intake", REVIEW): Behind(9, NOW - hour),
        ("tuiding-intake", OPS): Behind(0, NOW - hour),
    }
    looked = Looked([LINE, LINE._replace(topic=OPS), LINE._replace(group="tuiding-notify")], [], [], {}, found)
    assert [line["topic_deleted_lately"] for line in _as_json(looked)] == [9, 0, None]
    said = StringIO()
    Console(file=said, width=160).print(_shown(looked, "en"))
    lines = said.getvalue().splitlines()
    assert any(REVIEW in line and " 9 " in line for line in lines)
    assert any(OPS in line and " ? " in line for line in lines), "of a topic that was made again nobody can tell"
