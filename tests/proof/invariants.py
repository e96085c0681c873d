"""The seventeen promises by their names; `check` asks all of them about one history.

Each is a small pure function over effects, topics and tables. A checker that was never red proves nothing: every one
has a test that feeds it a broken history (tests/simulation/test_invariants*.py).
"""

from collections.abc import Callable

from tests.proof.afterlife import the_afterlife_is_bounded
from tests.proof.clocks import alarms_ring_once_and_in_time, everything_moves_again
from tests.proof.doubles import nothing_is_done_twice
from tests.proof.ends import dead_letters_keep_everything, nothing_accepted_is_lost, one_end_each
from tests.proof.forgetting import erased_is_gone
from tests.proof.history import History, Violation
from tests.proof.money import money_is_conserved, quoted_is_settled
from tests.proof.order import everything_has_a_cause, offsets_wait_for_work, versions_run_on
from tests.proof.privacy import nothing_personal_leaks
from tests.proof.rebuilding import rebuilt_is_live
from tests.proof.rights import no_end_before_the_money, no_end_without_a_yes

Invariant = Callable[[History], list[Violation]]
INVARIANTS: dict[str, Invariant] = {
    "I1": nothing_accepted_is_lost,
    "I2": one_end_each,
    "I3": nothing_is_done_twice,
    "I4": no_end_without_a_yes,
    "I5": no_end_before_the_money,
    "I6": money_is_conserved,
    "I7": quoted_is_settled,
    "I8": versions_run_on,
    "I9": everything_has_a_cause,
    "I10": alarms_ring_once_and_in_time,
    "I11": dead_letters_keep_everything,
    "I12": rebuilt_is_live,
    "I13": everything_moves_again,
    "I14": offsets_wait_for_work,
    "I15": nothing_personal_leaks,
    "I16": the_afterlife_is_bounded,
    "I17": erased_is_gone,
}


def check(history: History) -> list[Violation]:
    return [violation for invariant in INVARIANTS.values() for violation in invariant(history)]
