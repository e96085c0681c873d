"""The account of a line that closes: what is owed on it, and where the money on it goes."""

from contracts.carrier.accounts import Origin
from contracts.fee_lines import FeeLine, LineKind
from contracts.words import ClauseId, Money, Text, Value


class BalanceFate(Value):
    """Money on the account by origin and where it goes: the four parts are the amount, to the minor unit (N12).

    `used` pays what is owed, `paid_out` goes to the customer, `returned` to the third party, `lost` is gone.
    """

    origin: Origin
    amount: Money
    used: Money
    paid_out: Money
    returned: Money
    lost: Money
    steps: tuple[Text, ...] = ()
    clauses: tuple[ClauseId, ...] = ()


class FinalAccount(Value):
    """The account of a line that closes, expected in a quote and final in the final bill.

    `net` above zero is charged, below zero paid out. `open_kinds` may still grow until the end of charging; a kind that
    is neither a line nor among them is never charged.
    """

    lines: tuple[FeeLine, ...]
    balances: tuple[BalanceFate, ...]
    owed: Money
    held: Money
    net: Money
    open_kinds: tuple[LineKind, ...] = ()
    steps: tuple[Text, ...] = ()
    flags: tuple[str, ...] = ()
