"""Every code a channel's HTTP door may answer with: its status, and in both languages what it means and what to do."""

from typing import NamedTuple

from contracts.refusals import REFUSALS
from contracts.words import Text


class Code(NamedTuple):
    status: int
    title: Text
    hint: Text


def _code(status: int, title: tuple[str, str], hint: tuple[str, str]) -> Code:
    return Code(status, Text(zh=title[0], en=title[1]), Text(zh=hint[0], en=hint[1]))


_SAME_KEY = ("用同一个 Idempotency-Key 重发即可，不会重复办理。", "Send the same again with the same Idempotency-Key.")
_FIX_FIELDS = ("请按 errors 中的位置逐项更正。", "Correct each place named in errors.")

DOOR = {
    "no-such-address": _code(
        404, ("没有这个地址。", "Nothing lives at this address."), ("见 /openapi.json。", "See /openapi.json.")
    ),
    "method-not-allowed": _code(
        405,
        ("该地址不接受此方法。", "This address does not take that method."),
        ("请使用 Allow 头列出的方法。", "Use a method from the Allow header."),
    ),
    "refused-by-server": _code(
        400, ("无法处理该请求。", "The request cannot be handled."), ("见 /openapi.json。", "See /openapi.json.")
    ),
    "too-large": _code(
        413, ("请求体过大。", "The body is too large."), ("一份申请只有几百字节。", "A request is a few hundred bytes.")
    ),
    "not-json": _code(
        415,
        ("请求体不是 JSON。", "The body is not JSON."),
        ("请发送 Content-Type: application/json。", "Send Content-Type: application/json."),
    ),
    "not-utf8": _code(
        400, ("请求体不是 UTF-8。", "The body is not UTF-8."), ("请用 UTF-8 编码。", "Encode it as UTF-8.")
    ),
    "malformed": _code(
        400, ("请求体不是合法的 JSON。", "The body is not JSON."), ("请发送一个 JSON 对象。", "Send one JSON object.")
    ),
    "duplicate-key": _code(
        400,
        ("同一对象中有重复的字段。", "A field is there twice."),
        ("每个字段只写一次。", "Write each field once: readers disagree on which one counts."),
    ),
    "not-a-number": _code(
        400,
        ("NaN 和 Infinity 不是 JSON 数值。", "NaN and Infinity are not JSON."),
        ("请写普通数字。", "Write a plain number."),
    ),
    "too-deep": _code(
        400,
        ("嵌套层数过多。", "The body is nested too deep."),
        ("申请只需要两三层。", "A request needs two or three levels."),
    ),
    "invalid": _code(422, ("字段不符合约定。", "Some fields are not as agreed."), _FIX_FIELDS),
    "key-missing": _code(
        400,
        ("缺少 Idempotency-Key。", "The Idempotency-Key header is missing."),
        ("请为每次提交自选一个唯一值，重试时不变。", "Choose one unique value a submission and repeat it on a retry."),
    ),
    "key-malformed": _code(
        400,
        ("Idempotency-Key 格式不对。", "The Idempotency-Key header cannot be read."),
        ("一个值,1 到 200 个可见 ASCII 字符。", "Send one value of 1 to 200 visible ASCII characters."),
    ),
    "key-reused": _code(
        422,
        ("该 Idempotency-Key 已用于另一份内容。", "This Idempotency-Key was used for something else."),
        ("新的内容请换一个新值。", "Take a new key for a new body or address."),
    ),
    "key-in-use": _code(
        409,
        ("同一 Idempotency-Key 的请求正在处理。", "The first request with this Idempotency-Key is still running."),
        ("请稍候用同一值重试。", "Wait a second and send the same again."),
    ),
    "wrong-login-problem": _code(
        422, ("login_problem 对不上。", "login_problem names no waiting login problem of this line."), _FIX_FIELDS
    ),
    "unknown-subscription": _code(
        404,
        ("查不到该用户。", "The carrier knows no such subscription."),
        ("请核对用户编号。", "Check the subscription reference."),
    ),
    "line-ended": _code(
        409,
        ("该号码已经销户。", "This line has ended already."),
        ("无需再办理；如号码有误，请更正。", "Nothing more to do. If it is the wrong line, correct the subscription."),
    ),
    "cannot-be-priced": _code(
        409,
        ("费用暂时无法计算。", "What this would cost cannot be worked out."),
        ("请提交申请，由人工核实。", "Submit a request: a person will look into it."),
    ),
    "carrier-refused": _code(
        502,
        ("运营商系统拒绝了查询。", "The carrier's system refused to answer."),
        ("请稍后再试；如持续出现请联系运维。", "Try again later; if it stays, tell the operators."),
    ),
    "carrier-away": _code(
        503,
        ("运营商系统暂时没有应答。", "The carrier's system does not answer for now."),
        ("请稍后再试。", "Try again in a few seconds."),
    ),
    "quotes-away": _code(
        503,
        ("费用试算暂时不可用。", "Quotes are not available for now."),
        ("请稍后再试；提交申请不受影响。", "Try again in a few seconds; requests can still be submitted."),
    ),
    "broker-away": _code(503, ("消息系统没有收下该请求。", "The broker did not take the request."), _SAME_KEY),
    "store-away": _code(503, ("数据库暂时没有应答。", "The database does not answer for now."), _SAME_KEY),
    "our-fault": _code(500, ("我们这里出错了。", "Something is wrong on our side."), _SAME_KEY),
}
STATUS_OF_A_REFUSAL = {"unknown-request": 404, "subscription-missing": 422}
CODES = DOOR | {
    code: Code(STATUS_OF_A_REFUSAL.get(code, 409), reason, hint) for code, (reason, hint) in REFUSALS.items()
}
