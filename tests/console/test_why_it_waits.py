"""Why something waits for a person: a code and facts in the service's event, words of both languages on the page."""

import ast
import inspect
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.messages.shared import AttentionRequired
from policies import customers_word
from runtime.kernel.store import Store
from services.billing.offering import MENDED
from services.console.kept import queries
from services.console.showing import details, story
from services.console.showing.request_views import told_in_words
from services.console.watched.systems import System
from services.intake import ends, reopening, view
from tests.console.conftest import REQUEST, Tape

CONTRADICTS = re.compile(
    r"(it was|it has|it can still|its quote|the customer (has not|can still)|the end that|nobody has|nothing was asked"
    r"|no number is|no payment was)\b.* \w+$"
)

INCIDENT = {"request_id": "r", "incident": "review-decision", "code": "", "detail": "", "at": ""}


def told(**body: Any) -> dict[str, Any]:
    code, detail = body.get("code", ""), body.get("detail") or body.get("ground") or ""
    return told_in_words(INCIDENT | {"code": code, "detail": detail, "body": body, "asked_with": body})


@pytest.mark.parametrize("said", ["nobody decided by ", "no decision by ", "no answer by "])
def test_what_is_overdue_is_a_code_and_a_day_and_not_the_services_own_sentence(said: str) -> None:
    shown = told(code="overdue", detail=f"{said}2026-05-31T13:27:16+00:00")
    assert (shown["why"].zh, shown["why"].en) == ("没有按时处理", "it was not dealt with in time")
    assert (shown["due"], shown["told"].en) == ("2026-05-31T13:27:16+00:00", "")


@pytest.mark.parametrize(
    ("ground", "zh", "en"),
    [
        ("service-faulty", "客户称：服务有问题", "the customer says: the service did not work"),
        ("too-slow", "客户称：办理太慢", "the customer says: it takes too long"),
        ("of-their-own", "客户称：`of-their-own`", "the customer says: `of-their-own`"),
    ],
)
def test_what_the_customer_says_is_said_as_theirs(ground: str, zh: str, en: str) -> None:
    shown = told(ground=ground)
    assert (shown["why"].zh, shown["why"].en) == (zh, en)


def test_the_customers_own_words_are_read_beside_the_ground_and_masked() -> None:
    shown = told(ground="too-slow", words="I called 13812345678 `twice`")
    assert shown["why"].en == "the customer says: it takes too long · `I called 138****5678 'twice'`"
    assert shown["why"].zh.startswith("客户称：办理太慢 · `I called 138****5678")


def test_what_a_system_wrote_stays_its_own() -> None:
    shown = told(code="switch-busy", detail="element 7 is busy until 18:00")
    assert (shown["told"].zh, shown["due"]) == ("`element 7 is busy until 18:00`", "")


@pytest.mark.parametrize(
    ("detail", "zh"),
    [
        ("request.rejected.v1: it was settled before", "`request.rejected.v1`：此前已结算"),
        ("the pack demo has no fee rule made-up", "规则包 `demo` 没有费用规则 `made-up`"),
        (
            f"balances/deposit: is in USD, the pack's currency is CNY; the carrier has to send it in that; {MENDED}",
            (
                "`balances/deposit` 的货币是 `USD`，规则包的货币是 `CNY`，须由运营商按后者提供"
                "；请让运营商更正，或修改规则包，然后下达重试"
            ),
        ),
        (
            "balances/gift: -100 is below zero; what is owed is a charge",
            "`balances/gift` 为 -100，小于零；欠费应记为费用",
        ),
        (f"something new; {MENDED}", "`something new`；请让运营商更正，或修改规则包，然后下达重试"),
    ],
)
def test_our_own_sentences_are_said_in_both_languages(detail: str, zh: str) -> None:
    shown = told(code="contract-makes-no-sense", detail=detail)
    assert shown["told"].zh == zh
    assert not shown["told"].en.startswith("`")


def test_each_sentence_that_intake_says_of_an_end_out_of_turn_has_its_chinese() -> None:
    source = ast.parse(inspect.getsource(ends) + inspect.getsource(view) + inspect.getsource(reopening))
    said = {
        node.value
        for node in ast.walk(source)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CONTRADICTS.match(node.value)
    }
    assert len(said) > 5 and said == set(details.OUT_OF_TURN)


