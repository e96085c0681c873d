"""The demo's promises, but nobody's time runs out because the machine has something else to do as well."""

from pathlib import Path
from typing import Any

NAME = "patient"
CLOCKS = ("quote_validity", "payment_retry")
TEXT = """
extends: demo
pack: {pack}
version: "1"
clocks: {{{clocks}}}
"""


def patient_pack(folder: Path, *more_clocks: str) -> dict[str, Any]:
    """The settings that name it, written below `folder`."""
    packs, clocks = folder / "packs", ", ".join(f"{each}: PT10M" for each in (*CLOCKS, *more_clocks))
    (packs / NAME).mkdir(parents=True)
    (packs / NAME / "pack.yaml").write_text(TEXT.format(pack=NAME, clocks=clocks))
    return {"policy": NAME, "policies": str(packs)}
