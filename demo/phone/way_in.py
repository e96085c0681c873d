"""How somebody without a terminal gets from the phone into the console of the same demo: by a one-time link."""

from pathlib import Path
from urllib.parse import urlencode

from fastapi import Request

from runtime.http.pages import language_of
from runtime.local import tickets
from runtime.settings import Settings

VISITOR, ROLE = "phone", "operator"  # may decide a dispute, but nothing that only a lead may
SESSION = "tuiding-session"  # the console's cookie: a browser shows it to every port of a host
OUR_OWN = ("same-origin", "none")


class WayIn:
    """`settings.data`: the folder of the run, whose key signs the link."""

    def __init__(self, console: str, settings: Settings) -> None:
        self.console, self.data = console.rstrip("/"), Path(settings.data)
        self.by_link = not (settings.auth or settings.operators or settings.oidc_issuer)

    def to(self, request: Request, path: str) -> str:
        """Straight there for whoever is signed in; a page of somebody else's gets nobody signed in."""
        there = path if path.startswith("/") and not path.startswith("//") else "/"
        lang = urlencode({"lang": language_of(request)})
        led = request.headers.get("sec-fetch-site", "none") in OUR_OWN
        if SESSION in request.cookies or not (self.by_link and led):
            return f"{self.console}{there}{'&' if '?' in there else '?'}{lang}"
        ticket = tickets.issue(self.data, tickets.LINK, VISITOR, ROLE)
        return f"{self.console}/sign-in/link?{urlencode({'ticket': ticket, 'to': there})}&{lang}"
