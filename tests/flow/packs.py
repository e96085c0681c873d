"""Packs of one's own, written into a folder outside the package as an operator would."""

from collections.abc import Sequence
from pathlib import Path

from policies.files.folders import FOLDER

EXTENDS = "extends: cn-carrier\n"


def write(folder: Path, name: str, **files: str) -> None:
    """`pack="version: ..."` goes into `pack.yaml`, and so on."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    for part, content in files.items():
        (folder / name / f"{part}.yaml").write_text(content, encoding="utf-8")


def beside_ours(folder: Path) -> Sequence[Path]:
    return (FOLDER, folder)


def copied(part: str, old: str, new: str, pack: str = "cn-carrier") -> str:
    """A file of ours with one word changed, as somebody does who copies it and edits the copy."""
    text = (FOLDER / pack / f"{part}.yaml").read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
    return text.replace(old, new)
