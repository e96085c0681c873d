"""All requests of a customer: page by page, the newest first, whoever filed them and whichever build wrote them."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from demo.carrier.customer import canaries
from runtime.kernel.store import Store
from runtime.kernel.tables import CASES, METADATA
from services.intake.door.of_a_customer import find_earlier_ones

LIST = "/v1/cancellations?subscription="
MINE = "sub-freeaddon01"
SOUND_PLACE = "1.00000000-0000-4000-8000-000000000000"


def filed(doors: Any, count: int) -> list[str]:
    """Requests that come back at once, so that the next one is another; the newest first."""
    return [one_more(doors, f"k-{n}") for n in range(count)][::-1]


def one_more(doors: Any, key: str) -> str:
    doors.system.advance(timedelta(seconds=1))
    own: str = doors.file(key, items=None).rpartition("/")[2]
    return own


def test_a_customer_sees_every_request_as_its_own_address_shows_it(doors: Any) -> None:
    addresses = [doors.file("k-1"), doors.file("k-2", subscription="sub-linecontract01", kind="line", items=None)]
    for address in addresses:
        own = doors.get(address).json()
        page = doors.get(LIST + own["subscription"]).json()
        assert [each["request_id"] for each in page["requests"]] == [own["request_id"]] and page["next"] is None
        assert page["requests"][0].keys() == own.keys() and page["requests"][0]["stage"] == own["stage"]


def test_whoever_asked_for_nothing_has_an_empty_list(doors: Any) -> None:
    assert doors.get(LIST + "sub-nobodyknown01").json() == {"requests": [], "next": None}


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_pages_follow_each_other_without_a_gap_or_a_repetition(doors: Any, limit: int) -> None:
    wanted, found, address = filed(doors, 5), [], f"{LIST}{MINE}&limit={limit}"
    while address:
        page = doors.get(address).json()
        assert len(page["requests"]) <= limit
        found += [each["request_id"] for each in page["requests"]]
        address = page["next"]
    assert found == wanted


def test_what_is_filed_while_somebody_reads_on_moves_no_page(doors: Any) -> None:
    first_three = filed(doors, 3)
    page = doors.get(f"{LIST}{MINE}&limit=2").json()
    one_more(doors, "k-new")
    after = doors.get(page["next"]).json()
    assert [each["request_id"] for each in (*page["requests"], *after["requests"])] == first_three


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("", "/query/subscription"),
        ("?subscription=", "/query/subscription"),
        ("?subscription=13800138000", "/query/subscription"),
        ("?subscription=sub-" + "a" * 40, "/query/subscription"),
        ("?subscription=SUB-FREEADDON01", "/query/subscription"),
        (f"?subscription={MINE}%00", "/query/subscription"),
        (f"?subscription={MINE}' or '1'='1", "/query/subscription"),
        (f"?subscription={MINE}&subscription=sub-freeaddon02", "/query/subscription"),
        (f"?subscription={MINE}&limit=0", "/query/limit"),
        (f"?subscription={MINE}&limit=51", "/query/limit"),
        (f"?subscription={MINE}&limit=ten", "/query/limit"),
        (f"?subscription={MINE}&after=", "/query/after"),
        (f"?subscription={MINE}&after=yesterday", "/query/after"),
        (f"?subscription={MINE}&after=9{SOUND_PLACE * 2}", "/query/after"),
        (f"?subscription={MINE}&after={quote('١')}{SOUND_PLACE[1:]}", "/query/after"),
        (f"?subscription={MINE}&order=oldest", "/query/order"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_parameter_that_is_not_as_agreed_is_named(doors: Any, query: str, pointer: str, language: str) -> None:
    answer = doors.get("/v1/cancellations" + query, **{"accept-language": language})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert pointer in [fault["pointer"] for fault in answer.json()["errors"]]
    assert answer.headers["content-language"] == language and "13800138000" not in answer.text


def test_the_last_place_there_can_be_is_an_empty_page(doors: Any) -> None:
    filed(doors, 1)
    assert doors.get(f"{LIST}{MINE}&after={SOUND_PLACE}").json() == {"requests": [], "next": None}


def test_a_list_holds_no_personal_data(doors: Any) -> None:
    doors.file()
    text = doors.get(LIST + MINE).text
    assert not [canary for canary in canaries([MINE]) if canary in text]


def test_what_an_earlier_build_wrote_is_found_too(doors: Any) -> None:
    filed(doors, 2)
    with doors.store.transaction() as tx:
        for request_id, body in tx.execute(sa.select(CASES.c.request_id, CASES.c.body)).all():
            mine = sa.update(CASES).where(CASES.c.request_id == request_id)
            tx.execute(mine.values(body=body, party="", first_at=0))  # as a text: it packed nothing
    assert doors.get(LIST + MINE).json()["requests"] == []
    find_earlier_ones(doors.store)
    assert len(doors.get(LIST + MINE).json()["requests"]) == 2


def test_a_store_of_an_earlier_build_gets_what_requests_are_found_by(tmp_path: Path) -> None:
    old = Store(str(tmp_path), "intake")
    with old.transaction() as tx:
        tx.execute(sa.text("drop index cases_of_a_party"))
        for column in ("party", "first_at"):
            tx.execute(sa.text(f"alter table cases drop column {column}"))
    old.close()
    new = Store(str(tmp_path), "intake")
    there = sa.inspect(new.engine)
    assert {"party", "first_at"} <= {each["name"] for each in there.get_columns("cases")}
    assert [each["name"] for each in there.get_indexes("cases")] == ["cases_of_a_party"] and "cases" in METADATA.tables
    new.close()
