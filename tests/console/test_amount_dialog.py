"""What remains due of a disputed fee: typed in the currency's main unit, read back, and ordered when confirmed."""

import pytest

from runtime.envelope import decode
from services.console.actions import DISPUTE
from tests.console.conftest import (
    REQUEST,
    FakeHost,
    Tape,
    as_read,
)
from tests.console.test_sign_in import browser, signed_in

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("story")]
LOWERED = {"answer": "lowered", "request": REQUEST, "incident": DISPUTE, "reason": "checked by phone", "key": "k"}


def dispute(tape: Tape, minor: int = 18250, currency: str = "CNY") -> None:
    tape.play(tape.event("billing", "dispute.opened.v1", {"amount": {"minor": minor, "currency": currency}}))


@pytest.mark.parametrize(
    ("owed", "minor", "currency", "echo"),
    [
        ("152", 15200, "CNY", "CNY 152.00"),
        ("152.08", 15208, "CNY", "CNY 152.08"),
        ("152", 152, "JPY", "JPY 152"),
        ("1.5", 1500, "KWD", "KWD 1.500"),
    ],
)
async def test_an_amount_is_read_back_in_the_currency_of_the_case_before_it_is_ordered(
    host: FakeHost, tape: Tape, owed: str, minor: int, currency: str, echo: str
) -> None:
    dispute(tape, currency=currency)
    async with browser(host) as client:
        form = LOWERED | {"token": await signed_in(client, host), "owed": owed}
        read_back = await client.post("/orders?lang=en", data=form)
        assert f'<strong id="echo">{echo}</strong>' in read_back.text and f">Confirm {echo}</button>" in read_back.text
        assert host.published == []
        ordered = await client.post("/orders?lang=en", data=form | {"again": f"{minor} {currency}"})
    assert ordered.status_code == 200
    assert decode(host.published[0]).message.model_dump()["owed"] == {"minor": minor, "currency": currency}


async def test_an_amount_that_is_not_the_one_that_was_read_back_is_read_back_again(host: FakeHost, tape: Tape) -> None:
    dispute(tape)
    async with browser(host) as client:
        form = LOWERED | {"token": await signed_in(client, host), "owed": "15", "again": "15200 CNY"}
        read_back = await client.post("/orders?lang=en", data=form)
    assert '<strong id="echo">CNY 15.00</strong>' in read_back.text and host.published == []


@pytest.mark.parametrize(
    ("owed", "zh", "en"),
    [
        ("152.005", "最多 2 位小数", "at most 2 decimals"),
        ("15208", "不能多于有异议的 ¥182.50", "at most the disputed CNY 182.50"),
        ("", "请按人民币的主单位填写", "is digits in whole CNY"),
    ],
)
async def test_what_cannot_be_meant_is_refused_in_the_dialog_and_in_both_languages(
    host: FakeHost, tape: Tape, owed: str, zh: str, en: str
) -> None:
    dispute(tape)
    async with browser(host) as client:
        form = LOWERED | {"token": await signed_in(client, host), "owed": owed}
        for language, said in (("zh", zh), ("en", en)):
            answer = await client.post(f"/orders?lang={language}", data=form)
            assert said in answer.text and 'id="echo"' not in answer.text
    assert host.published == []


async def test_the_dialog_says_the_currency_and_what_is_disputed(host: FakeHost, tape: Tape) -> None:
    dispute(tape, 18250, "KWD")
    async with browser(host) as client:
        await signed_in(client, host)
        page = await client.get(f"/orders/new?what=dispute&request={REQUEST}&incident=dispute&answer=lowered&lang=en")
    assert "(KWD)" in page.text and "KWD 18.250" in page.text and "152.000" in page.text
    assert "--owed AMOUNT --currency KWD" in as_read(page.text)
