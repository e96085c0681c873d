"""The count of quotes a second can be taken: both ways come to the same money for every customer of the demo."""

import pytest

from bench.quotes import customers, plain_arithmetic, whole_quote
from policies.pack import load


@pytest.mark.parametrize("name", ["cn-carrier"])
def test_a_quote_and_plain_arithmetic_come_to_the_same_money(name: str) -> None:
    pack = load(name)
    lines = customers(pack)
    assert len(lines) > 20
    assert list(map(whole_quote(pack), lines)) == list(map(plain_arithmetic(pack), lines))
