"""What the READMEs, CONTRIBUTING and the runbooks say is there; their examples are run by tests/broker."""

import ast
import inspect
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer
import yaml
from prometheus_client import generate_latest

from cli import application
from cli.failure import Exit
from contracts.carrier.operations import OPERATIONS
from contracts.flow import BY_NAME, SERVICES
from policies.pack import FOLDER as PACKS
from policies.pack import load
from runtime import attributes, envelope
from runtime.kernel import batch, dead_letters
from runtime.settings import Settings
from runtime.signatures import NOT_SIGNED
from runtime.worker.telemetry import Meters

ROOT = Path(__file__).parents[2]
ENGLISH, CHINESE, TOUR = "README.md", "README.zh-CN.md", "CONTRIBUTING.md"
RUNBOOKS = sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / "docs" / "runbooks").glob("*.md"))
READMES = pytest.mark.parametrize("page", [ENGLISH, CHINESE])
CLUSTER, CLUSTER_CHINESE = "deploy/README.md", "deploy/README.zh-CN.md"
OPERATING = ("docs/operating.md", "docs/operating.zh-CN.md")
SETTINGS = ("docs/settings.md", "docs/settings.zh-CN.md")
CONSOLE, CARRIER = ("docs/console.md", "docs/console.zh-CN.md"), ("docs/carrier.md", "docs/carrier.zh-CN.md")
RULES = ("policies/README.md", "policies/README.zh-CN.md")
BOOK = ("policies/cases/README.md", "policies/cases/README.zh-CN.md")
TWINS = ((CLUSTER, CLUSTER_CHINESE), OPERATING, CONSOLE, CARRIER, RULES, BOOK)
RUNBOOK_TWINS = sorted({(f"{each}.md", f"{each}.zh-CN.md") for each in (page.partition(".")[0] for page in RUNBOOKS)})
GUIDES = (*SETTINGS, *(page for pair in TWINS for page in pair), "docs/wishes.md")
PAGES = pytest.mark.parametrize("page", [ENGLISH, CHINESE, TOUR, *GUIDES, *RUNBOOKS])
CHINESE_PAGES = sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / "docs").rglob("*.zh-CN.md"))
FOLDERS = "contracts|services|policies|runtime|demo|deploy|tests|docs|cli"
PREFIX = "TUIDING_"


# ---- the two READMEs -------------------------------------------------------------------------------------------------


@READMES
def test_the_flow_table_is_the_flow(page: str) -> None:
    told = [row[:4] for row in _rows(page, 5) if row[0] in BY_NAME]
    assert told == [(s.name, str(s.port), ", ".join(s.reads), s.writes) for s in SERVICES]


def test_the_flow_table_says_what_each_service_does() -> None:
    assert {row[0]: row[4] for row in _rows(ENGLISH, 5) if row[0] in BY_NAME} == {s.name: s.does for s in SERVICES}


@READMES
def test_the_picture_shows_every_service_and_no_road_that_is_not_there(page: str) -> None:
    (picture,) = _fenced(page, "mermaid")
    roads = re.findall(r"^ +(\w+)(?:\(\[.*\]\))? -->\|(\w+)\| (\w+)$", picture, re.M)
    assert {name for start, _, end in roads for name in (start, end)} == {*BY_NAME, "channels"}
    for start, topic, end in roads:
        assert topic == (BY_NAME[start].writes if start in BY_NAME else "commands") and topic in BY_NAME[end].reads
    assert set(re.findall(r"-\.-> (\w+)$", picture, re.M)) == {each.system for each in OPERATIONS.values()}


@pytest.mark.parametrize("page", SETTINGS)
def test_the_settings_table_is_the_settings(page: str) -> None:
    told = [(row[0].strip("`"), row[1]) for row in _rows(page, 3) if row[0].startswith(f"`{PREFIX}")]
    known = [(PREFIX + name.upper(), str(field.default)) for name, field in Settings.model_fields.items()]
    assert told == known


def test_the_settings_table_says_what_each_is_for() -> None:
    told = {row[0].strip("`"): row[2].replace("`", "") for row in _rows(SETTINGS[0], 3)}
    known = {PREFIX + name.upper(): field.description for name, field in Settings.model_fields.items()}
    wanted = {name: text.replace("`", "") for name, text in known.items() if text}
    assert {name: told[name] for name in wanted} == wanted


@READMES
def test_the_table_of_commands_is_complete(page: str) -> None:
    text = _text(page)
    table = text[text.index("`tuiding ...`") :].partition("\n\n")[0].partition("\n")[2]
    assert sorted(re.findall(r"`([^`]+)`", table)) == sorted(" ".join(path) for path in _commands())


