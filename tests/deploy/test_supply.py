"""What is handed out: every part with its hash, under a licence that was looked at, and nothing beside our packages."""

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

import crc32c
import pytest
from kafka.record import util  # type: ignore[import-untyped,unused-ignore]
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PACKAGES = ("contracts", "policies", "runtime", "services", "demo", "evidence", "insight", "cli")
ALLOWED = {  # may be shipped with a product of somebody else's, unchanged and with its text
    "3-Clause BSD License",
    "Apache-2.0",
    "Apache Software License",
    "BSD License",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC License",
    "MIT",
    "MIT-0",
    "MIT License",
    "PSF-2.0",
    "Python Software Foundation License",
}
LOOKED_AT = {  # not in the list above, and why it may be in an image all the same
    "certifi": "MPL-2.0: a list of certificates, unchanged",
    "crc32c": "LGPL-2.1-or-later: a library of its own, which whoever runs it can replace",
    "faust-cchardet": "MPL-1.1 OR GPL-2.0-or-later OR LGPL-2.1-or-later: taken under the MPL, unchanged",
    "psycopg": "LGPL-3.0-only: as crc32c",
    "psycopg-binary": "LGPL-3.0-only: as psycopg",
    "venusian": "Repoze Public License: of the BSD's kind",
}
HIDDEN = re.compile(r"\.(pem|key|env|db|log|pyc)$|/(tests|bench|var|\.)")


def _parts(name: str, extras: frozenset[str] = frozenset()) -> Iterator[tuple[str, frozenset[str]]]:
    """What `name` needs here to run, with its extras."""
    for told in distribution(name).requires or ():
        needed = Requirement(told)
        if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in (*extras, "")):
            yield canonicalize_name(needed.name), frozenset(needed.extras)


@cache
def shipped() -> dict[str, Distribution]:
    """By name; all that is installed with tuiding for who only runs it."""
    found, ahead = dict[str, Distribution](), [*_parts("tuiding")]
    seen: set[tuple[str, frozenset[str]]] = set()
    while ahead:
        each = ahead.pop()
        if each not in seen:
            seen.add(each)
            found[each[0]] = distribution(each[0])
            ahead += _parts(*each)
    return found


def licences(part: Distribution) -> list[str]:
    """Where there is a choice, one that is allowed is enough."""
    about = {name.lower(): text for name, text in part.metadata.items()}  # type: ignore[attr-defined]
    said = about.get("license-expression", "")
    if not said:
        kinds = [each for each in part.metadata.get_all("Classifier") or () if each.startswith("License ::")]
        named = [each.rpartition(" :: ")[2].partition(" (")[0] for each in kinds]
        said = " AND ".join(named) or about.get("license", "").partition("\n")[0]
    options = [each.strip(" ()").split(" AND ") for each in said.split(" OR ")]
    return next((each for each in options if set(each) <= ALLOWED), options[0])


def test_reading_a_topic_checks_its_records_by_a_compiled_checksum() -> None:
    """kafka-python's own is plain Python, and would be most of what reading for people costs."""
    assert util._crc32c is crc32c.crc32c


def test_every_part_is_under_a_licence_that_somebody_looked_at() -> None:
    strange = {name: licences(part) for name, part in shipped().items() if not set(licences(part)) <= ALLOWED}
    assert strange.keys() == LOOKED_AT.keys() & shipped().keys(), strange
    assert len(shipped()) > 40


def test_the_bill_of_materials_names_every_part_in_its_version_with_a_hash(tmp_path: Path) -> None:
    file = tmp_path / "sbom.json"
    subprocess.run(["make", "-s", "sbom", f"SBOM={file}"], cwd=ROOT, check=True, capture_output=True)
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.5")
    listed = {each["name"]: each for each in told["components"]}
    assert {name: part.version for name, part in shipped().items()}.items() <= {
        name: each["version"] for name, each in listed.items()
    }.items()
    hashed = {name for name, each in listed.items() if "SHA-256" in json.dumps(each)}
    assert shipped().keys() <= hashed
    assert "pytest" not in listed


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    return zipfile.ZipFile(file)


def test_a_wheel_holds_our_packages_whole_and_nothing_beside_them(wheel: zipfile.ZipFile) -> None:
    there = {name for name in wheel.namelist() if ".dist-info/" not in name}
    files = (each for name in PACKAGES for each in (ROOT / name).rglob("*") if each.is_file())
    assert there == {str(each.relative_to(ROOT)) for each in files if "__pycache__" not in each.parts}
    assert not [name for name in there if HIDDEN.search(name)]


def test_a_wheel_has_the_command_its_licence_and_every_part_it_needs(wheel: zipfile.ZipFile) -> None:
    about = {name.partition(".dist-info/")[2]: name for name in wheel.namelist() if ".dist-info/" in name}
    assert b"tuiding = cli:main" in wheel.read(about["entry_points.txt"])
    assert wheel.read(about["licenses/LICENSE"]) == (ROOT / "LICENSE").read_bytes()
    needed = re.findall(r"^Requires-Dist: ([\w.-]+)", wheel.read(about["METADATA"]).decode(), re.M)
    assert {canonicalize_name(each) for each in needed} == {name for name, _ in _parts("tuiding")}
