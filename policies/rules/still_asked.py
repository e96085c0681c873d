"""What of a fee is still asked where a ground for leaving was found: nothing, a share of it, at most some months."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.words import Text, Value
from policies.rules.contract_facts import ContractOnDay
from policies.rules.core import Minor, Months, Outcome, Share, percent, rounded
from policies.rules.limits import capped
from policies.rules.words import money, plain, said

FREE_EXIT = "free_exit"  # the reason of a fee of which a ground leaves nothing
NOTHING = said("不收提前终止费", "no early termination fee is charged")
NOTHING_OFF = said("这一项不因此减免", "it lets nothing off this one")


class StillAsked(Value):
    """First the share of the fee before tax, then the lowest of the caps."""

    share_percent: Annotated[Share, Field(gt=0, lt=100)] | None = None
    at_most_minor: Annotated[Minor, Field(gt=0)] | None = None
    at_most_months: Annotated[Months, Field(gt=0)] | None = None  # monthly fees from the leaving on
    at_most_term_percent: Annotated[Share, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _lets_something_off(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError(f"say one of {', '.join(type(self).model_fields)}, or leave it out: then nothing is asked")
        return self


WHOLE: Literal["whole"] = "whole"  # a phone that was handed over is still owed, whatever the ground
Asked = StillAsked | Literal["whole"]


def still_asked(fee: Outcome, ground: Text, asked: Asked | None, contract: ContractOnDay) -> Outcome:
    """Of nothing, nothing is let off."""
    if fee.amount_minor == 0:
        return fee
    named = said(f"理由：{ground.zh}", f"the ground: {ground.en}")
    fee = fee.model_copy(update={"steps": (*fee.steps, named)})
    if asked is None:
        return fee.model_copy(update={"amount_minor": 0, "reason": FREE_EXIT})
    if not isinstance(asked, StillAsked):
        return fee.model_copy(update={"steps": (*fee.steps, NOTHING_OFF)})
    return capped(_share_of(fee, asked.share_percent, contract), asked, contract)


def _share_of(fee: Outcome, share: Share | None, contract: ContractOnDay) -> Outcome:
    if share is None:
        return fee
    minor = rounded(fee.amount_minor * percent(share), contract.rounding)
    formula = f"{money(fee.amount_minor, contract.currency)} x {plain(share)}% = {money(minor, contract.currency)}"
    step = said(f"只收取其中一部分：{formula.replace(' x ', ' × ')}", f"only a part of it is asked: {formula}")
    return fee.model_copy(update={"amount_minor": minor, "steps": (*fee.steps, step)})


def in_words(asked: Asked | None, currency: str, otherwise: Iterable[tuple[Text, Asked]] = ()) -> Text:
    """For whoever is asked for proof: what finding the ground would change; `otherwise`: of the fees of that name."""
    first = _in_words(asked, currency)
    more = [(name, _in_words(each, currency)) for name, each in otherwise]
    zh, en = (f"；{name.zh}：{told.zh}" for name, told in more), (f"; {name.en}: {told.en}" for name, told in more)
    return said(f"{first.zh}{''.join(zh)}", f"{first.en}{''.join(en)}") if more else first


def _in_words(asked: Asked | None, currency: str) -> Text:
    if asked is None:
        return NOTHING
    if not isinstance(asked, StillAsked):
        return NOTHING_OFF
    parts = list(_parts(asked, currency))
    zh, en = "，".join(part.zh for part in parts), ", ".join(part.en for part in parts)
    return said(f"提前终止费{zh}", f"of the early termination fee {en} is charged")


def _parts(asked: StillAsked, currency: str) -> Iterator[Text]:
    if asked.share_percent is not None:
        share = plain(asked.share_percent)
        yield said(f"只收取 {share}%", f"only {share} %")
    if asked.at_most_minor is not None:
        most = money(asked.at_most_minor, currency)
        yield said(f"最多收取 {most}", f"at most {most}")
    if asked.at_most_months is not None:
        months = plain(asked.at_most_months)
        yield said(f"最多收取 {months} 个月月费", f"at most the fees of {months} months")
    if asked.at_most_term_percent is not None:
        share = plain(asked.at_most_term_percent)
        yield said(f"最多收取合约期总费用的 {share}%", f"at most {share} % of all fees of the term")
