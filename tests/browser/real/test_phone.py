"""The phone and the counter in a real Chromium, on a real Kafka: the journeys somebody clicks who has no terminal."""

import re
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.real.conftest import DESK, PHONE, Running
from tests.browser.real.looks import untranslated, wider_than_its_screen
from tests.browser.test_every_page import SIZES, seen_in_both
from tests.clients.installed import npm_folder

LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])
DONE = {"zh": "已办结", "en": "done"}
DISPUTED = {"zh": "核查中", "en": "looked into"}
REJECTED = {"zh": "审核未通过", "en": "The request was rejected"}
AGAIN = {"zh": "再试一次", "en": "Try again"}
HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\">",
    "<script>document.title='owned'</script>",
    "'\"></input><svg onload=document.title='owned'>",
    "\x1b]0;owned\x07\u202egnp.exe",
    "=HYPERLINK(1)",
    "{{ 7*7 }}",
)


def test_somebody_cancels_on_the_phone_and_watches_it_arrive(page: Page, running: Running) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{running.phone}/?lang=en")
    page.locator(".person", has_text="sub-freeaddon02").first.get_by_role("link", name="Phone").click()
    page.get_by_label("Video pack").check()
    page.get_by_role("button", name="Cancel what is ticked").click()
    expect(page.locator(".dates")).to_contain_text("today")
    expect(page.locator(".effects")).to_contain_text("Video pack stops working")
    page.get_by_role("button", name="Submit the request").click()
    _says_yes(page)
    expect(page.locator("tuiding-status")).to_contain_text("The request is closed.")  # inside its shadow
    happened = page.locator(".happened")
    expect(happened).to_contain_text(DONE["en"])
    expect(happened.locator("code", has_text="POST /v1/cancellations")).to_have_count(2)
    with page.expect_navigation(url=re.compile(re.escape(running.console))):
        happened.get_by_role("link", name="See it on the console").first.click()
    page.goto(f"{running.phone}/phone/sub-freeaddon02/inbox?lang=en")
    expect(page.locator(".mail").first).to_be_visible()


@LANGUAGES
def test_a_clerk_files_and_confirms_with_proof(page: Page, running: Running, language: str) -> None:
    seat, subscription = {"zh": ("counter", "sub-balances01"), "en": ("hotline", "sub-hotline01")}[language]
    page.goto(f"{running.phone}/{seat}/{subscription}/price?kind=line&lang={language}")
    form = page.locator("form.file")
    form.locator("[name=agent]").fill("")
    form.locator("button").click()
    page.wait_for_url("**/requests/**")
    expect(page.locator(".no").first).to_be_visible()  # returned: the proof is missing, in words
    page.get_by_role("link", name=AGAIN[language]).click()
    page.locator("form.file button").click()
    _says_yes(page)
    _arrives(page, language)


@LANGUAGES
def test_a_fee_is_disputed_and_an_operator_is_asked(page: Page, running: Running, language: str) -> None:
    subscription = {"zh": "sub-disputeupheld01", "en": "sub-disputelowered01"}[language]
    fee = _fee_today(running, subscription)
    page.goto(f"{running.phone}/phone/{subscription}/price?kind=line&lang={language}")
    expect(page.locator(".fee").first).to_contain_text(fee)
    page.locator("form.file button").click()
    _says_yes(page)
    _arrives(page, language)
    _opened(page, "#dispute").get_by_role("button").click()
    expect(page.locator("div.request").filter(has_text=DISPUTED[language])).to_contain_text(fee)
    expect(page.locator(".request a[href*='work']").first).to_be_visible()


@LANGUAGES
def test_a_rejection_names_its_reason_and_the_second_try_succeeds(page: Page, running: Running, language: str) -> None:
    subscription = {"zh": "sub-arrears01", "en": "sub-arrears02"}[language]
    page.goto(f"{running.phone}/phone/{subscription}/price?kind=line&lang={language}")
    page.locator("form.file button").click()
    expect(page.locator("tuiding-status")).to_contain_text(REJECTED[language])
    expect(page.locator(".no").first).to_be_visible()
    page.locator("form[action*=pays-arrears] button").click()
    page.get_by_role("link", name=AGAIN[language]).click()
    page.locator("form.file button").click()
    _says_yes(page)
    _arrives(page, language)


@LANGUAGES
def test_whoever_ticked_nothing_is_asked_to_and_a_closed_line_offers_nothing(
    page: Page, running: Running, language: str
) -> None:
    page.goto(f"{running.phone}/phone/sub-freeaddon01?lang={language}")
    page.locator("#services button").click()
    expect(page.locator("#services [role=alert]")).to_have_text(
        {"zh": "请先勾选要退订的业务。", "en": "Tick what is to be cancelled first."}[language]
    )
    page.goto(f"{running.phone}/phone/sub-closed01?lang={language}")
    expect(page.locator("#services")).to_be_visible()
    expect(page.locator("#services button, .ways")).to_have_count(0)


def test_hostile_text_in_every_field_is_inert(page: Page, running: Running) -> None:
    address = f"{running.phone}/counter/sub-lineplain01/price?kind=line&lang=en"
    for hostile in HOSTILE:
        page.goto(address)
        page.evaluate(FILL, hostile)
        page.locator("form.file button").click()
        expect(page.locator(".no").first).to_be_visible()
        assert _inert(page), hostile
        page.goto(f"{address}&{urlencode(dict.fromkeys(('item', 'requested_end', 'resubmission_of', 'q'), hostile))}")
        assert _inert(page), hostile
    page.goto(f"{running.phone}/phone/sub-lineplain01/price?kind=line&lang=en")
    page.locator("form.file button").click()
    page.wait_for_url("**/requests/**")
    for hostile in HOSTILE:
        _opened(page, "#escalation").locator("[name=words]").fill(hostile)
        page.locator("#escalation button").click()
        expect(page.locator(".happened")).to_contain_text("You complained")
        assert _inert(page), hostile


