"""The seeded customers: one row a person, at least one for every branch of every journey (J1-J25)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from contracts.carrier.commitments import Contract
from contracts.carrier.subscriptions import Item
from contracts.words import Language, Money, Route
from demo.carrier.customer import Customer, Quirks, add_on, balance, charge, contract, customer, package, plan

VIDEO = add_on("video-pack", "视频会员", "Video pack", 1500)
MUSIC = add_on("music-pack", "音乐会员", "Music pack", 800)
CLOUD = add_on("cloud-drive", "云盘空间", "Cloud drive", 0)
BROADBAND = package("home-broadband", "家庭宽带", "Home broadband", 5000)
LINE_OF_THREE = (plan(), VIDEO, MUSIC)


def seeded(today: date) -> tuple[Customer, ...]:
    """All of them, with contracts and porting dates counted from `today`."""
    return (
        *_product_customers(today),
        *_line_customers(today),
        *_account_customers(today),
        *_reviewed_customers(today),
        *_paying_customers(today),
        *_switched_customers(today),
        *_reached_customers(),
        *_returning_customers(today),
        *_porting_customers(today),
        *_test_lines(today),
    )


def _half_year(today: date) -> Contract:
    return contract(today, days_in=200, days_left=165, full_fee_minor=36500)


def _bound_plan(today: date) -> Item:
    return plan(_half_year(today))


def _product_customers(today: date) -> Iterator[Customer]:
    bound = add_on("phone-care", "手机保障服务", "Phone care", 2000, _half_year(today))
    data = add_on("data-boost", "流量加油包", "Data boost", 1000, depends_on=("data-pack",))
    pack = package("data-pack", "流量月包", "Data pack", 3000)
    roaming = add_on("roaming-pass", "漫游通", "Roaming pass", 2500, depends_on=("data-boost",))
    yield customer("sub-freeaddon01", "J1", "A service without a contract: free, off at once.", plan(), VIDEO)
    yield customer("sub-freeaddon02", "J1", "Two free add-ons, only one is to go.", plan(), VIDEO, MUSIC)
    yield customer("sub-freeaddon03", "J1", "Pays nothing monthly for it, leaves it anyway.", plan(), CLOUD)
    yield customer("sub-boundaddon01", "J2", "An add-on inside its own lock-in: a fee to leave.", plan(), bound)
    yield customer("sub-dependent01", "J1", "Roaming needs boost, boost needs data.", plan(), pack, data, roaming)
    shared = plan(monthly_minor=12900, shared_with=3)
    yield customer("sub-sharedplan01", "J2", "Three other lines use this plan too.", shared, VIDEO)
    yield customer("sub-alreadyoff01", "J6", "Asks to drop what was dropped long ago.", plan(), _off(VIDEO), MUSIC)
    yield customer("sub-english01", "J1", "Reads English.", plan(), VIDEO, language=Language.EN, routes=_all_routes())


def _line_customers(today: date) -> Iterator[Customer]:
    bound, promo = _bound_plan(today), contract(today, days_in=100, days_left=630, full_fee_minor=60000, lock_in=False)
    ending = plan(contract(today, days_in=350, days_left=15, full_fee_minor=36500))
    ended = plan(contract(today, days_in=400, days_left=-35, full_fee_minor=36500))
    endless = plan(contract(today, days_in=30, days_left=9000, full_fee_minor=999900))
    money = (balance("own", 5000), balance("gift", 2000), balance("pre-deposit", 3000))
    paid_by_others = (balance("own", 1200), balance("third-party", 8000))
    yield customer("sub-linecontract01", "J2", "Closes the line in the middle of its lock-in.", bound, VIDEO)
    yield customer("sub-linecontract02", "J2", "Closes the line two weeks before the lock-in ends.", ending, VIDEO)
    yield customer("sub-linecontract03", "J2", "A contract longer than any regulator likes.", endless)
    yield customer("sub-lineplain01", "J2", "Closes a line that was never bound.", plan(), VIDEO)
    yield customer("sub-contractended01", "J2", "The contract ended a month ago: free.", ended, VIDEO)
    yield customer("sub-nolockin01", "J2", "A promotion with a term, but no clause that locks.", plan(promo))
    yield customer("sub-twocontracts01", "J2", "Plan and broadband bound apart.", bound, _bound_broadband(today))
    yield customer("sub-balances01", "J2", "Own money, gift, pre-deposit.", plan(), VIDEO, balances=money)
    yield customer("sub-balances02", "J2", "An employer tops the line up.", plan(), balances=paid_by_others)
    yield customer("sub-unbilled01", "J2", "Calls of this month not billed yet.", *LINE_OF_THREE, unbilled_minor=1234)
    yield customer("sub-hotline01", "J3", "Cannot use app or web, calls the hotline.", plan(), VIDEO)
    yield customer("sub-counter01", "J4", "Comes to the counter.", bound, routes=(Route.LETTER, Route.SMS))


def _account_customers(today: date) -> Iterator[Customer]:
    """Lines whose final account has more to it than own money and usage."""
    month, phone = charge("month", "period-fee", "当月套餐费", "This month's plan", 9900), ("phone", "device")
    argued = charge("bill-last", "arrears", "上月账单", "Last month's bill", 8800, days_overdue=20, disputed=True)
    rest = charge(*phone, "手机分期余款", "Rest of the phone", 6000)
    much = charge(*phone, "手机分期余款", "Rest of the phone", 46000)
    released = balance("pre-deposit", 3000, release_months=10, months_released=4)
    everything = (balance("own", 5000), balance("deposit", 20000), balance("gift", 2000), released)
    employer = balance("third-party", 8000)
    story = "Deposit, gift, pre-deposit, an employer's money, a bill under dispute."
    known: dict[str, Any] = {"balances": (*everything, employer), "charges": (argued, month, rest)}
    yield customer("sub-account01", "J2", story, plan(), VIDEO, unbilled_minor=1234, **known)
    story = "Owes the rest of a phone: more than lies on the account."
    known = {"balances": (balance("own", 1000), balance("gift", 500)), "charges": (month, much)}
    yield customer("sub-account02", "J2", story, plan(), VIDEO, **known)
    story = "Bound, disputes the fee to leave, and last month's bill with the carrier."
    known = {"balances": (balance("own", 700), employer), "charges": (argued,)}
    yield customer("sub-account03", "J14", story, _bound_plan(today), VIDEO, unbilled_minor=300, **known)


def _reviewed_customers(today: date) -> Iterator[Customer]:
    yield customer("sub-incomplete01", "J6", "Fills the form in badly, then well.", plan(), VIDEO)
    yield customer("sub-incomplete02", "J6", "Names an item the line does not have.", plan(), MUSIC)
    yield customer("sub-norealname01", "J7", "Real name never verified.", *LINE_OF_THREE, real_name_verified=False)
    yield customer("sub-norealname02", "J7", "Never sends the paper.", *LINE_OF_THREE, real_name_verified=False)
    yield customer("sub-arrears01", "J8", "Owes 88 yuan, pays, asks again.", plan(), VIDEO, arrears=Money(minor=8800))
    yield customer("sub-arrears02", "J8", "Owes one fen and does not pay it.", plan(), VIDEO, arrears=Money(minor=1))
    yield customer("sub-business01", "J9", "A company's line: a person decides.", *LINE_OF_THREE, segment="business")
    yield customer("sub-guardian01", "J9", "A child's line, the guardian asks.", plan(), VIDEO, segment="guardian")
    yield customer("sub-suspended01", "J8", "Suspended, not closed.", plan(), VIDEO, status="suspended")
    yield customer("sub-closed01", "J6", "Closed long ago.", _off(plan()), status="closed")
    yield customer("sub-locked01", "J18", "Locked out, calls the hotline.", plan(), VIDEO, account="locked")
    yield customer("sub-complaint01", "J19", "Will climb every level of complaint.", _bound_plan(today), VIDEO)
    yield customer("sub-pressedtwice01", "J20", "Presses cancel in the app and on the web at once.", plan(), VIDEO)


def _paying_customers(today: date) -> Iterator[Customer]:
    bound = _bound_plan(today)
    stories = (
        ("sub-undecided01", "J10", "Looks at the quote and never answers."),
        ("sub-regret01", "J11", "Pays, then thinks better of it in time."),
        ("sub-regretlate01", "J12", "Thinks better of it when the first item is off."),
        ("sub-disputeupheld01", "J14", "Disputes the fee; the fee stands."),
        ("sub-disputelowered01", "J14", "Disputes the fee; it is assessed again, lower."),
        ("sub-disputewaived01", "J14", "Disputes the fee; it is dropped."),
    )
    for subscription, journey, story in stories:
        yield customer(subscription, journey, story, bound, VIDEO, MUSIC)
    payments = (
        ("sub-declineonce01", "The bank declines once.", ("decline",)),
        ("sub-declinetwice01", "The bank declines twice, then pays.", ("decline", "decline")),
        ("sub-declinealways01", "The bank declines until the card is changed.", ("always-decline",)),
    )
    for subscription, story, payment in payments:
        yield customer(subscription, "J13", story, bound, quirks={"payment": payment})


def _switched_customers(today: date) -> Iterator[Customer]:
    stories: tuple[tuple[str, str, str, Quirks], ...] = (
        ("sub-stuckitem01", "J15", "Music stays on until fixed.", {"item:music-pack": ("always-refuse",)}),
        ("sub-busyitem01", "J15", "Music goes off at the third try.", {"item:music-pack": ("busy", "busy")}),
        ("sub-latepromise01", "J16", "Nothing goes off before the date.", {"item:plan-basic": ("always-busy",)}),
        ("sub-latepromise02", "J16", "The network is busy five times.", {"item:video-pack": ("busy",) * 5}),
        ("sub-crosseditems01", "J17", "Asks video off, loses music.", {"item:video-pack": ("cross:music-pack",)}),
        ("sub-halfoff01", "J17", "Told that video is off; it is not.", {"item:video-pack": ("lost",)}),
        ("sub-outage01", "J22", "Leaves while a system is away.", {}),
        ("sub-outage02", "J22", "Leaves a bound line while a system is away.", {}),
    )
    for subscription, journey, story, quirks in stories:
        first = _bound_plan(today) if subscription == "sub-outage02" else plan()
        yield customer(subscription, journey, story, first, VIDEO, MUSIC, quirks=quirks)


def _reached_customers() -> Iterator[Customer]:
    dead_push: Quirks = {"route:push": ("always-undeliverable",)}
    all_dead: Quirks = {f"route:{route}": ("always-undeliverable",) for route in Route}
    push_first = (Route.PUSH, Route.SMS)
    yield customer("sub-pushdead01", "J21", "App gone, SMS works.", plan(), VIDEO, routes=push_first, quirks=dead_push)
    yield customer("sub-unreachable01", "J21", "No route works.", plan(), VIDEO, routes=_all_routes(), quirks=all_dead)
    yield customer("sub-noaddress01", "J21", "The CRM has no address at all.", plan(), VIDEO, routes=())


def _returning_customers(today: date) -> Iterator[Customer]:
    young = contract(today, days_in=6, days_left=724, full_fee_minor=72000)
    stuck: Quirks = {"restore:video-pack": ("always-refuse",)}
    yield customer("sub-reopened01", "J23", "Closes the line, wants it back in time.", plan(), VIDEO)
    yield customer("sub-reopened02", "J23", "Video cannot be restored until fixed.", plan(), VIDEO, quirks=stuck)
    yield customer("sub-toolate01", "J24", "Wants the line back when the number is free.", plan(), VIDEO)
    yield customer("sub-coolingoff01", "J25", "Bound for two years, leaves after six days.", plan(young), VIDEO)
    bound = add_on("phone-care", "手机保障服务", "Phone care", 3000, young)
    yield customer("sub-coolingoff02", "J25", "A contract of six days on an add-on.", plan(), bound)


def _porting_customers(today: date) -> Iterator[Customer]:
    recent = today - timedelta(days=30)
    obstacles: dict[str, Any] = {"real_name_verified": False, "arrears": Money(minor=4500), "ported_in_on": recent}
    yield customer("sub-portclear01", "J5", "Free to take the number elsewhere.", plan(), ported_in_on=date(2020, 5, 1))
    yield customer("sub-portrecent01", "J5", "Ported in 30 days ago: too early.", plan(), ported_in_on=recent)
    yield customer("sub-portlockin01", "J5", "Bound by a lock-in.", _bound_plan(today))
    yield customer("sub-portobstacles01", "J5", "Every obstacle at once.", _bound_plan(today), **obstacles)
    yield customer("sub-portbalance01", "J5", "Own money to take along.", plan(), balances=(balance("own", 3300),))


def _test_lines(today: date) -> Iterator[Customer]:
    for number in range(1, 6):
        story = "Nobody's line: for the conformance check, which closes it."
        yield customer(f"sub-conformance{number:02d}", "check", story, _bound_plan(today), VIDEO, routes=_all_routes())


def _bound_broadband(today: date) -> Item:
    return BROADBAND.model_copy(update={"contract": contract(today, days_in=60, days_left=670, full_fee_minor=73000)})


def _off(item: Item) -> Item:
    return item.model_copy(update={"active": False})


def _all_routes() -> tuple[Route, ...]:
    return (Route.PUSH, Route.SMS, Route.EMAIL, Route.LETTER)
