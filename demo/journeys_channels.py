"""J1 to J5, J18 and J20: who asks, through which door, and who said yes."""

from contracts.messages.commands import ProblemKind
from contracts.messages.intake import AccountChecked, ConfirmationGiven, RequestAccepted
from contracts.words import Kind, Proof
from demo.doors import ask
from demo.effects import Effects
from demo.habits import pressed_twice
from demo.scene import (
    AGENT_AT_A_TERMINAL,
    APP,
    COUNTER,
    HOTLINE,
    PROOF,
    PROOF_OF_YES,
    WEB,
    WEB_BY_KAFKA,
    By,
    Scene,
    until,
)
from demo.story import Story, codes, demand

FREE = ("request-accepted", "quote-issued", "product-terminated")
FREE_LINE = ("request-accepted", "quote-issued", "line-terminated", "final-bill")
BOUND_LINE = (*FREE_LINE, "fee-settled", "termination-scheduled")
HEARING_SECONDS = 20.0


async def j1_app_drops_a_free_add_on(scene: Scene) -> None:
    story = await Story(scene, "sub-freeaddon01", APP).submit("video-pack")
    quoted = await story.wait_for("quoted")
    demand(quoted["quote"]["total"]["minor"] == 0, "a service without a contract is free to leave")
    await story.confirm()
    await story.ends("closed", Effects(off=("video-pack",), notices=FREE))


async def j2_web_closes_a_bound_line(scene: Scene) -> None:
    """What it would cost is the same before anything is asked for, in the quote, and on the ledger."""
    wish = {"channel": "web", "kind": "line", "subscription": "sub-linecontract01"}
    beforehand = await ask(scene.intake, "POST", "/v1/quotes", wish)
    story = await Story(scene, "sub-linecontract01", WEB).submit()
    quote = (await story.wait_for("quoted"))["quote"]
    fee = quote["total"]["minor"]
    demand(fee > 0 and quote["impacts"] and quote["clauses"], "fee, effects and clauses are disclosed before the yes")
    demand(beforehand["quote"]["total"]["minor"] == fee, f"asked beforehand it costs the same: {beforehand['quote']}")
    await story.confirm()
    await story.ends("closed", Effects(charged=fee, off=("plan-basic", "video-pack"), notices=BOUND_LINE))


async def j3_hotline_agent_files(scene: Scene) -> None:
    """The agent's terminal is the command line."""
    story = await Story(scene, "sub-hotline01", AGENT_AT_A_TERMINAL).submit("video-pack")
    await story.wait_for("quoted")
    await story.confirm()
    await story.ends("closed", Effects(off=("video-pack",), notices=FREE))
    await _proof_is_kept(story, AGENT_AT_A_TERMINAL)


async def j4_counter_clerk_files(scene: Scene) -> None:
    story = await Story(scene, "sub-counter01", COUNTER).submit()
    fee = (await story.wait_for("quoted"))["quote"]["total"]["minor"]
    await story.confirm()
    await story.ends("closed", Effects(charged=fee, off=("plan-basic",), notices=BOUND_LINE))
    await _proof_is_kept(story, COUNTER)


async def _proof_is_kept(story: Story, by: By) -> None:
    kept = {RequestAccepted.type: PROOF[by.channel], ConfirmationGiven.type: PROOF_OF_YES[by.channel]}
    for kind, proof in kept.items():
        (event,) = await until(lambda: story.scene.heard(story.request_id, kind), HEARING_SECONDS, kind)  # noqa: B023
        found = (event.body.get("application") or event.body)["proof"]
        demand(Proof.model_validate(found) == proof, f"{kind} keeps who said yes: {found}")


async def j5_port_out(scene: Scene) -> None:
    """Every obstacle at once for the one; for the other the code, sent to the customer and written nowhere."""
    barred = await Story(scene, "sub-portobstacles01", WEB).submit(kind=Kind.PORT_OUT)
    grounds = codes((await barred.wait_for("rejected"))["grounds"])
    wanted = {"port-out-arrears", "port-out-real-name", "port-out-lock-in", "port-out-too-soon"}
    demand(set(grounds) == wanted, f"every obstacle is named at once: {set(grounds)}")
    await barred.ends("rejected", Effects(notices=("request-accepted", "request-rejected")))
    clear = await Story(scene, "sub-portclear01", APP).submit(kind=Kind.PORT_OUT)
    await clear.wait_for("quoted")
    await clear.confirm()
    await clear.ends("closed", Effects(notices=("request-accepted", "quote-issued", "port-code-issued")))
    inbox = await scene.carrier_acts("GET", "/customers/sub-portclear01/inbox")
    demand(any(row["kind"] == "port-code" for row in inbox), "the customer has the authorisation code")


async def j18_locked_account(scene: Scene) -> None:
    """Cannot log in, calls; the agent looks at the account and files under the number of the call."""
    caller = Story(scene, "sub-locked01", By(HOTLINE.channel, "http"))
    await caller.report(ProblemKind.CANNOT_LOG_IN, subscription=caller.subscription, proof=PROOF[HOTLINE.channel])
    what = AccountChecked.type
    (checked,) = await until(lambda: scene.heard(caller.request_id, what), HEARING_SECONDS, what)
    demand(checked.body["account"] == "locked", f"the CRM's word on the account: {checked.body['account']}")
    caller.by = HOTLINE
    await caller.submit("video-pack")
    await caller.wait_for("quoted")
    await caller.confirm()
    await caller.ends("closed", Effects(off=("video-pack",), notices=("account-checked", *FREE)))


async def j20_pressed_twice(scene: Scene) -> None:
    """First on two screens, for an add-on; then on the web and by a Kafka client, for the whole line."""
    await _twice(scene, APP, WEB, "video-pack", wanted=Effects(off=("video-pack",), notices=FREE))
    await _twice(scene, APP, WEB_BY_KAFKA, wanted=Effects(off=("plan-basic",), notices=FREE_LINE))


async def _twice(scene: Scene, one: By, other: By, *items: str, wanted: Effects) -> None:
    first, second = (Story(scene, "sub-pressedtwice01", by) for by in (one, other))
    story = await pressed_twice(first, second, *items)
    await story.confirm()
    await story.ends("closed", wanted)
