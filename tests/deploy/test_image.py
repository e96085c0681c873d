"""The image holds all of our packages, and the linter of Dockerfiles has nothing to say."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOP = [each.name for each in ROOT.iterdir()]
FOR_DEVELOPERS = ("bench", "tests")
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")


def test_the_linter_has_nothing_to_say_about_the_dockerfile() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, ROOT / "deploy" / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_image_holds_every_package_and_runs_as_nobody_special() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    copied = re.findall(r"^COPY (\w+) \1$", DOCKERFILE, re.M)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert sorted(copied) == sorted(packages) == sorted(filter(_is_package, TOP))
    assert {f"!{each}" for each in (*copied, "pyproject.toml", "uv.lock", "README.md", "LICENSE")} <= set(ignored)
    assert re.search(r"^USER \d+$", DOCKERFILE, re.M)
    assert "HEALTHCHECK" in DOCKERFILE and '["tuiding", "healthcheck"]' in DOCKERFILE


def _is_package(name: str) -> bool:
    return name not in FOR_DEVELOPERS and (ROOT / name / "__init__.py").is_file()


def test_the_images_it_is_made_of_are_pinned() -> None:
    named = re.findall(r"^FROM (?!python:\$)(\S+:\S+)", DOCKERFILE, re.M)
    bases = [*named, *re.findall(r"^ARG PYTHON=(\S+)", DOCKERFILE, re.M)]
    assert len(bases) == 2 and all(re.search(r"\d+\.\d+", base) for base in bases)
