"""Whatever is done to an evidence file, in any of its files or to the zip itself, is found and named."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

import pytest

from evidence.verify import (
    MANIFEST,
    Bad,
    manifest_of,
    pretty,
    verify,
    wrapped,
)
from tests.evidence.conftest import Case

Files = dict[str, bytes]
AT = datetime(2026, 3, 10, 9, 0)  # noqa: DTZ001 - a zip knows no zones


def found(data: bytes, root: str = "") -> Bad:
    with pytest.raises(Bad) as caught:
        verify(data, root)
    return caught.value


def written(case: Case, files: Files) -> bytes:
    return wrapped(files, datetime.fromisoformat(verify(case.data)["until"]))


def changed_bytes(content: bytes) -> Iterator[bytes]:
    for place in {0, len(content) // 2, len(content) - 1}:
        other = bytes([content[place] ^ 1])
        yield content[:place] + other + content[place + 1 :]
        yield content[:place] + content[place + 1 :]
        yield content[:place] + other + content[place:]


def test_an_untouched_file_is_whole_and_made_the_same_every_time(case: Case) -> None:
    manifest = verify(case.data)
    assert verify(case.data, manifest["root"]) == manifest
    assert written(case, case.files) == case.data


def test_a_byte_changed_removed_or_added_in_any_file_is_found_in_that_file(case: Case) -> None:
    for name, content in case.files.items():
        for other in changed_bytes(content):
            assert name in str(found(written(case, {**case.files, name: other}))), name


def test_a_removed_file_is_missed(case: Case) -> None:
    for name in case.files:
        bad = found(written(case, {other: each for other, each in case.files.items() if other != name}))
        assert (bad.code, bad.item) == ("missing", name)


def test_an_emptied_file_is_found(case: Case) -> None:
    for name in case.files:
        assert found(written(case, {**case.files, name: b""})).item == name


def test_an_added_file_is_found_wherever_it_is_put(case: Case) -> None:
    for place in range(len(case.files) + 1):
        entries = list(case.files.items())
        entries.insert(place, ("consent-2.json", b"{}"))
        bad = found(written(case, dict(entries)))
        assert (bad.code, bad.item) == ("added", "consent-2.json")


def test_two_files_with_each_others_content_are_found(case: Case) -> None:
    names = list(case.files)
    for one, other in pairwise(names):
        swapped = {**case.files, one: case.files[other], other: case.files[one]}
        assert found(written(case, swapped)).item in (one, other)


def test_two_files_in_each_others_place_are_found(case: Case) -> None:
    names = list(case.files)
    for place in range(len(names) - 1):
        order = [*names[:place], names[place + 1], names[place], *names[place + 2 :]]
        bad = found(written(case, {name: case.files[name] for name in order}))
        assert bad.code == "out-of-place"


def test_a_renamed_file_is_found(case: Case) -> None:
    for name in case.files:
        renamed = {f"{other}~" if other == name else other: each for other, each in case.files.items()}
        assert found(written(case, renamed)).item == name


def test_any_byte_of_the_zip_itself_is_found(case: Case) -> None:
    """The directory at the end whole, the rest in steps; headers and contents alike."""
    size, directory = len(case.data), case.data.index(b"PK\1\2")
    for place in {*range(40), *range(0, directory, 499), *range(directory, size)}:
        data = case.data[:place] + bytes([case.data[place] ^ 1]) + case.data[place + 1 :]
        assert found(data).item


def test_a_file_cut_off_anywhere_is_refused(case: Case) -> None:
    for length in (0, 1, 21, len(case.data) // 2, len(case.data) - 1):
        assert found(case.data[:length]).code in ("not-a-zip", "wrapping")


@pytest.mark.parametrize("more", [b"\0", b"PK\5\6" + b"\0" * 18, b"anything"])
def test_bytes_before_or_after_the_zip_are_found(case: Case, more: bytes) -> None:
    assert found(case.data + more).item
    assert found(more + case.data).item


def test_a_new_chain_over_forged_files_does_not_have_the_root_that_was_noted(case: Case) -> None:
    root = verify(case.data)["root"]
    files = {name: content for name, content in case.files.items() if name != MANIFEST}
    files["money.json"] = files["money.json"].replace(b"15208", b"25208")
    manifest = manifest_of(case.request_id, verify(case.data)["until"], files)
    forged = written(case, {MANIFEST: pretty(manifest), **files})
    assert verify(forged)["root"] != root
    assert found(forged, root).code == "root"


def test_another_request_id_or_date_in_the_manifest_breaks_the_chain(case: Case) -> None:
    for old, new in ((case.request_id.encode(), b"0" * 36), (b"2026-04", b"2026-05")):
        assert found(written(case, {**case.files, MANIFEST: case.files[MANIFEST].replace(old, new)})).code == "chain"
