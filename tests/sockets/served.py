"""One service as a worker serves it over HTTP, without Kafka: `python -m tests.sockets.served SERVICE PORT FOLDER`."""

import asyncio
import signal
import sys

import uvloop

from policies.pack import load
from runtime.http.server import http_server
from runtime.kernel.store import Store
from runtime.settings import Settings
from runtime.worker.service_host import Hosted, http_app, stepper
from runtime.worker.telemetry import set_up_logs


async def serve(service: str, port: int, folder: str) -> None:
    settings = Settings()
    set_up_logs(settings.log, settings.log_level, service=service)
    pack = load("cn-carrier")
    hosted = Hosted(service, settings, stepper(service, Store(folder, service), pack, "1"), pack)
    server = http_server(http_app(hosted), settings, port)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, setattr, server, "should_exit", True)
    await server.serve()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
