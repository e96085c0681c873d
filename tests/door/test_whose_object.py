"""On every route that a door describes, somebody else's object is as one that is not there."""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import httpx
import pytest

from services.billing import door as billing_door
from services.intake import door as intake_door
from tests.door.attacks.objects import FOLLOW_UPS, QUOTE, SUBMIT
from tests.door.attacks.place import MINE, NOBODY, THEIRS, Place, Try, webhook
from tests.door.conftest import _app

UNKNOWN = "sub-freeaddon99"
OPEN_TO_ALL = {"GET /errors/{code}"}  # what a problem means
BODIES: dict[str, Any] = {"quotes": QUOTE, "cancellations": SUBMIT, "problems": {}} | FOLLOW_UPS
EXTRAS: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    (("last-event-id", "1"),),
    (("if-none-match", "*"),),
    (("accept", "text/event-stream"),),
    (("accept-language", "zh"),),
    (("x-http-method-override", "DELETE"),),
)
SPELLED: dict[str, Callable[[str], str]] = {
    "as it is": lambda own: own,
    "in capitals": str.upper,
    "escaped": lambda own: f"%{ord(own[0]):02x}{own[1:]}",
    "with a slash": lambda own: f"{own}/",
    "with a query": lambda own: f"{own}?subscription={MINE}",
}


class Operation(NamedTuple):
    method: str
    path: str

    @property
    def last(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    def body(self, channel: str, subscription: str) -> Any:
        if self.method == "GET":
            return None
        told = BODIES[self.last] | {"channel": channel, "subscription": subscription}
        return {name: value for name, value in told.items() if name in self.fields(channel)}

    def fields(self, channel: str) -> set[str]:
        more = {"subscription"} if "{" not in self.path else set[str]()
        return {*BODIES[self.last], *more, *(() if self.last == "quotes" else ("channel",))}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("whose"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def theirs(place: Place) -> str:
    wish = {"channel": "app", "kind": "product", "subscription": THEIRS, "items": ["video-pack"]}
    shown = (*place.bearer(subscriptions=[THEIRS]), place.key("theirs"))
    own = str(place.ask(Try("", 202, "", body=wish, headers=shown)).json()["request_id"])
    place.settle()
    return own


@pytest.fixture(scope="module")
def operations(place: Place) -> list[Operation]:
    doors = [(intake_door, place.billing), (billing_door, place.to_carrier)]
    told = [_app(door, place.host, outside, None).openapi()["paths"] for door, outside in doors]
    named = {Operation(method.upper(), path) for paths in told for path, ways in paths.items() for method in ways}
    return sorted(each for each in named if f"{each.method} {each.path}" not in OPEN_TO_ALL)


def same(answers: Sequence[httpx.Response], names: dict[str, str]) -> bool:
    """But for the names, which are the caller's own."""
    texts = []
    for answer in answers:
        text = f"{answer.status_code} {sorted(answer.headers.items())} {answer.text}"
        for name, shown in names.items():
            text = text.replace(name.upper(), shown).replace(name, shown)
        texts.append(text)
    return texts[0] == texts[1] and answers[0].status_code in (404, 401, 400, 405, 307, 422, 406)


def credentials(place: Place, channel: str, method: str, path: str, body: bytes) -> Iterator[Any]:
    yield place.bearer(channel)
    yield place.bearer(channel, subscriptions=[])
    yield webhook(channel, body, named={"tuiding-subscription": MINE}, path=path, method=method)


def _key(each: Operation, shown: Any) -> Iterator[tuple[str, str]]:
    """The one under which the other customer filed; a signed request has none."""
    if each.method == "POST" and "webhook-id" not in dict(shown):
        yield "idempotency-key", "theirs"


def ask(place: Place, each: Operation, path: str, body: Any, headers: Any) -> httpx.Response:
    content = b"" if body is None else json.dumps(body).encode()
    kind = [("content-type", "application/json")] if content else []
    return place.run(place.client.request(each.method, path, content=content, headers=[*kind, *headers]))


def test_a_request_of_somebody_else_is_answered_as_one_that_is_not_there(
    place: Place, theirs: str, operations: list[Operation]
) -> None:
    tried, wrong, before = 0, [], place.kept()
    of_one = [each for each in operations if "{" in each.path]
    for each, channel, extra in itertools.product(of_one, ("app", "web"), EXTRAS):
        for how, spell in SPELLED.items():
            body = each.body(channel, MINE)
            paths = [each.path.replace("{request_id}", spell(own)) for own in (theirs, NOBODY)]
            content = b"" if body is None else json.dumps(body).encode()
            shown = [list(credentials(place, channel, each.method, path, content)) for path in paths]
            for ours, nobodys in zip(*shown, strict=True):
                answers = [
                    ask(place, each, path, body, (*way, *_key(each, way), *extra))
                    for path, way in zip(paths, (ours, nobodys), strict=True)
                ]
                tried += 1
                if not same(answers, {theirs: "ID", NOBODY: "ID"}):
                    wrong.append((each, channel, how, extra, [(a.status_code, a.text[:200]) for a in answers]))
    print(f"{tried} pairs on {len(of_one)} routes")
    assert not wrong, "\n".join(map(str, wrong[:20]))
    assert place.kept() == before and tried > 1_000


def test_a_line_of_somebody_else_is_answered_as_one_that_nobody_has(
    place: Place, theirs: str, operations: list[Operation]
) -> None:
    tried, wrong, before = 0, [], place.kept()
    for each, channel, extra in itertools.product(operations, ("app", "web"), EXTRAS):
        if "{" in each.path or each.last == "problems":  # who cannot log in may name any line, and is told nothing
            continue
        answers = []
        for line in (THEIRS, UNKNOWN):
            path = f"{each.path}?subscription={line}" if each.method == "GET" else each.path
            shown = (*place.bearer(channel), *_key(each, ()))
            answers.append(ask(place, each, path, each.body(channel, line), (*shown, *extra)))
        tried += 1
        if not same(answers, {THEIRS: "LINE", UNKNOWN: "LINE"}):
            wrong.append((each, channel, extra, [(a.status_code, a.text[:200]) for a in answers]))
    print(f"{tried} pairs")
    assert not wrong, "\n".join(map(str, wrong[:20]))
    assert place.kept() == before and tried >= 36


def test_every_route_that_is_not_for_everybody_asks_who_calls(place: Place, operations: list[Operation]) -> None:
    for each in operations:
        path = each.path.replace("{request_id}", NOBODY)
        answer = ask(place, each, path, each.body("app", MINE), ())
        assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in"), each


def test_a_page_of_somebody_elses_requests_cannot_be_turned_to(place: Place, theirs: str) -> None:
    """A cursor is a place in the caller's own list, wherever it came from."""
    listed = place.ask(
        Try("", 200, "", f"/v1/cancellations?subscription={THEIRS}", None, place.bearer(subscriptions=[THEIRS]))
    )
    assert [each["request_id"] for each in listed.json()["requests"]] == [theirs]
    for after in (f"9{'0' * 17}.{theirs}", f"0.{theirs}", f"9{'0' * 17}.{NOBODY}"):
        path = f"/v1/cancellations?subscription={MINE}&after={after}"
        found = place.ask(Try("", 200, "", path, None, place.bearer()))
        assert found.status_code == 200 and theirs not in found.text and THEIRS not in found.text
        both = place.ask(Try("", 404, "", f"{path}&subscription={THEIRS}", None, place.bearer()))
        assert theirs not in both.text.replace(after, "")
