"""`python -m tests.mutants --sample 300 --seed 1 --names 'services.billing.settling.*'`: what would no test notice?"""

import argparse
import math
from collections import Counter

import pytest

from tests.mutants.changes import drawn
from tests.mutants.forks import AT_ONCE
from tests.mutants.trying import KILLED, TIMED_OUT, Trying

TESTS = (
    "tests/domain",
    "tests/flow",
    "tests/door/test_door_quotes.py",
)  # in this process: the rules, billing, its door


def main() -> None:
    wanted = _arguments()
    changes = drawn(wanted.names, wanted.sample, wanted.seed)
    trying = Trying(changes, wanted.at_once, wanted.patience)
    pytest.main(["-q", "-s", "--tb=no", "-p", "no:cacheprovider", *wanted.tests], plugins=[trying])
    _tell(Counter(trying.outcomes.values()), len(changes))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=300, help="how many changes are drawn")
    parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same ones")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="how many are tried at once")
    parser.add_argument("--patience", type=float, default=math.inf, help="seconds of CPU, before a change is given up")
    parser.add_argument("--names", default="*", help="of those with such a name only")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="by these tests only: fewer are noticed, and sooner")
    return parser.parse_args()


def _tell(outcomes: Counter[str], drawn: int) -> None:
    for outcome, number in outcomes.most_common():
        print(f"{outcome:15}{number:6}")
    noticed, tried = outcomes[KILLED] + outcomes[TIMED_OUT], outcomes.total()
    print(f"noticed: {noticed} of {tried} tried ({drawn} drawn), {100 * noticed / max(1, tried):.1f} %")


if __name__ == "__main__":
    main()
