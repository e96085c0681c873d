"""Asks our own HTTP doors and turns every way in which they can say no into a sentence and an exit code."""

import os
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from cli.failure import Exit, Failure
from cli.places import Places, ask
from cli.screen import Screen
from cli.tokens import token
from contracts.machine_words import why_not
from contracts.words import Text
from policies.amounts import in_chinese
from policies.files.plain_files import read_text

PATIENCE_SECONDS = 30
SIGNS_OF_A_TOKEN = re.compile(r"[!-~]+")  # what a header can carry
EXITS = {404: Exit.NOT_FOUND, 408: Exit.UNREACHABLE, 429: Exit.UNREACHABLE, 503: Exit.UNREACHABLE}


class Door:
    """One service's address. `variable` is what one sets to correct it."""

    def __init__(self, address: str, service: str, variable: str, screen: Screen, token: str = "") -> None:
        self.address, self.service, self.variable, self._screen = address, service, variable, screen
        self._who = {"Authorization": f"Bearer {token}"} if token else {}

    def signed_in(self) -> bool:
        try:
            self.get("/v1/me")
        except Failure as no:
            if no.code != "sign-in-needed":
                raise
            return False
        return True

    def get(self, path: str, **query: Any) -> Any:
        return self._ask("GET", path, params={name: value for name, value in query.items() if value is not None})

    def post(self, path: str, body: dict[str, Any], key: str | None = None) -> Any:
        """Once for each key: say the same key again to repeat what may have been lost on the way."""
        return self._ask("POST", path, json=body, headers={"Idempotency-Key": key or str(uuid4())})

    def delete(self, path: str) -> Any:
        return self._ask("DELETE", path)

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        try:
            spoken = {"Accept-Language": self._screen.language} | self._who
            with httpx.Client(timeout=PATIENCE_SECONDS, trust_env=False, headers=spoken) as client:
                answer = client.request(method, self.address.rstrip("/") + path, **more)
        except (httpx.TransportError, httpx.InvalidURL):
            raise self._away() from None
        if answer.is_success:
            return _json(answer)
        raise _no(answer, self._screen)

    def _away(self) -> Failure:
        said = self._screen.words(
            f"{self.service} 没有响应（{self.address}）。", f"Nobody answers for {self.service} at {self.address}."
        )
        do = self._screen.words(
            f"请先运行 tuiding up，或设置 {self.variable}。", f"Start it with: tuiding up. Or set {self.variable}."
        )
        return Failure(Exit.UNREACHABLE, said, do, "unreachable")


def _token(screen: Screen) -> str:
    if not (file := os.environ.get("TUIDING_TOKEN_FILE", "")):
        return ""
    try:
        token, why = read_text(Path(file)).strip(), ""
    except OSError as error:
        token, why = "", screen.words(f"{file}：{why_not(error).zh}", f"{file}: {why_not(error).en}")
    if not (why or SIGNS_OF_A_TOKEN.fullmatch(token)):
        why = screen.words(f"{file} 应只有一个令牌", f"{file} must hold one token and nothing else")
    if why:
        said = screen.words(f"读不到令牌：{why}。", f"The token cannot be read: {why}.")
        what_to_do = screen.words("请检查 TUIDING_TOKEN_FILE。", "Look at TUIDING_TOKEN_FILE.")
        raise Failure(Exit.USAGE, said, what_to_do)
    return token


def intake(screen: Screen) -> Door:
    """With the token in TUIDING_TOKEN_FILE, where somebody has to sign in."""
    places = Places()
    return Door(ask(screen, "intake", places.intake, places), "intake", "TUIDING_INTAKE", screen, _token(screen))


def console(screen: Screen) -> Door:
    places = Places()
    address = ask(screen, "console", places.console, places)
    return Door(address, "console", "TUIDING_CONSOLE", screen, token(address, Path(places.data)))


def in_language(value: Any, language: str) -> str:
    """A text in both languages, or a plain one."""
    if isinstance(value, dict) and value.keys() == {"zh", "en"}:
        told = Text.model_validate(value).in_language(language)
        return in_chinese(told) if language == "zh" else told
    return "" if value is None else str(value)


def _no(answer: httpx.Response, screen: Screen) -> Failure:
    problem = _json(answer)
    if not isinstance(problem, dict):
        problem = {"detail": f"The service answered {answer.status_code} without saying why."}
    faults = [_fault(each, screen.language) for each in problem.get("errors") or () if isinstance(each, dict)]
    sentence = in_language(problem.get("detail") or problem.get("title"), screen.language)
    hint = in_language(problem.get("hint"), screen.language)
    refused = Exit.REFUSED if answer.is_client_error else Exit.FAILED
    exit_code = EXITS.get(answer.status_code, refused)
    return Failure(exit_code, " ".join([sentence, *faults]).strip(), hint, str(problem.get("code", "")))


def _fault(fault: dict[str, Any], language: str) -> str:
    place = fault.get("pointer") or fault.get("field") or "/"
    told = fault.get("detail") or fault.get("message") or fault.get("reason") or fault.get("code")
    hint = in_language(fault.get("hint"), language)
    return f"[{place}: {in_language(told, language)}{' ' + hint if hint else ''}]"


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
