#!/usr/bin/env python3
"""Checks an evidence file: `python3 verify.py FILE.zip [--root HASH]`. Needs nothing but Python's standard library.

Whoever makes a new file can make a new chain: only the root hash, kept or received apart from the file, proves that
this is the file it was. Use your own copy of this program, not the one that lies in the file you doubt.
"""

from __future__ import annotations  # so that a Python of some years ago reads it too

import argparse
import hashlib
import io
import json
import stat
import struct
import sys
import zipfile
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

FORMAT, MANIFEST = "tuiding-evidence-1", "manifest.json"
LARGEST_BYTES, MOST_FILES, LAST_YEAR = 64 * 1024 * 1024, 500, 2107  # no zip tells a later year
FAULTS = {
    "no-such-file": ("无法读取", "cannot be read"),
    "too-large": ("超出大小上限", "is larger than any evidence file may be"),
    "not-a-zip": ("不是完整的 zip 文件：被截断或损坏", "is no whole zip file: cut off or damaged"),
    "bomb": ("声称的内容多于文件本身，拒绝展开", "claims to hold more than the file itself: it is not unpacked"),
    "compressed": ("被压缩过，不是原文件", "is compressed: not as it was written"),
    "climbs-out": ("路径指向文件夹之外", "has a path that leads out of its folder"),
    "no-file": ("是链接或文件夹，不是文件", "is a link or a folder, not a file"),
    "twice": ("出现两次", "is there twice"),
    "manifest": ("清单被改动或无法读取", "is not as it was written, or no manifest at all"),
    "chain": ("的哈希链断开", "has a broken hash chain"),
    "root": ("根哈希与给定的不同", "has another root hash than the one given"),
    "missing": ("缺失", "is missing"),
    "added": ("是后加的", "was added"),
    "changed": ("内容被改动", "is not what it was"),
    "out-of-place": ("位置被调换", "is not in its place"),
    "wrapping": ("zip 结构被改动", "has a changed byte in the zip's own structure"),
    "unreadable": ("不是证据文件应有的内容", "does not hold what an evidence file holds"),
    "contradiction": ("与事件记录不符", "contradicts the events"),
}


class Bad(Exception):
    """The first bad item: a code of `FAULTS`, the item's name, and where in it."""

    def __init__(self, code: str, item: str, where: str = "") -> None:
        item, where = _printable(item), _printable(where)
        super().__init__(f"{item} {FAULTS[code][1]}{f' ({where})' if where else ''}")
        self.code, self.item, self.where = code, item, where

    def told(self, language: str) -> str:
        zh = FAULTS[self.code][0]
        return f"{self.item}：{zh}{f'（{self.where}）' if self.where else ''}" if language == "zh" else str(self)


