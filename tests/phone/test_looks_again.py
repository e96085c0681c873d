"""A page of the phone that only looks says that a system is away, and looks again by itself."""

import httpx
import pytest

from demo.phone.app import phone
from runtime.local.broker_apache import free_port
from runtime.settings import Settings

SAYS = {"zh": "页面几秒后自动再试。", "en": "The page looks again by itself in a few seconds."}


@pytest.mark.asyncio
@pytest.mark.parametrize("language", SAYS)
async def test_while_the_carrier_is_away_a_page_looks_again_and_what_is_not_there_does_not(language: str) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    settings = Settings.model_validate({"intake": nobody, "carrier": nobody})
    there = httpx.ASGITransport(phone(settings, nobody))
    async with httpx.AsyncClient(transport=there, base_url="http://127.0.0.1") as client:
        looked = await client.get("/phone/sub-lineplain01", params={"lang": language})
        missing = await client.get("/nowhere/at/all", params={"lang": language})
    assert (looked.status_code, looked.headers["refresh"]) == (503, "3") and SAYS[language] in looked.text
    assert "refresh" not in missing.headers and SAYS[language] not in missing.text
