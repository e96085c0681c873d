"""What a channel writes into a header is nobody's fault but its own: it is taken, or refused by its contract."""

import pytest

from runtime.kernel.arrivals import Consumed
from runtime.kernel.kernel import Kernel
from tests.kernel.steps import step
from tests.kernel.tally import pay
from tests.kernel.test_identity import spoken

NAMES = ("ce_id", "ce_source", "ce_time", "ce_causationid", "ce_correlationid", "ce_policyversion", "traceparent")
ODD = {
    "a zero byte": "a\x00b",
    "half a pair": "\\ud800",
    "very long": "x" * 300_000,
    "signs for a terminal": "\x1b]0;x\x07",
    "a time of 1970": "1970-01-01T00:00:00Z",
    "microseconds": "1796024711169000",
    "a time below zero": "-1",
    "letters of another script": "\u7f51\u5385",
}
OUR_FAULT = {b"decision-failed", b"cannot-be-stored"}


def odd_one(number: int, name: str, odd: str) -> Consumed:
    told = spoken(pay(number), "/channels/app")
    kept = [each for each in told.record.headers if each[0] != name]
    return told._replace(record=told.record._replace(headers=[*kept, (name, odd.encode())]))


@pytest.mark.parametrize("name", NAMES)
def test_an_odd_header_is_no_fault_of_ours_on_either_database(kernel: Kernel, name: str) -> None:
    for number, odd in enumerate(ODD.values()):
        outcome = step(kernel, odd_one(number, name, odd))
        codes = {dict(each.record.headers).get("x-error-code") for each in outcome.publish}
        assert outcome.handled == 1 and not codes & OUR_FAULT, odd
        traces = [value for each in outcome.publish for name, value in each.record.headers if name == "traceparent"]
        assert traces and all(len(each) == len(traces[0]) < 100 for each in traces), odd
