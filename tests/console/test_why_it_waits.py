"""Why something waits for a person: a code and facts in the service's event, words of both languages on the page."""

from typing import Any

import pytest

from services.console.request_views import told_in_words

INCIDENT = {"request_id": "r", "incident": "review-decision", "code": "", "detail": "", "at": ""}


def told(**body: Any) -> dict[str, Any]:
    code, detail = body.get("code", ""), body.get("detail") or body.get("ground") or ""
    return told_in_words(INCIDENT | {"code": code, "detail": detail, "body": body})


@pytest.mark.parametrize("said", ["nobody decided by ", "no decision by ", "no answer by "])
def test_what_is_overdue_is_a_code_and_a_day_and_not_the_services_own_sentence(said: str) -> None:
    shown = told(code="overdue", detail=f"{said}2026-05-31T13:27:16+00:00")
    assert (shown["why"].zh, shown["why"].en) == ("没有按时处理", "it was not dealt with in time")
    assert (shown["due"], shown["detail"]) == ("2026-05-31T13:27:16+00:00", "")


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


def test_what_a_system_wrote_stays_its_own() -> None:
    shown = told(code="switch-busy", detail="element 7 is busy until 18:00")
    assert (shown["detail"], shown["due"]) == ("element 7 is busy until 18:00", "")
