"""Words for customers: (Chinese, English). Where they are the same for everybody the contract has them."""

from contracts import code_words

REASONS, GROUNDS, COMPLAINTS = code_words.REASONS, code_words.GROUNDS, code_words.COMPLAINTS
ORIGINS, LEVELS, PROBLEMS = code_words.ORIGINS, code_words.LEVELS, code_words.PROBLEMS
RULINGS, WISHES = code_words.RULINGS, code_words.WISHES

STAGES = {
    "received": ("已收到", "received"),
    "checking": ("核对中", "being checked"),
    "in-review": ("审核中", "under review"),
    "information-required": ("待补资料", "needs information"),
    "referred": ("人工审核", "with a person"),
    "quoted": ("待您确认", "your turn"),
    "confirmed": ("已确认", "confirmed"),
    "payment-failed": ("扣款失败", "payment declined"),
    "settled": ("已结清", "settled"),
    "scheduled": ("待终止", "scheduled"),
    "switching-off": ("关闭中", "switching off"),
    "late": ("已逾期", "late"),
    "terminated": ("已终止", "ended"),
    "closed": ("已办结", "done"),
    "returned": ("已退回", "returned"),
    "rejected": ("未通过", "rejected"),
    "expired": ("已失效", "expired"),
    "withdrawn": ("已撤回", "withdrawn"),
    "failed": ("未办成", "failed"),
    "joined": ("已并入", "joined"),
}
TABLES = {
    "stage": STAGES,
    "kind": WISHES,
    "reason": REASONS,
    "origin": ORIGINS,
    "ground": GROUNDS,
    "disputed": GROUNDS
    | code_words.OTHER_GROUNDS
    | {"disputed-at-the-carrier": ("您此前已提出异议", "you had disputed it before")},
    "complaint": COMPLAINTS,
    "level": LEVELS,
    "problem": PROBLEMS,
    "ruling": RULINGS,
    "system": {
        "crm": ("客户资料系统", "customer records"),
        "charging": ("计费收款系统", "charging"),
        "provisioning": ("开通系统", "provisioning"),
        "messaging": ("短信与推送系统", "messaging"),
    },
    "line": {
        "active": ("在用", "in use"),
        "suspended": ("已停机", "suspended"),
        "closed": ("已销户", "closed"),
        "locked": ("账户锁定", "account locked"),
    },
    "step": {
        "": ("提交申请", "filed a request"),
        "information": ("补充资料", "supplied information"),
        "confirmation": ("确认", "said yes"),
        "withdrawal": ("撤回", "withdrew"),
        "dispute": ("提出异议", "disputed the fee"),
        "problem": ("反映问题", "reported a problem"),
        "escalation": ("投诉", "complained"),
        "payment": ("再次支付", "paid again"),
        "reopening": ("要求恢复号码", "asked for the line back"),
    },
}


def say(table: str, word: str, language: str) -> str:
    """What nobody has named is shown as it is."""
    found = TABLES[table].get(word)
    return word if found is None else found[language == "en"]
