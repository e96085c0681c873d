"""Each stage in the customer's words: where the request is, and what happens next."""

from typing import NamedTuple

from contracts.words import Text

# what a customer sees before, beside, and after the stages of a case
RECEIVED, LOGIN, PORT_CODE = "received", "login-problem", "port-code"


class Words(NamedTuple):
    here: Text
    next: Text


def _words(here_zh: str, here_en: str, next_zh: str, next_en: str) -> Words:
    return Words(Text(zh=here_zh, en=here_en), Text(zh=next_zh, en=next_en))


_NOTHING_MORE = ("无需再做任何操作。", "Nothing more to do.")
WORDS = {
    RECEIVED: _words("已收到申请。", "The request is received.", "马上开始核对。", "It is checked in a moment."),
    LOGIN: _words(
        "已收到无法登录的反映。",
        "The login problem is received.",
        "核实账户状态后告知您；坐席可据此编号代办申请。",
        "The account is checked and you are told; an agent can file the request under this id.",
    ),
    "checking": _words(
        "正在核对申请内容。", "It is being checked.", "资料齐全即进入审核。", "If it is complete, it is reviewed."
    ),
    "in-review": _words("正在审核。", "It is under review.", "审核后出具费用确认单。", "Then you get a quote."),
    "information-required": _words(
        "需要您补充资料。", "More information is needed.", "请在期限前补充。", "Supply it before the deadline."
    ),
    "referred": _words(
        "已转人工审核。", "A person is looking at it.", "期限前会有结论。", "A decision comes before the deadline."
    ),
    "quoted": _words(
        "费用确认单已出具。",
        "The quote is ready.",
        "请阅读费用、影响和条款，并在期限前确认。",
        "Read fees, effects and clauses, and confirm before the deadline.",
    ),
    "confirmed": _words(
        "您已确认。",
        "You have confirmed.",
        "先结清费用，再按承诺日期终止。",
        "The fee is settled, then everything ends by the promised date.",
    ),
    "payment-failed": _words(
        "扣款未成功。", "The payment was declined.", "请在期限前再次支付。", "Pay again before the deadline."
    ),
    "settled": _words("费用已结清。", "The fee is settled.", "到期即关闭服务。", "The service ends on its date."),
    "scheduled": _words(
        "已排定终止日期。",
        "The end is scheduled.",
        "到期关闭服务；在此之前仍可撤回。",
        "The service ends on its date; until then you can still withdraw.",
    ),
    "switching-off": _words(
        "正在逐项关闭。", "The items are being switched off.", "全部关闭后告知您。", "You are told when all are off."
    ),
    "late": _words(
        "已超过承诺日期，正在加紧办理。",
        "The promised date has passed; it is being driven on.",
        "尽快关闭并告知您；延误期间的费用自动减免。",
        "It is switched off as soon as possible and you are told; what the delay costs is waived by itself.",
    ),
    "terminated": _words("服务已终止。", "The service has ended.", "随后送达最后通知。", "The last notice follows."),
    "closed": _words("已办结。", "The request is closed.", *_NOTHING_MORE),
    PORT_CODE: _words(
        "携号转网授权码已单独发给您。",
        "The code for your new carrier has been sent to you.",
        "请在期限前凭授权码到新的运营商办理携入；在此之前业务照常使用。",
        "Take it to your new carrier before the deadline; until you do, your services go on.",
    ),
    "reopening-requested": _words(
        "已办结；恢复申请正在处理。",
        "It is closed; you have asked for the line back.",
        "收取恢复费后逐项恢复。",
        "The fee is taken, then every item is restored.",
    ),
    "reopening-restoring": _words(
        "已办结；正在恢复号码。",
        "It is closed; the line is being restored.",
        "全部恢复后告知您。",
        "You are told when everything works again.",
    ),
    "reopening-reopened": _words(
        "已办结，号码已恢复使用。",
        "It is closed, and the line is back in use.",
        "如要再次销户，请提交新的申请。",
        "To close it again, submit a new request.",
    ),
    "returned": _words(
        "申请已退回。", "The request was returned.", "请逐项更正后重新提交。", "Correct each fault and submit again."
    ),
    "rejected": _words(
        "审核未通过。",
        "The request was rejected.",
        "按所列办法处理后可重新提交。",
        "Do what each ground says, then submit again.",
    ),
    "expired": _words(
        "期限已过，申请已失效。",
        "The deadline has passed; nothing was charged or switched off.",
        "如仍需办理，请重新提交。",
        "Submit again if you still want it.",
    ),
    "withdrawn": _words("您已撤回申请。", "You have withdrawn the request.", *_NOTHING_MORE),
    "failed": _words(
        "未能办理，服务保持不变。",
        "The request ended without effect; the service stays.",
        "如仍需办理，请重新提交。",
        "Submit again if you still want it.",
    ),
    "joined": _words(
        "同样的申请已在办理中。",
        "The same thing is already on its way.",
        "请查询 joined 所指的申请。",
        "Follow the request named in joined.",
    ),
}
# After a request has ended: what is still open, or could still be.
DISPUTE_OPEN = Text(
    zh="正在核查您的费用异议，期限前答复您。", en="Your fee dispute is being looked into; the answer comes by then."
)
COMPLAINT_OPEN = Text(
    zh="正在处理您的投诉，期限前答复您。", en="Your complaint is being looked into; the answer comes by then."
)
DISPUTABLE = Text(
    zh="无需再做任何操作；如对费用有异议，请在期限前提出。", en="Nothing more to do; a fee can be disputed until then."
)
