"""A text setting with which nothing could work is refused before anything starts: its name, why, what to write."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runtime.settings import Settings, WrongSetting

SECRET = "hunter2-s3cret"
# What happens to any text on its way from a document into an environment.
MISHAPS = {
    "a line break": "{}\n",
    "a line break inside": "{}\nx",
    "NUL": "{}\0",
    "a tab": "\t{}",
    "no-break space": "{}\N{NO-BREAK SPACE}",
    "zero width": "{}\N{ZERO WIDTH SPACE}",
    "byte order mark": "\N{ZERO WIDTH NO-BREAK SPACE}{}",
    "escape": "\N{ESCAPE}[31m{}",
    "right to left": "\N{RIGHT-TO-LEFT OVERRIDE}{}",
    "space before": " {}",
    "space behind": "{} ",
    "blank": "   ",
    "quotes": '"{}"',
    "single quotes": "'{}'",
    "unfilled": "<{}>",
    "unfilled inside": "a<your host>b",
    "shell": "${{HOST}}",
    "shell call": "$(cat {})",
    "template": "{{{{ value }}}}",
    "huge": "{}" + "x" * 100_000,
}


def _each(words: str, *further: str) -> list[str]:
    return [*words.replace("SECRET", SECRET).split(), *further]


NO_ADDRESS = _each("""
    localhost:9000 carrier ftp://carrier http:// http:///x http://:9000 //carrier http//x http://a:0 http://a:99999
    http://a:x http://a#b http://a?b=c [] http://a..b http://-a http://a:1:2 http://[::1 http://a\b HTTP:a
    http://us:SECRET@ http://us:SECRET@a:99999 http://us:SECRET@a@b/#x http://höst http://a/é file:///etc/passwd
""")
NO_BROKERS = _each("""
    http://k:9092 kafka://k:9092 PLAINTEXT://k:9092 k:0 k:99999 k:port k:9092; k:1;l:1 , k:1, ,k:1 k:1,,l:1 :9092 k:1:2
    ::1 [::1 k/x k:9092/x us:SECRET@k:9092 käfka:1 -k:1 a..b:1 *:9092
""")
NO_HOST = _each("""
    http://0.0.0.0 127.0.0.1:8000 [::1] [::1]:80 0.0.0.0/0 a,b * a..b -a :8000 höst a/b a?b a#b a@b 0.0.0.0:: ::g
    127.0.0.1, 1::2%
""")
NO_NAMES = _each("""
    * *.example https://a.example a.example:443 a;b a/b ..example a..b , a, ,a a,,b a@b höst [::1 a?b [a] - . _:1
""")
NO_DATABASE = _each("""
    mysql://h/d sqlite://d jdbc:postgresql://h/d mongodb://h http://h oracle://h POSTGRES://h/d postgresql:h:5432/d
    postgresql+psycopg2://h/d postgresql+asyncpg://h/d postgresql+psycopg://h:0/d postgresql+psycopg://h:99999/d
    postgresql+psycopg://h:port/d postgresql+psycopg://us:SECRET@h:x/d postgresql+psycopg://us:SECRET@@h/d
    postgresql+psycopg://a,b/d postgres://us:SECRET@h:99999/d postgresql+psycopg://-h/d postgresql+psycopg://us:SECRET@h/d/x
""")
NO_WORKER = _each("../x a/b wörker a\\b a:b a,b * a%b a@b . .. ~ $x", "a b", "a" * 201)
OF_A_KIND = {
    ("carrier", "quotes", "intake"): [*NO_ADDRESS, ""],
    ("public_console", "traces"): NO_ADDRESS,
    ("kafka",): NO_BROKERS,
    ("host",): [*NO_HOST, "", "a b"],
    ("allowed_hosts",): [*NO_NAMES, "a b", "a, b c"],
    ("database",): NO_DATABASE,
    ("worker",): NO_WORKER,
    ("data", "policy"): [""],
}
TEXTS = [name for name, field in Settings.model_fields.items() if field.annotation is str]


def _settings(name: str, value: Any) -> Settings:
    return Settings(**{name: value})


def _wrong(name: str) -> list[str]:
    return [mishap.format(SECRET) for mishap in MISHAPS.values()] + [
        value for names, values in OF_A_KIND.items() if name in names for value in values
    ]


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_cannot_be_meant_is_refused_by_its_name_and_never_shown(name: str) -> None:
    for value in _wrong(name):
        with pytest.raises(WrongSetting) as caught:
            pytest.fail(f"{_settings(name, value)!r} was made of {value!r}")
        assert [named for named, _ in caught.value.faults] == [name]
        said = str(caught.value)
        assert SECRET not in said and said.startswith(f"TUIDING_{name.upper()}: ") and said.isprintable()
        assert "write " in said or "leave " in said, "what to do"


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("kafka", "a:1, b:2", "a:1,b:2"),
        ("kafka", "[2001:db8::1]:9092,kafka-1.example:9093", ""),
        ("kafka", "kafka_1", ""),
        ("carrier", "https://us:p%40ss@carrier.example:8443/api/v1", ""),
        ("quotes", "http://[::1]:8002", ""),
        ("host", "::", ""),
        ("host", "fe80::1%eth0", ""),
        ("host", "0.0.0.0", ""),
        ("allowed_hosts", "a.example,.b.example", ""),
        ("database", "postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("database", "postgresql://u:p@h:5432/d?sslmode=require", "postgresql+psycopg://u:p@h:5432/d?sslmode=require"),
        ("database", "postgresql+psycopg://u:a#b/c?d@h/d", ""),
        ("database", "postgresql+psycopg://u@/d?host=/run/postgresql", ""),
        ("database", "memory:", ""),
        ("database", "/srv/tuiding/db", ""),
        ("data", "/srv/\u9000\u8ba2/a b", ""),
        ("worker", "pod-7d9f-x2.zone_a", ""),
        ("policies", "", ""),
    ],
)
def test_what_can_be_meant_is_taken(name: str, value: str, taken: str) -> None:
    assert getattr(_settings(name, value), name) == (taken or value)


@pytest.mark.parametrize("words", [("-m", "services.review"), ("-m", "cli", "run", "review"), ("-m", "demo.phone")])
def test_whoever_starts_with_one_ends_with_a_sentence_and_the_code_of_wrong_usage(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    wrong = {"TUIDING_DATABASE": f"mysql://us:{SECRET}@h/d", "TUIDING_KAFKA": "http://k", "TUIDING_DATA": str(tmp_path)}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TUIDING_")} | wrong
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "Traceback" not in done.stderr and SECRET not in done.stdout + done.stderr
    assert "TUIDING_DATABASE: write " in done.stderr and "TUIDING_KAFKA: write " in done.stderr
    assert list(tmp_path.iterdir()) == []
