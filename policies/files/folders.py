"""Where packs lie, which files make one, and of which pack a folder is an edition."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from policies.files.reading import PackError, Part, merged, read
from policies.rules.refusal import meant

FOLDER = Path(__file__).parent.parent
FILES = ("pack", "conditions", "fees", "clauses", "notices")
READ = (*(f"{name}.yaml" for name in FILES), "vectors.yaml")
ITS_OWN = ("extends", "effective_from", "effective_until")  # never taken over from the pack that is extended
LONGEST_NAME, MOST_PARENTS = 80, 20
Folders = Path | Sequence[Path]


def no_pack(name: str, known: Iterable[str], place: str = "") -> PackError:
    there_are, name = ", ".join(known), name[:LONGEST_NAME]
    return PackError(
        f"{place}there is no pack {name!r}; the packs are: {there_are}",
        f"{place}没有规则包 {name!r}；现有：{there_are}",
    )


def folders(own: str) -> tuple[Path, ...]:
    """Where packs are looked for: beside ours, in the folder of TUIDING_POLICIES."""
    if own and not _is_folder(Path(own)):
        raise PackError(
            f"TUIDING_POLICIES: there is no folder {own!r}; name the folder that holds your packs",
            f"TUIDING_POLICIES：没有文件夹 {own!r}；请写存放规则包的文件夹",
        )
    return (FOLDER, Path(own)) if own else (FOLDER,)


def _is_folder(place: Path) -> bool:
    try:
        return place.is_dir()
    except OSError:  # a name that is too long
        return False


def is_there(file: Path) -> bool:
    """Also what is no file, or a link that leads nowhere: whoever put it there meant something."""
    return file.is_symlink() or file.exists()


def parts_of(name: str, where: Folders, below: tuple[str, ...] = ()) -> list[Part]:
    """Every file of the pack, after those of the pack it extends."""
    if name in below:
        place, circle = f"{below[-1]}/pack.yaml: /extends", " -> ".join((*below, name))
        raise PackError(f"{place}: {circle} extends itself", f"{place}：{circle} 继承了自己")
    if len(below) > MOST_PARENTS:
        place = f"{below[-1]}/pack.yaml: /extends"
        raise PackError(
            f"{place}: more than {MOST_PARENTS} packs, each of the next", f"{place}：继承超过 {MOST_PARENTS} 层"
        )
    known = listed(where)
    if name not in known:
        raise no_pack(name, known, f"{below[-1]}/pack.yaml: /extends: " if below else "")
    parts = own_parts(known[name])
    head, *others = parts
    parent = head.data.get("extends")
    inherited = _inherited(str(parent), where, (*below, name)) if parent else []
    return [*inherited, *_without([head], "extends"), *others]


def own_parts(folder: Path) -> list[Part]:
    """The files of this folder alone. Raises `PackError` for one that nobody reads, or a key that two of them say."""
    for file in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        if file.name not in READ:
            place, there_are = f"{folder.name}/{file.name}", meant(file.name, READ)
            raise PackError(
                f"{place}: is read by nothing; the files of a pack are: {there_are}",
                f"{place}：没有用到这个文件；规则包的文件有：{there_are}",
            )
    parts = [read(file) for file in (folder / f"{part}.yaml" for part in FILES) if is_there(file)]
    for number, part in enumerate(parts):
        for key in part.data:
            if first := next((each.name for each in parts[:number] if key in each.data), ""):
                raise PackError(
                    f"{part.name}: /{key}: is in {first} as well, and only one of them would count; leave it in one",
                    f"{part.name}: /{key}：{first} 里也有，只有一处会生效；请只留一处",
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
                name, here = file.parent.name, file.parent
                raise PackError(
                    f"the pack {name} is in {first} and in {here}; rename one of them",
                    f"规则包 {name} 在 {first} 和 {here} 各有一份；请改其中一个的名字",
                )
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
