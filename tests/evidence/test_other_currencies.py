"""In dinars of three decimals and yen of none: a young contract withdrawn from, a rate that changes before the end."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.messages.billing import FeeSettled, QuoteIssued
from contracts.offer import Quote
from contracts.words import Kind, Language
from demo.carrier.customer import contract, customer, package, plan
from evidence.bundle import bundle
from evidence.verify import unwrapped
from tests.evidence.telling import told_by_the_console
from tests.evidence.test_one_sum_everywhere import reported
from tests.flow.customer import confirm, done, submit
from tests.flow.packs import beside_ours, write
from tests.flow.system import START, System

OWN = """
extends: eu
pack: my-own
version: "1"
currency: {currency}
time_zone: {zone}
rounding: {rounding}
taxes: {{standard: [{{percent: 5}}, {{percent: 10, from: {changes}}}], belgium: 21}}
cooling_off: {{days: 14, base: monthly, clauses: [OWN-early-end]}}
"""
LINE, DAY = "sub-othercurrency01", timedelta(days=1)


def signed(system: System) -> None:
    """A plan of two hundred days, an add-on of six."""
    old = contract(START.date(), days_in=200, days_left=530, full_fee_minor=240_017)
    young = contract(START.date(), days_in=6, days_left=725, full_fee_minor=72_000)
    items = (plan(old, 3_333), package("video-pack", "视频会员", "Video pack", 1_999, young))
    system.books.enrol([customer(LINE, "J2", "Another currency.", *items, language=Language.EN)])


@pytest.mark.parametrize(
    ("currency", "zone", "rounding", "decimals", "used"),
    [("KWD", "Asia/Kuwait", "half-up", 3, 400), ("JPY", "Asia/Tokyo", "down", 0, 399)],  # 1999 x 6 / 30 = 399.8
)
def test_every_place_names_one_sum_to_the_smallest_unit_across_a_change_of_the_rate(
    currency: str, zone: str, rounding: str, decimals: int, used: int, tmp_path: Path
) -> None:
    changes = START.date() + 5 * DAY
    write(tmp_path, "my-own", pack=OWN.format(currency=currency, zone=zone, rounding=rounding, changes=changes))
    system = System("my-own", where=beside_ours(tmp_path))
    signed(system)
    first = submit(system, LINE, "video-pack", kind=Kind.PRODUCT, language=Language.EN)
    young = carried_out(system, first)
    assert (young.total.minor, young.cooling_off) == (used, ("video-pack",))
    second = submit(system, LINE, name="second", kind=Kind.LINE, language=Language.EN, requested_end=START + 40 * DAY)
    old = carried_out(system, second)
    (fee,) = (each for each in old.lines if each.amount.minor)
    assert fee.net is not None and fee.tax is not None
    assert (fee.net.minor, fee.tax.minor) == (170_012, 17_001)  # 240017 x 17 / 24, and ten percent: the rate of the end
    assert reported(system) == used + 187_013
    letters = [each["content"] for each in system.carrier_acts(f"/customers/{LINE}/inbox", "GET")]
    for request, minor in ((first, used), (second, 187_013)):
        written = f"{currency} {Decimal(minor).scaleb(-decimals):,}"
        assert [what for what in ("Total", "Paid", "For what was used") if said(letters, f"{what}: {written}")] in (
            ["Total", "Paid"],
            ["Total", "For what was used"],
        )
        files = unwrapped(bundle(told_by_the_console(system, request), system.ledger(request)))
        told = json.loads(files["carrier.json"])
        assert told["said"] == told["booked"] and told["booked"]["charge"] == minor
        assert written in files["report.en.html"].decode()
    system.close()


def carried_out(system: System, request: str) -> Quote:
    """To its end, charged as it was quoted."""
    quote: Quote = system.the(QuoteIssued, request).quote
    confirm(system, request)
    system.advance(50 * DAY if quote.service_end > system.now else DAY)
    assert done(system, request, "charge") == [("charge", "settlement", quote.total.minor)]
    assert system.the(FeeSettled, request).paid == quote.total and system.stage(request) == "closed"
    return quote


def said(letters: list[str], words: str) -> bool:
    return any(words in letter for letter in letters)
