"""Whatever stands in the query or the path of a page or of its JSON: an answer, never a failure of ours."""

import re
from collections.abc import Iterator

import pytest

from services.console import roles
from tests.console.conftest import OPEN, REQUEST, FakeHost
from tests.console.test_sign_in import app_of, browser

ODD = (
    *("", "x", "-1", "9" * 30, "1e9", "NaN", "[]", "%FF%FE", "%ED%A0%80", "%EF%BC%91", "%25%30%30", "%", "%zz"),
    *("'%20or%201=1--", "%2E%2E%2Fx", "a%5C..%5Cb", "0001-01-01", "a[9999999999]@" + "9" * 20),
)
ENDLESS = ("/tail", "/events")


def addresses(host: FakeHost) -> Iterator[str]:
    """Every page and every look by program, with each of its names in turn left open, in the path or the query."""
    included = [route for route in app_of(host).routes if hasattr(route, "effective_route_contexts")]
    for route in (each for router in included for each in router.effective_route_contexts()):
        if not set(route.methods) & set(roles.READS) or route.path.endswith(ENDLESS):
            continue
        asked = {each.alias for each in getattr(route, "route", route).dependant.query_params}
        bare = re.sub(r"{\w+(:\w+)?}", REQUEST, route.path)
        yield from (f"{bare}?{name}=HERE" for name in sorted(asked))
        yield f"{bare}?nobodys=name"
        yield from (
            re.sub(r"{\w+(:\w+)?}", REQUEST, route.path.replace(found, "HERE"))
            for found in re.findall(r"{[^}]+}", route.path)
        )


@pytest.fixture
def everybodys(host: FakeHost) -> FakeHost:
    host.settings = host.settings.model_validate(host.settings.model_dump() | OPEN)
    return host


async def test_it_is_answered(everybodys: FakeHost, story: None) -> None:
    wrong, tried = [], 0
    async with browser(everybodys) as client:
        for address in addresses(everybodys):
            for odd in ODD if "HERE" in address else ("",):
                answer = await client.get(address.replace("HERE", odd))
                tried += 1
                if answer.status_code >= 500:
                    wrong.append((address, odd, answer.status_code))
    assert wrong == [] and tried > 300