@READMES
def test_the_exit_codes_are_those_of_the_command_line(page: str) -> None:
    (line,) = re.findall(r"^(?:Exit codes|退出码)[:：](.+)$", _text(page), re.M)
    assert re.findall(r"\d+", line) == [str(int(each)) for each in Exit]


@READMES
def test_the_rule_for_the_notice_period_is_one_link_away(page: str) -> None:
    (answer,) = re.findall(r"\]\((\S+)\).*`notice_period`", _text(page))
    clocks = yaml.safe_load((ROOT / answer).read_text(encoding="utf-8"))["clocks"]
    assert "notice_period" in clocks and (ROOT / answer).parent.name == Settings().policy
    assert load(Settings().policy).clocks.notice_period


@READMES
def test_every_file_of_rules_and_every_runbook_has_its_row(page: str) -> None:
    rules = {file.relative_to(ROOT).as_posix() for file in (PACKS / Settings().policy).glob("*.yaml")}
    named = set(_links(page))
    assert {pair[page == CHINESE] for pair in RUNBOOK_TWINS} <= named
    assert {rule for rule in rules if "vectors" not in rule} <= named


def test_both_readmes_say_the_same() -> None:
    assert [_bare(each) for each in _fenced(ENGLISH, "bash")] == [_bare(each) for each in _fenced(CHINESE, "bash")]
    assert _roads(ENGLISH) == _roads(CHINESE)
    assert [len(row) for row in _rows(ENGLISH)] == [len(row) for row in _rows(CHINESE)]
    assert _text(ENGLISH).count("\n## ") == _text(CHINESE).count("\n## ")
    assert _roads_out(ENGLISH)[1:] == _roads_out(CHINESE)[1:], "the first of each leads to the other"
    assert sorted(_spans(ENGLISH)) == sorted(_spans(CHINESE))


@pytest.mark.parametrize(("english", "chinese"), [*TWINS, *RUNBOOK_TWINS])
def test_a_guide_says_the_same_in_both_languages(english: str, chinese: str) -> None:
    for language in ("bash", "sh", "yaml", "json", "ini"):
        assert _fenced(english, language) == _fenced(chinese, language)
    assert [len(row) for row in _rows(english)] == [len(row) for row in _rows(chinese)]
    assert _text(english).count("\n## ") == _text(chinese).count("\n## ")
    assert sorted(_spans(english)) == sorted(_spans(chinese))
    assert (_links(english)[0], _links(chinese)[0]) == (Path(chinese).name, Path(english).name)
    assert sorted(_roads_out(english)) == sorted(_roads_out(chinese))


@pytest.mark.parametrize("page", [CHINESE, CLUSTER_CHINESE, RULES[1], BOOK[1], *CHINESE_PAGES])
def test_a_chinese_page_leads_to_the_chinese_twin_where_there_is_one(page: str) -> None:
    here = (ROOT / page).parent
    named = [here / link.partition("#")[0] for link in _links(page)[1:]]
    assert [each.name for each in named if each.with_suffix(".zh-CN.md").is_file()] == []


# ---- every page ------------------------------------------------------------------------------------------------------


@PAGES
def test_every_path_that_is_named_exists(page: str) -> None:
    here = (ROOT / page).parent
    paths = [here / link.partition("#")[0] for link in _links(page)]
    paths += [ROOT / span for span in _spans(page) if re.fullmatch(rf"({FOLDERS})/[\w./-]*", span)]
    assert [str(path) for path in paths if not path.exists()] == []


@PAGES
def test_no_table_is_torn_in_two(page: str) -> None:
    assert re.findall(r"^\n\|.*\n(?!\| ---).*", _prose(page), re.M) == []


@PAGES
def test_every_command_that_is_named_exists(page: str) -> None:
    for line in _typed(page):
        if found := re.search(r"(?:^|\.venv/bin/)tuiding ([^.|#].*)$", line):
            _follow(found[1].partition("#")[0])


@PAGES
def test_every_make_target_that_is_named_exists(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in _typed(page):
        for target, variable in re.findall(r"^make ([a-z]+)(?: ([A-Z]+)=)?", line):
            assert re.search(rf"^{target}:", makefile, re.M), line
            assert not variable or f"$({variable})" in makefile or f"$(if $({variable})" in makefile, line


@PAGES
def test_every_variable_that_is_named_is_read_somewhere(page: str) -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "cli").glob("*.py"))
    known = {PREFIX + name.upper() for name in Settings.model_fields} | set(re.findall(rf"{PREFIX}\w+", code))
    assert set(re.findall(rf"{PREFIX}[A-Z_]+\b", _text(page))) - known == set()


@PAGES
def test_every_metric_that_is_named_is_counted(page: str) -> None:
    counted = re.findall(r"^# TYPE (\w+) ", generate_latest(Meters("any").registry).decode(), re.M)
    counted += re.findall(r"^\| `(tuiding_\w+)`", _text("docs/metrics.md"), re.M)
    named = set(re.findall(r"\btuiding_[a-z_]+\b", _text(page)))
    assert not {name for name in named if not any(each.startswith(name) for each in counted)}


