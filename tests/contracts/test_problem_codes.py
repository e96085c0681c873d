"""Every no a door can say is in the table beside it, and every word in the table is one somebody says."""

import re
from pathlib import Path

import pytest

from contracts.refusals import REFUSALS
from runtime.http.callers.problem_codes import CALLERS
from runtime.http.problem_codes import GENERAL, Codes
from services.billing import door as billing
from services.console import problem_codes as console
from services.intake.door import problem_codes as intake

HERE = Path(__file__).parents[2]
SAID = re.compile(r'Problem\(\s*"([a-z0-9-]+)"')
DOORS = {"billing": billing.CODES, "console": console.CODES, "intake": intake.CODES}


def said_in(folder: str) -> set[str]:
    return {name for file in (HERE / folder).rglob("*.py") for name in SAID.findall(file.read_text())}


@pytest.mark.parametrize(("service", "codes"), DOORS.items(), ids=DOORS.keys())
def test_every_code_a_door_says_is_in_its_table(service: str, codes: Codes) -> None:
    assert said_in(f"services/{service}") <= codes.keys()
    assert said_in("runtime/http") - {"unknown-request"} <= GENERAL.keys() | CALLERS.keys()
    assert GENERAL.keys() <= codes.keys() and (service == "console" or CALLERS.keys() <= codes.keys())


@pytest.mark.parametrize("codes", DOORS.values(), ids=DOORS.keys())
def test_every_code_has_its_words_in_both_languages(codes: Codes) -> None:
    for name, (status, title, hint) in codes.items():
        assert 400 <= status <= 503 and all((title.zh, title.en, hint.zh, hint.en)), name


def test_what_only_one_door_says_is_in_no_general_table() -> None:
    assert not GENERAL.keys() & (REFUSALS.keys() | {"unknown-dead-letter", "line-ended", "wrong-login-problem"})
