"""What is wrong at the broker: it is away, a transaction hangs, others read in our groups, topics lose records."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from contracts.flow import SERVICES, group_id
from contracts.health import Heartbeat
from contracts.words import Text
from runtime.kafka.drift import UNSEEN, Drift
from runtime.kafka.lag import Lag
from runtime.kafka.members import Stranger
from runtime.kafka.uncommitted import Uncommitted
from services.console.watched.finding import Finding
from services.console.wording import words

T = TypeVar("T")
MOST_NAMED = 3
TOLD_FOR = timedelta(days=1)
OF_GROUP = {group_id(service.name): service.name for service in SERVICES}


def away(problem: str, since: datetime | None) -> Iterator[Finding]:
    if problem:
        title = Text(zh="消息系统 Kafka 没有响应", en="The broker does not answer")
        detail = Text(
            zh="各服务会自动等待，数据不丢失；以下为之前的情况。", en=f"{problem} Services wait by themselves."
        )
        yield Finding("broker", "bad", title, detail, since, 0, "/topics")


def uncommitted(standing: Iterable[Uncommitted]) -> Iterator[Finding]:
    """One line a topic: the partition where records have waited longest."""
    hanging = (each for each in standing if each.hangs)
    for topic, mine in _together(hanging, lambda each: each.topic):
        worst = max(mine, key=lambda each: each.seconds)
        place = f"`{topic}[{worst.partition}]`"
        who = f"`{worst.source or '?'}`"
        title = Text(zh="未结束的事务挡住了读取", en="An open transaction holds back a topic")
        cure = f"`tuiding topics abort {topic} {worst.partition}`"
        detail = Text(
            zh=f"{place} 自位置 {worst.offset} 起谁也读不到，开始者 {who}；结束它：{cure}",
            en=f"nobody reads {place} from offset {worst.offset} on, begun by {who}; end it: {cure}",
        )
        waiting = sum(each.records for each in mine)
        yield Finding("uncommitted", "bad", title, detail, worst.since, waiting, f"/topics/{topic}")


def stranger(each: Stranger) -> Finding:
    zh, en = words.SERVICES[OF_GROUP[each.group]]
    title = Text(zh=f"陌生程序在读取{zh}的记录", en=f"A stranger reads what {en} should hear")
    who, has = f"`{each.client}` ({each.host})", f"`{', '.join(each.partitions[:MOST_NAMED]) or '–'}`"
    detail = Text(
        zh=f"{who} 加入了消费组 `{each.group}`，占用 {has} 等 {len(each.partitions)} 个分区；让它停止或换组",
        en=f"{who} is in the group `{each.group}` and has {len(each.partitions)} of its partitions ({has}); end it, "
        "or give it a group of its own",
    )
    return Finding("stranger", "bad", title, detail, None, 0, "/topics")


def deleted(lags: Iterable[Lag]) -> Iterator[Finding]:
    """One line a group; it stands until the group goes on behind the gap."""
    gone = (each for each in lags if each.deleted)
    for group, mine in _together(gone, lambda each: each.group):
        zh, en = words.SERVICES[OF_GROUP[group]]
        worst, records = max(mine, key=lambda each: each.deleted), sum(each.deleted for each in mine)
        place = f"`{worst.topic}[{worst.partition}]`"
        title = Text(zh=f"{zh}未读的记录已被删除", en=f"Records went before {en} had read them")
        detail = Text(
            zh=f"{records} 条，{place} 自位置 {worst.committed} 起；查明是谁删的：`tuiding topics verify`",
            en=f"{records} of them, {place} from offset {worst.committed} on; find out why: `tuiding topics verify`",
        )
        yield Finding("deleted", "bad", title, detail, None, 0, f"/topics/{worst.topic}")


def deleted_before(workers: Iterable[Heartbeat], now: datetime) -> Iterator[Finding]:
    """What the broker tells of no more, once a service goes on behind the gap; told for a day."""
    for each in workers:
        if each.gone_at is None or now - each.gone_at > TOLD_FOR:
            continue
        zh, en = words.SERVICES.get(each.service, (each.service, each.service))
        worst, records = max(each.gone, key=lambda topic: each.gone[topic]), sum(each.gone.values())
        title = Text(zh=f"{zh}未读的记录已被删除", en=f"Records went before {en} had read them")
        detail = Text(
            zh=f"至多 {records} 条，多数在 `{worst}`；它已继续往下读。查明是谁删的：`tuiding topics verify`",
            en=f"{records} of them at most, mostly on `{worst}`; it has gone on behind them. Find out why: "
            "`tuiding topics verify`",
        )
        if not records:
            title = Text(zh=f"{zh}所读的主题被删除后重建", en=f"A topic that {en} reads was deleted and made again")
            detail = Text(
                zh=f"`{worst}`：其中未读的记录已不在，条数无从得知；它已从头往下读。卡住的申请：`tuiding top`",
                en=f"`{worst}`: what lay there unread is gone, nobody can tell how much; it reads on from the "
                "beginning. Requests that are stuck: `tuiding top`",
            )
        yield Finding("deleted", "bad", title, detail, each.gone_at, 0, f"/topics/{worst}")


def drifted(drifts: Iterable[Drift]) -> Iterator[Finding]:
    """One line a remedy. What an administrator set otherwise loses or refuses records later; no service can tell."""
    for cure, mine in _together((each for each in drifts if each.remedy), lambda each: each.remedy):
        named = [f"{each.topic}: {each.found} ({each.wanted})" for each in mine]
        told = "; ".join([*named[:MOST_NAMED], *(["…"] if len(named) > MOST_NAMED else [])])
        title = Text(zh="Kafka 的主题与约定不符", en="Topics on the broker are not as they must be")
        if mine[0] == UNSEEN:
            title = Text(zh="看不到 Kafka 主题的设置", en="Nobody sees how topics on the broker are set")
        detail = Text(zh=f"`{told}`。`{cure}`", en=f"`{told}`. `{cure}`")
        yield Finding("topics", "bad", title, detail, None, 0, "/topics")


def _together(found: Iterable[T], name: Callable[[T], str]) -> Iterable[tuple[str, list[T]]]:
    named: dict[str, list[T]] = {}
    for each in found:
        named.setdefault(name(each), []).append(each)
    return named.items()
