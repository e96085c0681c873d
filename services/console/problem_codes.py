"""The problem codes that only the console answers with."""

from contracts.refusals import REFUSALS
from runtime.http.problem_codes import GENERAL, business, code
from services.console.signing_in import problem_codes as signing_in

CODES = (
    GENERAL
    | signing_in.CODES
    | business({"nothing-to-retry": REFUSALS["nothing-to-retry"]})
    | {
        "unknown-request": code(
            404,
            ("没有这个编号的申请。", "There is no request with this id."),
            (
                "请核对编号，或在「申请」页按编号开头、业务号或号码后四位查找。",
                "Check the id, or find it on the requests page: its beginning, the subscription, the last four digits.",
            ),
        ),
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
        "unknown-proposal": code(
            404, ("没有这个提议。", "There is no such proposal."), ("见待办。", "See Work, or tuiding proposals list.")
        ),
        "proposal-over": code(
            409,
            ("该提议已有结果或已过期。", "This proposal was answered already, or its time is over."),
            ("如仍需要，请重新提出。", "Propose it again if it is still wanted."),
        ),
        "same-person": code(
            403,
            ("提出的人不能自己确认。", "Whoever proposed it cannot confirm it."),
            ("请另一位同事确认。", "A different person has to."),
        ),
        "proposer-out": code(
            409,
            ("提出的人已不能提出此操作。", "Whoever proposed it may not order this any more."),
            ("如仍需要，请由有权限的人重新提出。", "If it is still wanted, somebody whose role may proposes it again."),
        ),
        "decided-meanwhile": code(
            409,
            ("同事刚刚已对此作出决定。", "Somebody else has decided this meanwhile."),
            ("请重新打开页面查看结果。", "Look at the request again: it shows what was decided."),
        ),
        "nothing-disputed": code(
            409,
            ("控制台没有看到待决定的异议。", "The console knows of no dispute that waits for a decision."),
            ("请查询该申请。", "Look the request up."),
        ),
        "too-many-alone": code(
            403,
            ("一分钟内处理的死信太多，需要第二个人。", "So many dead letters within a minute take a second person."),
            ("请一次选中并由同事确认，或稍后继续。", "Select them together and let a colleague confirm, or wait."),
        ),
        "already-redriven": code(
            409,
            ("已经重发过。", "It was sent again already."),
            ("如再次失败，会成为新的死信。", "If it fails again, it comes back as a new dead letter."),
        ),
        "already-discarded": code(
            409, ("已经放弃过。", "It was discarded already."), ("无需再操作。", "Nothing is left to do.")
        ),
        "already-erased": code(
            409,
            ("原文已经清除。", "Its original was erased already."),
            ("只剩哈希和原因。", "Only its hash and the reason are left."),
        ),
        "nothing-to-erase": code(
            404,
            ("没有这个业务号的申请。", "No request of this subscription is known."),
            (
                "请核对业务号；也可能已经清除。还提到它的死信，请单独清除。",
                "Check the reference; or it was erased already. Erase dead letters that still name it one by one.",
            ),
        ),
        "more-to-erase": code(
            409,
            ("提出之后又有了它的申请或死信。", "Since it was proposed, another request or dead letter of it has come."),
            ("请重新提出，这一次会一并清除。", "Propose it again: then that goes with the rest."),
        ),
        "not-to-be-erased-yet": code(
            409,
            ("现在还不能清除。", "It may not be erased yet."),
            (
                "请等列出的申请办结、事项处理完、保存期满后再提出。",
                "Order it again once those requests are over, nothing waits, and they need not be kept any more.",
            ),
        ),
        "not-redrivable": code(
            409,
            ("它不是来自本系统的主题。", "It did not come from a topic of ours."),
            ("查明原因后放弃即可。", "Discard it once its cause is understood."),
        ),
    }
)
