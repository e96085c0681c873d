"""Doors that no real carrier has: for the auditor, for the customers of the story, and for whoever breaks things."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response

from contracts.words import ItemId, Value
from demo.carrier.audit import Auditor
from demo.carrier.books import Books
from demo.carrier.faults import Fault, Faults


class PaymentMethod(Value):
    works: bool


class ItemToFix(Value):
    item: ItemId


def ledger_doors(audit: Auditor) -> APIRouter:
    doors = APIRouter(prefix="/ledger")

    @doors.get("")
    def ledger(
        subscription: str | None = None,
        request_id: str | None = None,
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=100_000)] = 10_000,
    ) -> Response:
        return _json(audit.ledger(subscription=subscription, request_id=request_id, after=after, limit=limit))

    @doors.get("/summary")
    def summary() -> Response:
        return _json(audit.summary())

    return doors


def customer_doors(books: Books) -> APIRouter:
    doors = APIRouter(prefix="/customers")

    @doors.get("")
    def customers() -> Response:
        return _json(books.audit.customers())

    @doors.get("/{ref}/inbox")
    def inbox(ref: str) -> Response:
        return _json(books.audit.inbox(ref))

    @doors.post("/{ref}/pay-arrears", status_code=204)
    def pay_arrears(ref: str) -> None:
        books.pay_arrears(ref)

    @doors.post("/{ref}/payment-method", status_code=204)
    def payment_method(ref: str, method: PaymentMethod) -> None:
        books.payment_method(ref, works=method.works)

    @doors.post("/{ref}/fix-item", status_code=204)
    def fix_item(ref: str, broken: ItemToFix) -> None:
        books.fix_item(ref, broken.item)

    return doors


def fault_doors(faults: Faults) -> APIRouter:
    doors = APIRouter(prefix="/faults")

    @doors.get("")
    def shown() -> Response:
        return _json(faults.shown())

    @doors.put("/system/{system}")
    def switch_on_system(system: str, fault: Fault) -> Response:
        faults.switch_on_system(system, fault)
        return shown()

    @doors.put("/{operation}")
    def switch_on(operation: str, fault: Fault) -> Response:
        faults.switch_on(operation, fault)
        return shown()

    @doors.delete("", status_code=204)
    def switch_all_off() -> None:
        faults.switch_off()

    @doors.delete("/{operation}", status_code=204)
    def switch_off(operation: str) -> None:
        faults.switch_off(operation)

    return doors


def _json(answer: Any) -> Response:
    return Response(orjson.dumps(answer), media_type="application/json")
