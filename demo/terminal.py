"""The third door: `tuiding submit ...`, as an agent or a clerk at a terminal types it."""

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import orjson

from contracts.messages import Command
from contracts.messages.commands import ConfirmQuote, SubmitCancellation, WithdrawCancellation
from contracts.words import Proof, RequestId
from demo.doors import PATIENCE_SECONDS, PAUSE_SECONDS, SaidNo

TUIDING = (sys.executable, "-c", "from cli import main; main()")
UNREACHABLE, REFUSED = 3, 5  # the exit codes: try again, and a business no


class CommandLine:
    """`environment` says where everything is, as TUIDING_... variables."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = os.environ | dict(environment)

    async def say(self, command: Command) -> RequestId:
        words = (*_words(command), "--idempotency-key", str(uuid4()), "--json")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            code, out, error = await self._run(words)
            if code == 0:
                return str((_read(out) or {}).get("request_id", command.request_id))
            if code != UNREACHABLE or time.monotonic() > deadline:
                raise SaidNo(code, _read(error) or {"detail": (error or out)[-300:].decode("utf-8", "replace")})
            await asyncio.sleep(PAUSE_SECONDS)

    async def _run(self, words: tuple[str, ...]) -> tuple[int, bytes, bytes]:
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(*TUIDING, *words, stdout=pipe, stderr=pipe, env=self.environment)
        out, error = await child.communicate()
        return child.returncode or 0, out, error


def _words(command: Command) -> tuple[str, ...]:
    by = ("--channel", command.channel)
    match command:
        case SubmitCancellation():
            again = ("--resubmission-of", command.resubmission_of) if command.resubmission_of else ()
            what = (command.subscription, *command.items, "--kind", command.kind)
            return ("submit", *what, *by, *again, *_proof(command.proof))
        case ConfirmQuote():
            version = ("--quote-version", str(command.quote_version))
            return ("confirm", command.request_id, *version, *by, *_proof(command.proof), "--yes")
        case WithdrawCancellation():
            return ("withdraw", command.request_id, *by, "--yes")
    raise ValueError(f"the command line has no word for {command.type}")


def _proof(proof: Proof) -> tuple[str, ...]:
    given = proof.model_dump(exclude_none=True)
    return tuple(word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", str(value)))


def _read(text: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