@LANGUAGES
def test_every_page_fits_its_screen_and_speaks_one_language(
    context: BrowserContext, page: Page, running: Running, language: str
) -> None:
    request_id = _filed(page, running)
    base = "/phone/sub-twocontracts01"
    paths = ("/", base, f"{base}/price?kind=line", f"{base}/requests/{request_id}", f"{base}/inbox", "/nowhere")
    for path in (*paths, "/counter/sub-account01/price?kind=line", "/hotline/sub-locked01", "/phone/sub-nobody99"):
        for screen in (PHONE, DESK):
            page.set_viewport_size(screen)  # type: ignore[arg-type]
            page.goto(f"{running.phone}{path}{'&' if '?' in path else '?'}lang={language}")
            expect(page.locator("html")).to_have_attribute("lang", language)
            assert not wider_than_its_screen(page), (path, screen)
            assert language == "en" or untranslated(page) == [], path


@pytest.mark.parametrize("size", SIZES)
@LANGUAGES
def test_no_page_has_a_finding_of_axe_in_the_light_or_in_the_dark(
    chromium: Browser, running: Running, language: str, size: str
) -> None:
    axe = (npm_folder() / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    context = chromium.new_context(viewport=SIZES[size], bypass_csp=True)
    page, found = context.new_page(), list[tuple[str, ...]]()
    base = "/phone/sub-twocontracts01"
    paths = (
        "/",
        base,
        f"{base}/price?kind=line",
        f"{base}/requests/{_filed(page, running)}",
        f"{base}/inbox",
        "/nowhere",
    )
    for path in (*paths, "/counter/sub-account01/price?kind=line", "/hotline/sub-locked01"):
        page.goto(f"{running.phone}{path}{'&' if '?' in path else '?'}lang={language}")
        page.evaluate(axe)
        page.evaluate("document.querySelectorAll('#news').forEach(each => { each.hidden = false })")  # as after news
        for result in seen_in_both(page, "html"):
            found += [(path, each["id"], *(node["html"] for node in each["nodes"])) for each in result["violations"]]
    context.close()
    assert found == []


def test_somebody_without_a_terminal_gets_from_the_phone_into_the_console(chromium: Browser, running: Running) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{running.phone}/phone/sub-freeaddon03?lang=en")
    page.get_by_role("link", name="Console").click()
    page.wait_for_url(f"{running.console}/?*")
    expect(page.locator(".me")).to_contain_text("phone")
    page.goto(f"{running.phone}/console?to=//elsewhere.example/")
    page.wait_for_url(f"{running.console}/?*")
    context.close()


def test_a_page_is_read_without_javascript(context: BrowserContext, running: Running) -> None:
    browser = context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(f"{running.phone}/phone/sub-freeaddon01/price?kind=product&item=video-pack&lang=en")
    page.locator("form.file button").click()
    page.wait_for_url("**/requests/**")
    _until_there(page, page.locator("form[action*=confirmation]"))
    page.locator("form[action*=confirmation] [name=clauses]").check()
    page.locator("form[action*=confirmation] button").click()
    _until_there(page, page.locator(".request .verdict", has_text=DONE["en"]))
    plain.close()


FILL = """(text) => {
  for (const each of document.querySelectorAll("form.file input, form.file select")) {
    if (each.tagName === "SELECT") each.add(new Option(text, text, true, true));
    else { each.type = "text"; each.removeAttribute("maxlength"); each.value = text; }
  }
}"""


# ---- what a hand does ------------------------------------------------------------------------------------------------


def _opened(page: Page, name: str) -> Locator:
    place = page.locator(name)
    if place.get_attribute("open") is None:
        place.locator("summary").click()
    return place


def _says_yes(page: Page) -> None:
    form = page.locator("form[action*=confirmation]")
    form.locator("[name=clauses]").check()
    form.locator("button").click()


def _arrives(page: Page, language: str) -> None:
    expect(page.locator(".happened")).to_contain_text(DONE[language])


def _filed(page: Page, running: Running) -> str:
    """The same wish twice is one request."""
    page.goto(f"{running.phone}/phone/sub-twocontracts01/price?kind=line&lang=en")
    page.locator("form.file button").click()
    page.wait_for_url("**/requests/**")
    return page.url.split("/requests/")[1][:36]


def _inert(page: Page) -> bool:
    """Nothing of it became a tag, ran, or turned the line around."""
    tags = page.locator("main img, main svg[onload], main script").count()
    return tags == 0 and page.title() != "owned" and "\u202e" not in page.content() and "\x1b" not in page.content()


def _fee_today(running: Running, subscription: str) -> str:
    """As the door says it: a contract's year with a 29 February in it leaves another share."""
    wish = {"kind": "line", "subscription": subscription}
    answer = httpx.post(f"{running.intake}/v1/quotes", json=wish, trust_env=False, timeout=30)
    minor = int(answer.raise_for_status().json()["quote"]["total"]["minor"])
    assert minor > 0
    return f"{minor // 100}.{minor % 100:02}"


def _until_there(page: Page, wanted: Locator) -> None:
    """Somebody who presses «reload»."""
    for _ in range(200):
        if wanted.count():
            return
        page.reload()
    raise AssertionError(f"{wanted} never came")
