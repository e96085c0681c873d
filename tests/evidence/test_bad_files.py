"""What never was an evidence file, or was made to harm whoever opens it: named and refused, and nothing is written."""

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence.verify import (
    FORMAT,
    LARGEST_BYTES,
    MANIFEST,
    MOST_FILES,
    pretty,
    sha256,
    unwrapped,
    wrapped,
)
from tests.evidence.conftest import Case
from tests.evidence.test_tampering import AT, found, written


def zipped(fill: Callable[[zipfile.ZipFile], None], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        fill(archive)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["../up.json", "/etc/passwd", "a/../../b", "C:\\x", "c:x", "..\\up"])
def test_a_path_that_climbs_out_is_refused(name: str) -> None:
    bad = found(wrapped({name: b"x"}, AT))
    assert bad.code == "climbs-out" and name[:2].strip(".") in bad.item


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO])
def test_an_entry_that_is_no_file_is_refused(case: Case, kind: int) -> None:
    def planted(archive: zipfile.ZipFile) -> None:
        entry = zipfile.ZipInfo("consent.json")
        entry.external_attr = (kind | 0o777) << 16
        archive.writestr(entry, b"/etc/passwd")

    bad = found(zipped(planted))
    assert (bad.code, bad.item) == ("no-file", "consent.json")


def test_a_folder_among_the_files_is_refused(case: Case) -> None:
    bad = found(written(case, {**case.files, "more/": b""}))
    assert (bad.code, bad.item) == ("no-file", "more/")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(case: Case) -> None:
    def twice(archive: zipfile.ZipFile) -> None:
        archive.writestr(MANIFEST, b"{}")
        archive.writestr(MANIFEST, b"[]")

    bad = found(zipped(twice))
    assert (bad.code, bad.item) == ("twice", MANIFEST)


def test_a_zip_bomb_is_not_unpacked() -> None:
    bomb = zipped(lambda archive: archive.writestr("events.jsonl", b"\0" * 50_000_000), zipfile.ZIP_DEFLATED)
    assert len(bomb) < 100_000
    assert found(bomb).code == "bomb"


def test_more_files_than_any_request_has_are_refused() -> None:
    assert found(wrapped({f"{number}": b"" for number in range(MOST_FILES + 1)}, AT)).code == "bomb"


def test_a_compressed_file_is_refused_even_where_it_is_small() -> None:
    packed = zipped(lambda archive: archive.writestr("a.json", b"{}"), zipfile.ZIP_DEFLATED)
    assert found(packed).code == "compressed"


def test_a_file_above_the_limit_is_refused_before_anything_is_read() -> None:
    assert found(bytes(LARGEST_BYTES + 1)).code == "too-large"


@pytest.mark.parametrize(
    ("name", "until"),
    [("a.json", "2026-04-01"), (["a.json"], "2026-04-01"), ({}, "2026-04-01"), ("b.json", "2200-01-01")],
)
def test_a_manifest_of_the_right_chain_that_says_what_none_can_is_refused(name: object, until: str) -> None:
    """Whoever forges a chain can put anything into it."""
    link, entries = sha256(f"{FORMAT}\nr\n{until}".encode()), []
    for each in ("a.json", name):
        link = sha256(f"{link}\n{each}\n1\n{sha256(b'x')}".encode())
        entries.append({"name": each, "bytes": 1, "sha256": sha256(b"x"), "chain": link})
    manifest = {"format": FORMAT, "request_id": "r", "until": until, "entries": entries, "root": link}
    assert found(wrapped({MANIFEST: pretty(manifest), "a.json": b"x", "b.json": b"x"}, AT)).code == "manifest"


def test_nothing_of_a_bad_file_is_ever_written(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for data in (wrapped({"../up.json": b"x"}, AT), case.data[:-1], written(case, {**case.files, "new": b""})):
        assert found(data).item
    assert list(tmp_path.iterdir()) == list(tmp_path.parent.glob("up.json")) == []


@pytest.mark.parametrize("manifest", [b"", b"{}", b"[]", b"null", b"[" * 10_000, b'{"entries": 1}', b"\xff\xfe"])
def test_a_manifest_that_is_none_is_refused(manifest: bytes) -> None:
    assert found(wrapped({MANIFEST: manifest}, AT)).code == "manifest"


def test_an_empty_zip_has_no_manifest() -> None:
    assert found(zipped(lambda archive: None)).code == "missing"
    assert unwrapped(zipped(lambda archive: None)) == {}
