"""The shortest story that still shows the violation: people and faults are left out one by one while it does."""

from dataclasses import fields, replace

from tests.simulation.chaos import Rates
from tests.simulation.run import Report, run
from tests.simulation.seams import Plan, Seams

NAMES = tuple(each.name for each in fields(Rates))


def shortest(report: Report, seams: Seams) -> tuple[Plan, Report]:
    """Same seed, fewer people, fewer kinds of faults; the invariant that broke must still break."""
    broken = {violation.invariant for violation in report.violations}
    plan, best = Plan(report.seed), report
    for name in NAMES:
        plan, best = _try(replace(plan, without=plan.without | {name}), plan, best, broken, seams)
    for number in reversed(range(report.people)):
        there = plan.people if plan.people is not None else tuple(range(report.people))
        fewer = tuple(each for each in there if each != number)
        if fewer:
            plan, best = _try(replace(plan, people=fewer), plan, best, broken, seams)
    return plan, best


def _try(wish: Plan, plan: Plan, best: Report, broken: set[str], seams: Seams) -> tuple[Plan, Report]:
    tried = run(wish, seams, story=True)
    if broken & {violation.invariant for violation in tried.violations}:
        return wish, tried
    return plan, best
