"""What `tuiding quote` and `tuiding clocks` show: the price over dates as a picture, what needs what, what is due."""

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len
from rich.console import Console
from typer.testing import Result

from cli.curve import CHEAPEST, FEE, LOWEST, REGULAR, curve
from cli.days import WITH_OFFSET
from cli.presentation import local_time
from cli.quoted import obstacles, offer
from cli.screen import Screen
from contracts.quotes import QuoteAsk
from contracts.words import Kind, Language
from demo.carrier.customers import seeded
from policies.pack import load
from services.billing.curve import simulate
from tests.cli.conftest import Doors

Tuiding = Callable[..., Result]
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
LINES = {customer.line.subscription: customer.line for customer in seeded(NOW.date())}
ID = "0e280603-cfb1-5f62-a185-0110386e3f18"


def answer(subscription: str, *items: str) -> Any:
    kind = Kind.PRODUCT if items else Kind.LINE
    ask = QuoteAsk(kind=kind, subscription=subscription, items=items)
    return simulate(ask, LINES[subscription], NOW, load("cn-carrier")).model_dump(mode="json")


def shown(parts: Callable[[Screen], Any], language: str = "en", width: int = 80) -> list[str]:
    screen = Screen(False, Language(language))
    screen.out = Console(width=width, force_terminal=False, color_system=None)
    with screen.out.capture() as captured:
        screen.show(*parts(screen))
    return captured.get().splitlines()


def test_the_curve_is_a_line_a_date_with_the_cheapest_and_the_lowest_marked() -> None:
    points = answer("sub-linecontract01")["dates"]
    lines = shown(lambda screen: curve(points, screen, 80))
    rows = [line for line in lines if FEE in line[20:] or REGULAR in line[20:]][: len(points)]
    cheapest = min(points, key=lambda point: (point["altogether"]["minor"], point["requested_end"]))
    marked = [line for line in rows if line.startswith(CHEAPEST)]
    assert len(marked) == 1 and f"{cheapest['altogether']['minor'] / 100:.2f}" in marked[0]
    assert [" 0.00 " in line for line in rows if LOWEST in line] == [True]


def test_a_bar_is_as_long_as_the_amount_and_the_fee_is_its_first_part() -> None:
    points = answer("sub-linecontract01")["dates"]
    lines = shown(lambda screen: curve(points, screen, 80))
    bars = [line[len(line.rstrip(FEE + REGULAR + " ")) :].strip() for line in lines if REGULAR in line][: len(points)]
    lengths = [len(bar) for bar in bars]
    sums = [point["altogether"]["minor"] for point in points]
    assert len(lengths) == len(points) and lengths == sorted(lengths)
    assert max(lengths) / min(lengths) == pytest.approx(max(sums) / min(sums), rel=0.1)
    assert all(REGULAR not in bar[: bar.count(FEE)] for bar in bars)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("subscription", ["sub-linecontract01", "sub-freeaddon03", "sub-twocontracts01"])
def test_nothing_is_wider_than_the_terminal(language: str, subscription: str) -> None:
    items = ("cloud-drive",) if subscription == "sub-freeaddon03" else ()
    known = answer(subscription, *items)
    lines = shown(lambda s: (*offer(known["quote"], s), *curve(known["dates"], s, 80)), language)
    assert max(cell_len(line) for line in lines) <= 80


def test_what_costs_nothing_has_no_bar_and_breaks_nothing() -> None:
    points = answer("sub-freeaddon03", "cloud-drive")["dates"]
    assert not [line for line in shown(lambda s: curve(points, s, 80))[2:-1] if FEE in line or REGULAR in line]
    assert shown(lambda screen: curve((), screen, 80)) == []


def test_the_tree_hangs_each_service_under_what_it_needs() -> None:
    known = answer("sub-dependent01", "data-pack")
    lines = shown(lambda s: (*offer(known["quote"], s), *obstacles(known, s)))
    at = lines.index("Data pack: ends")
    assert lines[at + 1 : at + 3] == [
        "└── Data boost: loses its base, needs a new package",
        "    └── Roaming pass: loses its base, needs a new package",
    ]
    assert "Cancel these together with it" in " ".join(lines)


def test_a_circle_of_needs_is_drawn_once() -> None:
    items = [{"item": name, "name": name, "fate": "ends", "shared_with": 2} for name in ("one", "two")]
    needs = [{"item": "one", "needs": "two"}, {"item": "two", "needs": "one"}]
    lines = shown(lambda s: offer({"relations": {"items": items, "needs": needs}}, s))
    assert [line for line in lines if "2 lines" in line] == [
        "one: ends, shared with 2 lines",
        "└── two: ends, shared with 2 lines",
    ]


