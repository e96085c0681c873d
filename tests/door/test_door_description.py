"""The doors as a worker hosts them, and what /openapi.json says of them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from policies.pack import load
from runtime.kernel.store import Store
from runtime.settings import Settings
from runtime.worker.service_host import Hosted, http_app, stepper
from services.console.cures.orders import ORDERS
from services.intake.door.bodies import FOLLOW_UPS

INTAKE = {
    "/v1/cancellations": "get post",
    "/v1/cancellations/{request_id}": "get",
    "/v1/cancellations/{request_id}/events": "get",
    "/v1/problems": "post",
    "/v1/quotes": "post",
    "/errors/{code}": "get",
    **{f"/v1/cancellations/{{request_id}}/{name}": "post" for name in FOLLOW_UPS},
}
NAMED = {
    "intake": ("post_cancellations", "get_cancellation", "post_cancellation_confirmation", "get_cancellation_events"),
    "console": ("get_request_letters", "post_dead_letter_redrive", "get_overview", "post_request_review_decision"),
}
BILLING = {"/v1/quotes": "post", "/errors/{code}": "get"}
CONSOLE = {
    **{f"/v1/{name}": "get" for name in ("overview", "requests", "clocks", "dead-letters", "attention")},
    **{f"/v1/{name}": "get" for name in ("carrier", "workers", "findings")},
    "/v1/requests/{request_id}": "get",
    "/v1/requests/{request_id}/letters": "get",
    "/errors/{code}": "get",
    "/v1/me": "delete get",
    "/v1/proposals": "get",
    "/v1/proposals/{proposal}/answer": "post",
    "/v1/dead-letters/many": "post",
    "/v1/erasures": "post",
    "/v1/dead-letters/{place}/redrive": "post",
    "/v1/dead-letters/{place}/discard": "post",
    "/v1/dead-letters/{place}/erase": "post",
    **{f"/v1/requests/{{request_id}}/{name}": "post" for name in ORDERS},
}


async def described(service: str, folder: Path) -> Any:
    pack, settings = load("cn-carrier"), Settings()
    store = Store(str(folder), service)
    app = http_app(Hosted(service, settings, stepper(service, store, pack, "1"), pack))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        answer, unknown = await client.get("/openapi.json"), await client.get("/nowhere")
    store.close()
    assert unknown.json()["code"] == "no-such-address"
    return answer.json()


@pytest.fixture(params=["intake", "billing", "console"])
def description(request: Any, doors: Any, tmp_path: Path) -> Iterator[Any]:
    yield request.param, doors.run(described(request.param, tmp_path))


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (value for name, value in part.items() if name == "$ref" and isinstance(value, str))
    for child in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from references(child)


def test_the_description_names_every_route(description: Any) -> None:
    service, document = description
    wanted = {"intake": INTAKE, "billing": BILLING, "console": CONSOLE}[service]
    assert {path: " ".join(sorted(operations)) for path, operations in document["paths"].items()} == wanted


def test_everything_the_description_refers_to_is_in_it(description: Any) -> None:
    schemas = description[1]["components"]["schemas"]
    named = {reference.rpartition("/")[2] for reference in references(description[1])}
    assert named <= schemas.keys() and "HTTPValidationError" not in schemas
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)


def test_every_post_says_what_it_reads_and_how_it_refuses(description: Any) -> None:
    posts = [operations["post"] for operations in description[1]["paths"].values() if "post" in operations]
    for post in posts:
        assert "$ref" in post["requestBody"]["content"]["application/json"]["schema"]
        assert {"400", "413", "415", "422", "503"} <= post["responses"].keys()
        assert "application/problem+json" in post["responses"]["422"]["content"]


def test_every_status_is_named_so_that_none_hides_behind_a_default(description: Any) -> None:
    for operations in description[1]["paths"].values():
        for operation in operations.values():
            assert {"400", "403", "408", "421", "431", "500", "503"} <= operation["responses"].keys()
            assert "default" not in operation["responses"]


def test_a_body_that_follows_the_description_is_taken(doors: Any, wish: Any, tmp_path: Path) -> None:
    document = doors.run(described("intake", tmp_path / "other"))
    validator = Draft202012Validator(document | {"$ref": "#/components/schemas/Submission"})
    assert validator.is_valid(wish()) and not validator.is_valid(wish(itmes=[]))
    assert doors.post("/v1/cancellations", wish(), "k-1").status_code == 202


def test_a_generator_makes_of_each_operation_a_function_that_is_named_for_what_it_asks(description: Any) -> None:
    service, said = description
    names = [each["operationId"] for methods in said["paths"].values() for each in methods.values()]
    assert len(set(names)) == len(names) and all(re.fullmatch(r"(get|post|delete)(_[a-z]+)+", each) for each in names)
    assert all(names.count(each) for each in NAMED.get(service, ())), names
    assert said["servers"][0]["url"] == "/" and said["info"]["license"]["identifier"] == "Apache-2.0"


def test_it_says_how_to_sign_in_and_that_on_this_machine_nobody_has_to(description: Any) -> None:
    said, schemes = description[1], description[1]["components"]["securitySchemes"]
    assert {} in said["security"] and {"token": []} in said["security"]
    assert {name for way in said["security"] for name in way} == schemes.keys()


def test_no_field_has_a_default_which_a_generator_would_take_for_one_that_is_always_there(description: Any) -> None:
    schemas = description[1]["components"]["schemas"]
    assert not [
        name for name, each in schemas.items() for said in each.get("properties", {}).values() if "default" in said
    ]


def test_whoever_is_told_to_come_back_reads_in_the_description_where_it_says_when(description: Any) -> None:
    for operations in description[1]["paths"].values():
        for answers in (operation["responses"] for operation in operations.values()):
            assert all("Retry-After" in answers[status]["headers"] for status in ("429", "503") if status in answers)
            assert all("Location" in each["headers"] for each in answers.values() if "Accepted" in str(each))


def test_both_doors_of_a_quote_say_the_same_of_it(doors: Any, tmp_path: Path) -> None:
    first, second = (
        doors.run(described(each, tmp_path / each))["paths"]["/v1/quotes"]["post"] for each in ("intake", "billing")
    )
    assert first["responses"].keys() == second["responses"].keys() and first["requestBody"] == second["requestBody"]


def test_the_example_of_each_body_is_one(doors: Any, tmp_path: Path) -> None:
    document = doors.run(described("intake", tmp_path / "other"))
    bodies = [
        each["post"]["requestBody"]["content"]["application/json"]
        for each in document["paths"].values()
        if "post" in each
    ]
    for body in bodies:
        assert Draft202012Validator(document | body["schema"]).is_valid(body["example"]), body


def test_whoever_asks_with_the_wrong_method_hears_every_right_one(doors: Any, tmp_path: Path) -> None:
    async def asked() -> list[str]:
        pack = load("cn-carrier")
        store = Store(str(tmp_path), "intake")
        app = http_app(Hosted("intake", Settings(), stepper("intake", store, pack, "1"), pack))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            answers = [await client.put("/v1/cancellations"), await client.delete("/v1/quotes")]
        store.close()
        return [f"{each.status_code} {each.headers['allow']}" for each in answers]

    assert doors.run(asked()) == ["405 GET, POST, HEAD, OPTIONS", "405 POST, OPTIONS"]
