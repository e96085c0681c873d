"""Where the command line finds everything: as set by hand, else what runs on this machine, else the usual ports."""

import os
import shlex
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, model_validator

from cli.screen import Screen
from contracts.flow import BY_NAME
from contracts.words import Text
from runtime.local import whereabouts
from runtime.local.whereabouts import Run
from runtime.setting_kinds import Address
from runtime.settings import Settings

ADDRESSES = ("kafka", "intake", "console")  # set by hand, they say which run is meant


class SeveralRuns(Exception):
    """Nobody said which of them is meant; the sentence names each with what to set."""

    def __init__(self, runs: list[Run]) -> None:
        each = ", ".join(map(how_to_ask, runs))
        self.told = Text(zh=f"有多个运行，请指明是哪一个：{each}", en=f"Several runs: say which one is meant: {each}")
        super().__init__(self.told.en)


class Places(Settings):
    console: Address = Field(f"http://127.0.0.1:{BY_NAME['console'].port}", description="base address of the console")
    _run: Run | None = PrivateAttr(None)
    _others: list[Run] = PrivateAttr(default_factory=list)

    @model_validator(mode="after")
    def look_around(self) -> Self:
        own = Path(self.data)
        top = own if "data" in self.model_fields_set else Path(str(Settings.model_fields["data"].default))
        alive = list(whereabouts.alive(top))
        self._run = self._chosen(own, [each for each in alive if self._fits(each)])
        self._others = [each for each in alive if each != self._run]
        self._move_in(self._run.addresses if self._run else {})
        return self

    def asked(self, service: str, address: str) -> Text:
        """Which run it was that answered, and how to ask another."""
        bare = address.partition("?")[0]  # nobody's password is shown
        at = urlsplit(bare).netloc.rpartition("@")[2] or bare
        zh, en = f"询问的是 {at} 上的 {service}", f"Asked: {service} at {at}"
        if self._run:
            zh, en = f"{zh}（{self._run.data} 里的运行）", f"{en}, of the run in {self._run.data}"
        return Text(zh=f"{zh}。{self.elsewhere.zh}", en=f"{en}.{self.elsewhere.en}")

    @property
    def prefix(self) -> str:
        """What asks this very run again: the variable that chose it may have stood before one command only."""
        by_hand = self.model_fields_set & {"data", "port_shift"}
        return f"{how_to_ask(self._run)} " if self._run and self._others and by_hand else ""

    @property
    def elsewhere(self) -> Text:
        if not self._others:
            return Text(zh="", en="")
        each = ", ".join(map(how_to_ask, self._others))
        return Text(zh=f"另有运行：{each}", en=f" Also running: {each}")

    @property
    def moved_by(self) -> int:
        """How far the ports of that run lie from the usual ones."""
        return self._run.port_shift if self._run else self.port_shift

    def log_of(self, service: str) -> Path | None:
        """What a service of the run that is asked has said, where that run is on this machine."""
        log = self._run.data / "log" / f"{service}.log" if self._run else None
        return log if log and log.exists() else None

    def _chosen(self, own: Path, runs: list[Run]) -> Run | None:
        """The one asked for; else the only one under these ports, such as a demo; else the only one at all."""
        here = [each for each in runs if each.data == own] or [
            each for each in runs if each.port_shift == self.port_shift
        ]
        found = here if here or "port_shift" in self.model_fields_set else runs
        if len(found) > 1:
            raise SeveralRuns(found)
        return found[0] if found else None

    def _fits(self, run: Run) -> bool:
        """What was set by hand names another run, or none of ours, where it differs."""
        by_hand = [name for name in ADDRESSES if name in self.model_fields_set and getattr(self, name)]
        return all(_same(getattr(self, name), run.addresses.get(name, "")) for name in by_hand)

    def _move_in(self, found: dict[str, str]) -> None:
        usual = {"kafka": f"127.0.0.1:{self.kafka_port}", "console": f"http://127.0.0.1:{self.usual_port('console')}"}
        for name, address in (usual | found).items():
            if name == "port_shift":
                continue  # all that it moves is in the note
            if name not in self.model_fields_set or not getattr(self, name):
                object.__setattr__(self, name, address)  # the model is frozen for everybody else
            if name.startswith("kafka_"):
                os.environ.setdefault(f"TUIDING_{name.upper()}", address)  # Kafka's clients read how to sign in there


def how_to_ask(run: Run) -> str:
    return f"TUIDING_DATA={shlex.quote(str(run.data))}"


def ask(screen: Screen, service: str, address: str, places: Places) -> str:
    """The reader hears which run it was."""
    screen.asks(places.asked(service, address), places.prefix)
    return address


def kafka(screen: Screen) -> str:
    """The broker of the run that is asked."""
    places = Places()
    return ask(screen, "kafka", places.kafka, places)


def store(screen: Screen) -> str:
    """The services' database of the run that is asked, or the folder of its files."""
    places = Places()
    return ask(screen, "store", places.store, places)


def _same(one: str, other: str) -> bool:
    return one.rstrip("/").replace("localhost", "127.0.0.1") == other.rstrip("/").replace("localhost", "127.0.0.1")
