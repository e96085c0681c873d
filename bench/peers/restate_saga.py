"""The saga on Restate (server from npm, Python SDK, hypercorn), every step durable: `python restate_saga.py --help`."""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import httpx
import restate
from load import STEPS_AFTER, STEPS_BEFORE, Json, Pairs, Start, arguments, done, measure, offer, request

READY_SECONDS = 60.0
CONNECTIONS = 600
SERVER = """
node-name = "one"
cluster-name = "peer"
auto-provision = true
base-dir = "{base}"
bind-address = "127.0.0.1:{node}"
log-filter = "error"
[admin]
bind-address = "127.0.0.1:{admin}"
[ingress]
bind-address = "127.0.0.1:{ingress}"
"""

saga = restate.Workflow("Saga")


@saga.main()
async def run(ctx: restate.WorkflowContext, asked: Json) -> str:
    for name in STEPS_BEFORE:
        await ctx.run_typed(name, done, step=name, request_id=asked["request_id"])
    await ctx.promise("confirm", type_hint=dict).value()
    for name in STEPS_AFTER:
        await ctx.run_typed(name, done, step=name, request_id=asked["request_id"])
    return "closed"


@saga.handler()
async def confirm(ctx: restate.WorkflowSharedContext, yes: Json) -> None:
    await ctx.promise("confirm", type_hint=dict).resolve(yes)


app = restate.app([saga])


def drive(wanted: argparse.Namespace, who: int, start: Start, pairs: Pairs) -> None:
    asyncio.run(_drive(wanted, who, start, pairs))


async def _drive(wanted: argparse.Namespace, who: int, start: Start, pairs: Pairs) -> None:
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    at = f"http://127.0.0.1:{wanted.ingress}"
    async with httpx.AsyncClient(base_url=at, timeout=60, limits=limits, trust_env=False) as client:

        async def run_one(number: int) -> None:
            name = str(uuid.uuid4())
            (await client.post(f"/Saga/{name}/run/send", json=request(number))).raise_for_status()
            (await client.post(f"/Saga/{name}/confirm", json={"yes": True})).raise_for_status()
            (await client.get(f"/restate/workflow/Saga/{name}/attach")).raise_for_status()

        await offer(run_one, wanted, who, start, pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True, help="the restate-server program")
    parser.add_argument("--data", type=Path, required=True, help="an empty folder")
    wanted = arguments(parser)
    node, admin, wanted.ingress, service = (_free_port() for _ in range(4))
    config = wanted.data / "restate.toml"
    config.write_text(SERVER.format(base=wanted.data / "base", node=node, admin=admin, ingress=wanted.ingress))
    environment = os.environ | {"RESTATE_CONFIG": str(config), "DO_NOT_TRACK": "1"}
    hosting = [sys.executable, "-m", "hypercorn", "restate_saga:app", "--bind", f"127.0.0.1:{service}"]
    with (wanted.data / "server.log").open("wb") as log:
        server = subprocess.Popen([wanted.server], env=environment, stdout=log, stderr=log)
        worker = subprocess.Popen(hosting, cwd=Path(__file__).parent, stdout=log, stderr=log)
    try:
        _introduce(admin, service, wanted.data / "server.log")
        measure(drive, wanted, [server.pid, worker.pid])
    finally:
        worker.terminate()
        server.terminate()


def _introduce(admin: int, service: int, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            uri = {"uri": f"http://127.0.0.1:{service}"}
            if httpx.post(f"http://127.0.0.1:{admin}/deployments", json=uri, timeout=5, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    sys.exit(f"Restate did not start: {log.read_text(errors='replace')[-800:]}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
