"""What an operator can order, as one table: for the buttons, the dialog, and the command line that does the same."""

import shlex
from typing import Any

from contracts import meaning
from contracts.words import Money, Ruling, Text
from policies import amounts
from runtime.http.problems import Fault, Problem
from services.console.action import REFERENCE, Action, Field
from services.console.noting import ELSEWHERE, EVIDENCE, MORE, NOTE

REVIEW, DISPUTE, COMPLAINT = meaning.REVIEW_DECISION.fixed, meaning.DISPUTE_ANSWER.fixed, meaning.COMPLAINT.fixed
WHO = ("--reason", "WHY")
USUAL = "CNY"  # what the command line takes where no currency is said
AMOUNT = r"\d+(\.\d+)?"  # how many decimals the currency says


OWED = Field("owed", "还应付多少", "What remains due", AMOUNT, "AMOUNT")
LETTER = Field("letter", "答复信编号", "Reference of the letter that answers", REFERENCE, "LETTER")


ACTIONS = (
    Action(
        "review",
        "approve",
        "review-decision",
        "通过",
        "Approve",
        "申请继续办理，客户会收到费用确认单。",
        "The request goes on: the customer gets the quote.",
        ("review", "approve", "{request}"),
        body={"approve": True},
        read=False,
    ),
    Action(
        "review",
        "reject",
        "review-decision",
        "拒绝",
        "Reject",
        "申请结束，客户会收到原因和可以做的事。",
        "The request ends: the customer is told why and what can be done.",
        ("review", "reject", "{request}"),
        body={"approve": False},
    ),
    Action(
        "dispute",
        "upheld",
        "dispute-decision",
        "维持收费",
        "Fee stands",
        "费用成立，暂扣的部分随后收取。",
        "The fee stands: what was held is charged.",
        ("dispute", "decide", "{request}", Ruling.UPHELD),
        body={"outcome": Ruling.UPHELD},
    ),
    Action(
        "dispute",
        "lowered",
        "dispute-decision",
        "降低收费",
        "Lower the fee",
        "只收您写明的金额，多收的退还。",
        "What you name remains due; the rest goes back.",
        ("dispute", "decide", "{request}", Ruling.LOWERED, "--owed", "{owed}"),
        fields=(OWED,),
        body={"outcome": Ruling.LOWERED},
    ),
    Action(
        "dispute",
        "waived",
        "dispute-decision",
        "免收",
        "Waive the fee",
        "不收这笔费用，已收的退还。",
        "Nothing is due: what was paid goes back.",
        ("dispute", "decide", "{request}", Ruling.WAIVED),
        body={"outcome": Ruling.WAIVED},
    ),
    Action(
        "complaint",
        "reply",
        "complaint-reply",
        "记录答复",
        "Note the answer",
        "记下这一级投诉已答复。",
        "Notes that this level of the complaint was answered.",
        ("complaint", "reply", "{request}", "{level}", "{letter}"),
        fields=(LETTER,),
    ),
    Action(
        "refused",
        "retry",
        "retry",
        "重试",
        "Try again",
        "再次请求对方系统；原因排除后才有用。",
        "Asks the system again; it helps once the cause is gone.",
        ("retry", "{request}", "{incident}"),
        read=False,
    ),
    *ELSEWHERE,
    Action(
        "reopening",
        "give-up",
        "reopening-abandonment",
        "放弃恢复",
        "Give up the reopening",
        "已恢复的再次关闭，恢复费退还。",
        "What was restored goes off again, the fee goes back.",
        ("reopening", "give-up", "{request}"),
    ),
)


def named(door: str, body: dict[str, Any]) -> "Action | None":
    """The button of an order that is known by its door and its body."""
    fitting = (each for each in ACTIONS if each.door == door and each.body.items() <= body.items())
    return next(fitting, None)


BY_ANSWER = {action.answer: action for action in ACTIONS}


def kind_of(incident: str) -> str:
    """What is asked of a person: a review, a dispute, a complaint, or what to do about a refused call."""
    if incident == REVIEW:
        return "review"
    if incident == DISPUTE:
        return "dispute"
    return "complaint" if incident.startswith(COMPLAINT) else "refused"


def answers(incident: str) -> list[Action]:
    more = next((names for begins, names in MORE.items() if incident.startswith(begins)), ())
    return [action for action in ACTIONS if action.name in (kind_of(incident), *more)]


def command(
    action: Action, request_id: str, incident: str, given: dict[str, str] | None = None, currency: str = USUAL
) -> str:
    """As it would be typed; what only the operator knows stands there in capitals."""
    known = {field.name: field.stands for field in action.fields} | {k: v for k, v in (given or {}).items() if v}
    who = (WHO[0], (given or {}).get("reason") or WHO[1])
    known |= {"request": request_id, "incident": incident, "level": incident.removeprefix(COMPLAINT)}
    which = ("--currency", currency) if OWED in action.fields and currency != USUAL else ()
    return shlex.join(["tuiding", *(word.format(**known) for word in action.command), *which, *who])


def redrive(place: str) -> str:
    return shlex.join(["tuiding", "dead-letters", "redrive", place, "--dry-run", *WHO])


def body_of(action: Action, incident: str, given: dict[str, str], currency: str) -> dict[str, Any]:
    """What the order's door is sent, but for the request, the operator and the reason."""
    found = dict(action.body)
    if action.door in ("retry", NOTE):
        found["incident"] = incident
    if EVIDENCE in action.fields:
        found["evidence"] = given.get("evidence", "")
    if action.door == "complaint-reply":
        found |= {"level": incident.removeprefix(COMPLAINT), "answer": given.get("letter", "")}
    if OWED in action.fields:
        found["owed"] = remaining(given.get("owed", ""), currency).model_dump()
    return found


def remaining(typed: str, currency: str) -> Money:
    """In the main unit of the currency, as everybody says it: 152 is 152 yuan."""
    try:
        return amounts.typed(typed, currency)
    except amounts.NotAnAmount as no:
        why = Text(zh=f"{OWED.zh}（owed）：{no.why.zh}。", en=f"{OWED.en} (owed) {no.why.en}.")
        raise Problem("invalid", why, [Fault("/owed", no.why)]) from no
