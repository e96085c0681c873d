"""What an operator reads where something ended, is asked, or cannot be shown: the reason, in their own terms."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from contracts.messages import TYPES, Command
from runtime.local import tickets
from services.console import rendering
from services.console.door import prepare
from services.console.showing import story
from services.console.showing.meanings import meaning
from services.console.wording import letter_words, saying, turns, words
from tests.console.conftest import ACCEPTED, REQUEST, FakeHost, Tape, Visit, as_read

ZONE = ZoneInfo("Asia/Shanghai")
EXAMPLES = Path(__file__).parents[2] / "contracts" / "examples"
BOTH = [("zh", "账户有未结清的费用。"), ("en", "Fees on the account are not paid yet.")]


@pytest.mark.asyncio
@pytest.mark.parametrize(("language", "reason"), BOTH)
async def test_a_rejected_request_says_why_in_its_first_sentence(
    visit: Visit, tape: Tape, language: str, reason: str
) -> None:
    tape.play(tape.event("intake", "request.accepted.v1", ACCEPTED), tape.event("review", "request.rejected.v1"))
    async with visit() as client:
        page = (await client.get(f"/requests/{REQUEST}?lang={language}")).text
    assert reason in page.partition('id="says"')[2].partition("</p>")[0]


@pytest.mark.parametrize(
    ("kind", "body", "zh", "en"),
    [
        ("request.returned.v1", {"faults": [{"message": {"zh": "没有。", "en": "None."}}]}, "没有。", "None."),
        ("fee.disputed.v1", {"ground": "not-disclosed"}, "事先没有告知", "it was not told before"),
        ("problem.reported.v1", {"problem": "wrong-item"}, "关错了业务", "the wrong item went off"),
        (
            "complaint.escalated.v1",
            {"level": "court", "ground": "of-their-own", "answer_due": "2025-06-01T00:00:00Z"},
            "法院 · `of-their-own` · 最迟答复 2025-06-01",
            "court · `of-their-own` · answer by 2025-06-01",
        ),
        (
            "termination.scheduled.v1",
            {"dates": {"service_end": "2025-04-09T09:03:10Z", "promised": "2025-04-10T09:03:10Z", "effective": None}},
            "停止服务 2025-04-09 · 承诺最迟 2025-04-10",
            "service ends 2025-04-09 · promised by 2025-04-10",
        ),
        ("quote.expired.v1", {"quote_version": 2}, "第 2 份费用确认单", "quote no. 2"),
        (
            "item.terminated.v1",
            {"ended": {"item": "tv"}, "audience": {"names": {"tv": {"zh": "电视", "en": "TV"}}}},
            "电视",
            "TV",
        ),
        (
            "termination.reprocessed.v1",
            {"restored": ["a"], "ended": ["b", 7]},
            "已恢复：`a` · 已关闭：`b`",
            "restored: `a` · switched off: `b`",
        ),
        ("request.returned.v1", {"faults": ["odd", {"message": 3}], "dates": "odd", "promised": 7}, "", ""),
    ],
)
def test_an_event_says_its_reason_and_its_dates(kind: str, body: dict[str, object], zh: str, en: str) -> None:
    told = meaning({"type": kind, "body": body}, ZONE)
    assert (told.zh, told.en) == (zh, en)


NAME_SAYS_ALL = {"information.supplied.v1", "payment.retried.v1", "request.withdrawn.v1", "withdrawal.requested.v1"}
EVENTS = [name for name, model in TYPES.items() if not issubclass(model, Command) and name not in NAME_SAYS_ALL]


@pytest.mark.parametrize("kind", EVENTS)
def test_every_event_has_a_line_of_meaning_unless_its_name_says_it_all(kind: str) -> None:
    body = json.loads((EXAMPLES / f"{kind}.json").read_text(encoding="utf-8"))
    told = meaning({"type": kind, "body": body}, ZONE)
    assert told.zh and told.en


@pytest.mark.parametrize(("seconds", "form"), [(90, "16:00:00"), (7_200, "10-01 16:00"), (3e7, "2026-10-01")])
def test_an_axis_writes_all_its_marks_in_one_form_whichever_day_is_today(seconds: float, form: str) -> None:
    moment = datetime(2026, 10, 1, 16, tzinfo=ZONE)
    marks = {len(saying.along(moment + timedelta(days=number), seconds, ZONE)) for number in range(400)}
    assert saying.along(moment, seconds, ZONE) == form and len(marks) == 1


@pytest.mark.parametrize(
    ("number", "said"), [(0.0, "0"), (0.4, "0.4"), (9.96, "10.0"), (12.3, "12"), (1204.0, "1,204")]
)
def test_a_rate_has_a_decimal_only_where_it_says_something(number: float, said: str) -> None:
    assert saying.rate(number) == said


@pytest.mark.asyncio
@pytest.mark.parametrize(("language", "said"), [("zh", "恢复后本页自动打开"), ("en", "this page opens by itself")])
async def test_a_page_without_its_database_looks_again_and_tells_nobody_to_send_something(
    visit: Visit, host: FakeHost, story: None, language: str, said: str
) -> None:
    async with visit() as client:
        with host.store.engine.begin() as tx:
            tx.execute(sa.text("ALTER TABLE events RENAME TO gone"))
        page = await client.get(f"/requests/{REQUEST}?lang={language}")
    assert (page.status_code, page.headers["refresh"]) == (503, "5")
    assert said in page.text and "Idempotency-Key" not in page.text


@pytest.mark.asyncio
async def test_the_dialog_of_an_order_that_a_role_may_not_give_is_refused_before_it_is_filled_in(
    visit: Visit, host: FakeHost, story: None
) -> None:
    viewer = tickets.issue(Path(host.settings.data), tickets.TOKEN, "sun", "viewer")
    asked = f"/orders/new?what=refused&request={REQUEST}&incident=charge:1&answer=retry&lang=en"
    async with visit() as client:
        refused = await client.get(asked, headers={"Authorization": f"Bearer {viewer}"})
        allowed = await client.get(asked)
    assert refused.status_code == 403 and "Your role may not do this." not in allowed.text
    assert "<form" not in refused.text.partition("<main")[2]


@pytest.mark.asyncio
async def test_a_dry_run_names_the_one_command_for_all_that_was_selected_and_its_button_says_how_many(
    visit: Visit, tape: Tape
) -> None:
    tape.play(tape.letter(), tape.letter(x_original_offset="8"))
    async with visit() as client:
        places = [each["place"] for each in (await client.get("/v1/dead-letters")).json()["dead_letters"]]
        chosen = "&".join(f"place={place}" for place in places)
        page = as_read((await client.get(f"/orders/letters?what=discard&lang=en&{chosen}")).text)
        nothing = as_read((await client.get("/orders/letters?what=discard&lang=en")).text)
    assert f"tuiding dead-letters discard '{places[0]}' '{places[1]}' --reason WHY" in page
    assert ">Discard 2</button>" in page
    assert "Select some of them first." in nothing and "tuiding dead-letters" not in nothing.partition("<main")[2]


@pytest.mark.asyncio
@pytest.mark.parametrize(("language", "said"), [("zh", "我们这里出错了。"), ("en", "Something is wrong on our side.")])
async def test_a_fault_of_ours_is_a_page_for_whoever_reads_pages(
    host: FakeHost, tape: Tape, story: None, language: str, said: str
) -> None:
    app = FastAPI()
    prepare(app)

    @app.get("/broken")
    async def broken() -> None:
        raise ArithmeticError

    there = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=there, base_url="http://console") as client:
        page = await client.get(f"/broken?lang={language}", headers={"accept": "text/html"})
        problem = await client.get("/broken", headers={"accept": "*/*"})
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (500, "text/html")
    assert said in page.text and "Idempotency-Key" not in page.text
    assert (problem.status_code, problem.json()["code"]) == (500, "our-fault")


@pytest.mark.asyncio
async def test_what_a_message_means_is_said_without_marks_and_numbers_of_our_own(visit: Visit) -> None:
    async with visit() as client:
        page = (await client.get("/contracts?lang=en")).text
        one = (await client.get("/contracts/messages/quote.confirm.v1?lang=en")).text
    assert "`" not in page and "<code>incident</code> names what to retry" in page
    assert "(R14, R28)" not in page and "with the clauses shown." in one


# ---- what to do next -------------------------------------------------------------------------------------------------


def test_every_dead_letter_says_what_to_do_and_every_system_whom_it_hurts() -> None:
    assert letter_words.CURES.keys() == words.LETTER_CODES.keys()
    assert turns.WITHOUT.keys() == words.SYSTEMS.keys()


def test_a_refused_call_says_which_system_did_not_do_what_with_which_item() -> None:
    asked_with = {"operation": "switch-off", "code": "switch-off-refused"}
    incident = {"incident": "switch-off:music-pack", "at": "2026-03-10T09:00:00Z", "asked_with": asked_with}
    says = story.sentence({"stage": "late", "end": ""}, [incident | {"why": story.why(incident)}], ())
    assert says.what.en.startswith("Provisioning did not “switch off” `music-pack`, for ")
    assert says.what.zh.startswith("开通系统没有办「关闭业务」 `music-pack`，已等 ")
    assert "try again" in says.todo.en and "重试" in says.todo.zh


@pytest.mark.parametrize(
    ("kind", "en"), [("late", "1 request"), ("person", "1 case"), ("letters", "1 record"), ("carrier", "1 call waits")]
)
def test_no_number_of_the_strip_is_without_its_unit(kind: str, en: str) -> None:
    assert saying.waiting(1, kind, "en") == en


@pytest.mark.parametrize(
    ("address", "en"),
    [
        ("/workers", "Workers"),
        ("/work", "Work"),
        ("/topics/cancellation.ops", "Topics"),
        ("/requests?late=yes", "Requests"),
    ],
)
def test_a_line_of_the_strip_names_the_one_page_it_leads_to(address: str, en: str) -> None:
    assert rendering.leads_to(address, "en") == en
