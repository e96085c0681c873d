"""Every journey of a cancellation, J1 to J25, by its id: played on a running tuiding, each with its own customers."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from contracts.words import Text
from demo import journeys_afterlife as afterlife
from demo import journeys_channels as channels
from demo import journeys_money as money
from demo import journeys_review as review
from demo import journeys_switching as switching
from demo import journeys_told as told
from demo.doors import SaidNo
from demo.scene import Scene
from demo.story import Unfulfilled

Play = Callable[[Scene], Awaitable[None]]


class Journey(NamedTuple):
    """`alone`: it breaks something that others use, so it is played when the others are through."""

    id: str
    title: Text
    play: Play
    needs_operator: bool = False
    alone: bool = False


class Played(NamedTuple):
    passed: bool
    why: str
    seconds: float


def _together(*plays: Play) -> Play:
    async def play(scene: Scene) -> None:
        """All of them to their end, even when one has failed; then the first failure."""
        ends = await asyncio.gather(*(each(scene) for each in plays), return_exceptions=True)
        for failure in (end for end in ends if isinstance(end, BaseException)):
            raise failure

    return play


def _row(id: str, zh: str, en: str, *plays: Play, needs_operator: bool = False, alone: bool = False) -> Journey:
    return Journey(id, Text(zh=zh, en=en), _together(*plays), needs_operator, alone)


JOURNEYS = {
    journey.id: journey
    for journey in (
        _row("J1", "应用内退订无合约的增值业务", "app: a free add-on", channels.j1_app_drops_a_free_add_on),
        _row("J2", "网站办理合约期内销户", "web: a line inside its contract", channels.j2_web_closes_a_bound_line),
        _row("J3", "热线坐席代办", "hotline: an agent files", channels.j3_hotline_agent_files),
        _row("J4", "营业厅代办,书面确认", "counter: a clerk files", channels.j4_counter_clerk_files),
        _row("J5", "携号转网", "port-out: every obstacle, or the code", channels.j5_port_out),
        _row("J6", "资料不全,更正后重新提交", "incomplete, returned, resubmitted", review.j6_incomplete_and_wrong),
        _row(
            "J7",
            "要求补充资料",
            "information asked: supplied elsewhere, or never",
            review.j7_information_required,
            review.j7_information_never_comes,
        ),
        _row("J8", "审核不通过,缴清后重新提交", "rejected, cured, resubmitted", review.j8_rejected_then_cured),
        _row("J9", "转人工审核", "referred to a person", review.j9_a_person_decides, needs_operator=True),
        _row("J10", "逾期未确认", "the quote is not confirmed in time", review.j10_never_confirmed),
        _row("J11", "支付后及时撤回", "withdrawn after paying, in time", money.j11_withdrawn_in_time),
        _row("J12", "撤回太迟", "withdrawn too late", money.j12_withdrawn_too_late),
        _row("J13", "支付失败", "payment declined", money.j13_declined_then_paid, money.j13_never_paid),
        _row(
            "J14",
            "费用异议",
            "the fee is disputed: upheld, lowered, waived",
            money.j14_upheld,
            money.j14_bill_disputed_with_the_carrier,
            money.j14_lowered,
            money.j14_waived,
            needs_operator=True,
        ),
        _row(
            "J15",
            "三项业务中一项关闭失败",
            "one of three items fails",
            switching.j15_one_item_refused,
            switching.j15_one_item_busy,
            needs_operator=True,
        ),
        _row("J16", "承诺时间已过", "the promise's date passes", switching.j16_promise_passes),
        _row(
            "J17",
            "关错业务或只办一半",
            "the wrong service, or half of it",
            switching.j17_wrong_item,
            switching.j17_half_done,
        ),
        _row("J18", "账户锁定,热线代办", "a locked account", channels.j18_locked_account),
        _row("J19", "投诉逐级升级", "a complaint climbs", told.j19_complaint_climbs, needs_operator=True),
        _row("J20", "两个渠道同时提交", "cancel pressed twice", channels.j20_pressed_twice),
        _row(
            "J21",
            "通知无法送达",
            "a notice cannot be delivered",
            told.j21_next_route,
            told.j21_no_route_left,
            needs_operator=True,
        ),
        _row("J22", "运营商系统中断", "a carrier system is away", told.j22_a_system_is_away, alone=True),
        _row(
            "J23",
            "保留期内恢复已销号码",
            "a closed line is reopened in time, or given up and paid back",
            afterlife.j23_reopened_in_time,
            afterlife.j23_given_up,
            needs_operator=True,
        ),
        _row("J24", "号码释放后不能恢复", "too late: the number is free", afterlife.j24_too_late),
        _row("J25", "冷静期内撤回合同", "withdrawn from in the first days", afterlife.j25_first_days),
    )
}


async def played(journey: Journey, scene: Scene) -> Played:
    """Never raises for what the journey shows; only for a bug of the demo's own."""
    began, why = time.monotonic(), ""
    try:
        await journey.play(scene)
    except (Unfulfilled, SaidNo, TimeoutError) as failure:
        why = f"{type(failure).__name__}: {failure}"
    return Played(not why, why, round(time.monotonic() - began, 1))
