"""The demo's promises, but nobody's time runs out because the machine has something else to do as well."""

from pathlib import Path
from typing import Any

NAME = "patient"
TEXT = f"""
extends: demo
pack: {NAME}
version: "1"
clocks: {{quote_validity: PT10M, payment_retry: PT10M}}
"""


def patient_pack(folder: Path) -> dict[str, Any]:
    """The settings that name it, written below `folder`."""
    packs = folder / "packs"
    (packs / NAME).mkdir(parents=True)
    (packs / NAME / "pack.yaml").write_text(TEXT)
    return {"policy": NAME, "policies": str(packs)}
