"""What a dry run of a redrive says is what then happens, for every way to break the contract; it never multiplies."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.flow import DECIDING, group_id, topic_name
from policies.pack import load
from runtime.envelope import Record
from runtime.kernel.arrivals import Consumed, SetAside
from runtime.kernel.store import Store
from services.console.app import projection
from services.console.cures.dead_letters import Letters, Wish
from tests.console.conftest import FakeBroker, FakeHost, Tape
from tests.contracts.poison import Poison, poisons
from tests.contracts.sound import record_of
from tests.flow.system import System

COMMANDS = topic_name("commands")
WISH = Wish(operator="op-7", second="op-8", reason="checked by hand")
FOREIGN = Poison("not a channel's", "not-yours-to-say", record_of("fee.settled.v1")._replace(topic=COMMANDS))
DRY = WISH.model_copy(update={"dry_run": True})


class Desk:
    """An operator at the console of a whole system."""

    def __init__(self, system: System, store: Store) -> None:
        self.system, self.host, self.seen = system, FakeHost(store, load("cn-carrier")), set[bytes | None]()
        self.tape = Tape(projection(store, self.host.pack, "1"))
        self.letters = Letters(self.host, FakeBroker())

    def new_letters(self) -> list[Consumed]:
        self.system.settle()
        letters = {dict(record.headers)["x-dead-letter-id"]: record for record in self.system.dead_letters()}
        fresh = [self.tape.at(record) for own, record in letters.items() if own not in self.seen]
        self.seen |= letters.keys()
        self.tape.play(*fresh)
        return fresh

    def foretold(self, letter: Consumed) -> dict[str, str]:
        """The code under which each who will decide sets it aside again."""
        told = asyncio.run(self.letters.redrive(letter.place, DRY))
        code = str(told["fails_again"]).partition(":")[0]
        return dict.fromkeys(told["decided_by"], code) if code else {}

    def redrive(self, letters: list[Consumed]) -> dict[str, str]:
        """Who set what aside this time; whoever sets the same aside twice is there twice, and fails."""
        for letter in letters:
            asyncio.run(self.letters.redrive(letter.place, WISH))
        for record in self.host.published:
            self.system.log[record.topic].append(record)
        self.host.published.clear()
        again = self.new_letters()
        assert len(again) <= len(letters)
        return {_service(each): _code(each) for each in again}


def _service(letter: Consumed) -> str:
    return letter.record.topic.split(".")[1]


def _code(letter: Consumed) -> str:
    """The last one is ours; what came before it may have written such a header as well."""
    return [value.decode() for name, value in letter.record.headers if name == "x-error-code" and value][-1]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    system, store = System(), Store(str(tmp_path), "console")
    yield Desk(system, store)
    store.close()
    system.close()


def test_what_breaks_the_contract_fails_again_as_foretold_and_never_more_often(desk: Desk) -> None:
    codes = set()
    for poison in (*poisons(), FOREIGN):
        desk.system.log[poison.record.topic].append(poison.record)
        letters = desk.new_letters()
        assert letters and {_code(each) for each in letters} == {poison.code}, poison.name
        foretold = {name: code for each in letters for name, code in desk.foretold(each).items()}
        assert foretold == dict.fromkeys(map(_service, letters), poison.code), poison.name
        assert desk.redrive(letters) == foretold, poison.name
        codes.add(poison.code)
    assert codes >= {"breaks-contract", "empty-value", "not-yours-to-say", "unknown-type"}


def set_aside(desk: Desk, record: Record, service: str) -> list[Consumed]:
    """As if a build of this service had failed on it; everybody else takes it as it comes."""
    desk.system.log[record.topic].append(record)
    place = len(desk.system.log[record.topic])
    desk.system.read[service, record.topic] = place
    consumed = Consumed(record, 0, place - 1, 0, group_id(service))
    outcome = desk.system.steppers[service].step([SetAside(consumed, RuntimeError("a bug"))], (), desk.system.now)
    for each in outcome.publish:
        desk.system.log[each.record.topic].append(each.record)
    return desk.new_letters()


@pytest.mark.parametrize(
    ("kind", "service"),
    [("cancellation.submit.v1", "intake"), ("request.accepted.v1", "review"), ("fee.settled.v1", "termination")],
)
def test_what_a_mended_build_reads_is_foretold_to_pass_and_leaves_no_letter(
    desk: Desk, kind: str, service: str
) -> None:
    assert service in {each.name for each in DECIDING}
    letters = set_aside(desk, record_of(kind), service)
    assert [_service(each) for each in letters] == [service]
    assert desk.foretold(letters[0]) == {}
    assert desk.redrive(letters) == {}
