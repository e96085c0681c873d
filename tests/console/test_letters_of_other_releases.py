"""Dead letters as other releases wrote them, or somebody who is none: listed and sent again, and never a fault."""

import pytest

from runtime.envelope import Record
from runtime.kernel.arrivals import Consumed
from tests.console.conftest import NOW, REQUEST, WHO, FakeHost, Tape, Visit

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("story")]
OWN: list[tuple[str, bytes | None]] = [("ce_id", b"the-original"), ("ce_source", b"/channels/app")]
FIRST: list[tuple[str, bytes | None]] = [  # as the first release that had letters with an id wrote them
    ("x-dead-letter-id", b"an-id"),
    ("x-original-topic", b"cancellation.commands"),
    ("x-original-partition", b"2"),
    ("x-original-offset", b"7"),
    ("x-original-timestamp", b"1790000000000"),
    ("x-original-group", b"tuiding-intake"),
    ("x-error-code", b"breaks-contract"),
    ("x-error-class", b"Unreadable"),
    ("x-error-message", b"/items/0: wrong"),
    ("x-failed-at", NOW.isoformat().encode()),
]
FOLDED: list[tuple[str, bytes | None]] = [("x-stands-for", b"3"), ("x-offsets", b"7-8,11")]
ODD = (None, b"\xff\xfe", b"-1", b"9" * 40, b"x" * 5000)
SHAPES: dict[str, list[tuple[str, bytes | None]]] = {
    "the first release": OWN + FIRST,
    "sent again by the first release": [
        *OWN,
        ("x-redrive-count", b"1"),
        ("x-redrive-group", b"tuiding-intake"),
        *FIRST,
    ],
    "before letters had ids": OWN + FIRST[1:],
    "many in one": OWN + FIRST + FOLDED,
    "a later release": [*OWN, *FIRST, ("x-error-hint", b"new"), ("x-original-epoch", b"4"), ("x-form", b"9")],
    "a code nobody knows": [*OWN, *((n, b"from-later" if n == "x-error-code" else v) for n, v in FIRST)],
    "a service nobody knows": [*OWN, *((n, b"tuiding-later" if n == "x-original-group" else v) for n, v in FIRST)],
    "a topic nobody knows": [*OWN, *((n, b"elsewhere" if n == "x-original-topic" else v) for n, v in FIRST)],
    "the other way round": [*FIRST[::-1], *OWN],
    **{f"without {name}": OWN + [each for each in FIRST if each[0] != name] for name, _ in FIRST},
    **{
        f"{name} is {odd!r:.12}": [*OWN, *((n, odd if n == name else v) for n, v in FIRST + FOLDED)]
        for name, _ in FIRST + FOLDED
        for odd in ODD
    },
}


def letter(tape: Tape, shape: str) -> Consumed:
    headers = [(name, shape.encode() if value == b"an-id" else value) for name, value in SHAPES[shape]]
    return tape.at(Record("cancellation.intake.dead-letter", REQUEST.encode(), b'{"noise": 1}', headers))  # type: ignore[arg-type]


async def test_each_is_listed_and_told_and_sent_again_or_refused_in_a_sentence(
    visit: Visit, host: FakeHost, tape: Tape
) -> None:
    places = {shape: letter(tape, shape) for shape in SHAPES}
    tape.play(*places.values())
    wrong = []
    async with visit() as client:
        listed = (await client.get("/v1/dead-letters?state=open&limit=500")).status_code
        page = (await client.get("/dead-letters")).status_code
        for name, each in places.items():
            door = f"/v1/dead-letters/{each.place}/redrive"
            dry = await client.post(door, json=WHO | {"dry_run": True})
            sent = await client.post(door, json=WHO)
            own = [header for record in host.published for header in record.headers if header[0].startswith("x-d")]
            host.published.clear()
            if dry.status_code not in (200, 409, 422) or sent.status_code not in (202, 409, 422) or own:
                wrong.append((name, dry.status_code, sent.status_code, sent.text[:100], own))
    assert (listed, page, wrong) == (200, 200, [])
