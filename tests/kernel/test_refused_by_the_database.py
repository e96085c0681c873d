"""What the database will not have, or this build cannot read, harms only the one message it is about."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid5

import psycopg.errors
import pytest
import sqlalchemy as sa

from runtime.envelope import NAMESPACE, decode
from runtime.kernel import due
from runtime.kernel.arrivals import CallDone, SetAside
from runtime.kernel.cases import Conflict
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import is_outage, ticks
from runtime.kernel.tables import ALARMS, CALLS, CASES, METADATA
from runtime.worker.giving_up import GaveUp
from tests.kernel.conftest import Kernels
from tests.kernel.steps import arrived
from tests.kernel.tally import NOW, REQUEST, Tally, ask, hold, pay
from tests.kernel.test_engine import Broker, running, until

OTHER = str(uuid5(NAMESPACE, "a request the database refuses"))
TRIGGER = f"""create trigger refuse before insert on cases when new.request_id = '{OTHER}'
              begin select raise(abort, 'refused'); end"""
CHECK = f"alter table cases add constraint refuse check (request_id <> '{OTHER}')"


def refuse_cases_of_other(kernel: Kernel) -> None:
    with kernel.store.transaction() as tx:
        tx.execute(sa.text(CHECK if kernel.store.dialect == "postgresql" else TRIGGER))


def heard(kernel: Kernel) -> int:
    rows = kernel.store.read(sa.select(CASES.c.body).where(CASES.c.request_id == REQUEST))
    return Tally.model_validate_json(rows[0].body).heard if rows else 0


def letters(broker: Broker) -> list[dict[str, Any]]:
    return [dict(record.headers) for record in broker.taken if record.topic.endswith(".dead-letter")]


async def test_a_message_the_database_refuses_is_set_aside_and_those_around_it_are_decided(kernel: Kernel) -> None:
    refuse_cases_of_other(kernel)
    broker, acknowledged = Broker(), list[int]()
    async with running(kernel, broker) as engine:
        for number, request_id in ((1, REQUEST), (2, OTHER), (3, REQUEST)):
            await arrived(engine, pay(number, request_id), partial(acknowledged.append, number))
        await until(lambda: acknowledged == [1, 2, 3])
    (letter,) = letters(broker)
    assert (letter["x-error-code"], letter["x-original-offset"]) == (b"cannot-be-stored", b"2")
    assert heard(kernel) == 2


async def test_it_is_set_aside_once_however_often_it_comes(kernel: Kernel) -> None:
    aside = SetAside(pay(2, OTHER), ValueError("refused"))
    first, again = kernel.step([aside], (), NOW), kernel.step([aside], (), NOW)
    assert (first.dead_letters, again.dead_letters) == (1, 0)


async def test_a_case_this_build_cannot_read_holds_up_only_its_own_request(kernel: Kernel) -> None:
    kernel.step([pay(1, OTHER)], (), NOW)
    with kernel.store.transaction() as tx:
        tx.execute(sa.update(CASES).values(body='{"written": "by a newer build"}'))
    kernel.partitions_came()  # it is read again
    broker, acknowledged = Broker(), list[int]()
    async with running(kernel, broker) as engine:
        await arrived(engine, pay(2, OTHER), lambda: acknowledged.append(2))
        await arrived(engine, pay(3), lambda: acknowledged.append(3))
        await until(lambda: acknowledged == [2, 3])
    assert [letter["x-original-offset"] for letter in letters(broker) if letter["x-original-topic"] != b"alarm"] == [
        b"2"
    ]
    assert heard(kernel) == 1


async def test_an_alarm_this_build_does_not_know_rings_into_the_dead_letters(kernel: Kernel) -> None:
    row = {"request_id": REQUEST, "name": "renamed", "cause": OTHER, "root": OTHER, "due": ticks(NOW)}
    with kernel.store.transaction() as tx:
        tx.execute(sa.insert(ALARMS), [row])
    broker = Broker()
    async with running(kernel, broker) as engine:
        await arrived(engine, pay(1))
        await until(lambda: letters(broker) and heard(kernel))
    assert letters(broker)[0]["x-original-topic"] == b"alarm"
    assert kernel.store.read(sa.select(ALARMS).where(ALARMS.c.name == "renamed")) == []


def test_an_answer_that_cannot_be_stored_is_written_out_and_its_call_is_over(kernel: Kernel) -> None:
    (pending,) = kernel.step([ask(1)], (), NOW).calls
    done = CallDone(pending, pending.answered(pending.call.ask))
    outcome = kernel.step([SetAside(done, ValueError("refused"))], (), NOW)
    assert "cancellation.intake.dead-letter" in [each.record.topic for each in outcome.publish]
    assert kernel.store.read(sa.select(CALLS)) == []


def test_a_call_this_build_cannot_ask_holds_up_no_other(kernel: Kernel) -> None:
    kernel.step([ask(1), ask(2)], (), NOW)
    first = kernel.store.read(sa.select(CALLS.c.id).order_by(CALLS.c.id))[0].id
    with kernel.store.transaction() as tx:
        tx.execute(sa.update(CALLS).where(CALLS.c.id == first).values(operation="teleport"))
    taken = due.take_calls(kernel.store, "2", NOW + timedelta(minutes=5), 10)
    assert len(taken) == 1 and taken[0].id != first
    assert len(kernel.store.read(sa.select(CALLS))) == 2, "it waits for a build that knows it"


async def test_a_database_that_refuses_everything_ends_the_service_with_a_sentence(kernel: Kernel) -> None:
    METADATA.tables["outbox"].drop(kernel.store.engine)
    with pytest.raises(GaveUp, match="database"):
        async with running(kernel, Broker(), patience_seconds=0.1) as engine:
            await arrived(engine, pay(1))
            await engine.run()


def test_two_that_reach_for_one_name_in_the_same_moment_are_decided_again(kernel: Kernel, another: Kernels) -> None:
    """The other one takes it between this one's looking and taking: a race, and nobody's fault."""
    kernel.step([hold(1, REQUEST)], (), NOW)
    late = another("2")
    looking = late.sql.held
    late.sql.held = lambda *_: []  # type: ignore[assignment]
    with pytest.raises(Conflict):
        late.step([hold(2, OTHER)], (), NOW)
    late.sql.held = looking
    said, _journal = late.step([hold(2, OTHER)], (), NOW).publish
    assert decode(said.record).message.joined == REQUEST  # type: ignore[attr-defined]


def wrapped(kind: type[sa.exc.DBAPIError], original: Exception) -> Exception:
    return kind("insert", {}, original)


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (wrapped(sa.exc.OperationalError, psycopg.errors.AdminShutdown("restarting")), True),
        (wrapped(sa.exc.OperationalError, psycopg.errors.DeadlockDetected("another was first")), True),
        (wrapped(sa.exc.OperationalError, psycopg.errors.DiskFull("no space left")), True),
        (wrapped(sa.exc.InternalError, psycopg.errors.ReadOnlySqlTransaction("a standby")), True),
        (wrapped(sa.exc.InterfaceError, psycopg.InterfaceError("the connection is closed")), True),
        (wrapped(sa.exc.OperationalError, Exception("database is locked")), True),
        (sa.exc.TimeoutError("no connection came free"), True),
        (wrapped(sa.exc.OperationalError, psycopg.errors.ProgramLimitExceeded("index row too large")), False),
        (wrapped(sa.exc.DataError, psycopg.errors.UntranslatableCharacter("a zero byte")), False),
        (wrapped(sa.exc.IntegrityError, psycopg.errors.NotNullViolation("null")), False),
        (ValueError("a bug of ours"), False),
    ],
)
def test_away_is_told_from_refused(error: Exception, away: bool) -> None:
    assert is_outage(error) is away
