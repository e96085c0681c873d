"""A service's page pairs a message with the decision on it: the type checker sees a pair that does not fit."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.flow import DECIDING
from runtime.wiring import Wiring

ROOT = Path(__file__).parents[2]
PAIR = """
from contracts.messages import commands
from contracts.messages.intake import ConfirmationGiven
from runtime.wiring import Wiring, hears
from services.billing import incidents, settling, withdrawing
from services.billing.case import BillingCase
from services.intake import domain, follow_ups

"""
WIRED = PAIR + 'WIRING = Wiring(service="billing", case=BillingCase, on=(), {})\n'
RIGHT = (
    PAIR + "hears(commands.SubmitCancellation, domain.submit)\n",
    PAIR + "hears(ConfirmationGiven, settling.settle)\n",
    WIRED.format('refusals={"charge": incidents.attention}'),
)
WRONG = (
    PAIR + "hears(commands.SubmitCancellation, follow_ups.withdraw)\n",
    PAIR + "hears(ConfirmationGiven, withdrawing.withdraw)\n",
    WIRED.format('answers={"charge": settling.charge_refused}'),
    WIRED.format('refusals={"charge": settling.charged}'),
    WIRED.format('rings={"quote-deadline": settling.charged}'),
    WIRED.format("taken=settling.charged"),
)


def checked(program: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", "-c", program]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("program", RIGHT)
def test_a_message_with_the_decision_on_it_passes(program: str) -> None:
    assert checked(program).returncode == 0


@pytest.mark.parametrize("program", WRONG)
def test_a_message_with_the_decision_on_another_does_not_pass(program: str) -> None:
    done = checked(program)
    assert done.returncode == 1 and done.stdout.count("error: ") == 1, done.stdout
    assert "incompatible type" in done.stdout and "Decision" in done.stdout


@pytest.mark.parametrize("service", [service.name for service in DECIDING])
def test_no_service_names_two_decisions_on_one_message(service: str) -> None:
    wiring: Wiring = importlib.import_module(f"services.{service}.app").WIRING
    assert len(wiring.decisions) == len(wiring.on)
