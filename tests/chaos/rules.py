"""The rules of a storm: the demo's; beside another release its own, kept as the runbook of an upgrade says."""

import os
import shutil
from pathlib import Path

COMES_ALONG = "demo", "cn-carrier"  # each extends the next
OWN = "storm"


def rules_of(beside: str, folder: Path) -> dict[str, str]:
    """Settings of both releases, and of who judges them. What comes along differs, a copy of it is the same to both."""
    if not beside:
        return {"policy": COMES_ALONG[0]}
    packs, parent = folder / "packs", ""
    for name in reversed(COMES_ALONG):
        shutil.copytree(Path(beside, "policies", name), packs / f"{name}-before")
        if parent:
            _extends(packs / f"{name}-before" / "pack.yaml", parent, f"{parent}-before")
        parent = name
    (packs / OWN).mkdir()
    (packs / OWN / "pack.yaml").write_text(f'extends: {parent}-before\npack: {OWN}\nversion: "1"\n')
    os.environ["TUIDING_POLICIES"] = str(packs)
    return {"policy": OWN, "policies": str(packs)}


def _extends(file: Path, parent: str, instead: str) -> None:
    text = file.read_text(encoding="utf-8")
    if f"extends: {parent}\n" not in text:
        raise ValueError(f"{file} does not extend {parent}")
    file.write_text(text.replace(f"extends: {parent}\n", f"extends: {instead}\n"), encoding="utf-8")
