"""A letter is short work, whatever its template says: what could multiply is refused when the pack is read."""

import time

import pytest

from contracts.messages import TYPES, ForCustomer
from policies.templates import template_fault

QUOTED = TYPES["quote.issued.v1"]
TOO_MUCH = {
    "a word as wide as the memory": ("{{ 'a' | center(1000000000) }}", "filter center"),
    "text times a number": ("{{ 'a' * 10**9 }}", "Mul"),
    "a power": ("{{ 1 + 2**9999999999 }}", "Add"),
    "a form with a width": ("{{ '%1000000000d' % 1 }}", "Mod"),
    "a filter of forms": ("{{ '%1000000000d' | format(1) }}", "filter format"),
    "a call": ("{{ range(1000000000) | length }}", "call"),
    "a method": ("{{ request_id.upper() }}", "call"),
    "loops in loops in loops": (
        "{% for a in quote.lines %}" * 3 + "x" + "{% endfor %}" * 3,
        "loops more than 2 deep",
    ),
    "a loop over letters": ("{% for a in request_id %}{{ a }}{% endfor %}", "a field that is a list"),
    "a loop over what was written down": ("{% for a in (1, 2) %}{{ a }}{% endfor %}", "a field that is a list"),
    "doubling": ("{% set a = 'x' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}", "joining of words"),
    "doubling with a list": ("{% set a = 'x' %}" + "{% set a = [a, a] %}" * 40 + "{{ a }}", "joining of words"),
    "doubling with join": ("{% set a = ('x', 'x') | join %}{{ a }}", "joining of words"),
    "doubling with a block": ("{% set a %}{{ request_id }}{% endset %}{{ a }}", "block of {% set %}"),
    "another file": ("{% include 'pack.yaml' %}", "include"),
    "a file's names": ("{% from 'x' import y %}", "import"),
    "a macro": ("{% macro m() %}{% endmacro %}", "macro"),
    "a parent": ("{% extends 'x' %}", "Extends"),
    "a class": ("{{ request_id.__class__ }}", "underscore"),
    "a class by its name": ("{{ request_id['__class__'] }}", "underscore"),
    "brackets": ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "nested too deeply"),
}


def quoted(source: str) -> str:
    assert issubclass(QUOTED, ForCustomer)
    fault = template_fault(source, QUOTED)
    return fault.en if fault else ""


@pytest.mark.parametrize(("source", "named"), TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_what_could_multiply_is_refused_by_its_name_and_at_once(source: str, named: str) -> None:
    began = time.process_time()
    assert named in quoted(source)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "source",
    [
        "{{ quote.total | money }}",
        "{% set basis = quote.clauses | authority %}{{ basis }}",
        "{% for line in quote.lines %}{% for step in line.steps %}{{ step | text }}{% endfor %}{% endfor %}",
        "{{ 'a' ~ ('b' if quote.total.minor > 0 else 'c') }}",
        "{{ {'zh': 'x', 'en': 'y'}[language] }}{{ quote.lines | length }}",
    ],
)
def test_what_letters_are_made_of_stays(source: str) -> None:
    assert quoted(source) == ""
