"""What a saga costs in counted things stays below what was reached once: nobody gives it back unseen."""

import pytest

from bench.count import a_saga

CEILINGS = {
    1: {"calls": 7_040, "statements": 97, "commits": 19, "deliveries": 26, "records": 13, "parses": 50},
    20: {"calls": 4_400, "calls into C": 5_400, "statements": 9, "deliveries": 26, "records": 13, "writes": 91},
}


@pytest.mark.parametrize("most", CEILINGS)
def test_a_saga_costs_no_more_than_it_did(most: int) -> None:
    figures = a_saga(most)
    above = {name: figures[name] for name, ceiling in CEILINGS[most].items() if figures[name] > ceiling}
    assert above == {}, "counted a saga; `make count` shows them all"
