"""A real OpenID provider on this machine (oidc-provider of npm), for whatever signs people or programs in."""

import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tests.clients.installed import HERE, npm_folder, program

PROGRAM = "identity-provider.mjs"
SECRET = "only-for-tests"
LONG_SECONDS = 600
PATIENCE_SECONDS, TRIES = 60, 3
PEOPLE = {  # sign-in name -> claims; any password is right
    "lin": {"name": "Lin", "groups": ["tuiding-lead"]},
    "wang": {"name": "Wang", "groups": ["tuiding-lead"]},
    "zhao": {"name": "Zhao", "groups": ["tuiding-operator"]},
    "sun": {"name": "Sun", "groups": ["tuiding-viewer"]},
    "stranger": {"name": "Stranger", "groups": ["something-else"]},
}


class Provider(NamedTuple):
    """`issuer` is its address; keys are at `jwks`, tokens at `token`."""

    issuer: str
    process: subprocess.Popen[str]

    @property
    def discovery(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"

    @property
    def jwks(self) -> str:
        return f"{self.issuer}/jwks"

    @property
    def token(self) -> str:
        return f"{self.issuer}/token"

    def machine_token(self, client_id: str, audience: str, scope: str = "commands", secret: str = SECRET) -> str:
        """A signed access token (JWT) of a program, by its client credentials."""
        grant = {"grant_type": "client_credentials", "resource": audience, "scope": scope}
        answer = httpx.post(self.token, data=grant, auth=(client_id, secret), timeout=PATIENCE_SECONDS)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


def machine(client_id: str, resource: str = "", seconds: int = 0, **claims: Any) -> dict[str, Any]:
    """A program that gets tokens for itself; `claims` stand in each. `resource`: for whom, where it does not say.

    `seconds`: how long its tokens hold, where not as long as everybody's.
    """
    return {
        "client_id": client_id,
        "client_secret": SECRET,
        "grant_types": ["client_credentials"],
        "redirect_uris": [],
        "response_types": [],
        "scope": "commands",
        "claims": claims,
        **({"resource": resource} if resource else {}),
        **({"seconds": seconds} if seconds else {}),
    }


def website(client_id: str, *redirects: str) -> dict[str, Any]:
    """A server where people sign in; the code comes back to one of `redirects`."""
    return {
        "client_id": client_id,
        "client_secret": SECRET,
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "redirect_uris": list(redirects),
        "scope": "openid profile groups",
    }


@contextlib.contextmanager
def running(
    clients: Sequence[Mapping[str, Any]],
    people: Mapping[str, Mapping[str, Any]] = PEOPLE,
    seconds: int = LONG_SECONDS,
    port: int = 0,
) -> Iterator[Provider]:
    """`seconds`: how long tokens hold. Started again on the same port it is the same issuer with new keys."""
    folder = npm_folder()
    file = folder / f"identity-provider-{os.getpid()}.mjs"  # beside node_modules
    shutil.copy(HERE / PROGRAM, file)
    wanted = {"port": port, "clients": list(clients), "people": people, "seconds": seconds}
    with tempfile.TemporaryFile("w+") as told:
        command = [program("node"), str(file), json.dumps(wanted)]
        process = _started(command, folder, told)
        try:
            yield Provider(_address(process, told), process)
        finally:
            process.kill()
            process.communicate()
            Path(file).unlink(missing_ok=True)


def _started(command: Sequence[str], folder: Path, told: Any) -> subprocess.Popen[str]:
    """Node 20 has stood still as it started, in a lock of its own threads: one that says nothing is started again."""
    for _ in range(TRIES):
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=told, text=True)
        assert process.stdout is not None
        if select.select([process.stdout], [], [], PATIENCE_SECONDS)[0]:
            return process
        process.kill()
        process.communicate()
    raise AssertionError("The identity provider said nothing for minutes, again and again.")


def _address(process: subprocess.Popen[str], told: Any) -> str:
    assert process.stdout is not None
    issuer = process.stdout.readline().strip()
    if not issuer:
        told.seek(0)
        raise AssertionError(f"The identity provider did not start:\n{told.read()}")
    return issuer
