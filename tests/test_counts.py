"""What a saga costs in counted things stays below what was reached once: nobody gives it back unseen."""

import pytest

from bench.count import a_saga

CEILINGS = {
    1: {"calls": 28_800, "statements": 192, "commits": 36, "deliveries": 28, "records": 35, "parses": 51},
    20: {"calls": 8_400, "calls into C": 10_200, "statements": 13, "deliveries": 28, "records": 14, "writes": 93},
}


@pytest.mark.parametrize("most", CEILINGS)
def test_a_saga_costs_no_more_than_it_did(most: int) -> None:
    figures = a_saga(most)
    above = {name: figures[name] for name, ceiling in CEILINGS[most].items() if figures[name] > ceiling}
    assert above == {}, "counted a saga; `make count` shows them all"
