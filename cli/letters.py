"""`tuiding dead-letters`: what was set aside, and what an operator does about it, one by one or many at once."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli import doors
from cli.command import command, group, refuse_without_yes
from cli.failure import Exit, Failure, both, see
from cli.operators import Why
from cli.presentation import details, local_time, table
from cli.screen import Screen
from contracts.words import whole_number

app = group("Records that could not be used: look at them, send them again, or discard them.")
MOST = 1000
MOST_ALONE = 50  # as the console says; more take a second person
DEALS = {"redrive": "重发", "discard": "放弃", "erase": "清除原文："}
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
Json = dict[str, Any]
Places = Annotated[list[str] | None, typer.Argument(metavar="[PLACE]...", help="As listed; none: all that match.")]
Code = Annotated[str | None, typer.Option("--code", help="Only those set aside for this reason code.")]
Service = Annotated[str | None, typer.Option(help="Only those this service set aside.")]
Search = Annotated[
    str | None, typer.Option("--search", help="Only those of this request, subscription, reason, topic or service.")
]
Since = Annotated[str | None, typer.Option(help="Only those younger than this, such as 90s, 30m, 2h, 7d.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
State = Annotated[str, typer.Option(help="open, redriven, discarded, erased; empty: all.")]


@command(app, "list")
def list_letters(
    screen: Screen,
    search: Search = None,
    code: Code = None,
    service: Service = None,
    since: Since = None,
    state: State = "open",
) -> None:
    """What waits, the newest first; `--search` finds what the page's box finds."""
    found = _matching(screen, [], code, service, since, state, search)
    rows = [
        (each["place"], each["service"], each["code"], local_time(each["at"]), _why(screen, each)) for each in found
    ]
    shown = table(rows, "place", "set aside by", "code", "time", "reason") if rows else screen.words("没有。", "None.")
    screen.result(found, shown)
    if found:
        screen.next(f"tuiding dead-letters show '{found[0]['place']}'")


def _why(screen: Screen, letter: Json) -> str:
    """In the reader's language, as the page says it; what nobody has translated is code there too."""
    from services.console.wording.letter_reasons import in_words

    return in_words(letter["reason"]).in_language(screen.language).replace("`", "")


@command(app)
def show(
    screen: Screen, place: Annotated[str, typer.Argument(help="As `tuiding dead-letters list` names it, in quotes.")]
) -> None:
    """One record: where it came from, why it was set aside, its bytes, and what was decided."""
    letter = _matching(screen, [place], None, None, None, "")[0]
    screen.result(letter, details(letter | {"reason": _why(screen, letter)}, screen.language))
    if letter["state"] == "open":
        screen.next(f"tuiding dead-letters redrive '{place}' --reason WHY --dry-run")


