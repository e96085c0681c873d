"""The steady demo goes on while its console is away: it says so, and shows its numbers again once it is back."""

import httpx
import pytest

from demo import live
from runtime.local.broker_apache import free_port


@pytest.mark.asyncio
async def test_a_console_that_does_not_answer_ends_no_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_PATIENCE_SECONDS", 0.0)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{free_port()}", trust_env=False) as nobody:
        assert await live.look(nobody) is None
