"""What a real carrier must provide is written down, true and readable by other tools."""

from pathlib import Path

import pytest
import schemathesis

from contracts.carrier.operations import OPERATIONS
from demo.carrier import description

FILE = Path(description.__file__).with_name("openapi.json")


def test_the_file_is_what_the_contract_says_today() -> None:
    regenerate = "run: python -m demo.carrier --openapi > demo/carrier/openapi.json"
    assert FILE.read_text(encoding="utf-8") == description.openapi_text(), regenerate


def test_it_is_valid_openapi() -> None:
    schemathesis.openapi.from_path(FILE).validate()
    broken = description.openapi()
    broken["paths"]["/charging/charges"]["post"]["responses"]["200"] = {"summary": 7}
    with pytest.raises(ValueError, match="description"):
        schemathesis.openapi.from_dict(broken).validate()


def test_it_has_the_contracts_operations_and_no_door_of_the_stand_in() -> None:
    paths = description.openapi()["paths"]
    described = {(path, method.upper()) for path, methods in paths.items() for method in methods}
    assert described == {(operation.path, operation.method) for operation in OPERATIONS.values()}
