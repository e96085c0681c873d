"""The console as an operator meets it: the page, and the same as JSON."""

import asyncio
import re
import shlex
from typing import Any

import pytest
import typer

from cli import application
from policies.pack import Pack
from runtime.http.problems import Problem
from runtime.kafka.connect import BrokerAway
from runtime.kafka.lag import Lag
from runtime.kernel.store import Store
from services.console import rendering
from services.console.action import Action
from services.console.actions import ACTIONS, body_of, command
from services.console.cures.dead_letters import DEALS
from services.console.kept import queries
from services.console.problem_codes import CODES
from tests.console.conftest import (
    ACCEPTED,
    AUDIENCE,
    ORDER,
    REQUEST,
    UNKNOWN,
    Tape,
    Visit,
    as_read,
)

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("story")]


@pytest.mark.parametrize(
    ("language", "headers", "title"),
    [
        ("?lang=zh", {}, "待人工处理"),
        ("?lang=en", {"accept-language": "zh-CN"}, "Waiting for a person"),
        ("", {"accept-language": "zh-CN,en"}, "待人工处理"),
        ("?lang=fr", {}, "Waiting for a person"),
    ],
)
async def test_the_page_speaks_chinese_and_english(
    visit: Visit, language: str, headers: dict[str, str], title: str
) -> None:
    async with visit() as client:
        page = await client.get(f"/{language}", headers=headers)
    assert title in page.text
    assert page.status_code == 200


async def test_the_page_shows_requests_topics_attention_and_dead_letters(visit: Visit) -> None:
    async with visit() as client:
        pages = [
            as_read((await client.get(f"{path}?lang=en")).text) for path in ("/", "/work", "/topics", "/dead-letters")
        ]
        seen = (await client.get("/v1/overview")).json()
    for page, told in zip(
        pages,
        (
            ["in review"],
            ["charge:1", "tuiding retry"],
            ["cancellation.intake"],
            ["breaks-contract", "dead-letters redrive"],
        ),
        strict=True,
    ):
        assert [each for each in told if each not in page] == []
    assert [(row["stage"], row["channel"], row["requests"]) for row in seen["board"]] == [("in-review", "app", 1)]
    assert seen["topics"][0]["end"] == 10
    (group,) = seen["topics"][0]["groups"]
    assert (group["group"], group["behind"], group["started"], group["verdict"]) == ("review", 5, True, "ok")


async def test_a_broker_that_is_away_is_a_sentence_on_the_page(visit: Visit) -> None:
    def away(bootstrap: str, wait_seconds: float) -> list[Lag]:
        raise BrokerAway(f"No Kafka broker answers at {bootstrap}.")

    async with visit(away) as client:
        page = await client.get("/topics?lang=en")
    assert page.status_code == 200
    assert "No Kafka broker answers at nowhere:9092." in page.text


@pytest.mark.parametrize("path", ["/", "/requests", f"/requests/{REQUEST}", "/requests/nobody", "/static/console.js"])
async def test_every_page_allows_only_its_own_scripts_and_styles(visit: Visit, path: str) -> None:
    async with visit() as client:
        page = await client.get(path)
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert " style=" not in page.text
    assert "<script>" not in page.text
    assert "://" not in page.text


async def test_whatever_a_record_says_is_text_on_the_page(visit: Visit, tape: Tape) -> None:
    evil = "<script>alert(1)</script>"
    audience = {**AUDIENCE, "masked_number": evil, "channel": evil}
    tape.play(
        tape.event("intake", "request.accepted.v1", {"audience": audience}, request_id=evil, ce_channel=evil),
        tape.event("intake", f"{evil}.v1", {"x": evil}, ce_source=f"/{evil}", ce_causationid=evil),
        tape.event("intake", "attention.required.v1", {"incident": evil, "code": evil, "detail": evil}),
        tape.letter(x_error_message=evil, x_error_code=evil, x_original_topic=evil),
    )
    async with visit() as client:
        pages = [await client.get(path) for path in ("/", "/requests", f"/requests/{REQUEST}", f"/requests?id={evil}")]
    for page in pages:
        assert evil not in page.text
    assert all(page.status_code in (200, 303) for page in pages)


