"""How a command says that it did not work: one sentence, what to do, and an exit code that means something."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

from contracts.machine_words import why_not
from contracts.words import Text


class Exit(IntEnum):
    OK = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    NOT_FOUND = 4
    REFUSED = 5


Said = Text | str  # plain: it was said in the reader's language already


class Failure(Exception):
    """`code`: a stable name of what went wrong, where the other side gave one."""

    def __init__(self, exit_code: Exit, sentence: Said, hint: Said = "", code: str = "") -> None:
        super().__init__(in_words(sentence, "en"))
        self.exit_code, self.sentence, self.hint, self.code = exit_code, sentence, hint, code

    def told(self, language: str) -> tuple[str, ...]:
        """Sentence and hint, what there is of them."""
        return tuple(said for said in (in_words(each, language) for each in (self.sentence, self.hint)) if said)


def both(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


def see(command: str) -> Text:
    return both(f"见：{command}", f"See: {command}")


def in_words(said: Said, language: str) -> str:
    return said if isinstance(said, str) else said.in_language(language)


# Exceptions whose text is the sentence. By name, so that a healthcheck every ten seconds does not import Kafka.
SENTENCES = {
    "runtime.kafka.connect.BrokerAway": Exit.UNREACHABLE,
    "runtime.kafka.reader.TopicMissing": Exit.NOT_FOUND,
    "runtime.replay.live.NoStore": Exit.NOT_FOUND,
    "runtime.kafka.connect.NotPublished": Exit.UNREACHABLE,
    "runtime.kafka.growth.NotYet": Exit.REFUSED,
    "runtime.kafka.aborting.NothingOpen": Exit.NOT_FOUND,
    "runtime.kafka.connect.BrokerTrouble": Exit.FAILED,
    "runtime.kafka.security.NotSecured": Exit.USAGE,
    "runtime.settings.WrongSetting": Exit.USAGE,
    "runtime.worker.service_host.Stop": Exit.FAILED,
    "runtime.local.refusals.PortTaken": Exit.FAILED,
    "runtime.local.refusals.NotSafe": Exit.USAGE,
    "cli.places.SeveralRuns": Exit.USAGE,
    "runtime.local.readiness.NotReady": Exit.FAILED,
    "runtime.local.refusals.AlreadyUp": Exit.FAILED,
    "runtime.kernel.database_users.NoAdministrator": Exit.REFUSED,
    "runtime.kernel.as_owner.NotItsOwner": Exit.REFUSED,
    "runtime.kernel.backup.NotEmpty": Exit.REFUSED,
    "runtime.kernel.backup.NoBackup": Exit.NOT_FOUND,
    "policies.files.reading.PackError": Exit.FAILED,
}


OUTPUT = Text(zh="输出", en="The output")
MEND = Text(
    zh="请检查路径、权限和剩余空间后重试。", en="Look at the path, its rights and the room left, then try again."
)


@contextmanager
def as_failure(language: str) -> Iterator[None]:
    """Everything a command may run into; what is not named here is a bug of ours."""
    try:
        yield
    except Failure:
        raise
    except BrokenPipeError:  # `tuiding ... | head`: nobody reads on, nothing to say
        raise
    except Exception as error:
        raise _told(error, language) from error


def _told(error: Exception, language: str) -> Failure:
    names = [f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__]
    for name in names:
        if name in SENTENCES:
            told = getattr(error, "told", None)  # in both languages, where it has them
            return Failure(SENTENCES[name], told.in_language(language) if told else str(error))
    if "pydantic_core._pydantic_core.ValidationError" in names:
        how = both("请更正所指的选项。", "Correct the option named.")
        return Failure(Exit.USAGE, "; ".join(_faults(error)), how)
    if isinstance(error, OSError) and error.strerror:
        return _of_the_machine(error, language)
    found = f"{type(error).__name__}: {error}"
    said = both(f"tuiding 内部出错：{found}", f"Something went wrong inside tuiding: {found}")
    how = both(
        "设置 TUIDING_TRACEBACK=1 可见出错位置，请报告。", "Set TUIDING_TRACEBACK=1 to see where, and report it."
    )
    return Failure(Exit.FAILED, said, how)


def _of_the_machine(error: OSError, language: str) -> Failure:
    """A file that cannot be read or written; without a name it is where the result was to go."""
    where, because = str(error.filename or OUTPUT.in_language(language)), why_not(error)
    return Failure(Exit.FAILED, both(f"{where}：{because.zh}。", f"{where}: {because.en}."), MEND)


def _faults(error: Any) -> Iterator[str]:
    for item in error.errors(include_input=False, include_url=False):
        name = ".".join(map(str, item["loc"]))
        yield f"{name}: {item['msg']}"
