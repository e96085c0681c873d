"""The codes every HTTP door may answer with: their status, and in both languages what they mean and what to do.

What only one service says stands in a table beside its door: `CODES = GENERAL | {...}`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from contracts.words import Text


class Code(NamedTuple):
    status: int
    title: Text
    hint: Text


Codes = Mapping[str, Code]


def code(status: int, title: tuple[str, str], hint: tuple[str, str]) -> Code:
    """Each text in Chinese and English."""
    return Code(status, Text(zh=title[0], en=title[1]), Text(zh=hint[0], en=hint[1]))


def business(refusals: Mapping[str, tuple[Text, Text]], **statuses: int) -> dict[str, Code]:
    """The contract's own words for a business no; 409 where no other status is given."""
    return {name: Code(statuses.get(name.replace("-", "_"), 409), *texts) for name, texts in refusals.items()}


_SAME_KEY = ("用同一个 Idempotency-Key 重发即可，不会重复办理。", "Send the same again with the same Idempotency-Key.")
_LATER = (
    "请按 Retry-After 稍候再发；提交类请求沿用原来的 Idempotency-Key，不会重复办理。",
    "Wait as long as Retry-After says and send the same again, a submission with the Idempotency-Key it had.",
)
_ONCE_MORE = (
    "请重发，沿用原来的 Idempotency-Key，不会重复办理；仍然如此，请把时间告知运营方，原因在其日志中。",
    "Send the same again, with the Idempotency-Key it had; if it stays so, tell the operator when: the log says why.",
)
FIX_FIELDS = ("请按 errors 中的位置逐项更正。", "Correct each place named in errors.")

GENERAL = {
    "no-such-address": code(
        404, ("没有这个地址。", "Nothing lives at this address."), ("见 /openapi.json。", "See /openapi.json.")
    ),
    "method-not-allowed": code(
        405,
        ("该地址不接受此方法。", "This address does not take that method."),
        ("请使用 Allow 头列出的方法。", "Use a method from the Allow header."),
    ),
    "refused-by-server": code(
        400, ("无法处理该请求。", "The request cannot be handled."), ("见 /openapi.json。", "See /openapi.json.")
    ),
    "not-http": code(
        400, ("无法解析该 HTTP 请求。", "This is not HTTP."), ("请使用 HTTP/1.1。", "Send a request of HTTP/1.1.")
    ),
    "host-unclear": code(
        400,
        ("Host 头缺失、重复或格式不对。", "The Host header is missing, there twice, or no name."),
        ("请发送恰好一个 Host。", "Send exactly one Host."),
    ),
    "host-unknown": code(
        421,
        ("本服务不使用这个名称。", "This service does not answer to that name."),
        (
            "请用它自己的地址，或把名称加入 TUIDING_ALLOWED_HOSTS。",
            "Use its own address, or add it to TUIDING_ALLOWED_HOSTS.",
        ),
    ),
    "foreign-origin": code(
        403,
        ("不接受其他网站的页面提交。", "Pages of another site may not send this."),
        ("请从本系统的页面、命令行或程序提交。", "Send it from a page of this service, the command line or a program."),
    ),
    "too-slow": code(
        408,
        ("请求未在规定时间内发完。", "The request took too long to arrive."),
        ("请一次发完整个请求。", "Send the whole request at once."),
    ),
    "headers-too-large": code(
        431,
        ("请求头过大。", "The headers are too large."),
        ("请求头只需几百字节。", "Send a few hundred bytes of headers."),
    ),
    "stands-down": code(
        503,
        ("该服务已停下，等待人工处理后重新启动。", "This service stands down until a person restarts it."),
        ("原因见 detail；重新启动后再发。", "Its detail says why; send the same again once it has been restarted."),
    ),
    "too-busy": code(
        503,
        ("目前请求过多。", "Too many requests wait already."),
        ("请按 Retry-After 再试。", "Try again after Retry-After seconds."),
    ),
    "too-large": code(
        413, ("请求体过大。", "The body is too large."), ("一份申请只有几百字节。", "A request is a few hundred bytes.")
    ),
    "not-json": code(
        415,
        ("请求体不是 JSON。", "The body is not JSON."),
        ("请发送 Content-Type: application/json。", "Send Content-Type: application/json."),
    ),
    "not-utf8": code(
        400, ("请求体不是 UTF-8。", "The body is not UTF-8."), ("请用 UTF-8 编码。", "Encode it as UTF-8.")
    ),
    "malformed": code(
        400, ("请求体不是合法的 JSON。", "The body is not JSON."), ("请发送一个 JSON 对象。", "Send one JSON object.")
    ),
    "duplicate-key": code(
        400,
        ("同一对象中有重复的字段。", "A field is there twice."),
        ("每个字段只写一次。", "Write each field once: readers disagree on which one counts."),
    ),
    "not-a-number": code(
        400,
        ("NaN 和 Infinity 不是 JSON 数值。", "NaN and Infinity are not JSON."),
        ("请写普通数字。", "Write a plain number."),
    ),
    "too-deep": code(
        400,
        ("嵌套层数过多。", "The body is nested too deep."),
        ("申请只需要两三层。", "A request needs two or three levels."),
    ),
    "invalid": code(422, ("字段不符合约定。", "Some fields are not as agreed."), FIX_FIELDS),
    "key-missing": code(
        400,
        ("缺少 Idempotency-Key。", "The Idempotency-Key header is missing."),
        ("请为每次提交自选一个唯一值，重试时不变。", "Choose one unique value a submission and repeat it on a retry."),
    ),
    "key-malformed": code(
        400,
        ("Idempotency-Key 格式不对。", "The Idempotency-Key header cannot be read."),
        ("一个值,1 到 200 个可见 ASCII 字符。", "Send one value of 1 to 200 visible ASCII characters."),
    ),
    "key-reused": code(
        422,
        ("该 Idempotency-Key 已用于另一份内容。", "This Idempotency-Key was used for something else."),
        ("新的内容请换一个新值。", "Take a new key for a new body or address."),
    ),
    "key-in-use": code(
        409,
        ("同一 Idempotency-Key 的请求正在处理。", "The first request with this Idempotency-Key is still running."),
        ("请稍候用同一值重试。", "Wait a second and send the same again."),
    ),
    "broker-away": code(503, ("消息系统没有收下该请求。", "The broker did not take the request."), _SAME_KEY),
    "store-away": code(503, ("数据库暂时没有应答。", "The database does not answer for now."), _LATER),
    "later-release": code(
        503,
        ("系统正在升级，该申请由新版本处理。", "An upgrade is under way, and a newer release has this request."),
        _SAME_KEY,
    ),
    "our-fault": code(500, ("我们这里出错了。", "Something is wrong on our side."), _ONCE_MORE),
}
