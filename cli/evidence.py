"""`tuiding evidence ID --out FILE.zip` collects, `tuiding evidence verify FILE.zip` checks."""

import errno
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cli import doors
from cli.command import command
from cli.failure import Exit, Failure, both
from cli.presentation import details, table
from cli.screen import Screen
from contracts.machine_words import why_not
from runtime.settings import Settings

COLLECT = "collect"


class _IdOrWord(TyperGroup):
    """A request's id in place of a word means that its evidence is wanted."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        known = not args or args[0] in self.commands
        return super().resolve_command(ctx, args if known else [COLLECT, *args])


app = typer.Typer(
    cls=_IdOrWord,
    help="Everything about one request in one file that a third party can check: tuiding evidence ID --out FILE.zip",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
Request = Annotated[str, typer.Argument(metavar="ID", help="The request's id.")]
Out = Annotated[Path | None, typer.Option(help="Default: evidence-ID.zip.")]
Carrier = Annotated[str | None, typer.Option(help="Also reads the carrier's own books at this address.")]
File = Annotated[Path, typer.Argument(metavar="FILE.zip")]
Root = Annotated[str, typer.Option(help="The root hash you noted or were given by another way.")]


@command(app, COLLECT)
def collect(screen: Screen, request: Request, out: Out = None, carrier: Carrier = None) -> None:
    """The evidence of a request as one zip file; the word `collect` can be left out."""
    from evidence.bundle import bundle
    from policies.pack import folders

    told = doors.console(screen).get(f"/v1/requests/{request}")
    ledger = _books(screen, carrier, request) if carrier else None
    file, data = out or Path(f"evidence-{request}.zip"), bundle(told, ledger, folders(Settings().policies))
    found = _checked(screen, data, "")
    _write(file, data)
    _show(screen, {"file": str(file), "bytes": len(data)} | found)
    screen.next(f"tuiding evidence verify {file} --root {found['root']}")


@command(app)
def verify(screen: Screen, file: File, root: Root = "") -> None:
    """Says what the file proves, or names the first thing in it that is not as it was written."""
    found = _checked(screen, _read(screen, file), root)
    _show(screen, {"file": str(file), "root_given": bool(root)} | found)
    if not root:
        screen.say(
            screen.words(
                "未给出 --root：只能证明文件自身一致，不能证明它就是原来那份。",
                "Without --root this proves that the file is whole, not that it is the one that was made.",
            )
        )


def _checked(screen: Screen, data: bytes, root: str) -> dict[str, Any]:
    from evidence import verify as checker
    from evidence.claims import claims

    try:
        manifest = checker.verify(data, root)
        found = claims(checker.unwrapped(data))
    except checker.Bad as bad:
        raise Failure(Exit.FAILED, bad.told(screen.language), code=f"evidence-{bad.code}") from None
    known = {name: manifest[name] for name in ("request_id", "until", "root")}
    return known | {"files": len(manifest["entries"]), "claims": found}


def _read(screen: Screen, file: Path) -> bytes:
    """A plain file, and never more of it than an evidence file may have."""
    from evidence.verify import LARGEST_BYTES, Bad
    from policies.files.plain_files import read_plain

    try:
        return read_plain(file, LARGEST_BYTES)
    except OSError as error:
        code = "too-large" if error.errno == errno.EFBIG else "no-such-file"
        bad = Bad(code, file.name, why_not(error).in_language(screen.language))
    raise Failure(
        Exit.NOT_FOUND if bad.code == "no-such-file" else Exit.FAILED, bad.told(screen.language), code=bad.code
    )


def _books(screen: Screen, address: str, request: str) -> list[dict[str, Any]]:
    rows = doors.Door(address, "carrier", "--carrier", screen).get("/ledger", request_id=request)
    return list(rows)


def _write(file: Path, data: bytes) -> None:
    from policies.files.whole_files import FOR_ITS_OWNER, write_whole

    try:
        write_whole(file, data, FOR_ITS_OWNER)
    except OSError as error:
        how = both("请用 --out 指定可写的文件。", "Name a file that can be written with --out.")
        because = why_not(error)
        raise Failure(Exit.USAGE, both(f"{file}：{because.zh}", f"{file}: {because.en}"), how) from None


def _show(screen: Screen, found: dict[str, Any]) -> None:
    words = {True: screen.words("已证明", "proved"), False: screen.words("未证明", "not proved")}
    rows = [(words[claim["proved"]], claim[screen.language]) for claim in found["claims"]]
    facts = {name: value for name, value in found.items() if name != "claims"}
    screen.result(found, details(facts, screen.language), table(rows, "", ""))
