"""What the carrier truly carried out for one request: money, switches and notices, as its ledger tells."""

from collections.abc import Iterable
from typing import Any, NamedTuple, Self

PASSED_BY = "termination-scheduled"  # not sent to a customer whose yes comes after the notice period has run out


class Effects(NamedTuple):
    """Money in minor units; items and notices each as often as it happened, in any order."""

    charged: int = 0
    refunded: int = 0
    waived: int = 0
    off: tuple[str, ...] = ()
    on_again: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    def in_order(self) -> Self:
        return self._replace(
            off=tuple(sorted(self.off)), on_again=tuple(sorted(self.on_again)), notices=tuple(sorted(self.notices))
        )

    def unlike(self, wanted: Self) -> str:
        """What differs, in words; nothing when all is as wanted."""
        if PASSED_BY not in self.notices:
            wanted = wanted._replace(notices=tuple(notice for notice in wanted.notices if notice != PASSED_BY))
        pairs = zip(self._fields, self.in_order(), wanted.in_order(), strict=True)
        return "; ".join(f"{name}: {found}, not {want}" for name, found, want in pairs if found != want)


def effects(ledger: Iterable[dict[str, Any]]) -> Effects:
    rows = list(ledger)

    def minor(kind: str) -> int:
        return sum(row["amount_minor"] for row in rows if row["kind"] == kind)

    def what(kind: str) -> tuple[str, ...]:
        return tuple(row["what"] for row in rows if row["kind"] == kind)

    return Effects(minor("charge"), minor("refund"), minor("waive"), what("switch-off"), what("restore"), what("send"))
