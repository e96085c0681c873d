"""J6 to J10: what comes back, what is asked, what is refused, what a person decides, and what nobody answers."""

from contracts.words import Kind, Proof
from demo.effects import Effects
from demo.journeys_channels import FREE, FREE_LINE
from demo.operators import order
from demo.scene import APP, COUNTER, HOTLINE, WEB, Scene
from demo.story import Story, codes, demand

LINE_OF_THREE = ("music-pack", "plan-basic", "video-pack")


async def j6_incomplete_and_wrong(scene: Scene) -> None:
    """The agent forgets the proofs and the item: all of it is named at once; the web form then does it right."""
    first = await Story(scene, "sub-incomplete01", HOTLINE).submit(kind=Kind.PRODUCT, proof=Proof())
    returned = await first.wait_for("returned")
    demand(codes(returned["faults"]) == {"proof-missing": 2, "items-missing": 1}, f"every fault: {returned['faults']}")
    await first.ends("returned", Effects(notices=("request-returned",)))
    again = await Story(scene, "sub-incomplete01", WEB).submit("video-pack", resubmission_of=first.request_id)
    await again.wait_for("quoted")
    await again.confirm()
    await again.ends("closed", Effects(off=("video-pack",), notices=FREE))
    unknown = await Story(scene, "sub-incomplete02", APP).submit("no-such-item")
    demand("item-unknown" in codes((await unknown.wait_for("returned"))["faults"]), "the unknown item is named")


async def j7_information_required(scene: Scene) -> None:
    """Filed on the web, the paper handed in at the counter, confirmed in the app: one request."""
    story = await Story(scene, "sub-norealname01", WEB).submit()
    asked = await story.wait_for("information-required")
    demand("identity-document" in codes(asked["grounds"]), f"what is missing is named: {asked['grounds']}")
    await story.supply({"identity-document": "doc-0815"}, by=COUNTER)
    await story.wait_for("quoted")
    await story.confirm(by=APP)
    await story.ends("closed", Effects(off=LINE_OF_THREE, notices=("information-required", *FREE_LINE)))


async def j7_information_never_comes(scene: Scene) -> None:
    story = await Story(scene, "sub-norealname02", WEB).submit()
    await story.wait_for("information-required")
    told = ("request-accepted", "information-required", "information-overdue")
    await story.ends("expired", Effects(notices=told))


async def j8_rejected_then_cured(scene: Scene) -> None:
    first = await Story(scene, "sub-arrears01", WEB).submit()
    grounds = (await first.wait_for("rejected"))["grounds"]
    demand(grounds[0]["clause"] and grounds[0]["remedy"]["en"], f"clause and cure are named: {grounds}")
    await first.ends("rejected", Effects(notices=("request-accepted", "request-rejected")))
    await scene.carrier_acts("POST", "/customers/sub-arrears01/pay-arrears")
    again = await Story(scene, "sub-arrears01", APP).submit(resubmission_of=first.request_id)
    await again.wait_for("quoted")
    await again.confirm()
    await again.ends("closed", Effects(off=("plan-basic", "video-pack"), notices=FREE_LINE))


async def j9_a_person_decides(scene: Scene) -> None:
    company = await Story(scene, "sub-business01", WEB).submit()
    child = await Story(scene, "sub-guardian01", APP).submit()
    for story in (company, child):
        await story.wait_for("referred")
    await order(company, "review-decision", approve=True)
    await order(child, "review-decision", approve=False, reason="guardianship not shown")
    await company.wait_for("quoted")
    await company.confirm()
    told = ("request-accepted", "review-referred")
    await child.ends("rejected", Effects(notices=(*told, "request-rejected")))
    await company.ends("closed", Effects(off=LINE_OF_THREE, notices=("review-referred", *FREE_LINE)))


async def j10_never_confirmed(scene: Scene) -> None:
    story = await Story(scene, "sub-undecided01", APP).submit()
    await story.wait_for("quoted")
    await story.ends("expired", Effects(notices=("request-accepted", "quote-issued", "quote-expired")))
