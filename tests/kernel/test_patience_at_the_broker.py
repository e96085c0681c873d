"""Who only shows what it reads has the broker wait for more; who decides is told of each record at once."""

from pathlib import Path
from typing import Any

import pytest

from contracts.flow import SERVICES
from runtime.kafka.client_config import consumer_config
from runtime.settings import Settings
from runtime.worker.consuming import faust_app


async def nobody(*arguments: Any) -> None: ...


@pytest.mark.parametrize("service", [service.name for service in SERVICES])
def test_only_the_console_has_the_broker_wait_for_more(service: str, tmp_path: Path) -> None:
    settings = Settings(kafka="127.0.0.1:1", data=str(tmp_path))
    transport = faust_app(service, settings, nobody, lambda marks: None).transport
    config = consumer_config(settings, service, transport.patience_seconds)
    assert (config["fetch.min.bytes"] > 1) == (service == "console")
    assert config["fetch.wait.max.ms"] == (200 if service == "console" else 500)
