"""Where packs lie, which files make one, and of which pack a folder is an edition."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from policies.reading import PackError, Part, merged, read
from policies.rules.refusal import meant

FOLDER = Path(__file__).parent
FILES = ("pack", "conditions", "fees", "clauses", "notices")
READ = (*(f"{name}.yaml" for name in FILES), "vectors.yaml")
ITS_OWN = ("extends", "effective_from", "effective_until")  # never taken over from the pack that is extended
Folders = Path | Sequence[Path]


def folders(own: str) -> tuple[Path, ...]:
    """Where packs are looked for: beside ours, in the folder of TUIDING_POLICIES."""
    if own and not Path(own).is_dir():
        raise PackError(f"TUIDING_POLICIES: there is no folder {own!r}; name the folder that holds your packs")
    return (FOLDER, Path(own)) if own else (FOLDER,)


def parts_of(name: str, where: Folders, below: tuple[str, ...] = ()) -> list[Part]:
    """Every file of the pack, after those of the pack it extends."""
    if name in below:
        raise PackError(f"{below[-1]}/pack.yaml: /extends: {' -> '.join((*below, name))} extends itself")
    known = listed(where)
    if name not in known:
        place = f"{below[-1]}/pack.yaml: /extends: " if below else ""
        raise PackError(f"{place}there is no pack {name!r}; the packs are: {', '.join(known)}")
    parts = own_parts(known[name])
    head, *others = parts
    parent = head.data.get("extends")
    inherited = _inherited(str(parent), where, (*below, name)) if parent else []
    return [*inherited, *_without([head], "extends"), *others]


def own_parts(folder: Path) -> list[Part]:
    """The files of this folder alone. Raises `PackError` for one that nobody reads, or a key that two of them say."""
    for file in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        if file.name not in READ:
            raise PackError(
                f"{folder.name}/{file.name}: is read by nothing; the files of a pack are: {meant(file.name, READ)}"
            )
    parts = [read(file) for file in (folder / f"{part}.yaml" for part in FILES) if file.is_file()]
    for number, part in enumerate(parts):
        for key in part.data:
            if first := next((each.name for each in parts[:number] if key in each.data), ""):
                raise PackError(
                    f"{part.name}: /{key}: is in {first} as well, and only one of them would count; leave it in one"
                )
    return parts


def _inherited(parent: str, where: Folders, below: tuple[str, ...]) -> list[Part]:
    return _without(parts_of(parent, where, below), *ITS_OWN)


def _without(parts: Sequence[Part], *keys: str) -> list[Part]:
    return [part._replace(data={key: each for key, each in part.data.items() if key not in keys}) for part in parts]


def listed(where: Folders) -> dict[str, Path]:
    """Every folder with a `pack.yaml`, by its name."""
    found: dict[str, Path] = {}
    for folder in [where] if isinstance(where, Path) else where:
        for file in sorted(folder.glob("*/pack.yaml")):
            if (first := found.setdefault(file.parent.name, file.parent)) != file.parent:
                raise PackError(f"the pack {file.parent.name} is in {first} and in {file.parent}; rename one of them")
    return dict(sorted(found.items()))


def parent_of(folder: Path) -> str:
    """The pack that a folder extends, or nothing."""
    return str(read(folder / "pack.yaml").data.get("extends") or "")


def data_of(parts: Sequence[Part]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for part in parts:
        data = merged(data, part.data)
    return data


def pack_of(folder: str, where: Folders) -> str:
    """The pack that a folder is an edition of; its own name where there is no such folder, or it is none."""
    known = listed(where)
    if folder not in known:
        return folder
    said = read(known[folder] / "pack.yaml").data
    title = str(said["pack"] if "pack" in said else data_of(parts_of(folder, where)).get("pack"))
    return title if folder.startswith(f"{title}-") else folder
