"""Why a record of a channel is set aside instead of read, by its stable code, and what its publisher does about it."""

from contracts.words import Text

_OURS = Text(zh="无需处理：运维修复后会重新处理。", en="Nothing: it is decided once the operators have mended it.")
_HEADERS = Text(
    zh="补上或更正消息头，用新的 ce_id 重新发布。", en="Set the headers right and publish it again under a new ce_id."
)

SET_ASIDE: dict[str, tuple[Text, Text]] = {
    "empty-value": (
        Text(zh="记录没有内容。", en="The record has no value."),
        Text(zh="把命令作为 JSON 放进内容。", en="Put the command into the value, as JSON."),
    ),
    "headers-missing": (Text(zh="缺少 CloudEvents 头。", en="Headers of CloudEvents are missing."), _HEADERS),
    "headers-doubled": (Text(zh="同一个头出现两次。", en="A header is there twice."), _HEADERS),
    "headers-not-utf8": (Text(zh="头不是 UTF-8 文本。", en="A header is not text in UTF-8."), _HEADERS),
    "not-cloudevents-1.0": (Text(zh="不是 CloudEvents 1.0。", en="It is not CloudEvents 1.0."), _HEADERS),
    "unknown-type": (
        Text(zh="没有这种消息类型。", en="Nobody here knows this type of message."),
        Text(zh="核对 ce_type 的拼写和版本。", en="Compare ce_type, its version too, with contracts/asyncapi.json."),
    ),
    "breaks-contract": (
        Text(zh="内容不符合契约；原因里有字段名。", en="The value breaks the contract; the reason names the field."),
        Text(zh="按契约更正该字段，重新发布。", en="Correct that field and publish it again under a new ce_id."),
    ),
    "key-is-not-the-request": (
        Text(zh="键、ce_subject 与 request_id 不一致。", en="Key, ce_subject and request_id are not the same UUID."),
        Text(zh="三处使用同一个 UUID，不加引号。", en="Use one UUID for all three, without quotes around it."),
    ),
    "too-large": (
        Text(zh="内容过大。", en="The value is too large."),
        Text(zh="只发契约里的字段。", en="Send what the contract names and nothing more."),
    ),
    "not-yours-to-say": (
        Text(zh="该来源或主题不能发布这种消息。", en="This source or topic may not say this."),
        Text(
            zh="渠道只在自己的主题上、以自己的 ce_source 发布命令。",
            en="A channel publishes commands, on its own topic, with a ce_source of its own.",
        ),
    ),
    "not-signed": (
        Text(zh="涉及金额的事件没有有效签名。", en="An event about money has no valid signature."),
        Text(zh="只有本系统的服务发布这类事件。", en="Only our own services say such events: do not publish them."),
    ),
    "same-id-other-content": (
        Text(
            zh="同一来源、同一 ce_id 已经说过别的内容。", en="This source said something else under this ce_id before."
        ),
        Text(
            zh="新的内容用新的 ce_id；重发则内容不变。",
            en="Give new content a new ce_id; sent again, it stays as it was.",
        ),
    ),
    "not-an-event": (
        Text(zh="记录不是事件。", en="The record is no event."),
        Text(zh="渠道不使用该主题。", en="Publish to the topic of your channel only."),
    ),
    "decision-failed": (Text(zh="处理时出错（我们的问题）。", en="Deciding failed: a fault of ours."), _OURS),
    "cannot-be-stored": (Text(zh="结果无法存入数据库（我们的问题）。", en="What followed could not be stored."), _OURS),
}
