"""How a clock stands right now and what it is called, for operators: late, within the hour, today. Pure."""

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from contracts.messages.commands import ComplaintLevel
from contracts.words import Text
from policies.clocks.clock import Clock

State = Literal["late", "hour", "today", "running", "paused", "kept", "kept-late", "lapsed", "over"]
STILL_ON: tuple[State, ...] = ("late", "hour", "today", "running", "paused")
HOUR = timedelta(hours=1)


def state_of(clock: Clock, now: datetime, zone: ZoneInfo, ended: bool = False) -> State:
    """`ended`: the request is over, so that what the customer did not do in time has lapsed and nobody waits for it."""
    if clock.met_at is not None and clock.met_at <= now:
        return "over" if clock.met_by == "time" else "kept-late" if clock.breached else "kept"
    if any(pause.ended is None for pause in clock.paused_by):
        return "paused"
    if now >= clock.due:
        return "lapsed" if ended and clock.owed_by == "customer" else "late"
    if clock.due - now <= HOUR:
        return "hour"
    same_day = clock.due.astimezone(zone).date() == now.astimezone(zone).date()
    return "today" if same_day else "running"


def title_of(clock: Clock) -> Text:
    """投诉答复（协会）, complaint answer (association)."""
    name, _, level = clock.name.partition(":")
    title = TITLES.get(name, Text(zh=name, en=name))
    if not level:
        return title
    at = LEVELS.get(level, Text(zh=level, en=level))
    return Text(zh=f"{title.zh}（{at.zh}）", en=f"{title.en} ({at.en})")


TITLES = {
    "review-decision": Text(zh="审核决定", en="review decision"),
    "information-answer": Text(zh="补充资料期限", en="information deadline"),
    "quote-validity": Text(zh="费用确认单有效期", en="quote validity"),
    "payment-retry": Text(zh="再次支付期限", en="second payment"),
    "notice-period": Text(zh="通知期", en="notice period"),
    "termination-promise": Text(zh="终止承诺", en="termination promise"),
    "complaint-answer": Text(zh="投诉答复", en="complaint answer"),
    "dispute-answer": Text(zh="费用异议答复", en="dispute answer"),
    "dispute-window": Text(zh="费用异议期", en="dispute window"),
    "number-quarantine": Text(zh="号码冷冻期", en="number quarantine"),
}
LEVELS: dict[str, Text] = {
    ComplaintLevel.OPERATOR: Text(zh="运营商", en="operator"),
    ComplaintLevel.ASSOCIATION: Text(zh="消费者协会", en="association"),
    ComplaintLevel.COURT: Text(zh="法院", en="court"),
}
STATES: dict[State, Text] = {
    "late": Text(zh="已逾期", en="late"),
    "hour": Text(zh="1 小时内到期", en="due within an hour"),
    "today": Text(zh="今天到期", en="due today"),
    "running": Text(zh="进行中", en="running"),
    "paused": Text(zh="暂停", en="standing still"),
    "kept": Text(zh="按时完成", en="kept"),
    "kept-late": Text(zh="逾期完成", en="kept late"),
    "lapsed": Text(zh="已失效", en="lapsed"),
    "over": Text(zh="期满", en="over"),
}
OWED_BY = {
    "carrier": Text(zh="运营商", en="carrier"),
    "customer": Text(zh="客户", en="customer"),
    "nobody": Text(zh="无", en="nobody"),
}
