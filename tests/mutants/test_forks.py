"""A job in a fork ends as it says, or by what ended it; nothing of it is left here."""

import os
import signal

from tests.mutants.forks import AT_ONCE, in_forks


def test_each_job_ends_once_with_its_own_code() -> None:
    jobs = [(number, lambda code=number: code) for number in range(3 * AT_ONCE + 1)]
    assert sorted(in_forks(jobs)) == [(number, number) for number in range(3 * AT_ONCE + 1)]


def test_what_a_job_raises_or_dies_of_is_no_outcome_of_a_test() -> None:
    def raises() -> int:
        raise SystemExit(0)

    def dies() -> int:
        os.kill(os.getpid(), signal.SIGXCPU)
        return 0

    assert dict(in_forks([("raises", raises), ("dies", dies)])) == {"raises": os.EX_SOFTWARE, "dies": -signal.SIGXCPU}
