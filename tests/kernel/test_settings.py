"""A setting with which nothing could work is refused by its name, before anything is started."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.failure import Failure, as_failure
from policies.files.plain_files import LARGEST_BYTES
from runtime.local.database_keys import OwnUser
from runtime.local.programs import as_environment, services
from runtime.settings import Settings, WrongSetting

COUNTS = ("calls_at_once", "batch_records", "connections_at_once", "requests_at_once", "keep_days", "partitions")
BUDGETS = ("junk_per_minute", "dead_letters_per_minute", "commands_a_day")
SPANS = ("session_timeout_seconds", "call_timeout_seconds", "request_seconds", "patience_seconds", "session_hours")
MORE_SPANS = ("oldest_work_seconds", "loop_stall_seconds", "session_idle_minutes", "proposal_hours")
REFUSED = {
    ("port", "kafka_port"): ["-1", "65536", "99999", "0x10", "1e3", "1.5", "", " ", "http", "8000 8001"],
    (*COUNTS, *BUDGETS): ["0", "-1", "1.5", "nan", "many", "", "1e9", "1000001", "9" * 30],
    (*SPANS, *MORE_SPANS, "channel_per_second"): ["0", "-1", "-0.0", "nan", "inf", "-inf", "1e400", "soon", "", "1e9"],
    ("takes_commands", "shared_commands"): ["maybe", "", "2"],
    ("log", "log_level", "auth", "kafka_security"): ["xml", " "],
}
CASES = [(name, value) for names, values in REFUSED.items() for name in names for value in values]


@pytest.mark.parametrize(("name", "value"), CASES)
def test_a_value_that_no_run_could_have_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"TUIDING_{name.upper()}", value)
    with pytest.raises(WrongSetting) as caught:
        Settings()
    assert [named for named, _ in caught.value.faults] == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [("port", "0"), ("port", "65535"), ("keep_days", "1"), ("call_timeout_seconds", "0.05"), ("junk_per_minute", "1")],
)
def test_the_least_that_works_is_taken(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"TUIDING_{name.upper()}", value)
    assert str(getattr(Settings(), name)) == value


def test_the_secret_in_an_address_that_is_refused_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUIDING_CARRIER", "https://us:hush@carrier:99999")
    with pytest.raises(Failure) as no, as_failure("en"):
        Settings()
    assert "TUIDING_CARRIER: " in no.value.sentence and "hush" not in no.value.sentence


URL = "postgresql+psycopg://tuiding-review:hush@db:5432/tuiding"


@pytest.mark.parametrize("written", [URL, f"{URL}\n", f"\ufeff{URL}\r\n", f"  {URL}  "])
def test_the_address_of_the_database_may_stand_in_a_file_and_nowhere_else_then(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: str
) -> None:
    (tmp_path / "url").write_text(written, encoding="utf-8", newline="")
    monkeypatch.setenv("TUIDING_DATABASE_FILE", str(tmp_path / "url"))
    assert Settings().database == Settings().store == URL
    monkeypatch.setenv("TUIDING_DATABASE", URL.replace("review", "billing"))
    with pytest.raises(WrongSetting, match="TUIDING_DATABASE and TUIDING_DATABASE_FILE are both set: leave one") as no:
        Settings()
    assert "hush" not in str(no.value)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (None, "TUIDING_DATABASE_FILE=.*url cannot be read .*: name a file"),
        ("", "TUIDING_DATABASE_FILE=.*url is empty"),
        ("\n", "TUIDING_DATABASE_FILE=.*url is empty"),
        ("postgresql://u:hush@db:99999/x", "TUIDING_DATABASE: "),
        (f"{URL}\n{URL}", "TUIDING_DATABASE: has a line break"),
        (f"TUIDING_DATABASE={URL}", "TUIDING_DATABASE: "),
        ("postgresql+psycopg://u:${hush}@db/x", "TUIDING_DATABASE: is a template"),
        ("\0", "TUIDING_DATABASE_FILE=.*url cannot be read"),
    ],
)
def test_a_file_without_an_address_is_refused_by_its_name_and_its_words_are_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: str | None, told: str
) -> None:
    if written is not None:
        (tmp_path / "url").write_text(written, encoding="utf-8")
    monkeypatch.setenv("TUIDING_DATABASE_FILE", str(tmp_path / "url"))
    with pytest.raises(WrongSetting, match=told) as caught:
        Settings()
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "address", "written", "is_now"),
    [
        ("DATABASE", "postgresql+psycopg://us@db:5432/t", "hush", "postgresql+psycopg://us:hush@db:5432/t"),
        ("DATABASE", "postgresql+psycopg://us@db/t", "hush\r\n", "postgresql+psycopg://us:hush@db/t"),
        ("DATABASE", "postgres://us@db/t", "\ufeffhush\n", "postgresql+psycopg://us:hush@db/t"),
        (
            "DATABASE",
            "postgresql+psycopg://us@/t?host=a&host=b",
            "p@:/?#% ",
            "postgresql+psycopg://us:p%40%3A%2F%3F%23%25%20@/t?host=a&host=b",
        ),
        ("CARRIER", "https://us@carrier.example/api", "hush\n", "https://us:hush@carrier.example/api"),
    ],
)
def test_a_password_may_stand_in_a_file_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str, address: str, written: str, is_now: str
) -> None:
    (tmp_path / "password").write_text(written, encoding="utf-8", newline="")
    monkeypatch.setenv(f"TUIDING_{setting}", address)
    monkeypatch.setenv(f"TUIDING_{setting}_PASSWORD_FILE", str(tmp_path / "password"))
    settings = Settings()
    assert getattr(settings, setting.lower()) == is_now
    for name in [name for name in os.environ if name.startswith("TUIDING_")]:
        monkeypatch.delenv(name)
    told = as_environment(settings)
    assert told[f"TUIDING_{setting}"].count(":") == is_now.count(":") - 1, "no environment holds it"
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert getattr(Settings(), setting.lower()) == is_now, "a child is told the same once"


def test_an_address_from_a_file_is_read_by_a_child_from_that_file(tmp_path: Path) -> None:
    file = tmp_path / "address"
    file.write_text("postgresql+psycopg://tuiding:hush@db/tuiding\n", encoding="utf-8")
    told = as_environment(Settings.model_validate({"database_file": str(file)}))
    assert not [name for name, value in told.items() if "hush" in value]
    assert Settings.model_validate({"database_file": told["TUIDING_DATABASE_FILE"]}).database.endswith("@db/tuiding")


def test_where_each_service_has_its_own_user_no_child_is_told_a_password(tmp_path: Path) -> None:
    own = OwnUser("postgresql+psycopg://tuiding-review:hush@db/tuiding", str(tmp_path / "review.password"))
    given = Settings.model_validate({"database": "postgresql+psycopg://postgres:secret@db/tuiding"})
    told = next(each for each in services(given, 1, None, {"review": own}) if each.name == "review").environment
    assert told["TUIDING_DATABASE"] == "postgresql+psycopg://tuiding-review@db/tuiding"
    assert told["TUIDING_DATABASE_PASSWORD_FILE"] == own.database_password_file


NO_PASSWORD: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda file: None, "_PASSWORD_FILE=.* cannot be read .*: name a file, and look at its rights"),
    "a folder": (lambda file: file.mkdir(), "_PASSWORD_FILE=.* cannot be read .*: name a file"),
    "a device": (lambda file: file.symlink_to("/dev/zero"), "_PASSWORD_FILE=.* cannot be read .*: name a file"),
    "a pipe": (lambda file: os.mkfifo(file), "_PASSWORD_FILE=.* cannot be read .*: name a file"),
    "empty": (lambda file: file.write_text(""), "_PASSWORD_FILE=.* is empty: write that password into it"),
    "a line end": (lambda file: file.write_text("\r\n"), "_PASSWORD_FILE=.* is empty: write that password into it"),
    "two lines": (lambda file: file.write_text("hush\nhush\n"), "_PASSWORD_FILE=.* has more than one line"),
    "UTF-16": (lambda file: file.write_text("hush", encoding="utf-16"), "_PASSWORD_FILE=.*it is not text in UTF-8"),
}


@pytest.mark.parametrize("fault", NO_PASSWORD)
@pytest.mark.parametrize("setting", ["DATABASE", "CARRIER"])
def test_a_file_without_a_password_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str, fault: str
) -> None:
    make, told = NO_PASSWORD[fault]
    make(tmp_path / "password")
    monkeypatch.setenv(f"TUIDING_{setting}", ADDRESS[setting])
    monkeypatch.setenv(f"TUIDING_{setting}_PASSWORD_FILE", str(tmp_path / "password"))
    with pytest.raises(WrongSetting, match=f"TUIDING_{setting}{told}") as no:
        Settings()
    assert "hush" not in str(no.value) and "\n" not in str(no.value)


ADDRESS = {"DATABASE": "postgresql+psycopg://us@db/t", "CARRIER": "https://us@carrier.example"}


@pytest.mark.parametrize(
    ("setting", "address", "told"),
    [
        (
            "DATABASE",
            "postgresql+psycopg://us:hush@db/t",
            "TUIDING_DATABASE: has a password, and TUIDING_DATABASE_PASS",
        ),
        ("CARRIER", "https://us:hush@c.example", "TUIDING_CARRIER: has a password, and TUIDING_CARRIER_PASSWORD_FILE"),
        ("DATABASE", "postgresql+psycopg://db/t", "TUIDING_DATABASE names no user: write user@ before its host"),
        ("DATABASE", "", "TUIDING_DATABASE names no user"),
        ("DATABASE", "/a/folder", "TUIDING_DATABASE names no user"),
        ("CARRIER", "http://127.0.0.1:9000", "TUIDING_CARRIER names no user"),
    ],
)
def test_a_password_that_nobody_could_use_or_that_is_told_twice_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str, address: str, told: str
) -> None:
    (tmp_path / "password").write_text("hush2", encoding="utf-8")
    monkeypatch.setenv(f"TUIDING_{setting}", address)
    monkeypatch.setenv(f"TUIDING_{setting}_PASSWORD_FILE", str(tmp_path / "password"))
    with pytest.raises(WrongSetting, match=told) as no:
        Settings()
    assert "hush" not in str(no.value)


def test_a_pipe_in_the_place_of_the_settings_file_is_refused_and_a_folder_is_nobodys_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").mkdir()  # a virtual environment may be called so
    Settings()
    (tmp_path / ".env").rmdir()
    os.mkfifo(".env")
    with pytest.raises(Failure, match=r"\.env: "), as_failure("en"):
        Settings()
    (tmp_path / ".env").unlink()
    (tmp_path / ".env").write_bytes(b"#" * (LARGEST_BYTES + 1))
    with pytest.raises(Failure, match=r"\.env: it is larger than"), as_failure("en"):
        Settings()
