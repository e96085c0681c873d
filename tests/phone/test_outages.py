"""An outage that anybody can switch on: every system of the carrier has a switch, with words in both languages."""

import pytest

from contracts.carrier.operations import OPERATIONS
from demo.phone import words
from demo.phone.outages import NOT_NOW, SYSTEMS
from demo.phone.outside import of_the_carrier


def test_every_system_that_is_asked_has_a_switch() -> None:
    assert set(SYSTEMS) == {each.system for each in OPERATIONS.values()} and len(SYSTEMS) == len(set(SYSTEMS))


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_system_is_called_by_a_name_that_people_know(system: str, language: str) -> None:
    assert words.say("system", system, language) != system or (system, language) in {
        ("charging", "en"),
        ("provisioning", "en"),
        ("messaging", "en"),
    }


def test_switched_off_it_is_an_outage_that_is_waited_for_and_no_refusal() -> None:
    assert "does not answer" in of_the_carrier({"status": NOT_NOW["status"]}, "en")["title"]
