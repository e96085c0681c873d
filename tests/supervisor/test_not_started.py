"""What no service could live with is said by `tuiding up` and the demo in one sentence, before anything is started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SECONDS = 120.0
COMMANDS = {"up": ("-m", "cli", "up"), "demo": ("-m", "demo", "--once")}
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


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_it_says_why_and_starts_nothing(command: str, fault: str, tmp_path: Path) -> None:
    told, says = FAULTS[fault]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TUIDING_")}
    own = {"TUIDING_DATA": str(tmp_path / "data"), "TUIDING_PORT_SHIFT": "3700", "TUIDING_LANG": "en"}
    ran = [sys.executable, *COMMANDS[command]]
    done = subprocess.run(ran, env=kept | own | told, capture_output=True, text=True, timeout=SECONDS, check=False)
    said = done.stdout + done.stderr
    assert done.returncode in (1, 2) and all(each in said for each in says), said
    assert "Traceback" not in said and "Something went wrong" not in said and "starting" not in said, said
    assert {file.name for file in tmp_path.rglob("*") if file.is_file()} <= {"up.lock"}
