"""Which names this service answers to, and which pages may write to it.

Anybody's page can point its own name at our address (DNS rebinding) or send a form here with an operator's browser; the
Host, the Origin and what the browser says of where a request comes from tell it from ours.
"""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from contracts.flow import SERVICES
from runtime.http.problems import Problem
from runtime.media_types import BLANKS
from runtime.settings import LOOPBACK, Settings

HOST = re.compile(r"(?P<name>[a-z0-9](?:[a-z0-9_.-]{0,252})|\[[0-9a-f:.]{2,45}\])(?::(?P<port>\d{1,5}))?", re.ASCII)
OURS = tuple(service.name for service in SERVICES)  # as containers and machines of a private network are called
USUAL_PORTS = {"http": "80", "https": "443"}


class Hosts:
    def __init__(self, settings: Settings) -> None:
        said = (*settings.allowed_hosts.split(","), urlsplit(settings.public_console).hostname or "")
        self.by_hand = tuple(name.strip().lower() for name in said if name.strip())
        self.usual = {*LOOPBACK, *OURS, settings.host.lower()} - {"0.0.0.0", "::", ""}

    def meant(self, headers: Headers, server: tuple[str, int | None] | None) -> str:
        """The one Host of a request. `server`: the address on which it came in, which no other name can stand for."""
        sent = headers.getlist("host")
        found = HOST.fullmatch(sent[0].strip(BLANKS).lower()) if len(sent) == 1 else None
        if found is None:
            raise Problem("host-unclear")
        name = found["name"].strip("[]").removesuffix(".")
        here = server is not None and _is_address(name) and name == server[0].removeprefix("::ffff:")
        if not (here or name in self.usual or self._allowed(name)):
            raise Problem("host-unknown")
        return found[0]

    def refuse_foreign(self, headers: Headers, host: str) -> None:
        """Programs send neither header; a browser sends what no page can change."""
        sites, origins = headers.getlist("sec-fetch-site"), headers.getlist("origin")
        from_elsewhere = any(site not in ("same-origin", "none") for site in sites)
        if from_elsewhere or len(origins) > 1 or any(not self._own(origin, host) for origin in origins):
            raise Problem("foreign-origin")

    def _own(self, origin: str, host: str) -> bool:
        """The same name and port; behind a proxy that changes the Host, a name that was allowed, on its usual port."""
        try:
            scheme, netloc, *rest = urlsplit(origin.lower())
        except ValueError:
            return False
        found = HOST.fullmatch(netloc)
        if scheme not in USUAL_PORTS or any(rest) or found is None:
            return False
        if _without_usual_port(netloc, scheme) == _without_usual_port(host, scheme):
            return True
        return self._allowed(found["name"]) and found["port"] in (None, USUAL_PORTS[scheme])

    def _allowed(self, name: str) -> bool:
        return any(name == each or (each.startswith(".") and name.endswith(each)) for each in self.by_hand)


def _without_usual_port(netloc: str, scheme: str) -> str:
    return netloc.removesuffix(f":{USUAL_PORTS[scheme]}")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
