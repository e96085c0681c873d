"""Buttons that say that what was refused here is done elsewhere."""

from contracts.messages.ops import ElsewhereGround
from services.console.action import REFERENCE, Action, Field

NOTE = "elsewhere-note"


EVIDENCE = Field("evidence", "凭据编号", "Reference of what shows it", REFERENCE, "REFERENCE")


def _elsewhere(
    name: str, answer: str, ground: ElsewhereGround, zh: str, en: str, effect_zh: str, effect_en: str
) -> Action:
    command = ("elsewhere", "note", "{request}", "{incident}", ground, "{evidence}")
    words, body = (zh, en, effect_zh, effect_en), {"ground": ground}
    return Action(name, answer, NOTE, *words, command, fields=(EVIDENCE,), body=body, read=False)


ELSEWHERE = (
    _elsewhere(
        "switch-off",
        "off-elsewhere",
        ElsewhereGround.OFF,
        "已在别处关闭",
        "Off elsewhere",
        "这一项记为已关闭（如已换成别的业务），申请继续办理，不再请求关闭。",
        "The item counts as off, as where it was replaced; the request goes on and nobody is asked again.",
    ),
    _elsewhere(
        "port-code",
        "code-elsewhere",
        ElsewhereGround.OFF,
        "授权码已另行处理",
        "Code dealt with elsewhere",
        "号码去留已定后再记：随即核对是否转出，转出的结清账户，未转出的合约照旧，提前终止费退还。",
        "Once it is clear what becomes of the number: it is looked up at once. If it left, the account is settled; "
        "if it stays, the contract goes on and the fee for its early end goes back.",
    ),
    _elsewhere(
        "billed",
        "billed-elsewhere",
        ElsewhereGround.BILLED,
        "已在别处出账",
        "Billed elsewhere",
        "这笔费用或最终账单以凭据编号为准，此处不收也不退；客户会收到该编号。",
        "The fee or last bill is the one under the reference, which the customer is told; nothing of it moves here.",
    ),
    _elsewhere(
        "not-charged",
        "not-charged",
        ElsewhereGround.NOT_CHARGED,
        "不收这笔费用",
        "Not charged",
        "没有谁收这笔费用，申请继续办理；客户会收到凭据编号。",
        "Nobody takes this fee; the request goes on. The customer is told the reference.",
    ),
    _elsewhere(
        "refunded",
        "refunded-elsewhere",
        ElsewhereGround.REFUNDED,
        "已在别处退还",
        "Given back elsewhere",
        "这笔退款或减免以凭据编号为准，此处不再办理；客户会收到该编号。",
        "The refund or waiver is the one under the reference, which the customer is told; nothing moves here.",
    ),
)
MORE = {  # beside a retry, by how the incident begins
    "restore": ("reopening",),  # of a line that is to come back
    "switch-off:": ("switch-off",),
    "port-code": ("port-code",),
    "charge:settlement": ("billed", "not-charged"),
    "charge:dispute": ("billed", "not-charged"),
    "charge:account-dispute": ("billed", "not-charged"),
    "charge:reopening": ("reopening",),
    "charge:final-bill": ("billed",),
    "refund:final-bill": ("billed",),
    "refund:": ("refunded",),
    "waive:": ("refunded",),
    "final-": ("billed",),  # one that was refused, or makes no sense
}
