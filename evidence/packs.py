"""The rules a request was decided under: the pack's own files, where this machine has that very edition of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from policies.files.folders import FOLDER, Folders, listed
from policies.pack import Pack, PackError, load_folder


class Rules(NamedTuple):
    """`pack` is None, and there are no files, where only other editions, or none at all, are here."""

    id: str
    pack: Pack | None
    files: dict[str, bytes]


def rules(policy: str, where: Folders = FOLDER) -> Rules:
    """`policy`: the id on the events, such as cn-carrier@2026.1+9490c16a616d."""
    known, name = listed(where), policy.partition("@")[0]
    for folder, pack in _editions(name, where) if name else ():
        if pack.id == policy:
            return Rules(policy, pack, _files(folder, known))
    return Rules(policy, None, {})


def _editions(name: str, where: Folders) -> Iterator[tuple[str, Pack]]:
    """Each by itself: that another one is broken, or begins on a wrong day, takes nothing from what this one proves."""
    for folder in listed(where):
        if folder == name or folder.startswith(f"{name}-"):
            try:
                yield folder, load_folder(folder, where)
            except PackError:
                continue


def _files(name: str, known: dict[str, Path]) -> dict[str, bytes]:
    """With those of every pack it extends."""
    own = {f"pack/{name}/{file.name}": file.read_bytes() for file in sorted(known[name].glob("*.yaml"))}
    parent = yaml.safe_load((known[name] / "pack.yaml").read_text(encoding="utf-8")).get("extends")
    return own | (_files(str(parent), known) if parent else {})