SUMMARY = {"stage": "terminated", "end": "", "last_at": datetime(2026, 11, 1, tzinfo=UTC).isoformat()}
AWAY = System("messaging", True, 0, 9, None, "HTTP 503", None, 0.0, 175)


@pytest.mark.parametrize(
    ("stage", "known", "zh", "en"),
    [
        ("terminated", AWAY, "但短信与推送系统已 7分", "but messaging has not answered for 7 min"),
        ("terminated", AWAY._replace(away=False), "正在告知客户（已", "the customer is being told ("),
        ("confirmed", AWAY, "正在收费（已", "the fee is being settled ("),
        (
            "confirmed",
            AWAY._replace(name="charging"),
            "但计费收款系统已 7分",
            "but charging has not answered for 7 min",
        ),
    ],
)
def test_a_request_says_which_system_it_cannot_go_on_without(stage: str, known: System, zh: str, en: str) -> None:
    known = known._replace(since=datetime.now(UTC) - timedelta(minutes=7, seconds=5))
    said = story.sentence(SUMMARY | {"stage": stage}, (), (), None, [known])
    assert zh in said.what.zh and en in said.what.en


@pytest.mark.parametrize(
    ("told", "zh"),
    [
        (customers_word.missing(REQUEST, "reopening", "reopening.accepted.v1"), "没有听到客户本人的 `reopening`"),
        (customers_word.of_another(REQUEST, "confirmation", "fee.settled.v1"), "客户本人的 `confirmation` 与它不符"),
        (customers_word.not_kept(REQUEST), "超过保留的 8 条"),
    ],
    ids=["missing", "of another", "not kept"],
)
def test_what_waits_for_the_customers_word_is_told_in_both_languages(told: AttentionRequired, zh: str) -> None:
    shown = details.in_words(told.detail)
    assert zh in shown.zh and shown.en == told.detail


@pytest.mark.usefixtures("story")
def test_what_is_overdue_still_says_why_it_waits_and_since_when(store: Store, tape: Tape) -> None:
    late = {"incident": "review-decision", "code": "overdue", "detail": "nobody decided by 2026-05-31T13:27:16+00:00"}
    tape.play(tape.event("review", "review.referred.v1"))
    before = next(each for each in queries.waiting(store, REQUEST) if each["incident"] == "review-decision")
    tape.play(tape.event("review", "attention.required.v1", late))
    (found,) = [each for each in queries.waiting(store, REQUEST) if each["incident"] == "review-decision"]
    shown, why = told_in_words(found), told_in_words(before)["why"]
    assert (found["code"], found["at"], shown["why"]) == ("overdue", before["at"], why) and why.zh
    assert shown["due"] == "2026-05-31T13:27:16+00:00"


REFUSED = {"incident": "switch-off:music-pack", "operation": "switch-off", "code": "switch-off-refused", "detail": "no"}
GONE = {"incident": "switch-off:music-pack"}
RETRY = {"incident": "switch-off:music-pack", "operator": "ada", "reason": "mended"}


@pytest.mark.parametrize(
    ("then", "since"),
    [
        ((("termination", "attention.required.v1", REFUSED),), 0),
        ((("console", "retry.ordered.v1", RETRY), ("termination", "attention.required.v1", REFUSED)), 2),
        ((("termination", "attention.resolved.v1", GONE), ("termination", "attention.required.v1", REFUSED)), 2),
        ((("console", "retry.ordered.v1", RETRY | {"incident": "other"}),), 0),
    ],
    ids=["said again", "tried again in vain", "settled and there again", "another was tried again"],
)
@pytest.mark.usefixtures("story")
def test_it_waits_since_it_was_first_said(
    store: Store, tape: Tape, then: tuple[tuple[str, str, dict[str, str]], ...], since: int
) -> None:
    events = [tape.event(*each) for each in (("termination", "attention.required.v1", REFUSED), *then)]
    tape.play(*events)
    (found,) = [each for each in queries.waiting(store, REQUEST) if each["incident"] == REFUSED["incident"]]
    assert found["at"] == dict(events[since].record.headers)["ce_time"].decode()