async def test_a_timeline_shows_where_each_event_lies_and_what_caused_it(visit: Visit) -> None:
    async with visit() as client:
        found = await client.get("/requests", params={"id": REQUEST, "lang": "zh"}, follow_redirects=True)
        told = (await client.get(ORDER)).json()
    assert "申请已受理" in found.text
    assert "cancellation.intake[0]@0" in found.text
    first = told["events"][0]
    assert (first["service"], first["cause"], first["body"]["application"]["kind"]) == ("intake", "the-cause", "line")


async def test_the_edition_in_force_and_the_one_a_request_keeps_are_shown(visit: Visit, tape: Tape, pack: Pack) -> None:
    accepted = {"application": {"kind": "line", "policy": "demo@2025.1+0123456789ab"}}
    other = UNKNOWN
    tape.play(tape.event("intake", "request.accepted.v1", accepted, request_id=other))
    async with visit() as client:
        overview, told = (await client.get("/")).text, (await client.get("/v1/overview")).json()
        page, one = (await client.get(f"/requests/{other}")).text, (await client.get(f"/v1/requests/{other}")).json()
    assert pack.id in overview and told["policy"] == pack.id
    assert one["policy"] in page and one["policy"] == "demo@2025.1+0123456789ab"


async def test_the_same_as_json_can_be_narrowed(visit: Visit) -> None:
    async with visit() as client:
        here = await client.get("/v1/requests?stage=in-review&channel=app&limit=1")
        none = await client.get("/v1/requests?stage=quoted")
        wrong = await client.get("/v1/requests?limit=0")
        waits = (await client.get("/v1/attention")).json()["attention"]
    assert [row["request_id"] for row in here.json()["requests"]] == [REQUEST]
    assert none.json() == {"requests": []}
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/query/limit")
    assert waits[0]["act"] == f"tuiding retry {REQUEST} charge:1 --reason WHY"
    assert waits[0]["incident"] == "charge:1"


EVERYTHING = pytest.mark.parametrize("action", ACTIONS, ids=lambda action: f"{action.name} {action.answer}")


@EVERYTHING
@pytest.mark.parametrize("incident", ["review-decision", "complaint-court", "charge:1; rm -rf x"])
async def test_every_button_has_a_command_that_the_command_line_knows(action: Action, incident: str) -> None:
    given = {"owed": "152.00", "letter": "letter-7"}
    text = command(action, REQUEST, incident if action.name != "complaint" else "complaint-court", given)
    words = shlex.split(text)
    root: Any = typer.main.get_command(application())
    context = root.make_context("tuiding", words[1:], resilient_parsing=True)
    found, rest = root, words[1:]
    while hasattr(found, "commands"):
        found, rest = found.commands[rest[0]], rest[1:]
    found.make_context("tuiding", rest, parent=context)


LOWERED = next(action for action in ACTIONS if action.answer == "lowered")


async def test_what_is_no_amount_of_the_currency_is_refused_by_its_name_in_both_languages() -> None:
    with pytest.raises(Problem) as refused:
        body_of(LOWERED, "", {"owed": "152.005"}, "CNY")
    assert [fault.pointer for fault in refused.value.faults] == ["/owed"]
    said = refused.value.body(CODES, "/orders", "zh")["detail"]
    assert said.startswith("还应付多少（owed）：请按人民币的主单位填写")


async def test_an_amount_is_read_in_the_main_unit_of_the_currency() -> None:
    assert body_of(LOWERED, "", {"owed": "152"}, "CNY")["owed"] == {"minor": 15200, "currency": "CNY"}
    assert body_of(LOWERED, "", {"owed": "152"}, "JPY")["owed"] == {"minor": 152, "currency": "JPY"}


async def test_a_command_about_another_currency_names_it() -> None:
    shown = command(LOWERED, REQUEST, "dispute", {"owed": "152"}, "JPY")
    assert "--owed 152 --currency JPY" in shown and "--currency" not in command(LOWERED, REQUEST, "dispute")


