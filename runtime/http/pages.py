"""What every door with pages needs: the form that a browser posts, and the language its reader asked for."""

from urllib.parse import parse_qs

from fastapi import Request, Response

from contracts.words import Text
from runtime.http import error_page, problems
from runtime.http.bodies import whole_body
from runtime.http.problem_codes import Codes
from runtime.http.problems import Problem, said

Form = dict[str, list[str]]
LANGUAGES = ("zh", "en")


async def form_of(request: Request, most_fields: int) -> Form:
    """Read once, however many ask; raises `Problem`."""
    try:
        content = (await whole_body(request)).decode()
        return parse_qs(content, keep_blank_values=True, max_num_fields=most_fields)
    except ValueError:
        raise Problem("malformed") from None


def one(form: Form, name: str) -> str:
    """As it was typed; empty where there is none."""
    return form.get(name, [""])[0]


def language_of(request: Request) -> str:
    """`?lang=` first, then what the browser prefers."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else problems.language_of(request)


def to_reader(no: Problem, codes: Codes, request: Request, says: Text | None = None) -> Response:
    """A page for a browser, whose sentence is the hint or what it `says`; for a program a problem."""
    language = language_of(request)
    told = said(no, codes, request.scope["path"], language)
    if not error_page.wanted(request):
        return told
    status, title, hint = codes[no.code]
    return error_page.refused(no.code, status, title, says or hint, language, told.headers.get("retry-after"))
