"""A policy pack: conditions, fees, clocks, clauses and notices as data, validated before any service starts.

A pack is a folder of YAML files. `pack.yaml` may name another pack it `extends`; what it says itself wins, key by key.
Several folders may carry the same `pack` name with other versions and dates: they are the editions of that pack.
"""

import hashlib
import pickle
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import yaml
from pydantic import ValidationError

from contracts.words import Text
from policies.editions import Edition, Editions, clashes
from policies.faults.checks import Fault, faults
from policies.faults.misfits import misfits
from policies.files.folders import FOLDER, Folders, data_of, folders, listed, no_pack, pack_of, parts_of
from policies.files.reading import MOST_TOLD, Keys, PackError, Part, line_of
from policies.schema import Pack

__all__ = [
    "FOLDER",
    "Editions",
    "Pack",
    "PackError",
    "edition_folders",
    "editions",
    "folders",
    "in_force",
    "listed",
    "load",
    "load_folder",
    "place_in",
]


def load(name: str, where: Folders = FOLDER, on: datetime | None = None) -> Pack:
    """The edition of this pack in force then (now), or the very one that `name@version` or its folder names.

    Raises `PackError` with one line a fault.
    """
    title, _, version = name.partition("@")
    if not version and pack_of(title, where) != title:
        return load_folder(title, where)
    all_of = editions(title, where)
    if not version:
        return all_of.on(on or datetime.now(UTC))
    if (found := all_of.find(name)) is None:
        known = ", ".join(each.pack.version for each in all_of.all)
        raise PackError(
            f"there is no version {version!r} of {title}; the versions are: {known}",
            f"{title} 没有版本 {version!r}；现有：{known}",
        )
    return found


def in_force(name: str, where: Folders = FOLDER) -> Editions:
    """For whoever starts to work by it: one of its editions has begun."""
    found = editions(name, where)
    first = found.all[0]
    if first.begins > datetime.now(UTC):
        day = first.pack.effective_from
        en = f"no edition is in force before {day}; leave it out of the first edition"
        zh = f"{day} 之前没有生效的版本；请在第一个版本中去掉这一项"
        raise PackError.of([place_in(first.folder, where, "effective_from", Text(zh=zh, en=en))])
    return found


def editions(name: str, where: Folders = FOLDER) -> Editions:
    """All editions of a pack, in order. Raises `PackError` when one is broken or they do not fit together."""
    found = [Edition(folder, load_folder(folder, where)) for folder in edition_folders(name, where)]
    if wrong := list(clashes(found)):
        raise PackError.of([place_in(each.edition.folder, where, each.key, each.what) for each in wrong])
    return Editions(found, lambda other: _others(other, where))


def _others(name: str, where: Folders) -> Sequence[Pack]:
    """Requests may be under way that began under a pack of another name."""
    try:
        return [each.pack for each in editions(name, where).all]
    except PackError:
        return ()


def edition_folders(name: str, where: Folders = FOLDER) -> list[str]:
    """The folder of that name, and those that begin with it and a dash and say that they are this pack."""
    known = listed(where)
    if (really := pack_of(name, where)) != name:
        instead = f"TUIDING_POLICY={really}", f"`pack: {name}`"
        en = f"is {really!r}: this folder is an edition of {really}; set {instead[0]}, or write {instead[1]} to make it"
        zh = f"是 {really!r}：这个文件夹是 {really} 的一个版本；请设置 {instead[0]}，或写 {instead[1]} 使其自成一包"
        raise PackError.of([place_in(name, where, "pack", Text(zh=zh, en=f"{en} a pack of its own"))])
    mine = [name] if name in known else []
    mine += [each for each in known if each.startswith(f"{name}-") and pack_of(each, where) == name]
    if not mine:
        raise no_pack(name, known)
    return mine


def place_in(folder: str, where: Folders, key: str, what: Text) -> Text:
    parts = parts_of(folder, where)
    head = [part for part in parts if part.name == f"{folder}/pack.yaml"]
    return line_of(head, data_of(parts), (key,), what)


def _of(parts: Sequence[Part], data: dict[str, Any], wrong: Sequence[tuple[Keys, Text] | Fault]) -> PackError:
    """Of very many faults the first: each is looked for in the files."""
    lines = [line_of(parts, data, place, what) for place, what, *_ in wrong[:MOST_TOLD]]
    if (more := len(wrong) - len(lines)) > 0:
        lines.append(Text(zh=f"另有 {more} 处错误", en=f"and {more} more"))
    return PackError.of(lines)


def load_folder(name: str, where: Folders = FOLDER) -> Pack:
    """One folder alone, whatever other editions there are. Raises `PackError` with one line a fault."""
    parts = parts_of(name, where)
    data = data_of(parts)
    if "digest" in data:
        both = Text(zh="由其余内容算出；请去掉", en="is worked out from all the rest; leave it out")
        raise PackError.of([line_of(parts, data, ("digest",), both)])
    try:
        pack = Pack.model_validate({**data, "digest": _digest(pickle.dumps(data))})
    except ValidationError as error:
        raise _of(parts, data, list(misfits(error, data))) from None
    if wrong := faults(pack, name):
        raise _of(parts, data, [*_lists_said_anew(parts, wrong), *wrong])
    return pack


@lru_cache(maxsize=64)
def _digest(pickled: bytes) -> str:
    """Of the text that this would be as one file; to write it takes longer than all the rest of the loading."""
    text = yaml.safe_dump(pickle.loads(pickled), sort_keys=True, allow_unicode=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _lists_said_anew(parts: Sequence[Part], wrong: Sequence[Fault]) -> Iterator[tuple[Keys, Text]]:
    """A list of one's own takes the place of all that was inherited: the most common reason that much is missing."""
    for key, missed in ((each, [fault for fault in wrong if fault.missing == each]) for each in ("clauses", "notices")):
        saying = [part for part in parts if key in part.data]
        if len(saying) > 1 and missed:
            whole = saying[-2].name
            zh = f"取代了 {whole} 的整个列表，其中仍有要用到的：请复制那份文件，再改副本"
            en = f"takes the place of all of {whole}, some of which is still needed: copy that file and edit the copy"
            yield (key,), Text(zh=zh, en=en)
