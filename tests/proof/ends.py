"""I1, I2 and I11: every request reaches one end; what cannot be read is kept, to the byte."""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import combinations

from contracts.flow import group_id
from contracts.meaning import OUT_OF_TURN
from contracts.messages.base import Command
from contracts.messages.commands import SubmitCancellation
from contracts.messages.intake import RequestAccepted
from contracts.messages.shared import AttentionRequired, CommandRefused
from runtime.kernel.dead_letters import SAME_ID_OTHER_CONTENT
from tests.proof.history import History, Letter, Raw, Violation
from tests.proof.reading import end_name, ends_of, is_waiting

FOREVER = datetime.max.replace(tzinfo=UTC)
STILL = " still "  # stands, can be paid, to come
THROWN_AWAY = {"unknown-request", "too-many-waiting"}
OURS = {"decision-failed", "cannot-be-stored"}  # the record is sound


def early_words_wait(history: History) -> list[Violation]:
    """Which of two commands is heard first is chance: no follow-up is thrown away before its request could come."""
    said: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for event in history.said:
        said[event.request_id, event.message.type].append(event.at)
    found = []
    for event in history.said:
        no = event.message
        if not isinstance(no, CommandRefused) or event.source != "/tuiding/intake" or no.code not in THROWN_AWAY:
            continue
        waited = event.at - min(said[event.request_id, no.command], default=event.at)
        if waited < history.patience - history.clock_error:
            found.append(Violation("I1", event.request_id, f"{no.command} was thrown away after {waited}"))
    return found


def nothing_accepted_is_lost(history: History) -> list[Violation]:
    """I1: every accepted request has ended, or visibly waits."""
    submitted = {event.request_id for event in history.said if isinstance(event.message, SubmitCancellation)}
    lost = [
        request_id
        for request_id in sorted(submitted | history.accepted)
        if not ends_of(history, request_id) and not is_waiting(history, request_id)
    ]
    unmoved = [Violation("I1", each, "was accepted, but neither ended nor waits for anything") for each in lost]
    return [*unmoved, *early_words_wait(history)]


def one_end_each(history: History) -> list[Violation]:
    """I2: not two ends; an end absorbs; what one open request is about no other one is."""
    return [*_two_ends(history), *_two_holders(history)]


def _two_ends(history: History) -> list[Violation]:
    found = []
    for request_id in history.by_request:
        ends = [end_name(event.message) for event in ends_of(history, request_id)]
        if len(ends) > 1:
            found.append(Violation("I2", request_id, f"ended {len(ends)} times: {', '.join(ends)}"))
    return found


def _two_holders(history: History) -> list[Violation]:
    """Nobody pays twice for one item: it is in one request's hands from its acceptance to its end.

    Clocks that differ leave open which of two came first; they met for sure if for longer than the clocks err.
    """
    held: dict[str, list[tuple[datetime, datetime, str]]] = defaultdict(list)
    for event in history.said:
        if isinstance(event.message, RequestAccepted):
            over = min((end.at for end in ends_of(history, event.request_id)), default=FOREVER)
            for name in _held(event.message):
                held[name].append((event.at, over, event.request_id))
    return [
        Violation("I2", second[2], f"took {name} while request {first[2][:8]} held it")
        for name, spans in held.items()
        for first, second in combinations(sorted(spans), 2)
        if min(first[1], second[1]) > second[0] + history.clock_error and first[2] != second[2]
    ]


def _held(message: RequestAccepted) -> list[str]:
    items = message.application.items or tuple(each.item for each in message.subscription.items if each.active)
    return [f"{message.audience.subscription}/{item}" for item in items]


def nothing_true_is_doubted(history: History) -> list[Violation]:
    """Where nobody makes anything up, no order in which topics are read makes intake call a word made up.

    A clock that was set back may, of what is said of a moment; so may a word that intake could not decide on itself.
    """
    own = group_id("intake")
    lacking = {
        (each.key or b"").decode(errors="replace")
        for each in history.letters
        if each.group == own and each.code in OURS
    }
    return [
        Violation("doubt", event.request_id, f"was told for made up: {event.message.detail}")
        for event in history.said
        if isinstance(event.message, AttentionRequired)
        and event.message.code == OUT_OF_TURN
        and STILL not in event.message.detail
        and event.request_id not in lacking
    ]


def dead_letters_keep_everything(history: History) -> list[Violation]:
    """I11: each unreadable record is set aside once by each of its readers, byte for byte, and nothing else is."""
    return [
        *_missing_letters(history),
        *_told_twice(history),
        *_changed_letters(history),
        *_uncalled_for(history),
        *_under_one_id(history),
    ]


def _missing_letters(history: History) -> list[Violation]:
    kept = {(letter.group, place) for letter in history.letters for place in _told(letter)}
    missing = sorted(history.unreadable - kept)
    return [Violation("I11", "", f"{group} could not read {place} and kept no dead letter") for group, place in missing]


def _told(letter: Letter) -> tuple[str, ...]:
    return letter.stands_for or (letter.original,)


def _told_twice(history: History) -> list[Violation]:
    """Alone or among many, a record is counted once: published twice, a letter is the same letter."""
    broken = {letter for letter in history.letters if letter.code not in OURS}
    times = Counter((letter.group, place) for letter in broken for place in _told(letter))
    return [
        Violation("I11", "", f"{group} told {place} in {count} dead letters")
        for (group, place), count in sorted(times.items())
        if count > 1
    ]


def _changed_letters(history: History) -> list[Violation]:
    found = []
    for letter in history.letters:
        original = history.raw.get(letter.original)
        if original is not None and original != Raw(letter.key, letter.value, letter.headers):
            found.append(Violation("I11", _about(letter), f"the dead letter of {letter.original} is not its original"))
    return found


def _uncalled_for(history: History) -> list[Violation]:
    """A sound record among the dead letters is a bug of ours; two different letters of one place are one too many."""
    found = []
    variants: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for letter in history.letters:
        variants[letter.group, letter.original][letter.code] += 1
    for (group, place), codes in sorted(variants.items()):
        if len(codes) > 1:
            found.append(Violation("I11", "", f"{group} set {place} aside for {len(codes)} different reasons"))
        if OURS & codes.keys() and (group, place) not in history.mended:
            found.append(Violation("I11", "", f"a decision of {group} failed on {place or 'an answer or an alarm'}"))
    return found


def _under_one_id(history: History) -> list[Violation]:
    """Of what a channel says under one id one content counts; whatever else it says under it is set aside."""
    told = {place for letter in history.letters if letter.code == SAME_ID_OTHER_CONTENT for place in _told(letter)}
    contents: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for event in history.events:
        if isinstance(event.message, Command):
            content = f"{event.message.type} {event.message.model_dump_json()}"
            contents[event.source, event.id][content].append(event.place)
    found = []
    for (source, own), places in sorted(contents.items()):
        counted = [where for where in places.values() if not told.issuperset(where)]
        if len(counted) != 1:
            found.append(Violation("I11", "", f"{len(counted)} contents of {source} {own} count, 1 may"))
        elif told.intersection(counted[0]):
            found.append(Violation("I11", "", f"what counts of {source} {own} was set aside when it came again"))
    return found


def _about(letter: Letter) -> str:
    return (letter.key or b"").decode("utf-8", "replace")
