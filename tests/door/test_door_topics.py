"""Where the door hands a command over: on the topic that the release before reads, or on the channel's own."""

from pathlib import Path

import pytest

from contracts.words import Channel
from runtime.envelope import decode
from runtime.settings import Settings
from tests.door.conftest import Doors, wish


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("channel", list(Channel))
def test_a_command_goes_to_the_shared_topic_until_it_is_closed(tmp_path: Path, channel: Channel, shared: bool) -> None:
    doors = Doors(tmp_path, Settings(shared_commands=shared, _env_file=None))  # type: ignore[call-arg,unused-ignore]
    answer = doors.post("/v1/cancellations", wish(channel=channel), "k-1")
    (record,) = doors.broker.taken
    assert answer.status_code == 202
    assert record.topic == ("cancellation.commands" if shared else f"cancellation.commands.{channel}")
    assert decode(record).message.request_id == answer.json()["request_id"]
    doors.close()
