"""`tuiding policy check` and `tuiding contracts export`: what operators and integrators check before anything runs."""

import json
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.command import command, group
from cli.failure import Exit, Failure, both
from cli.screen import Screen
from policies.files.whole_files import write_whole
from runtime.settings import Settings

policy = group("Policy packs: conditions, fees, clocks, clauses and notices as data.")
contracts = group("The words all services and channels share.")


@policy.callback()
def _policy() -> None:
    """Keeps `check` a word of its own while it is the only one."""


@contracts.callback()
def _contracts() -> None:
    """The same for `export`."""


SEE_RULES = both("见 policies/README.zh-CN.md", "See policies/README.md")


@command(policy)
def check(
    screen: Screen,
    pack: Annotated[str | None, typer.Argument(help="Default: the one of TUIDING_POLICY.")] = None,
    vectors: Annotated[Path | None, typer.Option(help="Run these vectors instead of the pack's own.")] = None,
    copy_vectors: Annotated[
        bool, typer.Option("--copy-vectors", help="First copy those of the pack it extends, where it has none.")
    ] = False,
) -> None:
    """Every mistake of a pack, its citations, its conflicts with law, and its golden vectors."""
    from policies.owners.check import check as check_pack
    from policies.owners.check import copy_vectors as copied
    from policies.pack import folders

    named, where = pack or Settings().policy, folders(Settings().policies)
    if copy_vectors:
        screen.say(str(copied(named, where)))
    report = check_pack(named, vectors, folder=where)
    screen.result(report.data(), "\n".join(report.lines(screen.language)))
    if not report.ok:
        if vectors is not None and all(each.sound for each in report.packs):
            said = both(f"{vectors} 中有算例不符。", f"Not every vector of {vectors} comes out.")
            raise Failure(Exit.FAILED, said, SEE_RULES)
        said = both(f"规则包 {named} 还不能使用。", f"The pack {named} must not be used as it is.")
        raise Failure(Exit.FAILED, said, SEE_RULES)
    screen.next(started_with(report.packs[0].pack.split("@")[0]))


@command(policy)
def new(
    screen: Screen,
    name: Annotated[str, typer.Argument(help="The name of your pack and of its folder, such as my-carrier.")],
    parent: Annotated[str, typer.Option("--from", help="The pack that yours extends.")] = "cn-carrier",
    into: Annotated[
        Path | None, typer.Option("--in", help="Where your packs lie; default: TUIDING_POLICIES, else my-packs.")
    ] = None,
) -> None:
    """Makes a pack to begin with, whose worked examples pass, and says what to change first."""
    from policies.owners.new_pack import begin

    where = into or Path(Settings().policies or "my-packs")
    begun = begin(name, parent, where)
    told = [
        screen.words("已创建：", "Made:"),
        *(f"  {file}" for file in begun.files),
        screen.words("先改：", "Change first:"),
    ]
    told += [f"  {number}. {text.in_language(screen.language)}" for number, text in enumerate(begun.first, 1)]
    first = [text.in_language(screen.language) for text in begun.first]
    screen.result({"folder": str(begun.folder), "files": list(map(str, begun.files)), "first": first}, "\n".join(told))
    screen.next(f"{_own(where)}tuiding policy check {shlex.quote(name)}")


@command(policy)
def cases(
    screen: Screen,
    country: Annotated[
        str | None, typer.Option(help="Two letters such as CN, or `systems` for billing systems.")
    ] = None,
) -> None:
    """Runs the book of published cases and shows what we answer to each, by country and outcome."""
    from cli.cases_shown import shown
    from policies.owners.case_book import book, worked

    found = [case for case in book() if country in (None, case.country)]
    if not found:
        said = both(f"没有 {country!r} 的案例。", f"There is no case of {country!r}.")
        raise Failure(Exit.USAGE, said, both("见 policies/cases/", "See policies/cases/"))
    results = worked(found)
    told = [each.model_dump(mode="json") | {"holds": each.holds} for each in results]
    screen.result(told, *shown(results, screen, one_by_one=country is not None))
    if not all(each.holds for each in results):
        said = both("有案例与书中的结果不符。", "Not every case comes out as the book says.")
        raise Failure(Exit.FAILED, said, both("见 policies/cases/README.md", "See policies/cases/README.md"))
    if country is None:
        screen.next("tuiding policy cases --country CN")


def started_with(pack: str) -> str:
    """The whole command, so that it works in another terminal too."""
    where = Settings().policies
    return f"{_own(Path(where)) if where else ''}TUIDING_POLICY={shlex.quote(pack)} tuiding up"


def _own(where: Path) -> str:
    return f"TUIDING_POLICIES={shlex.quote(str(where.resolve()))} "


@command(contracts)
def export(
    screen: Screen, folder: Annotated[Path, typer.Argument(help="The folder to write to.")] = Path("var/contracts")
) -> None:
    """AsyncAPI of every topic, JSON Schemas of every message; the same bytes every time."""
    from contracts.asyncapi import asyncapi
    from contracts.messages import TYPES

    texts = {f"messages/{name}.json": model.model_json_schema() for name, model in sorted(TYPES.items())}
    texts["asyncapi.json"] = asyncapi()
    for name, content in texts.items():
        _write(folder / name, content)
    screen.result({"folder": str(folder), "files": sorted(texts)}, f"{len(texts)} files in {folder}")
    screen.next("tuiding carrier describe")


def _write(file: Path, content: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode())
