"""What to do about a dead letter, by the code it was set aside with: (Chinese, English)."""

Pair = tuple[str, str]
TELL: Pair = (
    "请告诉渠道，由它改好后重新发布；这里放弃即可，原样重发还会失败。",
    "Tell the channel, who publishes it anew once mended; discard it here: sent again as it is, it fails again.",
)
WHO_WROTE: Pair = (
    "不是发送者可以说的话，或没有有效签名：先查是谁写的，再决定放弃。",
    "Not the sender's to say, or not signed: find out who wrote it before you discard it.",
)
NEWER: Pair = (
    "发布者比读它的服务新，或类型写错了：升级后重发；写错的就放弃。",
    "Its publisher is newer than the reader, or misspelt the type: upgrade, then send it again; or discard it.",
)
OURS: Pair = (
    "是我们的错误：交给开发人员，修好并部署之后重发。",
    "It is our fault: hand it to the developers, and send it again once the mend is deployed.",
)
CURES: dict[str, Pair] = {
    **dict.fromkeys(("empty-value", "headers-missing", "headers-doubled", "headers-not-utf8"), TELL),
    **dict.fromkeys(("not-cloudevents-1.0", "breaks-contract", "key-is-not-the-request", "too-large"), TELL),
    "same-id-other-content": TELL,
    **dict.fromkeys(("not-yours-to-say", "not-signed"), WHO_WROTE),
    **dict.fromkeys(("unknown-type", "not-an-event"), NEWER),
    **dict.fromkeys(("decision-failed", "cannot-be-stored"), OURS),
}
