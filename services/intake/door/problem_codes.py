"""The problem codes that only intake's door answers with: refusals by a rule, and failures of filing or quoting."""

from contracts.quotes import QUOTE_REFUSALS
from contracts.refusals import REFUSALS
from runtime.http.callers.problem_codes import CALLERS
from runtime.http.problem_codes import FIX_FIELDS, GENERAL, Code, business, code

CODES = (
    GENERAL
    | CALLERS
    | business(REFUSALS, unknown_request=404, subscription_missing=422)
    | {name: Code(*refusal) for name, refusal in QUOTE_REFUSALS.items()}
    | {
        "wrong-login-problem": code(
            422, ("login_problem 对不上。", "login_problem names no waiting login problem of this line."), FIX_FIELDS
        ),
        "quotes-away": code(
            503,
            ("费用试算暂时不可用。", "Quotes are not available for now."),
            ("请稍后再试；提交申请不受影响。", "Try again in a few seconds; requests can still be submitted."),
        ),
    }
)
