"""Finds what the door needs to know before it answers: the case, who holds a name, under which id to file."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from contracts.messages.commands import SubmitCancellation
from contracts.words import RequestId
from runtime.envelope import derived_id
from runtime.kernel import noted
from runtime.kernel.cases import read
from runtime.kernel.packing import unpacked
from runtime.kernel.store import Store
from services.intake.case import IntakeCase, claim_names
from services.intake.door.idempotency import Replies
from services.intake.door.statements import Statements
from services.intake.early import NOBODY_YET

IDS_AT_ONCE = 20
SOMEBODY = "00000000-0000-4000-8000-000000000000"  # a submission's id while it has none yet


class Place(NamedTuple):
    """Where a submission belongs: under `request_id`, which `holder` says is already on its way."""

    request_id: RequestId
    holder: bool


def party_of(store: Store, request_id: RequestId) -> str:
    """Whose request it is; empty where nobody knows it. The same work either way, so that the time tells nothing."""
    cases = store.look(store.written(Statements).party, [request_id])
    handed = Replies(store).received(request_id)
    first = getattr(handed.message, "subscription", "") if handed else ""
    found = cases[0][0] if cases else ""
    return first if found in ("", NOBODY_YET) else found  # of two under one id the worker took the first


class Known(NamedTuple):
    case: IntakeCase
    version: int


def case_of(store: Store, request_id: RequestId) -> IntakeCase | None:
    known = known_case(store, request_id)
    return known.case if known else None


def known_case(store: Store, request_id: RequestId) -> Known | None:
    """A request of which only follow-ups were heard is not known to anybody yet."""
    for body, version in store.look(store.written(Statements).case, [request_id]):
        case = read(IntakeCase, request_id, unpacked(body))
        return None if case.awaited else Known(case, version)
    return None


def place_of(store: Store, wish: SubmitCancellation) -> Place:
    """The same wish on two channels at the same moment gets the same id; once a request has ended, a new one (N15)."""
    names = claim_names(wish)
    claims = store.look(store.written(Statements).claims, names)
    holders = {holder for _, holder, _ in claims}
    if len(claims) == len(names) and len(holders) == 1 and None not in holders:
        return Place(holders.pop(), holder=True)
    return Place(_first_open(store, wish, sum(times for *_, times in claims)), holder=False)


def _first_open(store: Store, wish: SubmitCancellation, times: int) -> RequestId:
    """A request that was returned before it claimed anything leaves `times` as it was: skip ids of ended ones.

    So are those under which something else was asked for, by a channel that chose its id itself.
    """
    ids, sql, many = _ids(wish, times), store.written(Statements), 1  # nearly always the first one is free
    while True:
        some, many = list(islice(ids, many)), IDS_AT_ONCE
        taken = {each for each, *case in store.look(sql.known, some) if not _free(wish, each, *case)}
        taken |= _erased(store, some)
        if free := next((each for each in some if each not in taken), None):
            return free


def _free(wish: SubmitCancellation, request_id: RequestId, is_open: bool, body: Any) -> bool:
    return bool(is_open) and read(IntakeCase, request_id, unpacked(body)).is_about(wish)


def _erased(store: Store, request_ids: list[RequestId]) -> set[RequestId]:
    named = {noted.gone(each): each for each in request_ids}
    return {named[row[0]] for row in store.look(store.written(Statements).claims, list(named))}


def _ids(wish: SubmitCancellation, times: int) -> Iterator[RequestId]:
    what = f"{wish.subscription}|{wish.kind}|{','.join(sorted(set(wish.items)))}"
    while True:
        yield derived_id("submission", f"{what}|{times}")
        times += 1
