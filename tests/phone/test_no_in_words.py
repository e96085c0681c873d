"""What the carrier's stand-in refuses, as a customer reads it: in their language, with a way on."""

import re

import pytest

from demo.carrier.problems import CODES
from demo.phone.outside import of_the_carrier


@pytest.mark.parametrize("code", CODES)
def test_no_word_of_the_carriers_english_reaches_a_chinese_page(code: str) -> None:
    status, title = CODES[code]
    told = of_the_carrier({"status": status, "code": code, "title": title, "detail": "sub-x is not a customer"}, "zh")
    assert told["title"] and told["hint"] and not re.search(r"[A-Za-z]", "".join(map(str, told.values())))


def test_somebody_who_does_not_exist_and_a_system_that_is_away_are_told_apart() -> None:
    gone, away = (of_the_carrier({"status": status}, "en")["title"] for status in (404, 503))
    assert "no such customer" in gone and "does not answer" in away


@pytest.mark.parametrize("status", [400, 401, 403, 409, 410, 422])
def test_what_the_carrier_refuses_is_not_told_as_a_customer_who_does_not_exist(status: int) -> None:
    assert of_the_carrier({"status": status}, "en")["title"] == "The carrier did not do it."
