"""What a browser is shown where no page of a service can be: one small page that asks for no other file."""

import base64
import hashlib
import re
from html import escape

from fastapi import Request, Response

from contracts.words import Text

NAMES = re.compile(r"[A-Za-z_/.-]*[A-Za-z][\w./:=-]*(?: -{0,2}[A-Za-z/][\w./:=-]*)*", re.ASCII)
STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.6 system-ui,'PingFang SC','Noto Sans CJK SC','Microsoft YaHei',sans-serif;"
    "max-width:40rem;margin:12vh auto;padding:0 1.5rem}"
    "h1{font-size:1.4rem;line-height:1.3}code{font-family:ui-monospace,monospace;font-size:.92em}"
    "section+section{margin-top:2rem}"
)
ALLOWED = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
REST = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
POLICY = f"default-src 'none'; style-src 'sha256-{ALLOWED}'; {REST}"


def wanted(request: Request) -> bool:
    """Programs take anything or ask for JSON; only a browser that goes somewhere names pages."""
    return "text/html" in request.headers.get("accept", "")


def marked(text: str, language: str) -> str:
    """Escaped; Latin letters in a Chinese sentence are a name or a command, so they are shown as code."""
    if language != "zh":
        return escape(text)
    pieces, last = [], 0
    for found in NAMES.finditer(text):
        pieces += [escape(text[last : found.start()]), f"<code>{escape(found[0])}</code>"]
        last = found.end()
    return "".join([*pieces, escape(text[last:])])


def refused(code: str, status: int, title: Text, hint: Text, language: str, wait: str | None) -> Response:
    """`wait`: its `Retry-After`."""
    response = _page(code, status, [_told(code, status, title, hint, language)], language)
    response.headers.update({"retry-after": wait} if wait else {})
    return response


def explained(code: str, status: int, title: Text, hint: Text) -> Response:
    """Where the `type` of a problem leads: in both languages."""
    return _page(code, 200, [_told(code, status, title, hint, language) for language in ("en", "zh")], "en")


def _told(code: str, status: int, title: Text, hint: Text, language: str) -> str:
    says, do = (marked(each.in_language(language), language) for each in (title, hint))
    return f"<section lang={language}><h1>{says}</h1><p>{do}</p><p>{status} <code>{escape(code)}</code></p></section>"


def _page(code: str, status: int, parts: list[str], language: str) -> Response:
    head = (
        f"<!doctype html><html lang={language}><meta charset=utf-8>"
        f"<meta name=viewport content='width=device-width,initial-scale=1'><title>{escape(code)}</title>"
    )
    page = f"{head}<style>{STYLE}</style><main>{''.join(parts)}</main></html>"
    headers = {"content-security-policy": POLICY, "content-language": language}
    return Response(page, status, headers, "text/html")
