"""What every page of the phone is made with: whom to ask, the rules' zone and clauses, the way into the console."""

from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from contracts.words import Text
from demo.phone import rendering
from demo.phone.notebook import Json
from demo.phone.outside import Outside, SaidNo
from demo.phone.seats import SEATS, Seat
from demo.phone.stories import ZH
from demo.phone.way_in import WayIn
from policies.pack import Pack
from runtime.http import problems
from runtime.http.pages import language_of
from runtime.http.problem_codes import GENERAL
from runtime.http.problems import Problem

LOOKS_AGAIN_SECONDS = "3"


class Desk:
    def __init__(self, outside: Outside, pack: Pack, way_in: WayIn) -> None:
        self.outside, self.pack, self.way_in = outside, pack, way_in
        today = datetime.now(UTC).astimezone(pack.zone).date()
        self._clauses = {each.clause: each for each in pack.clauses if each.is_authority(today)}

    def clauses(self, names: Iterable[str]) -> list[Json]:
        """In words only what somebody has read in force: the rest is never shown to a customer as authority."""
        found = [self._clauses[name] for name in dict.fromkeys(names) if name in self._clauses]
        return [
            {"clause": each.clause, "instrument": each.instrument, "article": each.article, "text": each.text}
            for each in found
        ]

    def page(self, request: Request, template: str, answered: int = 200, **values: Any) -> Response:
        """A page that only looks looks again by itself while a system is away."""
        again = answered == HTTPStatus.SERVICE_UNAVAILABLE and request.method == "GET"
        shown = rendering.page(request, template, self.pack.zone, answered, again=again, **values)
        shown.headers.update({"refresh": LOOKS_AGAIN_SECONDS} if again else {})
        return shown

    async def with_customer(
        self, request: Request, template: str, seat: Seat, subscription: str, answered: int = 200, **values: Any
    ) -> Response:
        """A page about one customer, with what just happened beside it."""
        language = language_of(request)
        own: Json = {"seat": seat, "line": await self.outside.line(subscription, language)}
        own |= {"happened": self._happened(subscription), "subscription": subscription}
        own |= {"base": f"/{seat.name}/{subscription}"}
        return self.page(request, template, answered, **own, **values)

    def _happened(self, subscription: str) -> list[Json]:
        """Calls and what was reached, the newest first."""
        page = self.outside.notes.of(subscription)
        calls = [{"call": call._asdict() | {"step": _step(call.path)}, "at": call.at} for call in page.calls]
        reached = [{"reached": each._asdict(), "at": each.at} for each in page.reached]
        return sorted([*calls, *reached], key=lambda each: str(each["at"]), reverse=True)


def _step(path: str) -> str:
    """`/v1/cancellations/<id>/dispute` -> `dispute`."""
    return path.split("/")[4] if path.count("/") > 3 else ""


def story_of(customer: Json) -> Text:
    return Text(zh=ZH.get(customer["subscription"], ""), en=customer["story"])


def nowhere() -> Problem:
    return Problem("no-such-address", hint=Text(zh="请重新选一位客户。", en="Choose a customer again."))


def seat_of(name: str) -> Seat:
    if name not in SEATS:
        raise nowhere()
    return SEATS[name]


class Spoken(APIRoute):
    """Whatever goes wrong is a page in words with a way back."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def in_words(request: Request) -> Response:
            try:
                return await handle(request)
            except SaidNo as no:
                return _said(request, no.status, no.problem)
            except (*problems.ANSWERED, HTTPException) as error:
                language = language_of(request)
                no_in_words = problems.as_problem(error).body(GENERAL, request.url.path, language)
                return _said(request, no_in_words["status"], no_in_words)

        return in_words


def _said(request: Request, status: int, problem: Json) -> Response:
    desk: Desk = request.app.state.desk
    return desk.page(request, "problem.html", status, problem=problem)
