"""Why a record was set aside, as its reader wrote it down in English: in Chinese too where the sentence is ours."""

import re

from contracts.words import Text
from runtime.odd_packing import MARKED, TWICE, WIDE
from services.console.wording import words

STANDS_FOR = re.compile(r"(?P<why>.*); it stands for (?P<number>\d+) like it, at (?P<where>.*)", re.DOTALL)
OF_A_FIELD = re.compile(r"(?P<place>/\S*): (?P<why>.*)", re.DOTALL)
STRUCTURED, STRUCTURED_ZH = "structured mode: ", "结构化模式："
SPEAKERS_ONLY = "；那里另有规定的发布者"
FORMATS = re.compile("[A-Z][A-Z0-9-]+")
SENTENCES: tuple[tuple[str, str], ...] = (  # groups are code in every language
    (r"missing (.+)", "缺少 {}"),
    (r"ce_specversion is (.+), expected '1\.0'", "`ce_specversion` 是 {}，应为 `1.0`"),
    (r"nobody here knows the type (.+)", "没有服务认识类型 {}"),
    (r"the record has no value", "记录没有内容"),
    (r"(\d+) bytes, allowed (\d+)", "共 {} 字节，最多 {}"),
    (r"a header is not UTF-8 text", "有消息头不是 `UTF-8` 文本"),
    (r"(\S+) is there twice, so it could mean two things", "消息头 {} 出现两次，含义不明"),
    (r"a field is there twice", "有字段出现两次"),
    (
        r"key, ce_subject and request_id must be the same request id",
        "键、`ce_subject` 与 `request_id` 必须是同一个申请编号",
    ),
    (
        r"its source said another command under this id before, and that one counts: each has its own id",
        "同一来源此前用这个编号说过另一条命令，以那条为准；每条命令要有自己的编号",
    ),
    (r"(\S+) for the channel (\S+) on (\S+), where speaks only: .+", "{} 代渠道 {} 发布在 {} 上" + SPEAKERS_ONLY),
    (r"(.+) from (.+) on (\S+), where speaks only: .+", "{} 由 {} 发布在 {} 上" + SPEAKERS_ONLY),
    (r"what a service says has its type in the header ce_type", "服务发布的事件须在消息头 `ce_type` 里写明类型"),
    (r"(\S+) must be signed by a key that is known, not (.+)", "{} 须由已知的密钥签名，而不是 {}"),
    (r"the key (.+) does not speak for (.+)", "密钥 {} 不代表 {}"),
    (r"the signature by (.+) is not of this record", "密钥 {} 的签名不属于这条记录"),
    *((re.escape(each.en), FORMATS.sub(r"`\g<0>`", each.zh)) for each in (MARKED, WIDE, TWICE)),
    # of a field, as the library that reads messages says it
    (r"Field required", "缺少此字段"),
    (r"Extra inputs are not permitted", "约定中没有此字段"),
    (r"Invalid JSON: (.+)", "不是有效的 `JSON`：{}"),
    (r"String should match pattern (.+)", "格式不对，应符合 {}"),
    (r"String should have at most (\d+) characters?", "过长，最多 {} 个字符"),
    (r"String should have at least (\d+) characters?", "过短，至少 {} 个字符"),
    (r"\w+ should have at most (\d+) items? after validation, not (?:more|\d+)", "过多，最多 {} 项"),
    (r"\w+ should have at least (\d+) items? after validation, not \d+", "过少，至少 {} 项"),
    (r"Input should be a valid string", "应为文本"),
    (r"Input should be a valid integer.*", "应为整数"),
    (r"Input should be a valid boolean.*", "应为 `true` 或 `false`"),
    (r"Input should be a valid (?:list|tuple|array)", "应为列表"),
    (r"Input should be (?:an object|a valid dictionary.*)", "应为对象"),
    (r"Input should be greater than or equal to (.+)", "不能小于 {}"),
    (r"Input should be less than or equal to (.+)", "不能大于 {}"),
    (r"Input should be greater than (.+)", "必须大于 {}"),
    (r"Input should be less than (.+)", "必须小于 {}"),
    (r"Input should (?:be a valid (?:datetime|date)|have timezone info|be written out).*", "应写明日期、时刻和时差"),
    (r"Input should be ('.+)", "只能是 {}"),
)
KNOWN = tuple((re.compile(english, re.DOTALL), chinese) for english, chinese in SENTENCES)


def in_words(reason: str) -> Text:
    """What nobody has translated stands in backticks: code in any language."""
    return Text(zh=_chinese(reason.replace("`", "'")), en=reason.replace("`", "'"))


def with_code(told: str) -> Text:
    """Of `code: reason`, as a dry run says why it would fail again."""
    code, _, reason = told.partition(": ")
    if code not in words.LETTER_CODES:
        return in_words(told)
    zh, en = words.LETTER_CODES[code]
    why = in_words(reason)
    return Text(zh=f"{zh}：{why.zh}", en=f"{en}: {why.en}")


def _chinese(reason: str) -> str:
    if many := STANDS_FOR.fullmatch(reason):
        return f"{_chinese(many['why'])}；代表 {many['number']} 条同样的记录，位于 `{many['where']}`"
    if reason.startswith(STRUCTURED):
        return STRUCTURED_ZH + _chinese(reason.removeprefix(STRUCTURED))
    faults = reason.split("; /")
    if reason.startswith("/"):
        return "；".join(_of_a_field(each if each.startswith("/") else f"/{each}") for each in faults)
    return _sentence(reason)


def _of_a_field(fault: str) -> str:
    found = OF_A_FIELD.fullmatch(fault)
    return f"`{found['place']}` {_sentence(found['why'])}" if found else _sentence(fault)


def _sentence(english: str) -> str:
    for known, chinese in KNOWN:
        if found := known.fullmatch(english):
            return chinese.format(*(f"`{each}`" for each in found.groups()))
    return f"`{english}`" if english else ""
