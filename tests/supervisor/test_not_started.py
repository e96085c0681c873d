"""What no service could live with is said by `tuiding up` and the demo in one sentence, before anything is started."""

import io
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import application
from demo import __main__ as demo

NOWHERE = {"TUIDING_KAFKA": "127.0.0.1:9"}
FAULTS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "no operators file": ({"TUIDING_OPERATORS": "/nowhere/operators"}, ("TUIDING_OPERATORS", "operators add")),
    "nobody signs in elsewhere": ({"TUIDING_HOST": "0.0.0.0"}, ("TUIDING_CHANNELS_ISSUER", "TUIDING_AUTH=none")),
    "a provider in the open": ({"TUIDING_CHANNELS_ISSUER": "http://id.example"}, ("TUIDING_CHANNELS_ISSUER",)),
    "no secrets of channels": ({"TUIDING_CHANNELS_SECRETS_FILE": "/nowhere"}, ("TUIDING_CHANNELS_SECRETS_FILE",)),
    "no way back from the provider": ({"TUIDING_OIDC_ISSUER": "https://id.example"}, ("TUIDING_PUBLIC_CONSOLE",)),
    "no CA": (NOWHERE | {"TUIDING_KAFKA_SECURITY": "ssl", "TUIDING_KAFKA_CA": "/nowhere"}, ("TUIDING_KAFKA_CA",)),
    "no user": (NOWHERE | {"TUIDING_KAFKA_SECURITY": "sasl_ssl"}, ("TUIDING_KAFKA_USER",)),
    "half a pair": (
        NOWHERE | {"TUIDING_KAFKA_SECURITY": "ssl", "TUIDING_KAFKA_CERTIFICATE": "/nowhere"},
        ("TUIDING_KAFKA_KEY", "set both"),
    ),
    "no address": ({"TUIDING_CARRIER": "nowhere"}, ("TUIDING_CARRIER", "http://")),
}


@pytest.fixture
def signals_as_before() -> Iterator[None]:
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


def up() -> tuple[int, str]:
    done = CliRunner().invoke(application(), ["up"])
    return done.exit_code, done.output


def demo_once() -> tuple[int, str]:
    with redirect_stdout(io.StringIO()) as said, pytest.raises(SystemExit) as ended:
        demo.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code, said.getvalue()


@pytest.mark.parametrize("command", [up, demo_once])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.usefixtures("signals_as_before")
def test_it_says_why_and_starts_nothing(
    command: Callable[[], tuple[int, str]], fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, says = FAULTS[fault]
    own = {"TUIDING_DATA": str(tmp_path / "data"), "TUIDING_PORT_SHIFT": "3700", "TUIDING_LANG": "en"}
    for name, value in (own | told).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["demo", "--once"])
    code, said = command()
    assert code in (1, 2) and all(each in said for each in says), said
    assert "Traceback" not in said and "Something went wrong" not in said and "starting" not in said, said
    assert {file.name for file in tmp_path.rglob("*") if file.is_file()} <= {"up.lock"}