def _printable(text: str) -> str:
    """Whoever made the file chose its names: nothing of them acts on a terminal."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def canonical(value: Any) -> bytes:
    """RFC 8785 for what we write: ASCII names, whole numbers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def pretty(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


# ---- writing: the same files always make the same bytes, so that reading can compare all of them ---------------------


def manifest_of(request_id: str, until: str, files: dict[str, bytes]) -> dict[str, Any]:
    """Every entry's `chain` is over the one before, its name, its size and its hash; the last one is the root."""
    link, entries = sha256(f"{FORMAT}\n{request_id}\n{until}".encode()), []
    for name, content in files.items():
        entry = {"name": name, "bytes": len(content), "sha256": sha256(content)}
        link = sha256(f"{link}\n{name}\n{len(content)}\n{entry['sha256']}".encode())
        entries.append(entry | {"chain": link})
    return {"format": FORMAT, "request_id": request_id, "until": until, "entries": entries, "root": link}


def wrapped(files: dict[str, bytes], at: datetime) -> bytes:
    """A zip without compression, every header field fixed; `at` is the time of all files, to two seconds."""
    stamp = (at.hour << 11 | at.minute << 5 | at.second // 2, (max(at.year, 1980) - 1980) << 9 | at.month << 5 | at.day)
    body, directory = b"", b""
    for name, content in files.items():
        said = name.encode()
        facts = (20, 0x800, 0, *stamp, zlib.crc32(content), len(content), len(content), len(said), 0)
        directory += struct.pack("<4s6H3I5H2I", b"PK\1\2", 0x314, *facts, 0, 0, 0, 0o100644 << 16, len(body)) + said
        body += struct.pack("<4s5H3I2H", b"PK\3\4", *facts) + said + content
    count = len(files)
    return body + directory + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)


# ---- reading ---------------------------------------------------------------------------------------------------------


def unwrapped(data: bytes) -> dict[str, bytes]:
    """Nothing is written to disk, nothing is unpacked that is larger than the file it lies in. Raises `Bad`."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception as error:  # a damaged directory breaks zipfile in many ways
        raise Bad("not-a-zip", "the file", type(error).__name__) from None
    entries = archive.infolist()
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > len(data):
        raise Bad("bomb", "the file", f"{sum(entry.file_size for entry in entries)} bytes in {len(data)}")
    files: dict[str, bytes] = {}
    for entry in entries:
        _refuse_what_we_never_write(entry, files)
        try:
            files[entry.filename] = archive.read(entry)
        except Exception as error:
            raise Bad("changed", entry.filename, f"{type(error).__name__}: {error}"[:120]) from None
    return files


def _refuse_what_we_never_write(entry: zipfile.ZipInfo, files: dict[str, bytes]) -> None:
    name = entry.orig_filename
    if name.startswith("/") or "\\" in name or ":" in name or "\0" in name or ".." in name.split("/"):
        raise Bad("climbs-out", repr(name))
    if name.endswith("/") or stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        raise Bad("no-file", name)
    if name in files:
        raise Bad("twice", name)
    if entry.compress_type != zipfile.ZIP_STORED:
        raise Bad("compressed", name)


def verify(data: bytes, root: str = "") -> dict[str, Any]:
    """The manifest of a file that is whole and unchanged; raises `Bad` for the first item that is not."""
    if len(data) > LARGEST_BYTES:
        raise Bad("too-large", "the file", f"{len(data)} bytes, at most {LARGEST_BYTES}")
    files = unwrapped(data)
    manifest = _manifest(files)
    if root and root.lower() != manifest["root"]:
        raise Bad("root", "the file", f"{manifest['root']}, not {root}")
    _same_files(files, manifest["entries"])
    again = wrapped(files, datetime.fromisoformat(manifest["until"]))
    if again != data:
        place = next((at for at, (a, b) in enumerate(zip(again, data)) if a != b), len(again))  # noqa: B905
        raise Bad("wrapping", "the file", f"byte {place}")
    return manifest


def _manifest(files: dict[str, bytes]) -> dict[str, Any]:
    if MANIFEST not in files:
        raise Bad("missing", MANIFEST)
    try:
        said = json.loads(files[MANIFEST])
        link = sha256("\n".join((FORMAT, said["request_id"], said["until"])).encode())
        names = [MANIFEST, *(entry["name"] for entry in said["entries"])]
        if datetime.fromisoformat(said["until"]).year > LAST_YEAR or len(set(names)) < len(names):
            raise ValueError("no such date, or a name that is there twice")
        for entry in said["entries"]:
            link = sha256(f"{link}\n{entry['name']}\n{entry['bytes']}\n{entry['sha256']}".encode())
            if link != entry["chain"]:
                raise Bad("chain", MANIFEST, str(entry["name"]))
        whole = {"format": FORMAT, **{name: said[name] for name in ("request_id", "until", "entries")}, "root": link}
        if pretty(whole) != files[MANIFEST]:
            raise ValueError("something else stands in it")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise Bad("manifest", MANIFEST, type(error).__name__) from None
    return whole


def _same_files(files: dict[str, bytes], entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        if entry["name"] not in files:
            raise Bad("missing", entry["name"])
        content = files[entry["name"]]
        if (len(content), sha256(content)) != (entry["bytes"], entry["sha256"]):
            raise Bad("changed", entry["name"], f"{len(content)} bytes, {entry['bytes']} expected")
    names = [MANIFEST, *(entry["name"] for entry in entries)]
    for name in files:
        if name not in names:
            raise Bad("added", name)
    if moved := [name for place, name in zip(names, files) if place != name]:  # noqa: B905 - unknown to an old Python
        raise Bad("out-of-place", moved[0])


def main() -> int:
    from claims import claims  # type: ignore[import-not-found,unused-ignore]  # it lies beside this file in the bundle

    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("file", type=Path)
    reader.add_argument("--root", default="", help="the root hash you noted or were given by another way")
    given = reader.parse_args()
    try:
        if given.file.exists() and not given.file.is_file():
            raise Bad("no-file", given.file.name)
        with given.file.open("rb") as source:
            data = source.read(LARGEST_BYTES + 1)
        manifest, found = verify(data, given.root), claims(unwrapped(data))
    except (Bad, OSError) as bad:
        print(f"BAD  {bad}")
        return 1
    print(f"whole and unchanged: {len(manifest['entries'])} files, root {manifest['root']}")
    for claim in found:
        print(f"{'proved    ' if claim['proved'] else 'NOT PROVED'}  {claim['en']}")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))  # `python3 -I` leaves it out
    import verify as here  # type: ignore[import-not-found,unused-ignore]  # the one that claims.py knows

    sys.exit(here.main())
