"""Schemathesis against every door as a worker hosts it: what the description says is what happens, for any input."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from policies.pack import load
from runtime.kernel.store import Store
from runtime.settings import Settings
from runtime.worker.service_host import Hosted, http_app, stepper

EXAMPLES = 5
BEYOND = [
    not_a_server_error,
    positive_data_acceptance,
]  # the carrier is away on purpose; business says no to sound data


async def taken(records: Any) -> None:
    """A broker that takes whatever it is given."""


@pytest.fixture(scope="module", params=["intake", "billing", "console"])
def schema(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    service, pack = request.param, load("cn-carrier")
    store = Store(str(tmp_path_factory.mktemp(service)), service)
    ours = Settings(
        auth="none",
        allowed_hosts="testserver",
        carrier="http://127.0.0.1:1",
        quotes="http://127.0.0.1:1",
        kafka="127.0.0.1:1",
    )
    hosted = Hosted(service, ours, stepper(service, store, pack, "1"), pack)
    hosted.send = taken
    yield schemathesis.openapi.from_asgi("/openapi.json", http_app(hosted))
    store.close()


@pytest.mark.filterwarnings(
    "ignore::hypothesis.errors.HypothesisDeprecationWarning"
)  # a thread of the broker's client dices
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_a_door_keeps_to_its_description(schema: Any, mode: GenerationMode) -> None:
    operations = [found.ok() for found in schema.get_all_operations()]
    assert operations
    for operation in operations:

        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def keeps(case: Any) -> None:
            response = case.call_and_validate(excluded_checks=BEYOND)
            assert response.status_code != 500

        with contextlib.suppress(Unsatisfiable):  # nothing about it could be wrong
            keeps()
