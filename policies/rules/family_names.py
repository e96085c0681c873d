"""The families of `fees.yaml`: which rule each is, which are made of others, what only the contract can say."""

from contracts.words import Text

FAMILIES = {"none": "none", "fixed": "fixed", "share-of-remaining": "reducing-by-date"} | {
    name: name
    for name in (
        "reducing-by-date",
        "reducing-by-step",
        "reducing-schedule",
        "stepped",
        "remaining-fees",
        "remaining-days",
        "cancelled-periods",
        "charge-to-commitment-end",
        "capped-months",
        "benefits-or-remaining",
        "device-residual",
        "device-or-remaining",
        "stepped-by-days-left",
        "returned-discounts",
        "discounts-so-far",
        "lower-of",
        "higher-of",
        "sum-of",
    )
}
# What the families, and the parts of those that compare two, are called in a sentence for the customer.
CALLED = {
    "benefits": Text(zh="已享优惠", en="the benefits"),
    "remaining": Text(zh="剩余月费", en="the fees left"),
    "residual": Text(zh="设备余值", en="the rest of the device"),
    "none": Text(zh="不收费", en="no fee"),
    "fixed": Text(zh="固定金额", en="the fixed amount"),
    "share-of-remaining": Text(zh="按剩余期限", en="by the term left"),
    "reducing-by-date": Text(zh="按剩余期限", en="by the term left"),
    "reducing-by-step": Text(zh="逐级递减", en="falling in steps"),
    "reducing-schedule": Text(zh="按表递减", en="by the table"),
    "stepped": Text(zh="按已满月数分级", en="by the months completed"),
    "remaining-fees": Text(zh="剩余月费", en="the fees left"),
    "remaining-days": Text(zh="剩余天数的费用", en="the days left"),
    "cancelled-periods": Text(zh="取消的周期", en="the periods cancelled"),
    "charge-to-commitment-end": Text(zh="至承诺期满的费用", en="the fees to the end of the commitment"),
    "capped-months": Text(zh="最初数月的剩余月费", en="the fees left of the first months"),
    "benefits-or-remaining": Text(zh="优惠或剩余月费", en="the benefits or the fees left"),
    "device-residual": Text(zh="设备余值", en="the rest of the device"),
    "device-or-remaining": Text(zh="设备余值或剩余月费", en="the rest of the device or the fees left"),
    "stepped-by-days-left": Text(zh="按剩余天数分级", en="by the days left"),
    "returned-discounts": Text(zh="返还的优惠", en="the discounts returned"),
    "discounts-so-far": Text(zh="至今的优惠", en="the discounts so far"),
    "lower-of": Text(zh="其中较低者", en="the lower of them"),
    "higher-of": Text(zh="其中较高者", en="the higher of them"),
    "sum-of": Text(zh="各项合计", en="all of them"),
}
NESTED = ("lower-of", "higher-of", "sum-of")  # made of other families, in `of`
WHOLE_MONTHS = (
    "reducing-by-step",
    "reducing-schedule",
    "stepped",
    "cancelled-periods",
    "capped-months",
    "device-residual",
    "returned-discounts",
    "discounts-so-far",
)
ONLY_THE_CONTRACT_SAYS = {
    "start",
    "end_of_term",
    "leaves_on",
    "completed_months",
    "months_left",
    "days_left",
    "periods",
    "prices",
    "price_changes",
    "currency",
}
