"""Words in both languages for every code that a field of a message may hold: said once, for phone and console alike."""

from contracts.refusals import REFUSALS

Pair = tuple[str, str]  # Chinese, English
Pairs = dict[str, Pair]

CHANNELS: Pairs = {
    "app": ("手机应用", "App"),
    "web": ("网站", "Web"),
    "hotline": ("热线", "Hotline"),
    "counter": ("柜台", "Counter"),
}
REASONS: Pairs = {
    "other": ("其他", "other"),
    "personal": ("个人原因", "personal"),
    "needs-changed": ("需求变化", "needs changed"),
    "price": ("资费", "price"),
    "quality": ("服务质量", "quality"),
    "moving": ("搬迁", "moving"),
}
ROUTES: Pairs = {
    "push": ("推送", "push"),
    "sms": ("短信", "text message"),
    "email": ("邮件", "e-mail"),
    "letter": ("信函", "letter"),
}
ORIGINS: Pairs = {
    "own": ("自有余额", "own money"),
    "deposit": ("押金", "deposit"),
    "pre-deposit": ("预存款", "pre-deposit"),
    "gift": ("赠送金", "gift"),
    "third-party": ("他人代付", "paid by others"),
}
ELSEWHERE: Pairs = {
    "off": ("已在别处关闭", "it is off already"),
    "billed": ("已在别处出账", "it was billed elsewhere"),
    "not-charged": ("不收取", "nobody charges it"),
    "refunded": ("已在别处退还", "it was given back elsewhere"),
}
GROUNDS: Pairs = {  # why a fee is disputed; any other code is taken as well
    "not-disclosed": ("事先没有告知", "it was not told before"),
    "amount-wrong": ("金额有误", "the amount is wrong"),
    "service-faulty": ("服务有问题", "the service did not work"),
    "terms-changed": ("合同条款被改", "the terms were changed"),
}
OTHER_GROUNDS: Pairs = {
    "fee-too-high": ("费用过高", "the fee is too high"),
    "disputed-at-the-carrier": ("客户此前已在运营商处提出异议", "it was disputed at the carrier before"),
}
COMPLAINTS: Pairs = {
    "fee-not-explained": ("费用没有讲清", "the fee was not explained"),
    "too-slow": ("办理太慢", "it takes too long"),
    "answer-not-accepted": ("不认可答复", "the answer is not accepted"),
}
LEVELS: Pairs = {
    "operator": ("本公司", "the company"),
    "association": ("消费者协会", "consumers' association"),
    "court": ("法院", "court"),
}
PROBLEMS: Pairs = {
    "late": ("办理延误", "it is late"),
    "wrong-item": ("关错了业务", "the wrong item went off"),
    "half-done": ("只关了一部分", "only a part went off"),
}
RULINGS: Pairs = {"upheld": ("维持", "stands"), "lowered": ("降低", "lowered"), "waived": ("免除", "dropped")}
CAUSES: Pairs = {  # of a refund or of what is not charged
    "withdrawal": ("客户撤回", "withdrawal"),
    "dispute": ("费用异议", "dispute"),
    "delay": ("办理延误", "delay"),
    "wrong-switch-off": ("误关业务", "wrongly switched off"),
    "final-bill": ("末次账单", "final bill"),
    "third-party": ("他人代付", "paid by others"),
    "reopening": ("恢复号码", "reopening"),
    "contract-goes-on": ("合同继续", "the contract goes on"),
}
WISHES: Pairs = {
    "product": ("退订业务", "Cancel services"),
    "line": ("销户", "Close the line"),
    "port-out": ("携号转网", "Take the number elsewhere"),
}
KINDS: Pairs = WISHES | {
    "plan": ("套餐", "plan"),
    "package": ("业务包", "package"),
    "add-on": ("附加业务", "add-on"),
    "early-termination": ("提前终止费", "early termination"),
    "arrears": ("欠费", "arrears"),
    "late-fee": ("滞纳金", "late fee"),
    "usage": ("未出账使用费", "usage"),
    "period-fee": ("当期月费", "fee of the period"),
    "device": ("终端余款", "device"),
}
ERASURES: Pairs = {  # why what is kept of a subscription is erased
    "customers-request": ("用户要求", "the customer asked"),
    "consent-withdrawn": ("撤回同意", "consent was withdrawn"),
    "purpose-fulfilled": ("处理目的已实现", "its purpose is fulfilled"),
    "period-over": ("保存期已满", "its time is over"),
}
FIELDS: dict[str, Pairs] = {  # a field of a message, wherever it stands
    "channel": CHANNELS,
    "kind": KINDS,
    "open_kinds": KINDS,
    "reason": REASONS,
    "language": {"zh": ("中文", "Chinese"), "en": ("英文", "English")},
    "route": ROUTES,
    "routes": ROUTES,
    "tried": ROUTES,
    "origin": ORIGINS,
    "ground": GROUNDS | OTHER_GROUNDS | COMPLAINTS | ERASURES | ELSEWHERE,
    "stays": {"money": ("金额", "amounts"), "acts": ("操作记录", "who ordered what"), "hashes": ("哈希值", "hashes")},
    "level": LEVELS,
    "problem": PROBLEMS | {"cannot-log-in": ("登录不了", "cannot log in")},
    "outcome": RULINGS,
    "cause": CAUSES,
    "code": {name: (reason.zh, reason.en) for name, (reason, _) in REFUSALS.items()},
    "status": {
        "active": ("在用", "in use"),
        "suspended": ("已停机", "suspended"),
        "closed": ("已销户", "closed"),
        "due": ("应付", "due"),
        "paid": ("已付", "paid"),
        "held": ("暂扣", "held"),
        "not-charged": ("不收", "not charged"),
    },
    "account": {"open": ("正常", "open"), "locked": ("账户锁定", "account locked")},
    "segment": {
        "personal": ("个人", "personal"),
        "business": ("企业", "business"),
        "guardian": ("监护人", "guardian"),
    },
    "fate": {
        "ends": ("将终止", "ends"),
        "loses-its-base": ("失去依赖，需另办套餐", "loses its base, needs a new package"),
        "stays": ("保留", "stays"),
    },
    "clauses": {
        "contract": ("合同条款", "of the contract"),
        "verified": ("已核实", "verified"),
        "unverified": ("未核实", "not verified"),
    },
    "about": {"quote": ("费用确认单", "the quote"), "final-account": ("末次账单", "the final account")},
    "word": {
        "confirmation": ("确认", "yes"),
        "withdrawal": ("撤回", "withdrawal"),
        "reopening": ("恢复号码", "reopening"),
        "problem": ("报告问题", "problem"),
    },
}
