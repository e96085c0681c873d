"""What every door with pages needs: the form that a browser posts, and the language its reader asked for."""

from urllib.parse import parse_qs

from fastapi import Request

from runtime.http import problems
from runtime.http.bodies import whole_body
from runtime.http.problems import Problem

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
