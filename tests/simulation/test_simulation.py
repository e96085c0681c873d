"""The simulation itself: green as it is, red with each planted bug, the same again for the same seed."""

import inspect
import io
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from rich.console import Console

from tests.simulation import __main__ as program
from tests.simulation import many, screen, shrinking
from tests.simulation.bugs import BUGS
from tests.simulation.bugs_of_deciding import billing_settles_alone
from tests.simulation.chaos import FAULTS, POINTS, RARE, drawn
from tests.simulation.mortality import AWAITS, PARTS
from tests.simulation.run import run
from tests.simulation.seams import Plan, Seams

SEEDS = range(16)
MOST_SEEDS_PER_BUG = 100
PLACE = 64  # a crash point, by its number
ABOUT_IT = [PLACE + len(POINTS) * times for times in range(3)]  # the seeds about it
DIGEST = "from tests.simulation.run import run; from tests.simulation.seams import Plan; print(run(Plan({})).digest)"


def test_some_seeds_break_no_promise() -> None:
    """Hundreds, and every fault and crash point, are for `make simulate`."""
    total = many.Total()
    for each in many.every(SEEDS):
        total.add(each)
    assert total.violations == []
    assert total.seeds == len(SEEDS) and total.requests > 3 * len(SEEDS)
    assert {"closed", "withdrawn", "expired", "rejected", "returned", "joined"} <= total.ends.keys()
    assert len(total.faults_missing) <= 4, total.faults_missing


def test_what_did_not_happen_gets_seeds_of_its_own() -> None:
    """A crash point may be missed by the one seed of a range that is about it: the next one about it comes then."""
    total = many.Total(faults=Counter(FAULTS), crashes=Counter(POINTS))
    assert many.about_what_is_missing(total, 119) == []
    del total.crashes[POINTS[PLACE]], total.faults["flood"]
    assert many.about_what_is_missing(total, 119) == [120, ABOUT_IT[1]]
    assert {drawn(random.Random(1), seed).favourite for seed in ABOUT_IT} == {POINTS[PLACE]}
    assert many.about_what_is_missing(total, ABOUT_IT[1]) == [ABOUT_IT[1] + 1, ABOUT_IT[2]]


def test_seeds_go_on_until_all_happened_or_a_few_rounds_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[int]] = []

    def every(seeds: Sequence[int]) -> Iterator[many.Short]:
        ran.append(list(seeds))
        for seed in seeds:
            happened = Counter(POINTS) - (Counter() if seed == ABOUT_IT[2] else Counter([POINTS[PLACE]]))
            yield many.Short(seed, 1, Counter(), Counter(FAULTS), happened, [], "")

    monkeypatch.setattr(many, "every", every)
    total = many.Total()
    assert list(many.until_all_happened(range(120), total)) == [*[120] * 120, 121, 122]
    assert ran[1:] == [[ABOUT_IT[1]], [ABOUT_IT[2]]] and total.seeds == 122 and total.points_missing == []
    monkeypatch.setattr(many, "about_what_is_missing", lambda total, last: [last + 1])
    assert len(list(many.until_all_happened(range(20), many.Total()))) == 20 + many.MOST_ROUNDS - 1


def test_a_planted_bug_turns_the_simulation_red_and_all_of_them_are_for_make_simulate() -> None:
    (found,) = many.hunt(["no-inbox"], range(MOST_SEEDS_PER_BUG))
    assert found.violations and many.seams_of("no-inbox") != Seams()


def test_billings_word_alone_switches_nobody_off_until_termination_believes_it_alone() -> None:
    """The same lie in the same run: what is paid is wrong both times, intake tells it, and only the bug breaks I4."""
    lies = [run(Plan(seed), replace(Seams(), wiring=billing_settles_alone)) for seed in (0, 2)]
    believed = run(Plan(2), many.seams_of("one-word-ends-a-line"))
    assert {each.invariant for lie in lies for each in lie.violations} == {"I7", "doubt"}
    assert "I4" in {each.invariant for each in believed.violations}


