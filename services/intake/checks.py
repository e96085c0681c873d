"""What makes a request incomplete or wrong: every fault at once, each with its field, reason and what to do."""

from datetime import datetime

from contracts.carrier.subscriptions import Subscription
from contracts.messages.commands import SubmitCancellation
from contracts.messages.intake import Fault
from contracts.quotes import FURTHEST_END, QUOTE_REFUSALS
from contracts.words import Channel, Kind, Proof, Text
from policies.conditions import facts, holding
from policies.pack import Pack
from policies.schema import ChannelRule

_, _NOT_KNOWN, _LOOK_AGAIN = QUOTE_REFUSALS["unknown-subscription"]
NO_SUCH_LINE = Fault(field="/subscription", code="unknown-subscription", message=_NOT_KNOWN, hint=_LOOK_AGAIN)
NO_ITEMS = Fault(
    field="/items",
    code="items-missing",
    message=Text(zh="没有说明要退订的业务。", en="No item to end is named."),
    hint=Text(zh="请列出要退订的业务编号。", en="List the items to drop."),
)
ITEMS_NOT_ALLOWED = Fault(
    field="/items",
    code="items-not-allowed",
    message=Text(zh="销户和携号转网针对整条线路。", en="Closing a line or porting out is about the whole line."),
    hint=Text(zh="请去掉业务列表，或改为退订业务。", en="Leave items empty, or ask for kind product."),
)
DATE_PASSED = Fault(
    field="/requested_end",
    code="date-in-the-past",
    message=Text(zh="希望终止的时间已过。", en="The wished end lies in the past."),
    hint=Text(
        zh="请填写今后的时间，或留空表示尽快。", en="Name a later moment, or leave it out for as soon as possible."
    ),
)
DATE_TOO_FAR = Fault(
    field="/requested_end",
    code="date-too-far",
    message=Text(zh="希望终止的时间过远。", en="The wished end is too far away."),
    hint=Text(zh="请填写更近的时间，或留空表示尽快。", en="Name a nearer moment, or none for as soon as possible."),
)
ACCOUNT_LOCKED = Fault(
    field="/channel",
    code="account-locked",
    message=Text(zh="账户已锁定，无法自助办理。", en="The account is locked; this channel cannot be used."),
    hint=Text(
        zh="请致电客服热线，由坐席核实后代办。", en="Call the hotline: an agent checks the account and files for you."
    ),
)

NOTHING_ON = Fault(
    field="/subscription",
    code="nothing-switched-on",
    message=Text(
        zh="该号码没有已开通的业务，无可停用。", en="Nothing on this line is switched on: there is nothing to end."
    ),
    hint=Text(zh="请致电客服热线核对记录，之后重新提交。", en="Have the hotline check the record, then submit again."),
)


def kind_not_offered(channel: Channel, kind: Kind) -> Fault:
    return Fault(
        field="/kind",
        code="kind-not-offered-here",
        message=Text(
            zh=f"该渠道不能办理此类申请({kind})。", en=f"The channel {channel} does not take {kind} requests."
        ),
        hint=Text(zh="请使用其他渠道。", en="Use another channel."),
    )


PROOFS = {  # as clerk and customer call them
    "agent": Text(zh="经办人工号", en="the staff number of its agent"),
    "call": Text(zh="通话录音编号", en="the reference of the recorded call"),
    "identity_document": Text(zh="身份证件核验编号", en="the reference of the identity check"),
    "signed_paper": Text(zh="签字单编号", en="the reference of the signed paper"),
}


def proof_missing(name: str) -> Fault:
    return Fault(
        field=f"/proof/{name}",
        code="proof-missing",
        message=Text(zh=f"该渠道必须提供{PROOFS[name].zh}。", en=f"This channel must bring {PROOFS[name].en}."),
        hint=Text(zh="请补充后重新提交。", en="Add it and submit again."),
    )


