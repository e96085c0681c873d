"""Canaries in every field that a person types or a CRM answers: they are found only where the runbook's table says."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import time_machine
from prometheus_client import REGISTRY, generate_latest

from contracts.messages import commands, ops
from contracts.words import Proof
from demo.carrier.customer import canaries
from evidence.bundle import bundle
from evidence.verify import unwrapped
from runtime.envelope import Record
from services.console.roles import Role
from tests.console.test_second_person import answer, who
from tests.console.test_sign_in import browser, signed_in
from tests.flow.customer import submit
from tests.flow.with_console import Run, cells
from tests.proof.privacy import disguises

RUNBOOK = Path(__file__).parents[2] / "docs/runbooks/erasure.md"
SUBSCRIPTION = "sub-linecontract01"
TYPED = {  # as the table calls it: what the tests put there
    "subscription": SUBSCRIPTION,
    "proof": "canary-proof-4711",
    "ground": "canary-ground-4712",
    "words": "canary words of a customer",
    "reference": "canary-reference-4713",
    "reason": "canary reason of an operator",
    "broken": "canary in what breaks the contract",
}
PROOF = Proof(agent=TYPED["proof"], call=TYPED["proof"])
WHO: dict[str, Any] = {"operator": "op-1", "reason": TYPED["reason"]}


def live(run: Run) -> str:
    """One request with everything that can be typed about it; its id."""
    system = run.system
    request = submit(system, SUBSCRIPTION, channel="hotline", proof=PROOF)
    yes: dict[str, Any] = {"quote_version": 1, "clauses_acknowledged": True, "proof": PROOF}
    system.say(commands.ConfirmQuote(request_id=request, channel="hotline", **yes))
    system.advance(timedelta(days=40))
    system.say(commands.DisputeFee(request_id=request, channel="web", ground=TYPED["ground"]))
    system.say(ops.DisputeDecided(request_id=request, outcome="upheld", **WHO))
    more: dict[str, Any] = {"words": TYPED["words"], "reference": TYPED["reference"], "ground": TYPED["ground"]}
    system.say(commands.EscalateComplaint(request_id=request, channel="web", level="operator", **more))
    system.say(ops.ComplaintReplied(request_id=request, level="operator", answer=TYPED["reference"], **WHO))
    broken = f'{{"subscription": "{SUBSCRIPTION}", "note": "{TYPED["broken"]}"}}'.encode()
    headers = [("ce_id", b"x"), ("ce_source", b"/channels/app"), ("ce_type", b"cancellation.submit.v1")]
    headers += [("ce_specversion", b"1.0"), ("ce_subject", request.encode())]
    system.log["cancellation.commands"].append(Record("cancellation.commands", request.encode(), broken, headers))
    system.settle()
    run.show()
    return request


async def pages(run: Run, request: str) -> bytes:
    """What the console shows of it, exports of it and what evidence is made of it."""
    async with browser(run.host) as client:
        await signed_in(client, run.host, "zhao", Role.LEAD)
        one = [f"/requests/{request}?lang=en", f"/requests/{request}?lang=zh", f"/v1/requests/{request}"]
        many = ["/requests", "/requests.csv", "/requests.json", "/work", "/dead-letters", "/v1/dead-letters?state="]
        found = [await client.get(path) for path in (*one, *many)]
        told = found[2].json()
    files = unwrapped(bundle(told))
    return b"\n".join([*(each.content for each in found), *files.values()])


def everything(run: Run, request: str) -> dict[str, bytes]:
    """Place as the table calls it -> all that was written there."""
    found: dict[str, list[bytes]] = {"topics": [], "journals": [], "dead letters": []}
    for topic, records in run.system.log.items():
        place = "journals" if topic.endswith("journal") else "dead letters" if "dead" in topic else "topics"
        found[place] += [repr((each.key, each.value, each.headers)).encode() for each in records]
        found[place] += [each.value or b"" for each in records]
    stores = {name: each.store for name, each in run.system.steppers.items()}
    for place, store in ({"console": run.store} | stores).items():
        found.setdefault("console" if place == "console" else "stores", []).extend(cell for _, cell in cells(store))
    found["pages"] = [asyncio.run(pages(run, request))]
    found["logs"] = [repr(run.logs).encode()]
    found["metrics"] = [generate_latest(REGISTRY)]
    return {place: b"\n".join(texts) for place, texts in found.items()}


def places_of(text: str, everywhere: Mapping[str, bytes]) -> set[str]:
    return {place for place, said in everywhere.items() if any(form in said for _, form in disguises(text))}


def told() -> dict[str, tuple[set[str], set[str]]]:
    """From the runbook: what it is -> where it may be, and where it may be after the erasure."""
    rows = re.findall(r"^\| `(\w+)`[^|]*\|([^|]+)\|([^|]+)\|$", RUNBOOK.read_text(encoding="utf-8"), re.M)
    return {name: (_places(before), _places(after)) for name, before, after in rows}


def _places(cell: str) -> set[str]:
    return {place.strip() for place in cell.split(",")} - {"nowhere"}


def test_the_table_tells_of_all_that_can_be_typed_and_of_what_only_the_carrier_knows() -> None:
    assert told().keys() == TYPED.keys() | {"personal"} and told()["personal"] == (set(), set())


def test_canaries_are_only_where_the_table_says_and_after_the_erasure_nowhere_but_on_topics(run: Run) -> None:
    request, table = live(run), told()
    secrets: dict[str, Sequence[str]] = {name: [text] for name, text in TYPED.items()}
    secrets["personal"] = canaries([SUBSCRIPTION])
    before = _found(secrets, everything(run, request))
    assert _beyond({name: may for name, (may, _) in table.items()}, before) == {}
    assert all(before[name] for name in TYPED), "a canary that is found nowhere shows nothing"
    asyncio.run(_erase(run))
    after = _found(secrets, everything(run, request))
    assert _beyond({name: may for name, (_, may) in table.items()}, after) == {}
    assert after["subscription"] == {"topics", "journals", "dead letters"}


def _found(secrets: Mapping[str, Sequence[str]], everywhere: Mapping[str, bytes]) -> dict[str, set[str]]:
    return {name: set().union(*(places_of(text, everywhere) for text in texts)) for name, texts in secrets.items()}


def _beyond(may: Mapping[str, set[str]], found: Mapping[str, set[str]]) -> dict[str, set[str]]:
    return {name: more for name, there in found.items() if (more := there - may[name])}


async def _erase(run: Run) -> None:
    """By two leads, half a year later."""
    run.system.advance(timedelta(days=400))
    run.show()
    wish = {"subscription": SUBSCRIPTION, "ground": "customers-request", "reason": "in writing"}
    with time_machine.travel(run.system.now, tick=False):
        async with browser(run.host) as client:
            asked = await client.post("/v1/erasures", json=wish, headers=who(run.host, "zhao", Role.LEAD))
            assert asked.status_code == 202, asked.text
            done = await answer(client, run.host, asked.json()["proposal"], "qian", role=Role.LEAD)
            assert done.status_code == 202, done.text
    run.published()
