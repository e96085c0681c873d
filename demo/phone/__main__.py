"""`python -m demo.phone`: the phone and the counter on a port, beside a tuiding that runs."""

import argparse
import asyncio
import signal

import uvicorn
import uvloop

from demo.phone import PORT
from demo.phone.app import phone
from runtime.http.server import http_server
from runtime.settings import Settings, WrongSetting


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.phone", description=__doc__)
    try:
        settings = Settings()
    except WrongSetting as wrong:
        parser.error(str(wrong))
    parser.add_argument("--port", type=int, default=PORT + settings.port_shift)
    console = f"http://127.0.0.1:{settings.usual_port('console')}"
    parser.add_argument("--console", default=console, help="where its links to the console lead")
    wanted = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(http_server(phone(settings, wanted.console), settings, wanted.port)))


async def serve(server: uvicorn.Server) -> None:
    """Until SIGINT or SIGTERM; whoever follows a request comes back by themselves."""
    server.config.timeout_graceful_shutdown = 1
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.handle_exit, number, None)
    await server.serve()


if __name__ == "__main__":
    main()