def test_every_await_of_the_engine_is_a_place_to_die() -> None:
    """A new one appears by itself; none has the name of another, or a crash in one would count for both."""
    source = "\n".join(inspect.getsource(part) for part in PARTS)
    waits = source.count("await ") + source.count("async with ")
    threads = 1  # handing work to the store's thread, which is done in place here
    assert len(AWAITS) == len(set(AWAITS)) == waits - threads


def test_what_makes_a_rare_place_likely_names_a_place_that_there_is() -> None:
    """Renamed, it would bring nobody there any more, and no run would say why."""
    assert [place for place in RARE if not any(place in point for point in POINTS)] == []


def test_a_worker_that_is_killed_where_it_waits_is_started_again_and_nothing_is_lost() -> None:
    report = run(Plan(POINTS.index("at _turn: _step(arrivals)")))
    assert sum(report.seen.crashes[each] for each in AWAITS) and report.violations == []


def digest_in_a_process_of_its_own(seed: int, hash_seed: int) -> str:
    environment = os.environ | {"PYTHONHASHSEED": str(hash_seed)}
    command = [sys.executable, "-c", DIGEST.format(seed)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.strip()


def test_the_same_seed_is_the_same_run_byte_for_byte_under_any_hash_seed() -> None:
    assert len({digest_in_a_process_of_its_own(11, hash_seed) for hash_seed in (0, 1, 4242)}) == 1


def test_a_run_does_not_depend_on_the_runs_before_it() -> None:
    alone = digest_in_a_process_of_its_own(7, 0)
    run(Plan(8))
    assert run(Plan(7)).digest == alone != run(Plan(8)).digest


def test_a_run_does_not_depend_on_who_else_draws_in_its_process() -> None:
    """Clients that other tests left open do, each time they connect anew."""
    alone, over = run(Plan(7)).digest, threading.Event()

    def draws() -> None:
        while not over.wait(0.001):
            random.uniform(0.8, 1.2)

    other = threading.Thread(target=draws)
    other.start()
    try:
        assert run(Plan(7)).digest == alone
    finally:
        over.set()
        other.join()


def test_a_run_in_which_nothing_happened_is_a_failed_run() -> None:
    (violation,) = run(Plan(1, people=())).violations
    assert violation.sentence.startswith("nothing happened")


def test_the_shortest_story_breaks_the_same_promise_with_fewer_people() -> None:
    seams = many.seams_of("float-money")
    found = many.first_to_show("float-money", range(MOST_SEEDS_PER_BUG))
    report = run(Plan(found.seed), seams, story=True)
    plan, shortest = shrinking.shortest(report, seams)
    assert plan.people is not None and len(plan.people) < report.people
    assert {each.invariant for each in shortest.violations} & {each.invariant for each in found.violations}
    assert len(shortest.story) < len(report.story)


def test_a_story_is_told_by_request_and_names_the_violation() -> None:
    found = many.first_to_show("refund-sign", range(MOST_SEEDS_PER_BUG))
    report = run(Plan(found.seed), many.seams_of("refund-sign"), story=True)
    console = Console(record=True, width=160, file=io.StringIO())
    screen.one(console, report, Plan(found.seed))
    text = console.export_text()
    assert "the customer says cancellation.submit.v1" in text and found.violations[0].sentence in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--seeds", "9-1"], "runs backwards"),
        (["--seeds", "ten"], "is no range of seeds"),
        (["--seed", "x"], "is no seed"),
        (["--bug", "nonsense"], "nobody planted 'nonsense'"),
        (["--bug", "all", "--seed", "1"], "replayed alone"),
    ],
)
def test_bad_arguments_get_one_sentence_and_a_non_zero_exit(
    arguments: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["simulate", *arguments])
    with pytest.raises(SystemExit) as stopped:
        program.main()
    assert sentence in str(stopped.value.code) and "\n" not in str(stopped.value.code)


def test_as_it_stands_no_bug_is_planted() -> None:
    assert many.seams_of("") == Seams()
    assert len(BUGS) == 29
