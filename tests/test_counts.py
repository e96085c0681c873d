"""What a saga costs in counted things stays below what was reached once: nobody gives it back unseen."""

import pytest

from bench.count import a_saga

CEILINGS = {
    1: {"calls": 28_500, "statements": 186, "commits": 35, "deliveries": 27, "records": 34, "parses": 48},
    20: {"calls": 8_250, "calls into C": 9_900, "statements": 13, "deliveries": 27, "records": 14, "writes": 91},
}


@pytest.mark.parametrize("most", CEILINGS)
def test_a_saga_costs_no_more_than_it_did(most: int) -> None:
    figures = a_saga(most)
    above = {name: figures[name] for name, ceiling in CEILINGS[most].items() if figures[name] > ceiling}
    assert above == {}, "counted a saga; `make count` shows them all"
