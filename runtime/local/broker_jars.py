"""Finds Java and Apache Kafka's jars for the development broker; Maven resolves the jars the first time."""

import fcntl
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.kafka.connect import BrokerProblem

ROOT = Path(__file__).resolve().parents[2]
POM = ROOT / "deploy" / "kafka" / "pom.xml"
JARS = ROOT / "var" / "kafka" / "jars"
OLDEST_JAVA = 17
PATIENCE_WITH_MAVEN_SECONDS = 600

Say = Callable[[str], None]


def java() -> str | None:
    """The program of a Java that Kafka can run on: JAVA_HOME's first, else the one on the PATH."""
    home = os.environ.get("JAVA_HOME")
    for program in ([f"{home}/bin/java"] if home else []) + ["java"]:
        found = shutil.which(program)
        if found and java_version(found) >= OLDEST_JAVA:
            return found
    return None


def java_version(program: str) -> int:
    """17 for `openjdk version "17.0.15"`, 8 for `java version "1.8.0_402"`, 0 for what is not Java."""
    answer = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(?:1\.)?(\d+)', answer.stderr)
    return int(version[1]) if version else 0


def maven() -> str | None:
    return shutil.which("mvn")


def ready(jars: Path = JARS) -> bool:
    """The folder keeps the pom it was resolved from, so a new Kafka version in the pom is noticed."""
    resolved_from = jars / POM.name
    return resolved_from.exists() and resolved_from.read_bytes() == POM.read_bytes()


def ensure(jars: Path, say: Say) -> None:
    if ready(jars):
        return
    with _one_at_a_time(jars):
        if not ready(jars):  # somebody else may have resolved them while we waited
            _resolve(jars, say)


@contextmanager
def _one_at_a_time(jars: Path) -> Iterator[None]:
    jars.parent.mkdir(parents=True, exist_ok=True)
    with (jars.parent / f"{jars.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _resolve(jars: Path, say: Say) -> None:
    """Into a folder beside it first, so that an interrupted download never looks complete."""
    say("Resolving Apache Kafka with Maven; this is done once and takes about half a minute ...")
    began, fresh = time.monotonic(), jars.with_name(f"{jars.name}.part")
    shutil.rmtree(fresh, ignore_errors=True)
    _copy_dependencies(fresh)
    shutil.copy(POM, fresh)
    shutil.rmtree(jars, ignore_errors=True)
    fresh.rename(jars)
    say(f"Apache Kafka is there: {len(list(jars.glob('*.jar')))} jars in {time.monotonic() - began:.0f} s.")


def _copy_dependencies(folder: Path) -> None:
    program = maven()
    if program is None:
        raise BrokerProblem("Apache Kafka's jars are not there yet and Maven (mvn) is missing: install it.")
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    try:
        done = subprocess.run(
            [program, "-q", "-B", "-f", str(POM), *goal],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_WITH_MAVEN_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise BrokerProblem(
            f"Maven did not resolve Apache Kafka in {PATIENCE_WITH_MAVEN_SECONDS} s: look at the network, try again."
        ) from None
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-5:])
        raise BrokerProblem(f"Maven could not resolve Apache Kafka: look at its last words and try again.\n{tail}")