def test_dates_to_compare_are_sent_and_the_answer_is_drawn(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["POST /v1/quotes"] = (200, answer("sub-linecontract01"))
    words = ("quote", "sub-linecontract01", "--on", "2027-01-01", "--on", "2027-02-01", "--requested-end", "2027-03-01")
    done = tuiding(*words)
    body = doors.asked[-1].body
    assert [each[:10] for each in body["dates"]] == ["2027-01-01", "2027-02-01"]
    assert body["requested_end"].startswith("2027-03-01") and done.exit_code == 0
    assert CHEAPEST in done.stdout and "cheapest altogether" in done.stdout


@pytest.fixture(params=["Pacific/Honolulu", "Pacific/Kiritimati"])
def far_away(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_away")
def test_a_day_to_compare_is_that_of_the_rules_however_far_away_it_is_asked(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["POST /v1/quotes"] = (200, answer("sub-linecontract01"))
    done = tuiding("quote", "sub-linecontract01", "--on", "2027-01-01", "--requested-end", "2027-03-01")
    assert done.exit_code == 0
    first, second = (asked.body for asked in doors.asked)
    assert not {"dates", "requested_end"} & first.keys(), "asked first which zone the rules have"
    assert (second["dates"], second["requested_end"]) == (["2027-01-01T00:00:00+08:00"], "2027-03-01T00:00:00+08:00")


@pytest.mark.usefixtures("far_away")
def test_the_day_a_line_shall_end_on_is_that_of_the_rules_however_far_away_it_is_said(
    doors: Doors, tuiding: Tuiding
) -> None:
    doors.answers["POST /v1/quotes"] = (200, answer("sub-linecontract01"))
    doors.answers["POST /v1/cancellations"] = (202, {"request_id": ID})
    done = tuiding("submit", "sub-linecontract01", "--requested-end", "2027-03-01")
    assert done.exit_code == 0
    assert doors.asked[-1].body["requested_end"] == "2027-03-01T00:00:00+08:00"
    assert "requested_end" not in doors.asked[0].body


def test_a_time_with_its_offset_is_taken_as_it_is_and_no_zone_is_asked_for(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["POST /v1/cancellations"] = (202, {"request_id": ID})
    tuiding("submit", "sub-linecontract01", "--requested-end", "2027-03-01T08:00:00-0500")
    assert [asked.body["requested_end"] for asked in doors.asked] == ["2027-03-01T08:00:00-05:00"]


@pytest.mark.parametrize(
    "said", [(409, {"title": "no price", "hint": "Submit it.", "code": "cannot-be-priced"}), (200, {"quote": {}})]
)
def test_a_day_whose_zone_nobody_tells_is_refused_with_how_to_write_it(
    doors: Doors, tuiding: Tuiding, said: tuple[int, Any]
) -> None:
    doors.answers["POST /v1/quotes"] = said
    done = tuiding("submit", "sub-linecontract01", "--requested-end", "2027-03-01")
    assert done.exit_code != 0 and WITH_OFFSET in done.stderr
    assert [asked.path for asked in doors.asked] == ["/v1/quotes"], "nothing was handed in"


@pytest.mark.parametrize(
    ("zone", "end", "said", "offered"),
    [
        ("Europe/Brussels", "2027-03-28T02:30:00", "does not exist", ("01:30:00+01:00", "03:30:00+02:00")),
        ("Europe/Brussels", "2027-10-31T02:30:00", "comes twice", ("02:30:00+02:00", "02:30:00+01:00")),
        ("Australia/Lord_Howe", "2026-10-04T02:15:00", "does not exist", ("01:45:00+10:30", "02:45:00+11:00")),
    ],
)
def test_an_hour_that_a_clock_change_skips_or_repeats_is_refused_with_what_to_write(
    doors: Doors, tuiding: Tuiding, zone: str, end: str, said: str, offered: tuple[str, str]
) -> None:
    doors.answers["POST /v1/quotes"] = (200, answer("sub-linecontract01") | {"time_zone": zone})
    done = tuiding("submit", "sub-linecontract01", "--requested-end", end)
    told = " ".join(done.stderr.split())
    assert done.exit_code == 2 and end in told and said in told and zone in told
    assert all(each in told for each in offered)
    assert [asked.path for asked in doors.asked] == ["/v1/quotes"], "nothing was handed in"


@pytest.mark.parametrize(
    ("end", "moment"),
    [
        ("2027-03-28T03:00:00", "2027-03-28T03:00:00+02:00"),
        ("2027-03-28T01:59:59", "2027-03-28T01:59:59+01:00"),
        ("2027-10-31T03:00:00", "2027-10-31T03:00:00+01:00"),
    ],
)
def test_beside_a_clock_change_an_hour_is_what_the_clock_shows(
    doors: Doors, tuiding: Tuiding, end: str, moment: str
) -> None:
    doors.answers["POST /v1/quotes"] = (200, answer("sub-linecontract01") | {"time_zone": "Europe/Brussels"})
    doors.answers["POST /v1/cancellations"] = (202, {"request_id": ID})
    assert tuiding("submit", "sub-linecontract01", "--requested-end", end).exit_code == 0
    assert doors.asked[-1].body["requested_end"] == moment


def test_a_day_that_begins_at_one_begins_with_its_first_moment(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["POST /v1/quotes"] = (200, answer("sub-linecontract01") | {"time_zone": "Africa/Cairo"})
    doors.answers["POST /v1/cancellations"] = (202, {"request_id": ID})
    assert tuiding("submit", "sub-linecontract01", "--requested-end", "2027-04-30").exit_code == 0
    first = datetime.fromisoformat(doors.asked[-1].body["requested_end"])
    assert first == datetime.fromisoformat("2027-04-30T01:00:00+03:00")


def test_as_json_a_quote_is_the_answer_itself(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["POST /v1/quotes"] = (200, answer("sub-linecontract01"))
    done = tuiding("quote", "sub-linecontract01", "--json")
    assert json.loads(done.stdout) == answer("sub-linecontract01")
    assert doors.asked[0].body.keys() == {"channel", "kind", "subscription", "items"}


@pytest.mark.parametrize(("viewer", "language"), [("UTC", "en"), ("America/New_York", "zh")])
def test_a_quote_is_shown_in_the_zone_of_its_rules_and_every_time_names_its_zone(
    doors: Doors, tuiding: Tuiding, monkeypatch: pytest.MonkeyPatch, viewer: str, language: str
) -> None:
    monkeypatch.setenv("TZ", viewer)
    time.tzset()
    known = answer("sub-freeaddon01", "video-pack")
    doors.answers["POST /v1/quotes"] = (200, known)
    said = tuiding("quote", "sub-freeaddon01", "video-pack", "--lang", language).stdout
    monkeypatch.undo()
    time.tzset()
    named = {"en": "(CNY, Asia/Shanghai)", "zh": "（人民币, Asia/Shanghai）"}[language]
    assert known["time_zone"] == "Asia/Shanghai" and named in said
    times = re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d.*", said)
    assert times and [each for each in times if not each.rstrip().endswith("Asia/Shanghai")] == []
    charged = datetime.fromisoformat(known["quote"]["charge_end"]).astimezone(ZoneInfo("Asia/Shanghai"))
    assert f"{charged:%Y-%m-%d %H:%M:%S} Asia/Shanghai" in said and f"{charged:%H}" == "00"


def test_a_time_without_a_zone_of_its_own_names_the_readers() -> None:
    shown_time = local_time("2026-12-01T00:00:00+00:00")
    assert re.fullmatch(r"2026-1[12]-\d\d \d\d:\d\d:\d\d UTC([+-]\d\d:\d\d)?", shown_time)


CLOCK = {
    "request_id": ID,
    "name": "dispute-answer",
    "title": {"zh": "费用异议答复", "en": "dispute answer"},
    "state": "late",
    "state_text": {"zh": "已逾期", "en": "late"},
    "owed_by_text": {"zh": "运营商", "en": "carrier"},
    "started": "2026-03-01T08:00:00Z",
    "due": "2026-03-16T08:00:00Z",
    "seconds_left": -2 * 86_400 - 5,
    "remedy": {"what": {"zh": "提醒", "en": "somebody is called"}},
}


@pytest.mark.parametrize(
    ("language", "said", "left"), [("en", "dispute answer", "-2d"), ("zh", "费用异议答复", "-2天")]
)
def test_what_is_late_is_listed_with_whose_it_is_and_since_when(
    doors: Doors, tuiding: Tuiding, language: str, said: str, left: str
) -> None:
    doors.answers["GET /v1/clocks"] = (200, {"late": [CLOCK], "hour": [], "today": [], "more": True})
    done = tuiding("clocks", "--lang", language)
    assert said in done.stdout and left in done.stdout and ID in done.stdout
    assert f"tuiding clocks {ID}" in done.stderr


def test_the_clocks_of_a_request_say_what_follows_from_being_late(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers[f"GET /v1/requests/{ID}"] = (200, {"clocks": [CLOCK, CLOCK | {"state": "kept"}], "events": []})
    done = tuiding("clocks", ID)
    assert "late: somebody is called" in done.stdout
    asked = json.loads(tuiding("clocks", ID, "--json").stdout)
    assert asked == {"request_id": ID, "clocks": [CLOCK, CLOCK | {"state": "kept"}]}


def test_nothing_due_is_said(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["GET /v1/clocks"] = (200, {"late": [], "hour": [], "today": [], "more": False})
    assert "Nothing is late" in tuiding("clocks").stdout
