"""All requests of one subscription, the newest first, page by page."""

from typing import Annotated

import sqlalchemy as sa
from pydantic import Field

from contracts.words import SubscriptionRef, Value
from runtime.http.host_context import HostContext
from runtime.kernel.cases import read
from runtime.kernel.store import Store
from runtime.kernel.tables import CASES
from services.intake.case import IntakeCase
from services.intake.door.actions import COLLECTION
from services.intake.door.status import Status
from services.intake.door.submissions import shown

PAGE, LARGEST_PAGE = 20, 50
IN_THE_BODY = {  # whom a case is about, in what was written before there was a column for it
    "sqlite": "case when typeof(body) = 'text' then json_extract(body, '$.audience.subscription') end",
    "postgresql": "body::jsonb #>> '{audience,subscription}'",
}


class Wish(Value):
    """As it stands in the address. `after`: the last request of the page before, as `next` names it."""

    subscription: SubscriptionRef
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = PAGE
    after: Annotated[str, Field(pattern=r"^[0-9]{1,18}\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")] | None = None


class Page(Value):
    """Each request as its own address shows it. `next`: where the next page is; none on the last."""

    requests: tuple[Status, ...]
    next: str | None


def page(host: HostContext, wish: Wish) -> Page:
    mine = sa.select(CASES.c.body, CASES.c.first_at, CASES.c.request_id).where(CASES.c.party == wish.subscription)
    order = (CASES.c.first_at.desc(), CASES.c.request_id.desc())
    rows = host.store.read(mine.where(*_older(wish.after)).order_by(*order).limit(wish.limit + 1))
    here, more = rows[: wish.limit], len(rows) > wish.limit
    cases = (read(IntakeCase, row.request_id, row.body) for row in here)
    following = f"&limit={wish.limit}&after={here[-1].first_at}.{here[-1].request_id}" if more else ""
    return Page(
        requests=tuple(shown(host, case) for case in cases if not case.awaited),
        next=f"{COLLECTION}?subscription={wish.subscription}{following}" if more else None,
    )


def _older(after: str | None) -> list[sa.ColumnElement[bool]]:
    if after is None:
        return []
    at, _, request_id = after.partition(".")
    first = CASES.c.first_at
    return [sa.or_(first < int(at), sa.and_(first == int(at), CASES.c.request_id < request_id))]


def find_earlier_ones(store: Store) -> None:
    """What an earlier build wrote is found too; once for a store, and again for what such a build writes beside us."""
    named = sa.text(IN_THE_BODY[store.dialect])
    nameless = sa.update(CASES).where(CASES.c.party == "")
    with store.transaction() as tx:
        tx.execute(nameless.values(party=sa.func.coalesce(named, ""), first_at=CASES.c.at))
