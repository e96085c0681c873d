"""A Chinese letter writes every amount in one way, also in the arithmetic behind a fee; so does an English one."""

import pytest

from contracts.words import Language
from tests.flow.customer import confirm, submit
from tests.flow.system import System


@pytest.mark.parametrize(("language", "form", "never"), [(Language.ZH, "¥", "CNY"), (Language.EN, "CNY ", "¥")])
def test_all_amounts_of_a_letter_have_one_form(language: Language, form: str, never: str) -> None:
    system = System("cn-carrier")
    request = submit(system, "sub-linecontract01", language=language)
    confirm(system, request)
    letters = [each["content"] for each in system.carrier_acts("/customers/sub-linecontract01/inbox", "GET")]
    system.close()
    assert any(form in letter for letter in letters)
    assert [letter for letter in letters if never in letter] == []
