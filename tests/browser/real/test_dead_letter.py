"""A dead letter in a real Chromium: chosen, tried dry, sent again with a reason, and followed until it took effect."""

import json
import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from kafka import KafkaProducer
from playwright.sync_api import Page, expect

from contracts.flow import dead_letter_topic
from runtime.envelope import Record
from runtime.kafka.connect import reach
from runtime.kernel.dead_letters import LETTER_ID, why
from tests.browser.real.conftest import Running
from tests.browser.real.looks import untranslated
from tests.contracts.sound import record_of

SUBMIT = "cancellation.submit.v1"
WORDS = {
    "zh": ("重发所选", "重发 1 条", "申请已受理"),
    "en": ("Send selected again", "Send 1 again", "request accepted"),
}


def set_aside(running: Running, request_id: str, subscription: str) -> None:
    """As a build before this one did, over a bug that has been mended since: the record itself keeps the contract."""
    example = record_of(SUBMIT)
    body = json.loads(example.value or b"") | {"request_id": request_id, "subscription": subscription}
    old, now = (json.loads(example.value or b"")["request_id"].encode(), datetime.now(UTC))
    own = [(name, (value or b"").replace(old, request_id.encode())) for name, value in example.headers]
    own = [(name, str(uuid4()).encode() if name == "ce_id" else value) for name, value in own]
    record = Record(example.topic, request_id.encode(), json.dumps(body).encode(), [])
    added = dict(why(record, None, "decision-failed", RuntimeError("mended since"), now))
    added |= {"x-original-partition": b"0", "x-original-offset": b"0", "x-original-group": b"tuiding-intake"}
    headers = [*own, (LETTER_ID, str(uuid4()).encode()), *added.items()]
    producer = KafkaProducer(**reach(running.kafka).producer_options)
    producer.send(dead_letter_topic("intake"), record.value, record.key, headers).get(timeout=60)
    producer.close()


@pytest.mark.parametrize(("language", "subscription"), [("zh", "sub-counter01"), ("en", "sub-regret01")])
def test_a_dead_letter_is_sent_again_and_followed_to_its_effect(
    page: Page, running: Running, language: str, subscription: str
) -> None:
    request_id, (select, send, effect) = str(uuid4()), WORDS[language]
    set_aside(running, request_id, subscription)
    page.goto(f"{running.console}/dead-letters?lang={language}")
    row = page.locator("#dead-letters tbody tr", has_text=request_id[:8])
    expect(row).to_have_count(1)
    row.locator("input[name=place]").check()
    page.get_by_role("button", name=select).click()
    dialog = page.locator("#dialog")
    expect(dialog.locator(".long[role=group]")).to_contain_text(record_of(SUBMIT).topic)
    expect(dialog.locator(".verdict.bad")).to_have_count(0)
    dialog.locator("[name=reason]").fill("the cause is mended")
    dialog.get_by_role("button", name=send).click()
    expect(dialog.locator("#outcome .done")).to_contain_text(re.compile(effect, re.IGNORECASE))
    assert language == "en" or untranslated(page) == []
    dialog.locator("#dialog-close").click()
    expect(page.locator("#dead-letters tbody tr", has_text=request_id[:8])).to_have_count(0)
    expect(page.locator("#done")).to_contain_text("the cause is mended")
    page.goto(f"{running.console}/requests/{request_id}?lang={language}")
    expect(page.locator("main")).to_contain_text(subscription)
