"""A browser that is told no gets a page in its language; a program gets a problem."""

import re

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from runtime.http import error_page
from runtime.http.protection import Protection
from runtime.settings import Settings
from services.console.problem_codes import CODES
from tests.console.conftest import Visit

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CODE_OR_TAG = re.compile(r"<code>.*?</code>|<style>.*?</style>|<title>.*?</title>|<[^>]*>", re.DOTALL)
LATIN, CHINESE = re.compile(r"[A-Za-z]{2,}"), re.compile(r"[\u4e00-\u9fff]")


def prose(page: str) -> str:
    return CODE_OR_TAG.sub(" ", page)


@pytest.mark.parametrize("code", sorted(CODES))
def test_no_refusal_leaves_a_word_untranslated(code: str) -> None:
    chinese = error_page.refused(code, *CODES[code], "zh", None).body
    english = error_page.refused(code, *CODES[code], "en", None).body
    assert LATIN.findall(prose(bytes(chinese).decode())) == []
    assert CHINESE.findall(prose(bytes(english).decode())) == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "/nowhere?lang=en", 404, "There is no such page."),
        ("GET", "/nowhere?lang=zh", 404, "没有这个页面。"),
        ("GET", "/carrier/x?lang=zh", 404, "没有这个页面。"),
        ("GET", "/sign-in/link?ticket=x&lang=zh", 403, "请运行 <code>tuiding signin --link</code>"),
        ("GET", "/sign-out?lang=en", 405, "This address does not take that method."),
        ("GET", "/errors/host-unknown", 200, "TUIDING_ALLOWED_HOSTS"),
    ],
)
async def test_an_address_nobody_serves_is_a_page_for_whoever_reads_pages(
    visit: Visit, method: str, path: str, status: int, said: str
) -> None:
    async with visit() as client:
        page = await client.request(method, path, headers={"accept": BROWSER})
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (status, "text/html")
    assert said in page.text


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("language", "said"), [("zh", "本服务不使用这个名称。"), ("en", "does not answer to that name")]
)
async def test_a_name_that_is_not_ours_is_refused_with_a_page_that_asks_for_nothing_more(
    language: str, said: str
) -> None:
    async def nobody(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("let through")

    transport = httpx.ASGITransport(Protection(nobody, Settings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://evil.example") as client:
        page = await client.get("/", headers={"accept": BROWSER, "accept-language": language})
        problem = await client.get("/", headers={"accept-language": language})
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (421, "text/html")
    assert said in page.text and "src=" not in page.text and "href=" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (problem.status_code, problem.json()["code"]) == (421, "host-unknown")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_whatever_stands_in_a_refusal_is_escaped(language: str) -> None:
    assert "<script" not in error_page.marked("<script>alert(1)</script> 退订 `x` <b>", language)
