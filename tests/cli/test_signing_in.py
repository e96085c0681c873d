"""As whom the command line asks the console, where it keeps its token, and who may sign in by password."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from runtime.local import tickets
from services.console.signing_in import passwords
from tests.cli.conftest import Doors

Tuiding = Callable[..., Result]
ME = "GET /v1/me"
NOBODY = (401, {"detail": "Nobody is signed in.", "code": "sign-in-needed"})
PASSWORD = "four words are a password"


@pytest.fixture(autouse=True)
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TUIDING_TOKENS", str(tmp_path / "mine" / "tokens.json"))
    return tmp_path / "mine" / "tokens.json"


def test_beside_a_development_run_it_signs_in_by_itself(doors: Doors, tuiding: Tuiding) -> None:
    tickets.issue(Path("var"), tickets.LINK)
    doors.answers[ME] = (200, {"operator": "developer", "role": "lead", "way": "link"})
    done = tuiding("signin", "--json")
    assert done.exit_code == 0 and '"developer"' in done.stdout
    shown = doors.asked[-1].headers["Authorization"].removeprefix("Bearer ")
    ticket = tickets.read(Path("var"), shown, tickets.TOKEN)
    assert ticket is not None and (ticket.operator, ticket.role) == ("developer", "lead")


def test_in_development_it_can_be_somebody_else(doors: Doors, tuiding: Tuiding, tokens: Path) -> None:
    tickets.issue(Path("var"), tickets.LINK)
    doors.answers[ME] = (200, {"operator": "wang", "role": "viewer", "way": "link"})
    assert tuiding("signin", "--as", "wang", "--role", "viewer").exit_code == 0
    ticket = tickets.read(Path("var"), doors.asked[-1].headers["Authorization"][7:], tickets.TOKEN)
    assert ticket is not None and (ticket.operator, ticket.role) == ("wang", "viewer")
    linked = tuiding("signin", "--link", "--as", "lin")
    assert linked.stdout.startswith(f"{doors.address}/sign-in/link?ticket=dev.")


def test_elsewhere_a_token_is_asked_for_and_kept_for_its_owner_alone(
    doors: Doors, tuiding: Tuiding, tokens: Path
) -> None:
    doors.answers |= {ME: [NOBODY, (200, {"operator": "lin"})], "DELETE /v1/me": (200, {"operator": "lin"})}
    assert tuiding("signin", answer="the-token\n").exit_code == 0
    assert [each.headers.get("Authorization") for each in doors.asked] == [None, "Bearer the-token"]
    assert stat.S_IMODE(tokens.stat().st_mode) == 0o600
    assert tuiding("signout").exit_code == 0
    assert doors.asked[-1].headers["Authorization"] == "Bearer the-token"
    assert "the-token" not in tokens.read_text()


def test_a_file_of_tokens_that_others_may_read_is_refused(doors: Doors, tuiding: Tuiding, tokens: Path) -> None:
    tokens.parent.mkdir()
    tokens.write_text("{}")
    tokens.chmod(0o644)
    refused = tuiding("signin")
    assert refused.exit_code == 1 and "chmod 600" in refused.stderr and not doors.asked


def test_who_is_not_signed_in_reads_what_to_do(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["GET /v1/dead-letters"] = (401, NOBODY[1] | {"hint": "On the command line: tuiding signin."})
    refused = tuiding("dead-letters", "list")
    assert refused.exit_code == 5 and "tuiding signin" in refused.stderr


def test_operators_are_added_listed_and_removed(tuiding: Tuiding, tmp_path: Path) -> None:
    file = tmp_path / "operators"
    add = ("operators", "add", "zhao", "--role", "operator", "--file", str(file))
    assert tuiding(*add, answer="short\n").exit_code == 2 and not file.exists()
    assert tuiding(*add, answer=f"{PASSWORD}\n").exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and PASSWORD not in file.read_text()
    assert passwords.right(passwords.read(file)["zhao"], PASSWORD)
    assert not passwords.right(passwords.read(file)["zhao"], PASSWORD[:-1])
    assert "zhao" in tuiding("operators", "list", "--file", str(file)).stdout
    assert tuiding("operators", "remove", "zhao", "--file", str(file)).exit_code == 0
    assert tuiding("operators", "remove", "zhao", "--file", str(file)).exit_code == 4


@pytest.mark.parametrize("name", ["", "a:b", "a b", "-x" * 40, "\u202eevil"])
def test_a_name_that_cannot_stand_in_an_event_is_refused(tuiding: Tuiding, tmp_path: Path, name: str) -> None:
    refused = tuiding("operators", "add", "--file", str(tmp_path / "o"), "--", name, answer=f"{PASSWORD}\n")
    assert refused.exit_code == 2 and not (tmp_path / "o").exists()
