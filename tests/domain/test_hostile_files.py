"""Files that would harm whoever reads them: each is a named fault, at once and in little memory."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from policies.files.folders import FOLDER, MOST_PARENTS
from policies.files.plain_files import LARGEST_BYTES, read_plain, read_text
from policies.files.reading import MOST_TOLD, PackError, read
from policies.owners import vector_files
from policies.owners.check import check
from policies.pack import load_folder

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + at)}: &{chr(98 + at)} [{', '.join([f'*{chr(97 + at)}'] * 10)}]\n" for at in range(12)
)
HOSTILE = {
    "200,000 hex digits": ("a: 0x" + "f" * 200_000, "a number of 200002 digits"),
    "200,000 digits": ("a: " + "9" * 200_000, "a number of 200000 digits"),
    "a number in sixties": ("a: 1" + ":59" * 60_000, "digits"),
    "200,000 binary digits": ("a: 0b" + "1" * 200_000, "digits"),
    "a long fraction": ("a: 0." + "1" * 200_000, "digits"),
    "20,000 lists": ("a: " + "[" * 20_000, "nested deeper"),
    "20,000 closed lists": ("a: " + "[" * 20_000 + "]" * 20_000, "nested deeper"),
    "20,000 mappings": ("a: " + "{a: " * 20_000, "nested deeper"),
    "lists by indentation": ("- " * 20_000 + "a", "nested deeper"),
    "fifty lists": ("a: " + "[" * 50 + "]" * 50, "nested deeper"),
    "questions": ("? " * 20_000, "nested deeper"),
    "20 MB of one text": ("a: " + "x" * 20_000_000, "larger than"),
    "20 MB of quotes": ('a: "' + "x" * 20_000_000 + '"', "larger than"),
    "20 MB of nothing": (" " * 20_000_000, "larger than"),
    "a billion laughs": (LAUGHS, "aliases"),
    "an alias of itself": ("a: &a [*a]", "aliases"),
    "an alias of nothing": ("a: *b", "alias"),
    "a mapping of itself": ("a: &a {b: *a}", "aliases"),
    "a tag of Python": ("a: !!python/object/apply:os.system ['true']", "tag"),
    "a zero byte": ("a: \x00", ""),
    "an escape": ("a: \x1b[31m", ""),
    "a key twice": ("a: 1\na: 2", "there twice"),
    "a truth that is none": ('a: !!bool "maybe"', "it is no bool"),
    "a number without digits": ('a: !!int ""', "no plain number"),
    "a fraction without digits": ('a: !!float ""', "it is no float"),
    "a moment that is none": ('a: !!timestamp "soon"', "it is no timestamp"),
}
BOUND_SECONDS = 10
HEAD = 'extends: demo\npack: mine\nversion: "1"\n'


@pytest.mark.parametrize(("text", "why"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_pack_is_a_named_fault(tmp_path: Path, text: str, why: str) -> None:
    file, began = tmp_path / "pack.yaml", time.process_time()
    file.write_text(text)
    with pytest.raises(PackError) as no:
        read(file)
    assert f"{tmp_path.name}/pack.yaml: " in str(no.value) and why in str(no.value) and len(str(no.value)) < 2000
    assert time.process_time() - began < BOUND_SECONDS


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in HOSTILE
        if name not in ("a fraction without digits", "a number without digits", "a moment that is none")
    ],
)
def test_hostile_vectors_are_a_named_fault(tmp_path: Path, name: str) -> None:
    file = tmp_path / "vectors.yaml"
    file.write_text(f"vectors: [{{{HOSTILE[name][0]}}}]" if name == "a long fraction" else HOSTILE[name][0])
    found = vector_files.read_what_fits(file)
    assert not found.vectors and HOSTILE[name][1] in found.faults[0] and len(found.faults[0]) < 2000


@pytest.mark.parametrize("number", ["010", "0x10", "0b11", "1:30", "-07"])
def test_a_number_that_yaml_reads_otherwise_than_people_is_refused(tmp_path: Path, number: str) -> None:
    (tmp_path / "pack.yaml").write_text(f"a: {number}")
    with pytest.raises(PackError, match="no plain number"):
        read(tmp_path / "pack.yaml")


@pytest.mark.parametrize("content", ["", "# nothing", "---", "null", "\n\n"])
def test_an_empty_file_is_called_so(tmp_path: Path, content: str) -> None:
    (tmp_path / "pack.yaml").write_text(content)
    with pytest.raises(PackError, match="is empty"):
        read(tmp_path / "pack.yaml")


@pytest.mark.parametrize("content", ["[]", '""', "0", "false", "- a"])
def test_what_is_no_mapping_is_called_so(tmp_path: Path, content: str) -> None:
    (tmp_path / "pack.yaml").write_text(content)
    with pytest.raises(PackError, match="must be a mapping"):
        read(tmp_path / "pack.yaml")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "gb18030"])
def test_text_of_another_encoding_is_called_so(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "pack.yaml").write_bytes("a: 退订".encode(encoding))
    with pytest.raises(PackError, match="not text in UTF-8"):
        read(tmp_path / "pack.yaml")


def pack(folder: Path, **files: str) -> Path:
    (folder / "mine").mkdir()
    for name, text in files.items():
        (folder / "mine" / f"{name}.yaml").write_text(text)
    return folder / "mine"


def refused(folder: Path) -> str:
    with pytest.raises(PackError) as no:
        load_folder("mine", (FOLDER, folder))
    return str(no.value)


def test_what_is_missing_is_missing_in_the_file_it_belongs_in(tmp_path: Path) -> None:
    notices = (FOLDER / "cn-carrier" / "notices.yaml").read_text(encoding="utf-8")
    pack(tmp_path, pack='pack: mine\nversion: "1"\n', notices=notices)
    lines = refused(tmp_path).splitlines()
    assert lines and all(line.startswith("mine/pack.yaml: /") for line in lines)


@pytest.mark.parametrize("odd", ["fees", "vectors"])
@pytest.mark.parametrize("kind", [Path.mkdir, os.mkfifo, lambda file: linked(file, "nowhere")])
def test_what_stands_in_the_place_of_a_file_is_not_passed_over(
    tmp_path: Path, odd: str, kind: Callable[[Path], object]
) -> None:
    kind(pack(tmp_path, pack=HEAD) / f"{odd}.yaml")
    report = check("mine", folder=(FOLDER, tmp_path))
    assert not report.ok and any(f"mine/{odd}.yaml" in line and "cannot be read" in line for line in report.lines())


def test_of_very_many_faults_the_first_are_told_at_once(tmp_path: Path) -> None:
    began = time.process_time()
    pack(tmp_path, pack=f"{HEAD}untold: [{'a,' * 50_000}]\n")
    *told, last = refused(tmp_path).splitlines()
    assert len(told) == MOST_TOLD and last.endswith(" more")
    assert time.process_time() - began < 2 * BOUND_SECONDS


def test_no_pack_stands_on_more_than_some_others(tmp_path: Path) -> None:
    pack(tmp_path, pack="extends: p0\npack: mine\nversion: '1'\n")
    for number in range(MOST_PARENTS + 1):
        (tmp_path / f"p{number}").mkdir()
        (tmp_path / f"p{number}" / "pack.yaml").write_text(f"extends: p{number + 1}\npack: p{number}\n")
    assert "/extends: more than" in refused(tmp_path)


@pytest.mark.parametrize("zone", ["localtime", "Factory", "Mars/Phobos"])
def test_a_zone_that_differs_from_machine_to_machine_is_none(tmp_path: Path, zone: str) -> None:
    pack(tmp_path, pack=f"{HEAD}time_zone: {zone}\n")
    assert "mine/pack.yaml: /time_zone: there is no time zone" in refused(tmp_path)


JSON = {
    "200,000 digits": ("[" + "9" * 200_000 + "]", "digits"),
    "a long fraction": ("[0." + "9" * 200_000 + "]", "digits"),
    "a long exponent": ("[1e" + "9" * 200_000 + "]", "digits"),
    "20,000 lists": ("[" * 20_000, ""),
    "200,000 lists": ("[" * 200_000, ""),
    "100,000 objects": ('{"a":' * 80_000, ""),
    "20 MB of one text": ('["' + "x" * 20_000_000 + '"]', "larger than"),
    "a key twice": ('[{"a": 1, "a": 2}]', "there twice"),
}


@pytest.mark.parametrize(("text", "why"), JSON.values(), ids=JSON.keys())
def test_the_same_as_json(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "vectors.json"
    file.write_text(text)
    found = vector_files.read_what_fits(file)
    assert not found.vectors and why in found.faults[0] and len(found.faults[0]) < 2000


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


ODD: dict[str, Callable[[Path], Path]] = {
    "a pipe": pipe,
    "zeros without end": lambda folder: Path("/dev/zero"),
    "chance without end": lambda folder: Path("/dev/urandom"),
    "nothing": lambda folder: Path("/dev/null"),
    "a folder": lambda folder: folder,
    "no file": lambda folder: folder / "nobody",
    "a link to a device": lambda folder: linked(folder / "link", "/dev/zero"),
    "a link to itself": lambda folder: linked(folder / "link", "link"),
    "a name too long": lambda folder: folder / ("x" * 5000),
}


def linked(at: Path, to: str) -> Path:
    at.symlink_to(to)
    return at


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_what_is_no_file_is_neither_waited_for_nor_read(tmp_path: Path, odd: Callable[[Path], Path]) -> None:
    file = odd(tmp_path)
    with pytest.raises(OSError):
        read_plain(file)
    with pytest.raises(PackError, match="cannot be read"):
        read(file)
    assert "cannot be read" in vector_files.read_what_fits(file).faults[0]


BECOMES: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "a device": lambda file: file.symlink_to("/dev/zero"),
    "a link to itself": lambda file: file.symlink_to(file.name),
    "nothing": lambda file: None,
    "too large": lambda file: file.write_bytes(b"x" * (LARGEST_BYTES + 1)),
    "a file that does not know its size": lambda file: file.symlink_to("/proc/cpuinfo"),
    "no text": lambda file: file.write_bytes(b"\xff\xfe"),
}


@pytest.mark.parametrize("becomes", BECOMES)
def test_what_becomes_another_thing_between_the_look_and_the_reading_is_not_waited_for(
    tmp_path: Path, becomes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, seen, told, looks = tmp_path / "pack.yaml", Path.stat, list[str](), list[Path]()
    file.write_text("a: 1")

    def looked_at(own: Path, **given: bool) -> os.stat_result:
        found = seen(own, **given)
        if own == file and not looks:
            looks.append(own)
            file.unlink()
            BECOMES[becomes](file)
        return found

    def reads() -> None:
        try:
            told.append(read_text(file, 8))
        except OSError as error:
            told.append(str(error.strerror))

    monkeypatch.setattr(Path, "stat", looked_at)
    reader = threading.Thread(target=reads, daemon=True)
    reader.start()
    reader.join(BOUND_SECONDS)
    assert len(told) == 1 and told != ["a: 1"]


@pytest.mark.parametrize("size", [0, 1, LARGEST_BYTES - 1, LARGEST_BYTES])
def test_a_file_is_read_up_to_its_limit(tmp_path: Path, size: int) -> None:
    (tmp_path / "file").write_bytes(b"x" * size)
    assert len(read_plain(tmp_path / "file")) == size
    with pytest.raises(OSError, match="larger"):
        read_plain(tmp_path / "file", size - 1) if size else read_plain(Path("/proc/cpuinfo"), 1)
