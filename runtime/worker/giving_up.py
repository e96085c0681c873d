"""Why an engine ends, or lets a record be."""

from policies.pack import PackError


class GaveUp(Exception):
    """The database or the broker was away for longer than our patience: end, and be restarted."""


class NotAllowed(GaveUp):
    """The broker answers and says no to all we say: a person has to grant it; the sentence says what."""


class Unpublishable(Exception):
    """The broker will never take this record (too large, not a valid record): the others are to go on."""


class Behind(GaveUp):
    """A later release has been here: stop, and leave what it wrote to its workers."""


class Older(GaveUp):
    """The database is one of before: stop, and let a person bring back what is missing."""


class Flood(GaveUp):
    """So many dead letters in a minute that the fault must be ours: stop, and let a person look first."""


# Starting again would only repeat it, so it stands down. For a Chinese page; in English each error says more itself.
STANDS_DOWN: dict[type[Exception], str] = {
    Flood: "一分钟内处理失败的消息过多，应是本服务自身有误；未丢失任何内容："
    "用 tuiding dead-letters list 查看，排除原因，重新启动，再重发。",
    Behind: "更新的版本写过这里，本版本不再处理，未丢失任何内容；请启动那个版本，见 docs/runbooks/upgrade.zh-CN.md。",
    Older: "数据库是较早的一份，缺少之后的内容；请按 docs/runbooks/restore.zh-CN.md 补齐后重新启动。",
    PackError: "规则包有误，不能使用；用 tuiding policy check 查看，改正后重新启动。",
}
