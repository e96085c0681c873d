"""Lists of requests: sorted, narrowed to days, page by page, and exported whole."""

import csv
import io
from datetime import UTC
from typing import Any

import pytest
import sqlalchemy as sa

from policies.pack import Pack
from runtime.kernel.store import Store, ticks
from services.console.kept import search
from services.console.kept.search import ORDERS, Wish
from services.console.kept.tables import REQUESTS
from services.console.showing import export
from services.console.showing.export import sheet
from services.console.showing.views import MOST_READ
from services.console.watched.facts import ASKED_OF_PERSONS
from tests.console.conftest import ACCEPTED, AUDIENCE, NOW, Tape, Visit

MANY, A_HUNDRED_THOUSAND = 7, 100_000
MANY_LIKE_ONE = """
INSERT INTO requests (request_id, subscription, masked_number, last_digits, channel, kind, stage, language, root,
  first_at, last_at, "end", attention, incidents, late, reason, ended_at)
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :most)
SELECT printf('%08x-1111-4111-8111-111111111111', n), printf('sub-%08d', n), '138****1234', '1234', 'app', 'line',
  'quoted', 'zh', 'root', :at + n, :at + n, '', 0, '[]', 0, 'price', 0 FROM numbers
"""
BEGAN = NOW.date().isoformat()


def number(each: int) -> str:
    return f"{each:08x}-1111-4111-8111-111111111111"


@pytest.fixture
def many(tape: Tape) -> list[str]:
    """The subscriptions run against the ids, and two of them have the same one."""
    for each in range(MANY):
        who = {"audience": AUDIENCE | {"subscription": f"sub-line{(MANY - each) // 2:04}"}}
        tape.play(tape.event("intake", "request.accepted.v1", ACCEPTED | who, request_id=number(each)))
    return [number(each) for each in range(MANY)]


@pytest.mark.parametrize("order", ORDERS)
def test_pages_of_every_order_follow_each_other_without_a_gap_or_a_second_time(
    store: Store, many: list[str], order: str
) -> None:
    found, after = list[str](), ""
    while True:
        page = search.find(store, Wish(order=order, after=after), limit=2)
        found += [each["request_id"] for each in page.rows]
        if not (after := page.after):
            break
    at_once = [each["request_id"] for each in search.find(store, Wish(order=order)).rows]
    assert found == at_once and sorted(found) == many


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (BEGAN, BEGAN, MANY),
        (BEGAN, "", MANY),
        ("", BEGAN, MANY),
        ("2026-10-02", "", 0),
        ("", "2026-09-30", 0),
        ("yesterday", "9999-12-31", MANY),
    ],
)
def test_requests_are_narrowed_to_the_days_they_began(
    store: Store, many: list[str], since: str, until: str, found: int
) -> None:
    assert search.find(store, Wish(since=since, until=until)).total == found


def test_a_day_is_the_operators_and_not_that_of_the_server(store: Store, tape: Tape, pack: Pack) -> None:
    late = NOW.replace(hour=17)  # past midnight in Shanghai
    tape.play(tape.event("intake", "request.accepted.v1", ACCEPTED, ce_time=late.isoformat()))
    zone = pack.zone
    assert search.find(store, Wish(since="2026-10-02"), zone=zone).total == 1
    assert search.find(store, Wish(until="2026-10-01"), zone=zone).total == 0


@pytest.mark.parametrize(
    "statement",
    [
        search.counting(search.conditions_of(wish, (), UTC))
        for wish in (
            Wish(),
            Wish(stage="open"),
            Wish(late="yes"),
            Wish(waits="person"),
            Wish(stage="closed", channel="app"),
        )
    ]
    + [ASKED_OF_PERSONS],
)
def test_what_is_counted_at_every_look_is_counted_by_an_index_alone(
    store: Store, tape: Tape, statement: sa.Select[Any]
) -> None:
    written = statement.compile(store.engine, compile_kwargs={"literal_binds": True})
    with store.engine.connect() as connection:
        plan = [str(row[3]) for row in connection.execute(sa.text(f"EXPLAIN QUERY PLAN {written}"))]
    looked = [step for step in plan if REQUESTS.name in step]
    assert looked and all("USING COVERING INDEX" in step for step in looked), plan


