"""Every business no by its stable code: the reason and what to do, in both languages."""

from contracts.messages.shared import CommandRefused
from contracts.words import ClauseId, RequestId, Text

REFUSALS: dict[str, tuple[Text, Text]] = {
    "unknown-request": (
        Text(zh="没有这个编号的申请。", en="There is no request with this id."),
        Text(zh="请核对申请编号，或重新提交。", en="Check the request id, or submit a new request."),
    ),
    "too-many-waiting": (
        Text(zh="该渠道等待申请到达的操作过多。", en="Too many commands of this channel wait for their requests."),
        Text(zh="请在申请受理后再次发送。", en="Send it again once the request is known."),
    ),
    "id-taken": (
        Text(zh="该编号下已有另一项申请。", en="Under this id something else was asked for."),
        Text(zh="请换用新的编号提交。", en="Submit it under an id of its own."),
    ),
    "already-ended": (
        Text(zh="该申请已经结束。", en="This request has already ended."),
        Text(zh="如仍需办理，请重新提交。", en="Submit a new request if you still want it."),
    ),
    "no-such-quote": (
        Text(zh="没有这个版本的费用确认单。", en="There is no quote with this version."),
        Text(zh="请查询申请，确认最新版本。", en="Look the request up and confirm its latest quote."),
    ),
    "quote-version-old": (
        Text(zh="费用确认单已有新版本。", en="There is a newer version of the quote."),
        Text(zh="请查看并确认最新版本。", en="Read the latest quote and confirm that one."),
    ),
    "quote-expired": (
        Text(zh="费用确认单已过期。", en="The quote has expired."),
        Text(zh="请重新提交，以取得新的费用确认单。", en="Submit again to get a fresh quote."),
    ),
    "already-confirmed": (
        Text(zh="该费用确认单已经确认过。", en="This quote is already confirmed."),
        Text(zh="无需再次操作。", en="Nothing more to do."),
    ),
    "clauses-not-acknowledged": (
        Text(zh="尚未确认已阅读条款。", en="The clauses are not acknowledged."),
        Text(zh="请阅读条款后再确认。", en="Read the clauses, then confirm with clauses_acknowledged true."),
    ),
    "disclosure-missing": (
        Text(zh="没有费用告知的记录。", en="There is no receipt that the fee was disclosed."),
        Text(zh="请出示费用确认单后再次确认。", en="Show the quote, then confirm it once more."),
    ),
    "never-said": (
        Text(zh="客户没有说过。", en="The customer has not said so."),
        Text(zh="请与客户核实，查明消息来源。", en="Ask the customer, and find out who sent the message."),
    ),
    "proof-missing": (
        Text(zh="缺少该渠道要求的凭证。", en="The proof this channel requires is missing."),
        Text(
            zh="请在 proof 中补充该渠道要求的 agent、call、identity_document 或 signed_paper。",
            en="Add what this channel requires in proof: agent, call, identity_document or signed_paper.",
        ),
    ),
    "nothing-asked": (
        Text(zh="目前没有需要补充的资料。", en="No information is being asked for now."),
        Text(zh="请查询申请的当前状态。", en="Look up where the request stands."),
    ),
    "withdrawal-too-late": (
        Text(zh="服务已开始关闭，不能再撤回。", en="Switching off has begun; it is too late to withdraw."),
        Text(zh="关闭完成后可申请重新开通。", en="You can ask for reactivation once it is finished."),
    ),
    "already-withdrawing": (
        Text(zh="撤回申请正在处理。", en="The withdrawal is already on its way."),
        Text(zh="请等待结果通知。", en="Wait for the notice of its outcome."),
    ),
    "nothing-to-pay": (
        Text(zh="目前没有待支付的费用。", en="No payment is waiting."),
        Text(zh="请查询申请的当前状态。", en="Look up where the request stands."),
    ),
    "nothing-to-dispute": (
        Text(zh="没有可以提出异议的费用。", en="There is no fee that could be disputed."),
        Text(zh="请核对费用确认单中的费用项。", en="Check the lines of the quote."),
    ),
    "dispute-window-over": (
        Text(zh="已超过费用异议期限。", en="The time in which a fee can be disputed is over."),
        Text(zh="可通过投诉渠道反映。", en="You can still complain."),
    ),
    "already-disputed": (
        Text(zh="费用异议正在处理。", en="A dispute of this fee is already open."),
        Text(zh="请等待处理结果。", en="Wait for its outcome."),
    ),
    "dispute-same-ground": (
        Text(zh="该理由已经核查过。", en="This ground was already looked into."),
        Text(
            zh="如有新的理由，可再提一次；也可投诉。",
            en="Name a new ground to have it looked at once more, or complain.",
        ),
    ),
    "disputed-twice": (
        Text(zh="费用异议已核查过两次。", en="The fee was already looked into twice."),
        Text(zh="如不同意，可投诉到上一级。", en="If you do not agree, complain and take it higher."),
    ),
    "no-open-dispute": (
        Text(zh="没有待处理的费用异议。", en="No dispute is open."),
        Text(zh="请核对申请编号。", en="Check the request id."),
    ),
    "owed-out-of-range": (
        Text(zh="应付金额超出异议金额，或币种不同。", en="What is owed must lie between zero and the disputed amount."),
        Text(zh="请以相同币种填写异议金额以内的数值。", en="Name an amount within the disputed one, in its currency."),
    ),
    "complaint-not-higher": (
        Text(zh="投诉已在该级别或更高级别。", en="The complaint is already at this level or higher."),
        Text(zh="请等待答复或升级到更高一级。", en="Wait for the answer or go one level up."),
    ),
    "complaint-window-over": (
        Text(zh="已超过重新投诉的期限。", en="The time in which the answered complaint can be reopened is over."),
        Text(zh="可向上一级反映。", en="You can still take it to a higher level."),
    ),
    "complaint-same-ground": (
        Text(zh="该理由已经答复过。", en="This ground was already answered at this level."),
        Text(zh="请提出新的理由，或向上一级反映。", en="Name a new ground, or take it to a higher level."),
    ),
    "complaint-heard-twice": (
        Text(zh="该级别已答复过两次。", en="This level has answered twice."),
        Text(zh="如不同意，可向上一级反映。", en="If you do not agree, take it to a higher level."),
    ),
    "no-open-complaint": (
        Text(zh="该级别没有待答复的投诉。", en="No complaint waits for an answer at this level."),
        Text(zh="请核对级别。", en="Check the level."),
    ),
    "nothing-to-retry": (
        Text(zh="没有这个待重试的事项。", en="There is no such incident to retry."),
        Text(zh="请查询该申请的待处理事项。", en="Look up the open incidents of the request."),
    ),
    "nothing-to-decide": (
        Text(zh="没有待人工审核的申请。", en="No decision of a person is waiting here."),
        Text(zh="请查询申请的当前状态。", en="Look up where the request stands."),
    ),
    "nothing-to-repair": (
        Text(zh="没有可以重新处理的内容。", en="Nothing has been switched off yet that could be put right."),
        Text(zh="请等待办理，或说明受影响的业务。", en="Wait for the termination, or name the items concerned."),
    ),
    "nothing-to-reopen": (
        Text(zh="没有可以恢复的已销户号码。", en="There is no closed line here that could be reopened."),
        Text(
            zh="销户办结、收到最终账单后可以申请恢复。",
            en="A line can be reopened once it is closed and its final bill came.",
        ),
    ),
    "reopening-not-offered": (
        Text(zh="该号码销户后不提供恢复。", en="Reopening was not offered for this line."),
        Text(zh="如需号码，请办理新入网。", en="Take out a new line if you want one."),
    ),
    "number-released": (
        Text(
            zh="号码保留期已满，不能再恢复。",
            en="The time in which the number was kept is over; it cannot be reopened.",
        ),
        Text(zh="如需号码，请办理新入网。", en="Take out a new line if you want one."),
    ),
    "reopening-fee-differs": (
        Text(zh="确认的恢复费与告知的不一致。", en="The fee agreed to is not the one that was shown."),
        Text(
            zh="请查询申请，按 reopening 中的费用确认。", en="Look the request up and agree to the fee under reopening."
        ),
    ),
    "already-reopening": (
        Text(zh="恢复申请正在处理。", en="The reopening is already on its way."),
        Text(zh="请等待结果通知。", en="Wait for the notice of its outcome."),
    ),
    "already-reopened": (
        Text(zh="该号码已经恢复。", en="The line is already reopened."),
        Text(
            zh="无需再次操作；如要再次销户，请提交新的申请。",
            en="Nothing more to do; to close it again submit a new request.",
        ),
    ),
    "repair-under-way": (
        Text(zh="您反映的问题正在处理。", en="A problem you reported is being put right."),
        Text(zh="处理完成后再申请恢复。", en="Ask for the reopening when that is done."),
    ),
    "not-done-elsewhere": (
        Text(
            zh="该事项不能这样记为已在别处办理：已有结果、正在重试，或理由不符。",
            en="That cannot be noted as done elsewhere: it is over, a retry is under way, or the ground does not fit.",
        ),
        Text(
            zh="请查询待处理事项；关闭业务用 off，账单或费用用 billed，不收用 not-charged，退款或减免用 refunded。",
            en="Look up its open incidents: off is of a switch-off, billed of a bill or a charge, not-charged of a "
            "charge, refunded of a refund or waiver.",
        ),
    ),
    "nothing-to-abandon": (
        Text(zh="没有可以放弃的恢复申请。", en="No reopening is stuck that could be given up."),
        Text(zh="请查询该申请的待处理事项。", en="Look up the open incidents of the request."),
    ),
    "subscription-missing": (
        Text(zh="缺少用户编号。", en="The subscription is missing."),
        Text(zh="请填写 subscription。", en="Name the subscription."),
    ),
}


def refused(
    request_id: RequestId, command: str, code: str, clauses: tuple[ClauseId, ...] = (), basis: Text | None = None
) -> CommandRefused:
    """`basis`: the clauses by instrument and article, where a customer may be shown them."""
    reason, hint = REFUSALS[code]
    if basis:
        reason = Text(zh=f"{reason.zh}依据：{basis.zh}。", en=f"{reason.en} Basis: {basis.en}.")
    return CommandRefused(request_id=request_id, command=command, code=code, reason=reason, hint=hint, clauses=clauses)
