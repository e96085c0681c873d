"""What is wrong right now, worst first, for the strip on every page; pure functions of what was seen."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from contracts.flow import SERVICES
from contracts.health import SILENT_SECONDS, Heartbeat
from contracts.words import Text
from runtime.kafka.drift import Drift
from runtime.kafka.lag import Lag
from runtime.kafka.members import Stranger
from runtime.kafka.uncommitted import Uncommitted
from services.console.watched.behind import Behind
from services.console.watched.broker_findings import away, deleted, deleted_before, drifted, stranger, uncommitted
from services.console.watched.finding import Finding
from services.console.watched.rank import lasting_since, rank, worst_first
from services.console.watched.systems import System, systems
from services.console.wording import turns, words
from services.console.wording.saying import span

CLOCK_OFF_SECONDS = 30.0  # more than a beat can be late
SAID_ONE_BY_ONE = 2
MANY_EARLY = 100  # where a request and its follow-ups cross, it is a few, for seconds
FORGOTTEN = timedelta(minutes=10)  # a worker gone for longer, while others of its service live, was taken away


class Waiting(NamedTuple):
    """What the store knows: how many wait, and since when the oldest of them."""

    late: int = 0
    late_since: datetime | None = None
    person: Mapping[str, int] = {}  # by what is asked of them
    person_since: datetime | None = None
    letters: int = 0
    letters_since: datetime | None = None
    database_problem: str = ""
    database_since: datetime | None = None


def living(workers: Iterable[Heartbeat], now: datetime) -> list[Heartbeat]:
    """Without those that were taken away while others of their service live."""
    known = sorted(workers, key=lambda each: each.key)
    alive = {each.service for each in known if not silent(each, now)}
    return [each for each in known if not (each.service in alive and now - each.at > FORGOTTEN)]


def silent(worker: Heartbeat, now: datetime) -> bool:
    return (now - worker.at).total_seconds() > SILENT_SECONDS


def findings(
    waiting: Waiting,
    workers: Iterable[Heartbeat],
    behind: Iterable[Behind],
    broker_problem: str,
    broker_since: datetime | None,
    now: datetime,
    skews: Mapping[str, float] = {},
    standing: Iterable[Uncommitted] = (),
    strangers: Iterable[Stranger] = (),
    gone: Iterable[Lag] = (),
    drifts: Iterable[Drift] = (),
) -> list[Finding]:
    known = living(workers, now)
    found = [*away(broker_problem, broker_since), *_of_the_store(waiting)]
    found += [each for system in systems(known) for each in _carrier(system)]
    if not broker_problem:  # else nobody can be heard
        mine = list(behind)
        found += [*_silent(known, mine, now), *_behind(mine, known, now), *uncommitted(standing)]
        found += [*map(stranger, strangers), *deleted(gone), *deleted_before(known, now), *drifted(drifts)]
    found += [
        each
        for worker in known
        for each in (*_kept_back(worker), *_flood(worker), *_clock(worker, skews.get(worker.key, 0.0)))
    ]
    return worst_first(found, lambda each: rank(each.kind, lasting_since(each.since), each.waiting))


def _carrier(system: System) -> Iterator[Finding]:
    if system.away:
        zh, en = words.SYSTEMS.get(system.name, (system.name, system.name))
        title = Text(zh=f"{zh}没有响应", en=f"{en.capitalize()} does not answer")
        hurt = turns.WITHOUT.get(system.name, ("", ""))
        detail = Text(
            zh="；".join(filter(None, (hurt[0], f"最近：`{system.last_error}`", "会自动重试"))),
            en="; ".join(filter(None, (hurt[1], f"last: `{system.last_error}`", "tried again by itself"))),
        )
        yield Finding("carrier", "bad", title, detail, system.since, system.waiting, "/carrier")


def _silent(workers: list[Heartbeat], behind: list[Behind], now: datetime) -> Iterator[Finding]:
    whole = list[Finding]()
    for service in SERVICES:
        mine = [each for each in workers if each.service == service.name]
        gone = [each for each in mine if silent(each, now)]
        if not gone:
            continue
        zh, en = words.SERVICES[service.name]
        since = max(each.at for each in gone)
        if len(gone) == len(mine):
            title = Text(zh=f"{zh}服务没有响应", en=f"{en.capitalize()} is silent")
            detail = Text(zh="没有一个实例在运行，它的申请在等待", en="none of its workers runs; its requests wait")
            unread = sum(each.records for each in behind if each.group == service.name)
            whole.append(Finding("silent", "bad", title, detail, since, unread, "/workers"))
        else:
            names = ", ".join(each.worker for each in gone)
            title = Text(zh=f"{zh}的实例 `{names}` 没有响应", en=f"Worker `{names}` of {en} is silent")
            detail = Text(zh="其余实例已接手", en="the others have taken over")
            yield Finding("slow", "slow", title, detail, since, 0, "/workers")
    yield from whole if len(whole) <= SAID_ONE_BY_ONE else [_all_silent(whole)]


def _all_silent(services: list[Finding]) -> Finding:
    """So many at once have one cause: one line."""
    title = Text(zh=f"{len(services)} 个服务没有响应", en=f"{len(services)} services are silent")
    named = [each.title for each in services]
    zh = "、".join(each.zh.removesuffix("没有响应") for each in named)
    en = ", ".join(each.en.removesuffix(" is silent") for each in named)
    since = min(each.since for each in services if each.since)
    return Finding("silent", "bad", title, Text(zh=zh, en=en), since, sum(e.waiting for e in services), "/workers")


def _behind(behind: Iterable[Behind], workers: list[Heartbeat], now: datetime) -> Iterator[Finding]:
    """One line a group. Of one that is silent that was said already."""
    gone = {each.service for each in workers} - {each.service for each in workers if not silent(each, now)}
    late: dict[str, list[Behind]] = {}
    for each in behind:
        if each.verdict != "ok" and each.group not in gone:
            late.setdefault(each.group, []).append(each)
    for group, places in late.items():
        waits = next((w.waiting_for for w in workers if w.service == group and w.waiting_for), "")
        yield _of_group(group, places, waits, now)


def _of_group(group: str, places: list[Behind], waits: str, now: datetime) -> Finding:
    """The topic where it is furthest behind stands for all of them."""
    worst = max(places, key=lambda each: each.seconds)
    zh, en = words.SERVICES.get(group, (group, group))
    reason = Text(zh=f"，在等 `{waits}`", en=f", waits for `{waits}`") if waits else Text(zh="", en="")
    detail = Text(zh=f"`{worst.topic}`{reason.zh}", en=f"`{worst.topic}`{reason.en}")
    since, records = now - timedelta(seconds=worst.seconds), sum(each.records for each in places)
    if worst.verdict == "stalled":
        title = Text(zh=f"{zh}停滞", en=f"{en.capitalize()} has stalled")
        return Finding("stalled", "bad", title, detail, since, records, "/topics")
    title = Text(zh=f"{zh}跟不上", en=f"{en.capitalize()} falls behind")
    return Finding("slow", "slow", title, detail, since, records, "/topics")


def _kept_back(worker: Heartbeat) -> Iterator[Finding]:
    if worker.kept_back:
        zh, en = words.SERVICES.get(worker.service, (worker.service, worker.service))
        title = Text(zh=f"{zh}有 Kafka 拒收的记录", en=f"The broker refuses records of {en}")
        detail = Text(zh="其申请在等待，其余照常", en="their requests wait, all others go on")
        yield Finding("kept-back", "bad", title, detail, None, worker.kept_back, "/workers")


def _flood(worker: Heartbeat) -> Iterator[Finding]:
    """All others go on, so whoever does it is named and nobody else is said to wait."""
    if worker.slowed:
        who = _senders(worker.slowed)
        title = Text(zh="有发送方反复发送不合约定的记录", en="A sender breaks the contract again and again")
        detail = Text(zh=f"{who.zh}；其余照常", en=f"{who.en}; all others go on")
        yield Finding("flood", "slow", title, detail, None, 0, "/dead-letters")
    if worker.crowding:
        who = _senders(worker.crowding)
        title = Text(zh="有渠道发送的命令超出处理能力", en="A channel sends more commands than are decided")
        detail = Text(zh=f"{who.zh}：排队等待；其余照常", en=f"{who.en}: they wait; all others go on")
        yield Finding("flood", "slow", title, detail, None, 0, "/topics")
    for whose, number in sorted(worker.early.items()):
        if number >= MANY_EARLY:
            who = _senders((whose,))
            title = Text(zh="大量后续命令没有对应的申请", en="Many follow-ups have no request")
            detail = Text(zh=f"{who.zh}：{number} 件", en=f"{who.en}: {number} requests")
            yield Finding("flood", "slow", title, detail, None, 0, "/topics")


def _senders(named: Sequence[str]) -> Text:
    """Each is `source on topic`, both in their own words, which are code in any language."""
    apart = [each.replace("`", "'").rpartition(" on ") for each in named[:SAID_ONE_BY_ONE]]
    zh = "、".join(f"`{source}`（`{topic}`）" if source else f"`{topic}`" for source, _, topic in apart)
    en = ", ".join(f"`{source}` on `{topic}`" if source else f"`{topic}`" for source, _, topic in apart)
    more = len(named) - len(apart)
    return Text(zh=f"{zh}，另有 {more} 个", en=f"{en} and {more} more") if more else Text(zh=zh, en=en)


def _clock(worker: Heartbeat, skew: float) -> Iterator[Finding]:
    """Deadlines go by the clocks of workers, so one that is off is said."""
    if abs(skew) > CLOCK_OFF_SECONDS:
        zh, en = words.SERVICES.get(worker.service, (worker.service, worker.service))
        ahead = skew > 0
        title = Text(
            zh=f"{zh}的实例 `{worker.worker}` 时钟{'快' if ahead else '慢'}了 {span(abs(skew), 'zh')}",
            en=f"The clock of {en} `{worker.worker}` is {span(abs(skew), 'en')} {'ahead' if ahead else 'behind'}",
        )
        detail = Text(
            zh="它的时限会算错；请校准它的机器或本机的时钟", en="its deadlines are off: set its clock, or ours"
        )
        yield Finding("clock", "slow", title, detail, None, 0, "/workers")


def _of_the_store(waiting: Waiting) -> Iterator[Finding]:
    if waiting.database_problem:
        title = Text(zh="控制台的数据库没有响应", en="The console's database does not answer")
        detail = Text(zh="页面会自动恢复", en="the pages recover by themselves")
        yield Finding("database", "bad", title, detail, waiting.database_since, 0, "/workers")
    if waiting.late:
        title = Text(zh="承诺已逾期", en="Promises are late")
        detail = Text(zh="答应客户的日期已过", en="a date that was promised to a customer has passed")
        yield Finding("late", "bad", title, detail, waiting.late_since, waiting.late, "/requests?late=yes")
    if waiting.person:
        kinds = [(number, words.MANY_ASKED[kind]) for kind, number in waiting.person.items()]
        detail = Text(
            zh="、".join(f"{zh} {number}" for number, (zh, _) in kinds),
            en=", ".join(f"{en}: {number}" for number, (_, en) in kinds),
        )
        title = Text(zh="等待人工处理", en="Waiting for a person")
        yield Finding("person", "wait", title, detail, waiting.person_since, sum(waiting.person.values()), "/work")
    if waiting.letters:
        title = Text(zh="死信未处理", en="Dead letters are open")
        detail = Text(zh="无法使用的记录，等待处理", en="records that could not be used")
        yield Finding("letters", "wait", title, detail, waiting.letters_since, waiting.letters, "/dead-letters")
