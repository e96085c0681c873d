"""A machine's mark: kept over restarts, one for all who start together, and none where a name is enough."""

import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runtime import machine
from runtime.settings import Settings


def test_nobody_is_marked_who_has_the_database_to_itself(tmp_path: Path) -> None:
    assert machine.machine(str(tmp_path), shared=False) == socket.gethostname()
    assert list(tmp_path.iterdir()) == []


def test_a_container_that_is_called_by_its_id_needs_no_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "0123456789ab")
    assert machine.machine(str(tmp_path), shared=True) == "0123456789ab"


def test_all_that_start_at_once_in_a_new_folder_have_one_mark(tmp_path: Path) -> None:
    folder = str(tmp_path / "new" / "folder")
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(lambda _: machine.machine(folder, shared=True), range(32)))
    (name,) = names
    assert re.fullmatch(rf"{re.escape(socket.gethostname())}-[0-9a-f]{{8}}", name)
    assert [file.name for file in Path(folder).iterdir()] == [machine.FILE]


@pytest.mark.parametrize("broken", [b"", b"\xff\xfe", b"12", b"0123456789abcdef"])
def test_a_mark_that_was_broken_is_made_anew_and_then_kept(tmp_path: Path, broken: bytes) -> None:
    (tmp_path / machine.FILE).write_bytes(broken)
    first, second = (machine.machine(str(tmp_path), shared=True) for _ in range(2))
    assert first == second and re.search(r"-[0-9a-f]{8}$", first)


def test_the_name_of_a_worker_on_a_shared_database_ends_with_its_port(tmp_path: Path) -> None:
    ours = Settings(worker="", port=8123, database="postgresql://one", data=str(tmp_path)).as_worker_of("review")
    assert ours.worker == f"{machine.machine(str(tmp_path), shared=True)}-8123"
    by_hand = Settings(worker="east", database="postgresql://one", data=str(tmp_path))
    assert by_hand.as_worker_of("review").worker == "east"
