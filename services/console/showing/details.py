"""What a service wrote in English about what waits for a person: where the sentence is ours, in both languages."""

import re
from collections.abc import Callable

from contracts.words import Text
from services.console.wording import words

OUT_OF_TURN = {  # what intake says of an end that contradicts what it knows
    "it was approved and quoted before": "此前已审核通过并出具费用确认单",
    "it was settled before": "此前已结算",
    "the customer has not said yes to any quote": "客户没有确认过任何费用确认单",
    "the customer has not said yes to that quote": "客户没有确认过这份费用确认单",
    "the customer has not withdrawn it": "客户没有撤回",
    "it was never submitted": "没有提交过申请",
    "it has no quote": "没有费用确认单",
    "its quote still stands": "费用确认单仍在有效期内",
    "the customer has not asked for the line back": "客户没有要求恢复该线路",
    "the customer has not disputed it": "客户没有提出异议",
    "nothing was asked of the customer": "没有向客户要过资料",
    "the customer can still answer": "客户补充资料的期限未到",
    "no payment was declined": "没有被拒的支付",
    "it can still be paid": "补缴期限未到",
    "the end that was disclosed is still to come": "告知的终止日期未到",
    "nobody has said that it was switched off": "没有收到已关闭的消息",
    "nobody has said that it was settled": "没有收到已结算的消息",
    "no number is to go elsewhere": "没有要转出的号码",
}
SENTENCES: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (
        r"(?P<kind>[a-z-]+\.[a-z-]+(?:\.v\d+)?): (?P<why>" + "|".join(map(re.escape, OUT_OF_TURN)) + ")",
        lambda found: f"`{found['kind']}`：{OUT_OF_TURN[found['why']]}",
    ),
    (
        r"the pack (?P<pack>\S+) has no fee rule (?P<rules>.+)",
        lambda found: f"规则包 `{found['pack']}` 没有费用规则 `{found['rules']}`",
    ),
    (
        (
            r"(?P<place>\S+): is in (?P<here>[A-Z]{3}), the pack's currency is (?P<pack>[A-Z]{3})"
            r"(; the carrier has to send it in that)?"
        ),
        lambda found: (
            f"`{found['place']}` 的货币是 `{found['here']}`，规则包的货币是 `{found['pack']}`，须由运营商按后者提供"
        ),
    ),
    (
        r"(?P<place>\S+): (?P<minor>-\d+) is below zero; what is owed is a charge",
        lambda found: f"`{found['place']}` 为 {found['minor']}，小于零；欠费应记为费用",
    ),
    (
        r"(?P<field>\S+): (?P<later>\S+) is before (?P<what>[a-z ]+), (?P<earlier>\S+)",
        lambda found: f"`{found['field']}` 为 {found['later']}，早于 {found['earlier']}",
    ),
    (
        r"(?P<said>\S+) was said, and intake has not said the customer's (?P<word>[a-z]+): nothing came of it; .+",
        lambda found: (
            f"收到 `{found['said']}`，但没有听到客户本人的 `{found['word']}`：没有产生任何结果；"
            "重试会再问受理服务，客户没有说过则关闭本事项"
        ),
    ),
    (
        r"(?P<said>\S+) was said, and the customer's (?P<word>[a-z]+) that intake said is not to it: .+",
        lambda found: (
            f"收到 `{found['said']}`，但客户本人的 `{found['word']}` 与它不符：没有产生任何结果；"
            "与客户的话相符的会自动继续；请查明是谁发的，重试即关闭本事项"
        ),
    ),
    (
        r"more settlements were said before the customer's yes than the (?P<most>\d+) that are kept, .+",
        lambda found: (
            f"客户同意之前收到的结算消息超过保留的 {found['most']} 条，其中没有一条与它相符："
            "已请计费服务再说一次，会自动继续；请查明其余是谁发的"
        ),
    ),
    (r"nothing that is switched on would end", lambda found: "没有任何已开通的业务会终止"),
)
MENDED = "; have it put right at the carrier, or in the pack, then order a retry"
MENDED_ZH = "；请让运营商更正，或修改规则包，然后下达重试"


def in_words(detail: str) -> Text:
    """A carrier's own words, and those of ours that nobody has translated, stand in backticks: code in any language."""
    if detail in words.CODES:
        return Text(zh=words.CODES[detail][0], en=words.CODES[detail][1])
    told, mended = detail.removesuffix(MENDED), detail.endswith(MENDED)
    for pattern, chinese in SENTENCES:
        if found := re.fullmatch(pattern, told):
            return Text(zh=chinese(found) + (MENDED_ZH if mended else ""), en=detail)
    if mended:
        return Text(zh=f"`{told}`{MENDED_ZH}", en=detail)
    return Text(zh=f"`{detail}`", en=f"`{detail}`") if detail else Text(zh="", en="")
