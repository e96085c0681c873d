"""The rules a request was decided under: the pack's own files, where this machine has that very version of it."""

from pathlib import Path
from typing import NamedTuple

import yaml

from policies.pack import FOLDER, Pack, PackError, load


class Rules(NamedTuple):
    """`pack` is None, and there are no files, where only another version, or none at all, is here."""

    id: str
    pack: Pack | None
    files: dict[str, bytes]


def rules(policy: str, folder: Path = FOLDER) -> Rules:
    """`policy`: the id on the events, such as cn-carrier@2026.1+9490c16a616d."""
    name = policy.partition("@")[0]
    try:
        pack = load(name, folder) if name.replace("-", "").isalnum() else None
    except PackError:
        pack = None
    if pack is None or pack.id != policy:
        return Rules(policy, None, {})
    return Rules(policy, pack, _files(name, folder))


def _files(name: str, folder: Path) -> dict[str, bytes]:
    """With those of every pack it extends."""
    own = {f"pack/{name}/{file.name}": file.read_bytes() for file in sorted((folder / name).glob("*.yaml"))}
    parent = yaml.safe_load((folder / name / "pack.yaml").read_text(encoding="utf-8")).get("extends")
    return own | (_files(str(parent), folder) if parent else {})
