"""Hands a record to the broker for somebody who waits for the answer."""

import asyncio

from runtime.envelope import Record
from runtime.http.host_context import HostContext
from runtime.http.problems import Problem

PATIENCE_SECONDS = 10.0


async def publish(host: HostContext, record: Record, about: str = "") -> None:
    """Raises `Problem` when it is not certain that the broker has it; the same again, later, is safe."""
    try:
        await asyncio.wait_for(host.publish(record), PATIENCE_SECONDS)
    except Exception as error:  # whichever client it is: the broker does not have it for certain
        raise Problem("broker-away", about=about) from error
