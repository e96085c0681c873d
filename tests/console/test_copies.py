"""Texts to copy are made from the examples: every command, in every language, whatever its example holds."""

import gzip
import hashlib
import json
import re
import shlex

import pytest

from contracts.messages import TYPES, Command
from services.console.rendering import HERE
from services.console.showing import contract_views
from services.console.showing.copies import ADDRESSES, Told, _curl, _kcat, copies, told
from services.intake.door.bodies import FOLLOW_UPS, Submission

VENDORED = HERE / "vendored"
COMMANDS = [kind for kind, model in TYPES.items() if issubclass(model, Command)]
OWN = "0a1b2c3d-0000-4000-8000-00000000abcd"
LARGEST_BYTES = 1_100_000  # of what is vendored, packed: a wheel stays one that is fetched in a second
ODD = {"channel": "app", "words": 'it\'s $(touch x) `y` "z" \\ 完'}


def test_every_command_has_an_address_at_the_door() -> None:
    assert set(ADDRESSES) == set(COMMANDS) == set(contract_views.COMMANDS_IN_CHINESE)
    names = {path.rpartition("/")[2] for path in ADDRESSES.values()} - {"cancellations"}
    assert names == set(FOLLOW_UPS)


@pytest.mark.parametrize("kind", COMMANDS)
def test_the_body_of_a_copied_call_is_one_that_the_door_reads(kind: str) -> None:
    body = told(kind, OWN).body
    name = ADDRESSES[kind].rpartition("/")[2]
    model = Submission if name == "cancellations" else FOLLOW_UPS[name][1]
    model.model_validate_json(json.dumps(body), strict=True)


@pytest.mark.parametrize("kind", TYPES)
def test_every_message_can_be_copied_and_names_its_own_request_only(kind: str) -> None:
    for copy in copies(kind, OWN):
        assert copy.text.endswith("\n") and "\x00" not in copy.text
        assert set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", copy.text)) <= {OWN, *_named(kind)}


def _named(kind: str) -> list[str]:
    return re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", json.dumps(told(kind, OWN).body))


def test_what_an_example_holds_is_one_word_for_the_shell() -> None:
    message = Told("complaint.escalate.v1", OWN, ODD)
    assert json.loads(shlex.split(_curl(message).replace("\\\n", ""), comments=False)[-1]) == ODD
    rest = next(word for word in shlex.split(_kcat(message).split("\n\n")[0]) if word.startswith("REST="))
    assert json.loads("{" + rest.removeprefix("REST=") + "}") == ODD


def test_what_is_vendored_is_what_its_list_says_with_a_licence_and_without_data_addresses() -> None:
    rows = [line.split("  ") for line in (VENDORED / "SHA256SUMS").read_text().splitlines()]
    listed = {name: digest for digest, name in rows}
    assert set(listed) == set(contract_views.VENDORED)
    for name, digest in listed.items():
        content = gzip.decompress((VENDORED / f"{name}.gz").read_bytes())
        assert hashlib.sha256(content).hexdigest() == digest
        assert (VENDORED / f"{name.rpartition('.')[0]}.LICENSE.txt").stat().st_size > 1000
        assert not name.endswith(".css") or (b"url(data:" not in content and b'url("data:' not in content)
    assert sum(each.stat().st_size for each in VENDORED.iterdir()) < LARGEST_BYTES
