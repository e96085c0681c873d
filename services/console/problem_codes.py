"""The problem codes that only the console answers with."""

from contracts.refusals import REFUSALS
from runtime.http.problem_codes import GENERAL, business, code

CODES = (
    GENERAL
    | business({name: REFUSALS[name] for name in ("unknown-request", "nothing-to-retry")}, unknown_request=404)
    | {
        "unknown-page": code(
            404, ("没有这个页面。", "There is no such page."), ("请返回首页。", "Go back to the first page.")
        ),
        "door-away": code(
            503,
            ("受理服务没有应答。", "Intake's door does not answer."),
            ("请检查 TUIDING_INTAKE，稍后再试。", "Check TUIDING_INTAKE, and try again."),
        ),
        "unknown-dead-letter": code(
            404,
            ("该位置没有死信。", "There is no dead letter at this place."),
            ("GET /v1/dead-letters 列出全部。", "GET /v1/dead-letters lists them all."),
        ),
        "already-redriven": code(
            409,
            ("已经重新投递过。", "It was redriven already."),
            ("如再次失败，会成为新的死信。", "If it fails again, it comes back as a new dead letter."),
        ),
        "already-discarded": code(
            409, ("已经作废。", "It was discarded already."), ("无需再操作。", "Nothing is left to do.")
        ),
        "already-erased": code(
            409,
            ("原文已经清除。", "Its original was erased already."),
            ("只剩哈希和原因。", "Only its hash and the reason are left."),
        ),
        "not-redrivable": code(
            409,
            ("它不是来自本系统的主题。", "It did not come from a topic of ours."),
            ("查明原因后作废即可。", "Discard it once its cause is understood."),
        ),
    }
)
