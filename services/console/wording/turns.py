"""Of each stage: what it waits for, whose turn it is, what to do; (Chinese, English)."""

Pair = tuple[str, str]
OURS: Pair = ("现在轮到我们。", "It is our turn.")
CUSTOMERS: Pair = ("现在轮到客户。", "It is the customer's turn.")
BY_ITSELF: Pair = ("无需处理，会自动继续。", "Nothing is to be done: it goes on by itself.")
REMINDED: Pair = ("无需处理；到期会自动提醒或结束。", "Nothing is to be done: it reminds or ends by itself when due.")
THEIRS: Pair = ("现在轮到对方系统。", "It is that system's turn.")
BY_RETRYING: Pair = (
    "会自动重试，不会重复办理；系统恢复后继续。",
    "It is tried again by itself and goes on once the system answers.",
)
STILL_FREE: Pair = ("客户仍可撤回。", "The customer can still withdraw.")
TURNS: dict[str, tuple[Pair, Pair, Pair]] = {  # stage -> what it waits for, whose turn, what to do
    "account-checked": (("已核查账户，正在继续", "The account was checked"), OURS, BY_ITSELF),
    "checking": (("正在核对资料", "The data are being checked"), OURS, BY_ITSELF),
    "in-review": (("正在审核", "It is in review"), OURS, BY_ITSELF),
    "information-required": (("等客户补充资料", "It waits for papers from the customer"), CUSTOMERS, REMINDED),
    "referred": (
        ("等人工审核", "It waits for a person's review"),
        OURS,
        ("请在待办中决定。", "Decide it under Work."),
    ),
    "approved": (("审核通过，正在算费用", "It was approved and is being priced"), OURS, BY_ITSELF),
    "quoted": (("等客户确认费用", "It waits for the customer to confirm the quote"), CUSTOMERS, REMINDED),
    "confirmed": (("客户已确认，正在收费", "The customer confirmed; the fee is being settled"), OURS, BY_ITSELF),
    "payment-failed": (
        ("支付失败，等客户再次支付", "The payment failed; it waits for a second one"),
        CUSTOMERS,
        REMINDED,
    ),
    "settled": (("费用已结清，正在排期", "The fee is settled; the end is being scheduled"), OURS, BY_ITSELF),
    "scheduled": (
        ("通知期内，到期关闭", "The notice period runs"),
        STILL_FREE,
        BY_ITSELF,
    ),
    "switching-off": (("正在逐项关闭", "Items are being switched off"), OURS, BY_ITSELF),
    "late": (
        ("已过承诺的日期，仍在关闭", "The promised date has passed, items are still on"),
        OURS,
        ("延误的费用自动免收；看看对方系统。", "What the delay costs is waived; look at the system that is asked."),
    ),
    "terminated": (("已关闭，正在告知客户", "It has ended; the customer is being told"), OURS, BY_ITSELF),
    "": (("正在办理", "It is under way"), OURS, BY_ITSELF),
}
ASKED_AT = {  # the system of the carrier that a stage cannot end without
    "checking": "crm",
    "confirmed": "charging",
    "switching-off": "provisioning",
    "late": "provisioning",
    "terminated": "messaging",
}
WHOSE: dict[str, Pair] = {  # on the time axis, in the order of its key
    "customer": ("等客户", "the customer"),
    "person": ("等人工处理", "a person in operations"),
    "carrier": ("等运营商系统", "the carrier's systems"),
    "day": ("等约定的日期", "the agreed day"),
    "ours": ("我们在办", "ours"),
    "late": ("已过承诺日期", "past the promise"),
    "after": ("办结之后", "after its end"),
}
WITHOUT: dict[str, Pair] = {  # each system of the carrier: whom it hurts that it is away
    "crm": ("新申请无法核对", "new requests cannot be checked"),
    "charging": ("收费、退款和末次账单都在等", "charges, refunds and final bills wait"),
    "provisioning": ("业务关不了，也恢复不了", "nothing can be switched off or on again"),
    "messaging": ("客户收不到通知，申请不能办结", "customers are not told, so no request can be closed"),
}
CALL_THEM: Pair = (
    "请联系维护该系统的人。这里不用重启：数据不丢，系统恢复后自动继续。",
    "Call whoever runs it. Nothing has to be started again here: nothing is lost, and all goes on once it answers.",
)
ONCE_MENDED: Pair = (
    "原因排除后请重试；已办的不会再办一次。",
    "Once the cause is gone, try again: what was done is not done twice.",
)
