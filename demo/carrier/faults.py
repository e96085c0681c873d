"""Faults that can be switched on for one operation or a whole system, so that others can prove they cope (F6)."""

import random
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, Any

import orjson
from pydantic import Field

from contracts.carrier.operations import OPERATIONS, Operation
from contracts.words import Value
from demo.carrier.problems import Refused

STRANGER = {"request_id": "00000000-0000-4000-8000-000000000000", "subscription": "sub-someoneelse"}
Sleep = Callable[[float], Awaitable[None]]
Work = Callable[[], bytes]
Refuse = Callable[[Refused], bytes]  # the old answer where there is one under this key; else raises


def plainly(no: Refused) -> bytes:
    raise no


class FaultKind(StrEnum):
    DELAY = "delay"  # answers late, works
    ERROR = "error"  # nothing done, 5xx
    TOO_MANY = "too-many"  # nothing done, 429 with Retry-After
    TIMEOUT_AFTER_WORK = "timeout-after-work"  # done, then answers late: the asker cannot know
    WRONG_AMOUNT = "wrong-amount"  # done, the receipt names one unit more
    WRONG_SHAPE = "wrong-shape"  # done, the answer is something else
    WRONG_REQUEST = "wrong-request"  # done, the answer is about another request or line
    REFUSAL = "refusal"  # nothing done, 4xx; but what was done before under this key is told
    DUPLICATE = "duplicate"  # the network repeats the ask: it arrives twice, the last answer is seen


class Fault(Value):
    """`times` counts down to none (null: until it is switched off); `status` is for error and refusal."""

    kind: FaultKind
    times: Annotated[int, Field(ge=1)] | None = None
    probability: Annotated[float, Field(ge=0, le=1)] = 1.0
    delay_seconds: Annotated[float, Field(ge=0, le=600)] = 5.0
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    retry_after_seconds: Annotated[int, Field(ge=0)] = 1


class Faults:
    """The switches. `sleep` is a seam: a test or a virtual clock brings its own."""

    def __init__(self, sleep: Sleep, *, seed: int = 0) -> None:
        self._sleep = sleep
        self._dice = random.Random(seed)
        self._on: dict[str, Fault] = {}

    def switch_on(self, operation: str, fault: Fault) -> None:
        fields = known(operation).answer.model_fields
        if fault.kind is FaultKind.WRONG_AMOUNT and "amount" not in fields:
            raise Refused("fault-does-not-fit", f"the answer to {operation} has no amount")
        self._on[operation] = fault

    def switch_on_system(self, system: str, fault: Fault) -> None:
        operations = [operation.name for operation in OPERATIONS.values() if operation.system == system]
        if not operations:
            raise Refused("unknown-operation", f"{system} is no system; crm, charging, provisioning, messaging are")
        for operation in operations:
            self.switch_on(operation, fault)

    def switch_off(self, operation: str | None = None) -> None:
        if operation is None:
            self._on.clear()
        else:
            self._on.pop(known(operation).name, None)

    def shown(self) -> dict[str, Any]:
        return {operation: fault.model_dump(mode="json") for operation, fault in self._on.items()}

    async def answer(self, operation: str, work: Work, refuse: Refuse = plainly) -> bytes:
        """The answer to `work`, unless a fault gets in the way."""
        fault = self._draw(operation) if self._on else None
        if fault is None:
            return work()
        return await self._misbehave(fault, work, refuse)

    def _draw(self, operation: str) -> Fault | None:
        fault = self._on.get(operation)
        if fault is None or self._dice.random() >= fault.probability:
            return None
        if fault.times is not None:
            self._count_down(operation, fault, fault.times - 1)
        return fault

    def _count_down(self, operation: str, fault: Fault, left: int) -> None:
        if left:
            self._on[operation] = fault.model_copy(update={"times": left})
        else:
            del self._on[operation]

    async def _misbehave(self, fault: Fault, work: Work, refuse: Refuse) -> bytes:
        match fault.kind:
            case FaultKind.ERROR:
                raise Refused("away", "a fault is switched on", status=fault.status or 0)
            case FaultKind.TOO_MANY:
                raise Refused("too-many", "a fault is switched on", retry_after_seconds=fault.retry_after_seconds)
            case FaultKind.REFUSAL:
                return refuse(Refused("refused", "a fault is switched on", status=fault.status or 0))
            case FaultKind.DELAY:
                await self._sleep(fault.delay_seconds)
                return work()
            case FaultKind.TIMEOUT_AFTER_WORK:
                answer = work()
                await self._sleep(fault.delay_seconds)
                return answer
            case FaultKind.DUPLICATE:
                work()
                return work()
        return spoilt(fault.kind, orjson.loads(work()))


def spoilt(kind: FaultKind, answer: dict[str, Any]) -> bytes:
    """An answer that must not be believed."""
    if kind is FaultKind.WRONG_AMOUNT:
        answer["amount"]["minor"] += 1
    if kind is FaultKind.WRONG_REQUEST:
        answer.update({field: value for field, value in STRANGER.items() if field in answer})
    if kind is FaultKind.WRONG_SHAPE:
        answer = {"result": "OK", "data": answer}
    return orjson.dumps(answer)


def known(operation: str) -> Operation:
    if operation not in OPERATIONS:
        raise Refused("unknown-operation", f"{operation} is none of {', '.join(OPERATIONS)}")
    return OPERATIONS[operation]
