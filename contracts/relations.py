"""Why one service cannot go alone: which services of a line need which, and what becomes of each (N14, R25)."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.carrier.subscriptions import ItemKind
from contracts.words import ItemId, Text, Value

Fate = Literal["ends", "loses-its-base", "stays"]


class RelatedItem(Value):
    """`loses-its-base`: it stays on but needs, itself or through others, something that ends."""

    item: ItemId
    name: Text
    kind: ItemKind
    fate: Fate
    shared_with: Annotated[int, Field(ge=0, description="other lines that use this item")] = 0


class Need(Value):
    """An edge: `item` cannot work without `needs`."""

    item: ItemId
    needs: ItemId


class Relations(Value):
    """What ends, and every active item of the line connected with it by a need; other items are left out."""

    items: tuple[RelatedItem, ...] = ()
    needs: tuple[Need, ...] = ()
