"""Does a channel ask more of a customer than another for the same thing (N13, R49)? Steps, data, identity, refusals.

The friction of a request is the sum of the steps its customer took, the references they had to bring, and the times
they were refused or sent back; retention screens are none, since tuiding has no command for one.
"""

from collections import Counter, defaultdict
from typing import Any, NamedTuple

from contracts.messages.intake import ConfirmationGiven
from contracts.words import Channel, Text
from insight.tracks import Track
from policies.pack import Pack

NOTABLE = 0.5  # on average, for one request in two
Key = tuple[str, str]  # kind, channel


class Parity(NamedTuple):
    """Averages over the requests of one kind on one channel whose customer got as far as saying yes."""

    kind: str
    channel: str
    begun: int
    confirmed: int
    steps: float
    data: float
    identity_checks: float
    refused: float
    asked_by_the_pack: int  # references the pack demands there for filing and confirming

    @property
    def friction(self) -> float:
        return round(self.steps + self.data + self.refused, 2)


class Tally:
    """`add` each request once."""

    def __init__(self) -> None:
        self.begun: Counter[Key] = Counter()
        self.sums: defaultdict[Key, Counter[str]] = defaultdict(Counter)

    def add(self, track: Track) -> None:
        key = (track.kind, track.channel)
        if not track.kind:
            return  # returned: nobody knows what was meant
        self.begun[key] += 1
        if ConfirmationGiven.type in track.passed:
            counted = ("steps", "data", "identity_checks", "refused")
            self.sums[key].update({"confirmed": 1} | {name: getattr(track, name) for name in counted})

    def rows(self, pack: Pack) -> list[Parity]:
        return [self._row(key, pack) for key in sorted(self.begun)]

    def _row(self, key: Key, pack: Pack) -> Parity:
        sums = self.sums[key]
        confirmed = sums["confirmed"]

        def mean(name: str) -> float:
            return round(sums[name] / max(1, confirmed), 2)

        return Parity(
            kind=key[0],
            channel=key[1],
            begun=self.begun[key],
            confirmed=confirmed,
            steps=mean("steps"),
            data=mean("data"),
            identity_checks=mean("identity_checks"),
            refused=mean("refused"),
            asked_by_the_pack=demanded(key[1], pack),
        )


def demanded(channel: str, pack: Pack) -> int:
    rule = pack.channels.get(Channel(channel))
    return len(rule.proof) + len(rule.confirmation_proof) if rule else 0


def findings(rows: list[Parity]) -> list[Text]:
    """One sentence where a channel asks notably more than the easiest one for the same kind."""
    return [found for row in rows if row.confirmed for found in _compared(row, rows)]


def _compared(row: Parity, rows: list[Parity]) -> list[Text]:
    alike = [each for each in rows if each.kind == row.kind and each.confirmed]
    found = []
    for name, zh, en in (("steps", "步骤", "steps"), ("data", "资料", "references")):
        least = min(alike, key=lambda each: float(getattr(each, name)))
        more = getattr(row, name) - getattr(least, name)
        if more >= NOTABLE:
            found.append(
                Text(
                    zh=f"{row.kind}：{row.channel} 平均比 {least.channel} 多要求 {more:.1f} 项{zh}。",
                    en=f"{row.kind}: {row.channel} asks {more:.1f} more {en} than {least.channel} on average.",
                )
            )
    return found


def parity_json(row: Parity) -> dict[str, Any]:
    return row._asdict() | {"friction": row.friction}
