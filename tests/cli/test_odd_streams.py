"""The command line where files and streams are not as one expects: a sentence, an exit code, nothing half-written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from policies.files.whole_files import whole, write_whole

TUIDING = f"{sys.executable} -m cli"
SECRET = "correct horse battery"
STREAMS = {
    "nobody reads on": (f"{TUIDING} policy cases | true; exit ${{PIPESTATUS[0]}}", 1, ""),
    "the output is closed": (f"{TUIDING} policy cases --country CN >&-", 0, ""),
    "all is closed": (f"{TUIDING} policy check nobody <&- >&- 2>&-", 1, ""),
    "the help has no room": (f"{TUIDING} --help > /dev/full", 1, "The output cannot be written: No space left"),
    "the result has no room": (f"{TUIDING} policy cases --country CN > /dev/full", 1, "The output: No space left"),
    "the same as JSON": (f"{TUIDING} policy cases --country CN --json > /dev/full", 1, "The output: No space left"),
    "letters it cannot write": (f"PYTHONIOENCODING=ascii {TUIDING} policy cases --country CN", 0, ""),
    "no terminal to speak of": (f"TERM=dumb COLUMNS=20 LC_ALL=C {TUIDING} --help", 0, ""),
    "a terminal without end": (f"COLUMNS=9999999 {TUIDING} --help", 0, "Usage"),
    "a terminal without room": (f"COLUMNS=0 {TUIDING} --help", 0, "Usage"),
    "a width that is no number": (f"COLUMNS=²² {TUIDING} --help", 0, "Usage"),
    "a folder that is a file": (f"{TUIDING} contracts export /etc/hosts", 1, "/etc/hosts/messages: Not a directory"),
    "a folder that cannot be": (f"{TUIDING} policy new mine --in /proc/x", 1, "/proc/x: No such file"),
    "settings that are no text": (f"printf '\\377' > .env; {TUIDING} policy check", 1, ".env: it is not text in UTF-8"),
    "settings with a mark": (
        f"printf '\\357\\273\\277TUIDING_PORT=x' > .env; {TUIDING} policy check",
        2,
        "TUIDING_PORT",
    ),
    "a password of nothing": (f"{TUIDING} operators add bob --file o <&-", 2, "shorter than"),
    "a password nobody types": (f"printf '{SECRET}\\001' | {TUIDING} operators add bob --file o", 2, "nobody can type"),
    "operators in a pipe": (
        f"mkfifo o; {TUIDING} operators list --file o",
        1,
        "o cannot be read (it is a folder, a pipe",
    ),
    "a token in a pipe": (f"mkfifo t; TUIDING_TOKEN_FILE=t {TUIDING} status x", 2, "t: it is a folder, a pipe"),
    "a token of two lines": (
        f"printf 'a\\nb' > t; TUIDING_TOKEN_FILE=t {TUIDING} status x",
        2,
        "one token and nothing",
    ),
    "tokens of another shape": (
        f"echo '{{\"a\": [1]}}' > t; chmod 600 t; TUIDING_CONSOLE=http://a TUIDING_TOKENS=t {TUIDING} requests list",
        1,
        "t cannot be read",
    ),
}


@pytest.mark.parametrize(("line", "code", "said"), STREAMS.values(), ids=STREAMS.keys())
def test_it_says_what_is_wrong_and_ends_as_it_should(tmp_path: Path, line: str, code: int, said: str) -> None:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("TUIDING")}
    here = ours | {"PYTHONPATH": str(Path.cwd()), "LANG": "en_US.UTF-8"}
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, env=here, capture_output=True, timeout=120, check=False)
    told = (done.stdout + done.stderr).decode()
    assert done.returncode == code, told
    assert said in " ".join(told.split()) and "Traceback" not in told and "inside tuiding" not in told, told
    assert not [each for each in tmp_path.iterdir() if each.name not in (".env", "o", "t")]


def test_what_cannot_be_written_whole_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "page"
    write_whole(file, b"former")
    file.chmod(0o640)
    with pytest.raises(OSError, match="page"), whole(file) as out:
        out.write(b"half")
        raise OSError(28, "No space left on device")
    assert (file.read_bytes(), list(tmp_path.iterdir())) == (b"former", [file])
    write_whole(file, b"new")
    assert (file.read_bytes(), file.stat().st_mode & 0o777, list(tmp_path.iterdir())) == (b"new", 0o640, [file])
    write_whole(Path("/dev/null"), b"x")
