"""The saga on DBOS and PostgreSQL, every step durable: `python dbos_saga.py --help`."""

import argparse
import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg
from dbos import DBOS, DBOSConfig, SetWorkflowID
from load import STEPS_AFTER, STEPS_BEFORE, Json, Pairs, Start, arguments, done, measure, offer, request

CONNECTIONS = 20
THREADS = 2000


@DBOS.step()
def step(name: str, asked: Json) -> Json:
    return done(name, asked["request_id"])


@DBOS.workflow()
def saga(asked: Json) -> str:
    for name in STEPS_BEFORE:
        step(name, asked)
    if DBOS.recv("confirm", timeout_seconds=600) is None:
        return "expired"
    for name in STEPS_AFTER:
        step(name, asked)
    return "closed"


def drive(wanted: argparse.Namespace, who: int, start: Start, pairs: Pairs) -> None:
    config: DBOSConfig = {
        "name": "peer",
        "system_database_url": wanted.url,
        "executor_id": f"driver-{who}",
        "application_version": "1",
        "sys_db_pool_size": CONNECTIONS,
        "log_level": "ERROR",
        "run_migrations": False,
        "scheduler_polling_interval_sec": 3600,
    }
    DBOS(config=config)
    DBOS.launch()
    threads = ThreadPoolExecutor(THREADS)

    async def run_one(number: int) -> None:
        outcome = await asyncio.get_running_loop().run_in_executor(threads, one, number)
        assert outcome == "closed", outcome

    asyncio.run(offer(run_one, wanted, who, start, pairs))


def one(number: int) -> str:
    name = str(uuid.uuid4())
    with SetWorkflowID(name):
        handle = DBOS.start_workflow(saga, request(number))
    DBOS.send(name, {"yes": True}, "confirm")
    outcome: str = handle.get_result()
    return outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="postgresql://... of a database that may be dropped")
    parser.add_argument("--postmaster", type=int, required=True, help="its server's process id")
    wanted = arguments(parser)
    server, _, database = wanted.url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {database}")
        admin.execute("CHECKPOINT")
    DBOS.migrate(wanted.url)
    measure(drive, wanted, [wanted.postmaster])


if __name__ == "__main__":
    main()
