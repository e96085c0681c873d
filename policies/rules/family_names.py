"""The families of `fees.yaml`: which rule each is, which are made of others, what only the contract can say."""

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