@pytest.mark.asyncio
async def test_the_page_of_work_has_what_anybody_reads_and_says_how_many_there_are(
    visit: Visit, store: Store, tape: Tape
) -> None:
    many = MANY_LIKE_ONE.replace("'', 0, '[]'", "'', 1, '[\"review\"]'")
    with store.transaction() as tx:
        tx.execute(sa.text(many), {"most": 300, "at": ticks(NOW)})
    async with visit() as client:
        page = (await client.get("/work?lang=en")).text
    assert page.count('data-label="Why"') == MOST_READ and "· 300 ·" in page and "the others move up" in page


@pytest.mark.asyncio
async def test_a_wish_that_a_hundred_thousand_requests_meet_is_one_small_page(visit: Visit, store: Store) -> None:
    with store.transaction() as tx:
        tx.execute(sa.text(MANY_LIKE_ONE), {"most": A_HUNDRED_THOUSAND, "at": ticks(NOW)})
    async with visit() as client:
        page = await client.get("/requests?reason=price&lang=en")
        told = (await client.get("/v1/requests?limit=1000")).json()["requests"]
    assert f"{search.COUNTED_TO:,}+" in page.text and "Next page" in page.text
    assert page.text.count('data-label="Stage"') == search.PAGE and len(told) == 1_000


@pytest.mark.asyncio
@pytest.mark.parametrize("at_once", [1, 3, MANY, 1_000])
@pytest.mark.parametrize("order", ["", "oldest", "quiet", "subscription"])
async def test_what_is_exported_is_all_of_it_however_many_pages_it_takes(
    visit: Visit, many: list[str], monkeypatch: pytest.MonkeyPatch, at_once: int, order: str
) -> None:
    monkeypatch.setattr(export, "AT_ONCE", at_once)
    async with visit() as client:
        as_json = (await client.get(f"/requests.json?order={order}&after=1.x")).json()["requests"]
        as_csv = (await client.get(f"/requests.csv?order={order}")).text
    rows = list(csv.DictReader(io.StringIO(as_csv.removeprefix("\ufeff"))))
    assert sorted(each["request_id"] for each in as_json) == many
    assert [each["request_id"] for each in rows] == [each["request_id"] for each in as_json]


@pytest.mark.asyncio
async def test_an_export_of_nothing_has_its_head_and_its_end(visit: Visit, tape: Tape) -> None:
    async with visit() as client:
        assert (await client.get("/requests.json?q=nobody")).json() == {"requests": []}
        assert (await client.get("/requests.csv?q=nobody")).text == "\ufeff" + sheet([])


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\n=1", "  =1+1", "\u00a0@x", "＝1+1", "－1"])
def test_no_spreadsheet_executes_what_is_exported(cell: str) -> None:
    row = dict.fromkeys((column.name for column in search.SUMMARY), "") | {"subscription": cell}
    assert f"'{cell}" in sheet([row])


FIRST, BACK = 'href="/contracts/messages/cancellation.submit.v1?lang=en"', 'href="/requests?lang=en">All requests'


@pytest.mark.asyncio
async def test_a_console_without_requests_leads_to_how_a_first_one_comes_in(visit: Visit) -> None:
    async with visit() as client:
        pages = [(await client.get(path, params={"lang": "en"})).text for path in ("/", "/requests")]
    assert [FIRST in page for page in pages] == [True, True]
    assert "Nothing matches" not in pages[1]


@pytest.mark.asyncio
@pytest.mark.parametrize("narrowed", [{"q": "nobody"}, {"stage": "open"}, {"late": "yes"}, {"until": "2020-01-01"}])
async def test_a_filter_that_nothing_matches_leads_back_to_all_requests(visit: Visit, narrowed: dict[str, str]) -> None:
    async with visit() as client:
        page = (await client.get("/requests", params={"lang": "en"} | narrowed)).text
    assert "Nothing matches" in page and BACK in page and FIRST not in page
