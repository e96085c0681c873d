"""The publishers of docs/channels.md as they stand there, in both languages, against a real broker."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka.partitioner import murmur2  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import COMMAND_TOPICS, PARTITIONS
from runtime.envelope import Record, decode
from runtime.kafka.reader import Reading
from runtime.local import broker_jars
from runtime.local.broker import ApacheKafka
from runtime.local.broker_apache import free_port
from runtime.local.child import Child
from runtime.local.programs import Program, as_environment
from runtime.settings import Settings
from tests.clients.installed import npm_folder, program
from tests.supervisor.conftest import ask
from tests.waiting import PATIENCE_SECONDS, ends, eventually

ROOT = Path(__file__).parents[2]
FENCED = re.compile(r"^```(\w+)\n(.*?)^```", re.M | re.S)
ENGLISH, CHINESE = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("channels.md", "channels.zh-CN.md"))
ALL: list[tuple[str, str]] = FENCED.findall(ENGLISH)
SNIPPETS = [each for each in ALL if each[0] != "go"]  # which needs a newer compiler than Debian has
NAMES = ["Python", "Python on librdkafka", "Node", "Java", "console producer", "kcat"]
PUBLISHERS, DOOR = SNIPPETS[:-1], SNIPPETS[-1][1]
WISH = '"channel":"app","kind":"product","subscription":"sub-freeaddon02","items":["video-pack"]}'
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_both_languages_show_the_same_publishers() -> None:
    assert [re.sub(r"\s*(//|#).*", "", code) for _, code in FENCED.findall(CHINESE)] == [
        re.sub(r"\s*(//|#).*", "", code) for _, code in ALL
    ]
    assert len(PUBLISHERS) == len(NAMES)


def test_the_program_that_no_test_runs_sends_the_same_parts() -> None:
    (code,) = (code for language, code in ALL if language == "go")
    parts = re.findall(r'"((?:ce_|content-|application/|/channels|cancellation|sub-|video-)[^"{]*)"', PUBLISHERS[0][1])
    assert len(parts) > 10 and [part for part in parts if f'"{part}"' not in code] == []


@pytest.mark.parametrize(("language", "code"), PUBLISHERS, ids=NAMES)
def test_what_a_publisher_of_the_document_publishes_is_the_command_it_means(
    kafka: ApacheKafka, tmp_path: Path, language: str, code: str
) -> None:
    told = _run(language, code, tmp_path, {"TUIDING_KAFKA": kafka.bootstrap})
    own = UUID.findall(told)[-1]
    record, partition = _record_of(kafka, own)
    assert partition == (murmur2(own.encode()) & 0x7FFFFFFF) % PARTITIONS
    said = decode(record)
    assert (said.message.type, said.source, said.message.request_id) == ("cancellation.submit.v1", "/channels/app", own)
    headers = dict(record.headers)
    assert (record.key, headers["ce_subject"], headers["ce_id"]) == (
        own.encode(),
        own.encode(),
        f"submit-{own}".encode(),
    )
    assert record.value == f'{{"request_id":"{own}",{WISH}'.encode()


def test_what_curl_posts_is_the_same_command(kafka: ApacheKafka, intake: str, tmp_path: Path) -> None:
    program("curl")
    own = str(json.loads(_run("bash", DOOR, tmp_path, {"TUIDING_INTAKE": intake}))["request_id"])
    said = decode(_record_of(kafka, own)[0])
    assert (said.message.type, said.source, said.message.request_id) == ("cancellation.submit.v1", "/channels/app", own)
    body = said.message.model_dump(mode="json", exclude_defaults=True)
    assert body == json.loads(f'{{"request_id":"{own}",{WISH}')


@pytest.fixture
def intake(kafka: ApacheKafka, tmp_path: Path) -> Iterator[str]:
    """The real door; the carrier behind it is not needed to take a command in."""
    settings = Settings(kafka=kafka.bootstrap, data=str(tmp_path), port=free_port())
    command, said = (sys.executable, "-m", "services.intake"), list[str]()
    service = Program("intake", command, settings.port, "/readyz", as_environment(settings))
    child = Child(service, tmp_path / "intake.log", said.append)
    child.start()
    try:
        eventually(lambda: (now := ask(service)) and now.is_success)
        yield f"http://127.0.0.1:{settings.port}"
    finally:
        child.ask_to_end()
        ends(child)


# ---- as a reader would run them --------------------------------------------------------------------------------------


def _run(language: str, code: str, folder: Path, where: dict[str, str]) -> str:
    command, here = _WAYS[language](code, folder)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TUIDING_")} | where
    quiet = subprocess.DEVNULL
    done = subprocess.run(
        command, cwd=here, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, stdin=quiet
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout


def _in_python(code: str, folder: Path) -> tuple[list[str], Path]:
    return [sys.executable, "-c", code], folder


def _in_node(code: str, folder: Path) -> tuple[list[str], Path]:
    file = npm_folder() / f"publish-{os.getpid()}.mjs"  # beside node_modules
    file.write_text(code, encoding="utf-8")
    return [program("node"), str(file)], file.parent


def _in_java(code: str, folder: Path) -> tuple[list[str], Path]:
    (folder / "Publish.java").write_text(code, encoding="utf-8")
    program("javac")  # a file that is run as it stands is compiled first: a JRE alone is not enough
    return [broker_jars.java() or "java", "-cp", f"{broker_jars.JARS}/*", "Publish.java"], folder


def _in_a_shell(code: str, folder: Path) -> tuple[list[str], Path]:
    if "kcat -P" in code:
        program("kcat")
    return ["bash", "-euo", "pipefail", "-c", code], ROOT


_WAYS: dict[str, Callable[[str, Path], tuple[list[str], Path]]] = {
    "python": _in_python,
    "js": _in_node,
    "java": _in_java,
    "bash": _in_a_shell,
}


def _record_of(broker: ApacheKafka, request_id: str) -> tuple[Record, int]:
    with Reading(broker.bootstrap, COMMAND_TOPICS) as reading:
        found: list[Any] = [
            each for records in reading.records() for each in records if each.record.key == request_id.encode()
        ]
    assert len(found) == 1, found
    return found[0].record, found[0].partition
