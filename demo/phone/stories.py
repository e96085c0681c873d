"""Each seeded customer's story in Chinese (the stand-in tells the English one), and whom to meet first."""

from typing import NamedTuple

from contracts.words import Text


class Start(NamedTuple):
    """A customer worth meeting first, and what to try with it."""

    subscription: str
    try_this: Text


STARTS = (
    Start(
        "sub-freeaddon02",
        Text(
            zh="退订「视频会员」：不收费，几秒办结，可看它走完全程。",
            en="Drop the video pack: free, done in seconds; watch it arrive.",
        ),
    ),
    Start(
        "sub-linecontract01",
        Text(
            zh="销户：看看今天走和合约到期再走各要多少钱。",
            en="Close the line: compare leaving today with leaving when the contract ends.",
        ),
    ),
    Start(
        "sub-arrears01",
        Text(zh="销户会被拒绝；缴清欠费后再试一次。", en="Closing is rejected; pay what is owed, then try again."),
    ),
    Start(
        "sub-disputewaived01",
        Text(
            zh="确认后对费用提出异议，由运维在控制台裁定。",
            en="Confirm, then dispute the fee; an operator decides on the console.",
        ),
    ),
    Start("sub-declineonce01", Text(zh="第一次扣款失败，再付一次。", en="The first payment is declined; pay again.")),
    Start(
        "sub-norealname01",
        Text(zh="先要补交证件，才出费用确认单。", en="A document is asked for before there is a quote."),
    ),
    Start(
        "sub-hotline01",
        Text(zh="请坐到热线坐席，替客户办理。", en="Sit at the hotline and file it for the customer."),
    ),
    Start(
        "sub-reopened01", Text(zh="销户后，趁号码还在，把它要回来。", en="Close the line, then have it back in time.")
    ),
    Start(
        "sub-account01",
        Text(
            zh="押金、赠送金和争议账单：看最后一笔账怎么算。", en="Deposit, gift, argued bill: see the final account."
        ),
    ),
)
ZH = {
    "sub-freeaddon01": "没有合约的业务：免费，立即关闭。",
    "sub-freeaddon02": "两个免费附加业务，只退一个。",
    "sub-freeaddon03": "月费为零，仍要退订。",
    "sub-boundaddon01": "附加业务在自己的合约期内：提前终止要付费。",
    "sub-dependent01": "漫游依赖加油包，加油包依赖月包。",
    "sub-sharedplan01": "另有三个号码共用这个套餐。",
    "sub-alreadyoff01": "要退的业务早就退了。",
    "sub-english01": "读英文的客户。",
    "sub-linecontract01": "合约期过半时销户。",
    "sub-linecontract02": "合约还有两周到期时销户。",
    "sub-linecontract03": "合约长得没有监管者会喜欢。",
    "sub-lineplain01": "销户，从来没有合约。",
    "sub-contractended01": "合约一个月前已到期：免费。",
    "sub-nolockin01": "有期限的优惠，但没有锁定条款。",
    "sub-twocontracts01": "套餐和宽带各有合约。",
    "sub-balances01": "自有余额、赠送金和预存款。",
    "sub-balances02": "由雇主充值的号码。",
    "sub-unbilled01": "当月通话费尚未出账。",
    "sub-hotline01": "用不了手机和网站，打热线。",
    "sub-counter01": "到营业厅办理。",
    "sub-account01": "押金、赠送金、预存款、雇主的钱，还有一张争议账单。",
    "sub-account02": "手机分期未还清，比账户余额多。",
    "sub-account03": "在合约期内，对违约金和上月账单都有异议。",
    "sub-incomplete01": "第一次没填全，第二次填对。",
    "sub-incomplete02": "要退的业务这个号码没有。",
    "sub-norealname01": "从未实名登记。",
    "sub-norealname02": "一直不交证件。",
    "sub-arrears01": "欠费八十八元，缴清后再来。",
    "sub-arrears02": "欠费一分钱，不缴。",
    "sub-business01": "公司的号码：由人工审核。",
    "sub-guardian01": "孩子的号码，监护人来办。",
    "sub-suspended01": "已停机，未销户。",
    "sub-closed01": "很久以前已销户。",
    "sub-locked01": "账户锁定，打热线。",
    "sub-complaint01": "投诉会一级一级往上走。",
    "sub-pressedtwice01": "同时在手机和网站上按了退订。",
    "sub-undecided01": "看了费用确认单，一直不答复。",
    "sub-regret01": "付款后反悔，来得及。",
    "sub-regretlate01": "第一项已关闭才反悔。",
    "sub-disputeupheld01": "对费用有异议；维持原费用。",
    "sub-disputelowered01": "对费用有异议；重新核定，降低。",
    "sub-disputewaived01": "对费用有异议；免除。",
    "sub-declineonce01": "银行第一次拒付。",
    "sub-declinetwice01": "银行拒付两次，第三次成功。",
    "sub-declinealways01": "换卡之前银行一直拒付。",
    "sub-stuckitem01": "音乐会员关不掉，要等修好。",
    "sub-busyitem01": "音乐会员第三次才关掉。",
    "sub-latepromise01": "到期前什么都没关掉。",
    "sub-latepromise02": "网络忙了五次。",
    "sub-crosseditems01": "要关视频，关成了音乐。",
    "sub-halfoff01": "告知视频已关，其实没有。",
    "sub-outage01": "办理时一个系统停了。",
    "sub-outage02": "合约期内办理，一个系统停了。",
    "sub-pushdead01": "应用已卸载，短信还能收。",
    "sub-unreachable01": "所有联系方式都不通。",
    "sub-noaddress01": "没有任何联系方式。",
    "sub-reopened01": "销户后，及时要求恢复。",
    "sub-reopened02": "视频会员恢复不了，要等修好。",
    "sub-toolate01": "号码释放后才想恢复。",
    "sub-coolingoff01": "签了两年，第六天离开。",
    "sub-coolingoff02": "附加业务签约才六天。",
    "sub-portclear01": "可以自由携号转网。",
    "sub-portrecent01": "三十天前才转入：太早。",
    "sub-portlockin01": "受合约锁定。",
    "sub-portobstacles01": "所有障碍一次占全。",
    "sub-portbalance01": "有自己的余额要带走。",
}
CHAPTERS = {
    "J1": Text(zh="退订一项业务", en="Cancel a service"),
    "J2": Text(zh="销户：合约、余额、终账", en="Close the line: contracts, balances, final account"),
    "J3": Text(zh="热线与柜台", en="Hotline and counter"),
    "J4": Text(zh="热线与柜台", en="Hotline and counter"),
    "J5": Text(zh="携号转网", en="Take the number elsewhere"),
    "J6": Text(zh="退回与拒绝", en="Returned and rejected"),
    "J7": Text(zh="补交资料", en="More information is asked for"),
    "J8": Text(zh="退回与拒绝", en="Returned and rejected"),
    "J9": Text(zh="人工审核", en="A person decides"),
    "J10": Text(zh="反悔", en="Second thoughts"),
    "J11": Text(zh="反悔", en="Second thoughts"),
    "J12": Text(zh="反悔", en="Second thoughts"),
    "J13": Text(zh="扣款失败", en="Declined payments"),
    "J14": Text(zh="费用异议", en="Disputed fees"),
    "J15": Text(zh="关闭时出错", en="Trouble at the switch"),
    "J16": Text(zh="关闭时出错", en="Trouble at the switch"),
    "J17": Text(zh="关闭时出错", en="Trouble at the switch"),
    "J18": Text(zh="热线与柜台", en="Hotline and counter"),
    "J19": Text(zh="投诉", en="Complaints"),
    "J20": Text(zh="退订一项业务", en="Cancel a service"),
    "J21": Text(zh="联系不上", en="Hard to reach"),
    "J22": Text(zh="关闭时出错", en="Trouble at the switch"),
    "J23": Text(zh="要回号码", en="The line back again"),
    "J24": Text(zh="要回号码", en="The line back again"),
    "J25": Text(zh="冷静期", en="Cooling off"),
}