async def test_every_command_with_which_an_operator_decides_has_its_button() -> None:
    root: Any = typer.main.get_command(application())
    decides = {
        (*above, name)
        for above, group in (((), root), *(((name,), each) for name, each in root.commands.items()))
        for name, each in getattr(group, "commands", {}).items()
        if any("--reason" in parameter.opts and parameter.required for parameter in each.params)
    }
    buttons = {action.command[: 1 if action.command[0] == "retry" else 2] for action in ACTIONS}
    assert decides == buttons | {("dead-letters", what) for what in DEALS} | {("erasure", "order")}


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("/v1/requests/a%00", "/request_id"),
        ("/v1/requests?stage=%00", "/stage"),
        ("/v1/requests?channel=app%00", "/channel"),
        ("/v1/dead-letters?state=%00", "/state"),
    ],
)
async def test_a_zero_byte_is_no_database_that_is_away(visit: Visit, path: str, pointer: str) -> None:
    async with visit() as client:
        answer, page = await client.get(path), await client.get("/requests?id=%00")
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["errors"][0]["pointer"]) == (422, "invalid", pointer)
    assert page.status_code == 422 and "text/html" in page.headers["content-type"]


async def test_an_id_of_nobody_leads_to_where_requests_are_found(visit: Visit) -> None:
    async with visit() as client:
        answer = await client.get(f"/requests/{UNKNOWN}?lang=en")
    assert answer.status_code == 404
    assert "on the requests page" in answer.text and '<a class="button" href="/requests?lang=en">' in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nowhere", 404, "no-such-address"),
        ("GET", "/nowhere", 404, "no-such-address"),
        ("GET", f"{ORDER}/retry", 405, "method-not-allowed"),
        ("GET", f"/v1/requests/{UNKNOWN}", 404, "unknown-request"),
        ("GET", "/v1/requests/nobody", 404, "unknown-request"),
        ("POST", "/v1/requests/nobody/retry", 404, "unknown-request"),
        ("GET", "/errors/no-such-code", 404, "no-such-address"),
    ],
)
async def test_every_no_has_a_type_that_leads_somewhere_and_speaks_the_callers_language(
    visit: Visit, method: str, path: str, status: int, code: str
) -> None:
    async with visit() as client:
        english = await client.request(method, path)
        chinese = await client.request(method, path, headers={"accept-language": "zh-CN"})
        about = (await client.get(f"/errors/{code}")).json()
    for answer in (english, chinese):
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.status_code, answer.json()["code"], answer.json()["type"]) == (status, code, f"/errors/{code}")
    assert (english.headers["content-language"], chinese.headers["content-language"]) == ("en", "zh")
    assert (english.json()["title"], chinese.json()["title"]) == (about["title"]["en"], about["title"]["zh"])


async def test_a_request_whose_first_event_is_on_its_way_is_looked_for_again(
    visit: Visit, tape: Tape, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, timeline = asyncio.Event(), queries.timeline
    loop = asyncio.get_running_loop()

    def seen_to_look(store: Store, request_id: str) -> list[dict[str, Any]]:
        found = timeline(store, request_id)
        loop.call_soon_threadsafe(looked.set)
        return found

    monkeypatch.setattr(queries, "timeline", seen_to_look)
    async with visit() as client:
        coming = asyncio.create_task(client.get(f"/requests/{UNKNOWN}?lang=en"))
        await looked.wait()
        tape.play(tape.event("intake", "request.accepted.v1", ACCEPTED, request_id=UNKNOWN))
        page = await coming
    assert (page.status_code, AUDIENCE["subscription"] in page.text) == (200, True)


async def test_a_request_that_nobody_knows_is_not_found_in_the_end(visit: Visit) -> None:
    async with visit() as client:
        assert [(await client.get(f"/requests/{one}")).status_code for one in (UNKNOWN, "nobody")] == [404, 404]


async def test_each_part_that_pages_are_made_of_is_on_the_page_about_the_parts() -> None:
    parts = re.findall(r"macro (\w+)", (rendering.HERE / "pages" / "components.html").read_text(encoding="utf-8"))
    told = (rendering.HERE.parents[1] / "docs" / "console.md").read_text(encoding="utf-8").partition("## The parts")[2]
    assert len(parts) > 5 and [each for each in parts if f"show.{each}" not in told] == []
