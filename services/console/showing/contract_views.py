"""The contract for whoever writes a channel: each message with texts to copy, OpenAPI and AsyncAPI offline."""

import inspect
import re
from pathlib import Path

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse

import contracts
from contracts.flow import SERVICES, SHARED_COMMANDS, topic_name
from contracts.messages import TYPES, Command, Message
from contracts.messages.commands import (
    ConfirmQuote,
    DisputeFee,
    EscalateComplaint,
    ReopenLine,
    ReportProblem,
    RetryPayment,
    SubmitCancellation,
    SupplyInformation,
    WithdrawCancellation,
)
from contracts.rights import spoken_on
from runtime.http.pages import language_of, one
from runtime.http.problems import Problem, no_zero_byte
from services.console.kept.queries import Json
from services.console.rendering import HERE, Page
from services.console.showing.copies import copies, example_text, here
from services.console.showing.sending import Answered, is_demo, send
from services.console.showing.shared_view import View
from services.console.signing_in.gate import form_of

SECTION = "/contracts"
DESCRIPTIONS = {"http": "openapi.json", "events": "asyncapi.json"}
VENDORED = {  # packed; only browsers ask for them, and every one of them unpacks
    "swagger-ui.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "asyncapi.js": "text/javascript",
    "asyncapi.css": "text/css",
}
A_DAY = {"cache-control": "private, max-age=86400", "content-encoding": "gzip"}
COMMANDS_IN_CHINESE = {  # events have their words in words.py
    SubmitCancellation.type: "提交申请：退订业务、销户或携号转网",
    SupplyInformation.type: "补充审核所要的资料",
    ConfirmQuote.type: "确认这一版费用确认单和所列条款",
    WithdrawCancellation.type: "撤回申请，保留服务",
    DisputeFee.type: "对费用提出异议，核查期间暂不收取",
    ReportProblem.type: "反映办理有误、延误或无法登录",
    EscalateComplaint.type: "投诉，或把投诉提交上一级",
    RetryPayment.type: "再次支付",
    ReopenLine.type: "在号码保留期内，按告知的费用恢复已销号码",
}
REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OUR_NUMBERS = re.compile(r" \((?:[A-Z]{1,2}-?\d+(?:, )?)+\)")
UNVERSIONED = re.compile(r"\.v\d+$")


def routes(view: View) -> APIRouter:
    doors = APIRouter(route_class=Page, include_in_schema=False, dependencies=[Depends(no_zero_byte)])
    _add_descriptions(doors, view)

    @doors.get(SECTION)
    async def all_of_it(request: Request) -> Response:
        return await view.page(request, "contracts.html", SECTION, topics=_topics(), demo=is_demo(view.host.pack))

    @doors.get(SECTION + "/messages/{kind}")
    async def message(request: Request, kind: str) -> Response:
        return await _message(view, request, kind, request.query_params.get("request", ""), None)

    @doors.post(SECTION + "/messages/{kind}/send")
    async def to_the_demo(request: Request, kind: str) -> Response:
        form = await form_of(request)
        if not (is_demo(view.host.pack) and issubclass(_known(kind), Command)):
            raise Problem("unknown-page")
        asked = _id(one(form, "request"))
        answer = await send(view.host.settings.intake, kind, asked, language_of(request))
        return await _message(view, request, kind, answer.request_id or asked, answer)

    return doors


def _add_descriptions(doors: APIRouter, view: View) -> None:
    @doors.get(SECTION + "/described/{what}")
    async def described(request: Request, what: str) -> Response:
        if what not in DESCRIPTIONS:
            raise Problem("unknown-page")
        return await view.page(request, "described.html", SECTION, what=what, file=DESCRIPTIONS[what])

    @doors.get(SECTION + "/{name}.json")
    async def as_file(name: str) -> Response:
        if f"{name}.json" not in DESCRIPTIONS.values():
            raise Problem("unknown-page")
        return FileResponse(Path(inspect.getfile(contracts)).parent / f"{name}.json", media_type="application/json")

    @doors.get("/vendored/{name}")
    async def vendored(name: str) -> Response:
        if name not in VENDORED:
            raise Problem("unknown-page")
        return FileResponse(HERE / "vendored" / f"{name}.gz", media_type=VENDORED[name], headers=A_DAY)


async def _message(view: View, request: Request, kind: str, asked: str, answer: Answered | None) -> Response:
    model, settings = _known(kind), view.host.settings
    return await view.page(
        request,
        "contract.html",
        SECTION,
        kind=kind,
        name=UNVERSIONED.sub("", kind),
        meaning=_said_of(model),
        in_chinese=COMMANDS_IN_CHINESE.get(kind, ""),
        topics=spoken_on(model),
        command=issubclass(model, Command),
        example=example_text(kind),
        copies=[
            {"language": each.language, "text": here(each.text, settings.intake, settings.kafka)}
            for each in copies(kind, _id(asked))
        ],
        asked=_id(asked),
        demo=is_demo(view.host.pack) and issubclass(model, Command),
        answer=answer,
    )


def _known(kind: str) -> type[Message]:
    if kind not in TYPES:
        raise Problem("unknown-page")
    return TYPES[kind]


def _id(text: str) -> str:
    """What is no id of a request is none at all."""
    return text.strip().lower() if REQUEST_ID.fullmatch(text.strip().lower()) else ""


def _topics() -> list[Json]:
    """What a channel says first, once for all their topics, then what each service says."""
    names = [SHARED_COMMANDS, *(topic_name(service.writes) for service in SERVICES)]
    found: dict[str, list[Json]] = {name: [] for name in names}
    for kind, model in sorted(TYPES.items()):
        for topic in found.keys() & spoken_on(model):
            meaning = _said_of(model).partition("\n")[0]
            found[topic].append({"kind": kind, "meaning": meaning, "in_chinese": COMMANDS_IN_CHINESE.get(kind, "")})
    return [{"topic": name, "messages": messages} for name, messages in found.items() if messages]


def _said_of(model: type[Message]) -> str:
    """Its own words, not those of what it derives from, and without the numbers of our requirements."""
    return OUR_NUMBERS.sub("", inspect.cleandoc(model.__doc__)) if model.__doc__ else ""