@command(app)
def redrive(
    screen: Screen,
    reason: Why,
    places: Places = None,
    code: Code = None,
    service: Service = None,
    since: Since = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Sends the original bytes to the original topic again; first says what will surely fail once more."""
    found = _matching(screen, places or [], code, service, since, "open")
    if not dry_run and not screen.as_json:
        _foretell(screen, found, reason)
    _decide(screen, "redrive", found, {"reason": reason, "dry_run": dry_run}, yes)
    screen.next("tuiding dead-letters list")


@command(app)
def discard(
    screen: Screen,
    reason: Why,
    places: Places = None,
    code: Code = None,
    service: Service = None,
    since: Since = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Marks them as done with; the records stay on their topic."""
    found = _matching(screen, places or [], code, service, since, "open")
    _decide(screen, "discard", found, {"reason": reason, "dry_run": dry_run}, yes)
    screen.next("tuiding dead-letters list")


@command(app)
def erase(
    screen: Screen,
    reason: Why,
    places: Places = None,
    code: Code = None,
    service: Service = None,
    since: Since = None,
    state: State = "open",
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Takes key and value away for good, where they are somebody's; their hash and the reason stay."""
    found = _matching(screen, places or [], code, service, since, state)
    _decide(screen, "erase", found, {"reason": reason, "dry_run": dry_run}, yes)
    screen.next("tuiding dead-letters list")


def _foretell(screen: Screen, letters: list[Json], reason: str) -> None:
    """Before anything is sent: as a dry run would say it."""
    body = {"reason": reason, "dry_run": True}
    tried = [_one(screen, "redrive", letter["place"], body) for letter in letters]
    vain = [each["place"] for each in tried if each.get("answer", {}).get("fails_again")]
    if vain:
        zh = f"{len(tried)} 条中有 {len(vain)} 条必定再次失败：{'、'.join(vain[:5])}"
        screen.say(screen.words(zh, f"{len(vain)} of {len(tried)} will surely fail again: {', '.join(vain[:5])}"))


def _decide(screen: Screen, what: str, letters: list[Json], body: Json, yes: bool) -> None:
    """Each by itself: one that is refused does not stop the others, but then the command has failed."""
    number = len(letters)
    question = screen.words(f"{DEALS[what]} {number} 条死信？", f"{what} {number} dead letters?")
    refuse_without_yes(screen, yes or body["dry_run"], question)
    if len(letters) > MOST_ALONE and not body["dry_run"]:
        many = {"deal": what, "places": [letter["place"] for letter in letters], "reason": body["reason"]}
        answer = doors.console(screen).post("/v1/dead-letters/many", many)
        screen.result(answer, details(answer, screen.language))
        screen.next(f"tuiding proposals confirm {answer['proposal']}")
        return
    outcomes = [_one(screen, what, letter["place"], body) for letter in letters]
    rows = [(each["place"], each["outcome"], each["detail"]) for each in outcomes]
    screen.result(outcomes, table(rows, "place", "outcome", "detail"))
    if failed := [each for each in outcomes if each["outcome"] == "refused"]:
        number, all_of_them = len(failed), len(outcomes)
        said = both(f"{all_of_them} 条中有 {number} 条被拒绝。", f"{number} of {all_of_them} were refused.")
        raise Failure(Exit.REFUSED, said, failed[0]["detail"])


def _one(screen: Screen, what: str, place: str, body: Json) -> Json:
    try:
        answer = doors.console(screen).post(f"/v1/dead-letters/{quote(place, safe='')}/{what}", body)
    except Failure as failure:
        if failure.exit_code is Exit.UNREACHABLE:
            raise
        return {"place": place, "outcome": "refused", "detail": " ".join(failure.told(screen.language))}
    outcome = f"would {what}" if body["dry_run"] else str(answer.get("state", what))
    return {"place": place, "outcome": outcome, "detail": _foretold(answer), "answer": answer}


def _foretold(answer: Json) -> str:
    """Where it goes, who will decide it there, and what surely fails again."""
    topic, names, again = (answer.get(name) for name in ("topic", "decided_by", "fails_again"))
    said = f"{topic or ''}" + (f" → {', '.join(names)}" if names else "")
    return f"{said}; fails again: {again}" if again else said


def _matching(
    screen: Screen,
    places: list[str],
    code: str | None,
    service: str | None,
    since: str | None,
    state: str,
    search: str | None = None,
) -> list[Json]:
    from services.console.wording.words import LETTERS

    oldest = datetime.now(UTC) - _span(since) if since else None
    letters = doors.console(screen).get("/v1/dead-letters", state=state, limit=MOST, q=search or "")["dead_letters"]
    if missing := set(places) - {letter["place"] for letter in letters}:
        where, which, known = ", ".join(sorted(missing)), f"{state} ".lstrip(), LETTERS.get(state)
        said = both(
            f"在 {where} 没有{known[0] + '的' if known else ''}死信。", f"There is no {which}dead letter at {where}."
        )
        raise Failure(Exit.NOT_FOUND, said, see("tuiding dead-letters list --state ''"), "unknown-dead-letter")
    return [
        letter
        for letter in letters
        if (not places or letter["place"] in places)
        and code in (None, letter["code"])
        and service in (None, letter["service"])
        and (oldest is None or datetime.fromisoformat(letter["at"]) >= oldest)
    ]


def _span(text: str) -> timedelta:
    number, unit = text[:-1], text[-1:]
    if (count := whole_number(number, most_digits=6)) is None or unit not in UNITS:
        raise Failure(
            Exit.USAGE,
            both(f"--since {text!r} 不是时长。", f"--since {text!r} is no span of time."),
            both("请写数字加 s、m、h 或 d，如 2h。", "Write a number and s, m, h or d, such as 2h."),
        )
    return timedelta(seconds=count * UNITS[unit])