def item_already_ending(item: str, holder: str) -> Fault:
    return Fault(
        field="/items",
        code="item-already-ending",
        message=Text(zh=f"业务 {item} 正在另一申请中办理。", en=f"The item {item} is already part of another request."),
        hint=Text(zh=f"请查询申请 {holder}，或去掉该业务。", en=f"Follow request {holder}, or leave the item out."),
    )


def contract_already_ending(contract: str, holder: str) -> Fault:
    return Fault(
        field="/items",
        code="contract-already-ending",
        message=Text(
            zh=f"同一合约 {contract} 下的另一业务正在另一申请中办理。",
            en=f"Another item under the same contract, {contract}, is part of another request.",
        ),
        hint=Text(
            zh=f"请等申请 {holder} 办结，或撤回它后一并提交，合约的费用只收一次。",
            en=f"Wait until request {holder} is done, or withdraw it and ask for both: a contract's fee is asked once.",
        ),
    )


def line_already_ending(holder: str) -> Fault:
    return Fault(
        field="/kind",
        code="line-already-ending",
        message=Text(zh="该号码已有另一项办理中的申请。", en="The whole line is already part of another request."),
        hint=Text(
            zh=f"请查询申请 {holder}，或先撤回它再提交。", en=f"Follow request {holder}, or withdraw it before you ask."
        ),
    )


def no_such_ground(ground: str, pack: Pack) -> Fault:
    zh = "、".join(f"{name}（{each.name.zh}）" for name, each in pack.exit_grounds.items()) or "没有"
    en = ", ".join(f"{name} ({each.name.en})" for name, each in pack.exit_grounds.items()) or "none"
    return Fault(
        field="/free_exit",
        code="no-such-ground",
        message=Text(zh=f"没有免费离网的理由 {ground}。", en=f"There is no ground for a free exit named {ground}."),
        hint=Text(zh=f"可填写：{zh}；或留空。", en=f"Name one of: {en}; or leave it out."),
    )


def missing_proof(proof: Proof, required: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in required if getattr(proof, name) is None)


def form_faults(submit: SubmitCancellation, now: datetime, pack: Pack) -> tuple[Fault, ...]:
    """What can be seen wrong without asking anybody."""
    rule = pack.channels.get(submit.channel, ChannelRule(kinds=()))
    faults = [proof_missing(name) for name in missing_proof(submit.proof, rule.proof)]
    if submit.kind not in rule.kinds:
        faults.append(kind_not_offered(submit.channel, submit.kind))
    if submit.kind is Kind.PRODUCT and not submit.items:
        faults.append(NO_ITEMS)
    if submit.kind is not Kind.PRODUCT and submit.items:
        faults.append(ITEMS_NOT_ALLOWED)
    if submit.free_exit is not None and submit.free_exit not in pack.exit_grounds:
        faults.append(no_such_ground(submit.free_exit, pack))
    if submit.requested_end is not None and submit.requested_end < now:
        faults.append(DATE_PASSED)
    if submit.requested_end is not None and submit.requested_end > now + FURTHEST_END:
        faults.append(DATE_TOO_FAR)
    return tuple(faults)


def record_faults(submit: SubmitCancellation, known: Subscription, now: datetime, pack: Pack) -> tuple[Fault, ...]:
    """What the carrier's records say is wrong."""
    rule = pack.channels.get(submit.channel, ChannelRule(kinds=()))
    locked = (ACCOUNT_LOCKED,) if rule.needs_open_account and known.account == "locked" else ()
    today = now.astimezone(pack.zone).date()
    truths = facts(submit.kind, submit.items, known, today, pack)
    rows = holding(pack, submit.kind, truths, ("return",))
    found = tuple(Fault(field=row.field, code=row.rule, message=row.reason, hint=row.remedy) for row in rows)
    nothing = (NOTHING_ON,) if submit.kind is Kind.LINE and not truths["targets"] else ()
    return locked + found + nothing
