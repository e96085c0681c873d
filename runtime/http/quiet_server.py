"""The server at rest: it looks at the clock once a second instead of ten times; told to end, it does so at once."""

import asyncio
import contextlib

import uvicorn

LOOK_SECONDS = 1.0  # how old the date of an answer may be


class QuietServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        self._told_to_end = asyncio.Event()
        super().__init__(config)

    @property
    def should_exit(self) -> bool:
        return self._told_to_end.is_set()

    @should_exit.setter
    def should_exit(self, told: bool) -> None:
        self._told_to_end.set() if told else self._told_to_end.clear()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._told_to_end.wait()
