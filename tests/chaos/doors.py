"""The HTTP door as a stubborn channel uses it: the same key again, at the other worker, until there is an answer."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

PATIENCE_SECONDS = 180.0
PAUSE_SECONDS = (0.1, 0.6)
AT_ONCE = 12
AGAIN = ("key-in-use", "unknown-request")  # the first try is still running; intake has not come to it yet


class Doors:
    def __init__(self, addresses: list[str], seed: int) -> None:
        self.accepted: set[str] = set()
        self.answers: Counter[str] = Counter()
        self.given_up: list[str] = []
        self._addresses, self._dice = addresses, random.Random(f"{seed}/doors")
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="door")
        self._web = httpx.Client(timeout=12, trust_env=False, limits=httpx.Limits(max_connections=AT_ONCE))
        self._under_way = 0

    def post(self, path: str, body: dict[str, Any], key: str) -> None:
        """At once; the answer is awaited by a thread."""
        with self._lock:
            self._under_way += 1
        self._pool.submit(self._post, path, body, key)

    @property
    def busy(self) -> bool:
        return self._under_way > 0

    def close(self) -> None:
        self._pool.shutdown(wait=True)
        self._web.close()

    def _post(self, path: str, body: dict[str, Any], key: str) -> None:
        try:
            self._until_answered(path, body, key)
        finally:
            with self._lock:
                self._under_way -= 1

    def _until_answered(self, path: str, body: dict[str, Any], key: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = self._try(path, body, key)
            if answer is not None and not _again(answer):
                self._note(answer)
                return
            with self._lock:
                self.answers["not now"] += 1
                pause = self._dice.uniform(*PAUSE_SECONDS)
            time.sleep(pause)
        self.given_up.append(f"{path} was not answered within {PATIENCE_SECONDS:.0f} s")

    def _try(self, path: str, body: dict[str, Any], key: str) -> httpx.Response | None:
        with self._lock:
            address = self._dice.choice(self._addresses)
        try:
            return self._web.post(address + path, json=body, headers={"Idempotency-Key": key})
        except httpx.HTTPError:
            return None

    def _note(self, answer: httpx.Response) -> None:
        with self._lock:
            if answer.is_success:
                self.answers["accepted"] += 1
                self.accepted.add(str(answer.json()["request_id"]))
            else:
                self.answers[f"refused: {_code(answer)}"] += 1


def _again(answer: httpx.Response) -> bool:
    return answer.status_code >= 500 or answer.status_code == 429 or _code(answer) in AGAIN


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("code", "")) if answer.is_error else ""
    except ValueError:
        return ""
