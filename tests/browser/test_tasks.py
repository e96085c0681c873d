"""The eleven tasks of an operator, from the first page, with mouse and with keyboard, each in at most four presses."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Seen
from tests.browser.hand import Hand
from tests.browser.scene import DISPUTE, REFUSED, REVIEW, busy

MOST_PRESSES = 4
MOST_SECONDS = 60.0  # of somebody who has never seen the console
TOOK: dict[tuple[str, str], tuple[Hand, float]] = {}
Task = Callable[[Hand, Seen], None]


def why_a_request_is_stuck(hand: Hand, seen: Seen) -> None:
    outage = hand.page.locator("#strip li", has_text="Messaging does not answer")
    expect(outage).to_contain_text("175")
    hand.press(outage.get_by_role("link"))
    hand.press(hand.page.locator("#calls").get_by_role("link", name=seen.related[:8]))
    expect(hand.page.locator("#says")).to_contain_text("HTTP 503")
    expect(hand.page.locator("#calls")).to_contain_text("9")


def which_topic_lags_and_since_when(hand: Hand, seen: Seen) -> None:
    hand.menu("Topics")
    row = hand.page.locator("#topics tr", has_text="cancellation.intake").first
    expect(row).to_contain_text("review")
    expect(row.locator("td", has_text="s").first).to_be_visible()


def the_records_of_a_topic_as_they_come(hand: Hand, seen: Seen) -> None:
    hand.menu("Topics")
    hand.press(hand.page.get_by_role("link", name="cancellation.intake", exact=True))
    expect(hand.page.locator("#records")).to_contain_text("request accepted")
    expect(hand.page.locator("#tail")).to_be_visible()
    for _ in range(20):  # what came before its first look is not among them
        last = seen.broker.held[-1]
        seen.broker.held.append(last._replace(offset=last.offset + 1))
        with suppress(AssertionError):
            expect(hand.page.locator("#tail li").first).to_contain_text(f"0@{last.offset + 1}", timeout=2_500)
            return
    raise AssertionError("nothing came")


def approve_a_referred_review(hand: Hand, seen: Seen) -> None:
    hand.menu("Work")
    hand.press(_row(hand, REVIEW).get_by_role("link", name="Approve", exact=True))
    hand.order()


def decide_a_dispute(hand: Hand, seen: Seen) -> None:
    hand.menu("Work")
    hand.press(_row(hand, DISPUTE).get_by_role("link", name="Fee stands", exact=True))
    hand.order()


def try_a_refused_call_again(hand: Hand, seen: Seen) -> None:
    hand.menu("Work")
    hand.press(_row(hand, REFUSED).get_by_role("link", name="Try again", exact=True))
    hand.order()


def send_a_dead_letter_again(hand: Hand, seen: Seen) -> None:
    hand.menu("Dead letters")
    letters = hand.page.locator("#dead-letters")
    hand.press(letters.locator("input[name=place]").first)
    hand.press(letters.get_by_role("button", name="Send selected again"))
    expect(hand.page.locator("#dialog")).to_contain_text("A dry run: nothing has happened yet.")
    hand.order()


def what_is_late(hand: Hand, seen: Seen) -> None:
    hand.press(hand.page.locator("#clocks tr.late-clock").get_by_role("link", name=seen.late[:8]))
    expect(hand.page.locator("#request-id")).to_have_text(seen.late)


def a_request_by_its_subscription(hand: Hand, seen: Seen) -> None:
    hand.page.keyboard.press("/")
    hand.type("sub-undecided01")
    hand.page.keyboard.press("Enter")
    expect(hand.page.locator("#request-id")).to_have_text(seen.soon)


def how_the_carrier_is(hand: Hand, seen: Seen) -> None:
    hand.menu("Carrier")
    expect(hand.page.locator("#carrier tr", has_text="messaging")).to_contain_text("AWAY")


def which_worker_has_which_partition(hand: Hand, seen: Seen) -> None:
    hand.menu("Topics")
    hand.press(hand.page.get_by_role("link", name="cancellation.intake", exact=True))
    expect(hand.page.locator("table").first).to_contain_text("worker 1")


TASKS = (
    why_a_request_is_stuck,
    which_topic_lags_and_since_when,
    the_records_of_a_topic_as_they_come,
    approve_a_referred_review,
    decide_a_dispute,
    try_a_refused_call_again,
    send_a_dead_letter_again,
    what_is_late,
    a_request_by_its_subscription,
    how_the_carrier_is,
    which_worker_has_which_partition,
)


def _row(hand: Hand, request_id: str) -> Locator:
    return hand.page.locator("#attention tr", has_text=request_id[:8])


@pytest.fixture(scope="module")
def scene(seen: Seen, request: pytest.FixtureRequest) -> Iterator[Seen]:
    """Says at the end what each task took: docs/operating.md has the table."""
    busy(seen)
    TOOK.clear()
    yield seen
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{'task':<40} {'by':<8} presses keys words seconds  a stranger's", end="")
        for (name, how), (hand, seconds) in TOOK.items():
            counted = (
                f"{hand.presses:>7} {hand.keys:>4} {hand.words:>5} {seconds:>7.1f} {hand.strangers_seconds:>13.0f}"
            )
            print(f"\n{name.replace('_', ' '):<40} {how:<8} {counted}", end="")


@pytest.mark.parametrize("with_keyboard", [False, True], ids=["mouse", "keyboard"])
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__)
def test_an_operator_can(page: Page, scene: Seen, task: Task, with_keyboard: bool) -> None:
    hand = Hand(page, with_keyboard)
    page.goto(f"{scene.address}/?lang=en")
    began = time.monotonic()
    task(hand, scene)
    seconds = time.monotonic() - began
    TOOK[task.__name__, "keyboard" if with_keyboard else "mouse"] = hand, seconds
    assert hand.presses <= MOST_PRESSES and hand.strangers_seconds <= MOST_SECONDS
