"""An answer that goes on: it ends as soon as its reader has gone, and whoever makes its lines is told so."""

import asyncio
from collections.abc import AsyncGenerator

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send


class Stream(StreamingResponse):
    """The library would notice with the next line only, and leave the generator where it stands to the collector."""

    def __init__(self, lines: AsyncGenerator[bytes, None], headers: dict[str, str]) -> None:
        super().__init__(lines, media_type="text/event-stream", headers=headers)
        self.lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answering = asyncio.ensure_future(super().__call__(scope, receive, send))
        leaving = asyncio.ensure_future(left(receive))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            answering.cancel()
            leaving.cancel()
            (ended, _) = await asyncio.gather(answering, leaving, return_exceptions=True)
            await self.lines.aclose()
        if isinstance(ended, Exception):
            raise ended


async def left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