# ---- CONTRIBUTING ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", re.findall(r"^\| .+\.py`.+$", (ROOT / TOUR).read_text(encoding="utf-8"), re.M))
def test_a_step_of_the_tour_leads_to_code_that_is_there(row: str) -> None:
    files = [ROOT / span for span in re.findall(r"`([\w/]+\.py)`", row)]
    names = [span for span in re.findall(r"`([\w.]+)`", row) if not span.endswith(".py")]
    assert names and set(names) <= {name for file in files for name in _defined(file)}


def test_every_path_that_contributing_names_is_there() -> None:
    paths = [span for span in _spans(TOUR) if re.fullmatch(r"(\w+/)+[\w.-]*", span)]
    assert paths and [path for path in paths if not (ROOT / path).exists()] == []


def test_the_tour_fits_one_page_and_the_words_follow_it() -> None:
    tour, words = _text(TOUR).split("## Our words")
    assert len(tour.splitlines()) < 100 and "\n## " not in words


# ---- runbooks --------------------------------------------------------------------------------------------------------


def test_every_alert_has_a_runbook_that_names_it() -> None:
    rules = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
    alerts = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    assert alerts <= {span for page in RUNBOOKS for span in _spans(page)}


def test_the_runbook_explains_every_reason_for_a_dead_letter() -> None:
    code = "".join(map(inspect.getsource, (attributes, envelope, batch, dead_letters)))
    reasons = set(re.findall(r'Unreadable\(\s*"([a-z0-9.-]+)"', code)) | dead_letters.TAKEN_IN
    reasons |= {envelope.NOT_YOURS_TO_SAY, NOT_SIGNED, dead_letters.SAME_ID_OTHER_CONTENT}
    told = {span for row in _rows("docs/runbooks/dead-letters.md", 3) for span in re.findall(r"`([^`]+)`", row[0])}
    assert told == reasons


@pytest.mark.parametrize("page", RUNBOOKS)
def test_a_runbook_says_how_you_notice_what_it_means_and_when_to_escalate(page: str) -> None:
    wanted = ["现象", "含义", "上报"] if page.endswith(".zh-CN.md") else ["You notice", "It means", "Escalate"]
    assert re.findall(rf"^\*\*({'|'.join(wanted)})", _text(page), re.M) == wanted
    assert _fenced(page, "bash")


# ---- reading the pages -----------------------------------------------------------------------------------------------


@cache
def _text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def _prose(page: str) -> str:
    return re.sub(r"^ *```.*?^ *```$", "", _text(page), flags=re.M | re.S)


def _rows(page: str, cells: int = 0) -> list[tuple[str, ...]]:
    """The rows of all tables, or of those with so many cells, heads included."""
    lines = (line for line in _prose(page).splitlines() if line.startswith("| ") and not line.startswith("| ---"))
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    return [row for row in rows if cells in (0, len(row))]


def _fenced(page: str, language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", _text(page), re.M | re.S)


def _bare(block: str) -> str:
    return re.sub(r" +# .*$", "", block, flags=re.M)


def _roads(page: str) -> list[str]:
    return [re.sub(r'".*?"', "", line) for line in _fenced(page, "mermaid")[0].splitlines()]


def _links(page: str) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", _prose(page)) if "://" not in link]


def _roads_out(page: str) -> list[str]:
    """Where its links lead, in whichever language: a heading has another name in each."""
    return [re.sub(r"#.*|\.zh(-CN)?(?=\.)|\.en(?=\.png)", "", link) for link in _links(page)]


def _spans(page: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", _prose(page))


def _typed(page: str) -> Iterator[str]:
    """What a reader may type: every span of code and every line of a shell block, indentation and pipes taken apart."""
    yield from _spans(page)
    for block in _fenced(page, "bash"):
        yield from (line.strip() for line in block.replace("\\\n", " ").splitlines())


def _defined(file: Path) -> Iterator[str]:
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        if isinstance(node, ast.ClassDef):
            functions = (each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
            yield from (f"{node.name}.{each.name}" for each in functions)
        if isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


# ---- following a command ---------------------------------------------------------------------------------------------


def _commands() -> Iterator[tuple[str, ...]]:
    def leaves(command: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        below = getattr(command, "commands", None)
        if below is None:
            yield path
        else:
            for name, each in below.items():
                yield from leaves(each, (*path, name))

    return leaves(typer.main.get_command(application()), ())


def _follow(line: str) -> None:
    """Down to the command, and then every option it is given."""
    words, command = shlex.split(line), typer.main.get_command(application())
    while (below := getattr(command, "commands", None)) is not None:
        assert words and words[0] in below, line
        command = below[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known, line
