"""Keeps a service that stopped on purpose alive but not ready, until a person restarts it.

Containers are restarted whatever their exit code says (compose and Kubernetes know no condition for it), so a flood of
dead letters would go on with every start. Here it does not: health checks see why, and a restart by hand begins anew.
"""

import contextlib
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson

from runtime.exits import one_line

ALIVE = "/livez"


def stand_down(host: str, port: int, why: str) -> None:
    """Returns when told to stop."""
    why = one_line(why)
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    server = ThreadingHTTPServer((host, port), _door(why))
    threading.Thread(target=server.serve_forever, name="door", daemon=True).start()
    with contextlib.suppress(OSError):
        print(f"standing down, not ready, until somebody restarts this: {why}", file=sys.stderr, flush=True)
    told.wait()
    server.shutdown()


def _door(why: str) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            alive = self.path == ALIVE
            self.send_response(200 if alive else 503)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(orjson.dumps({"status": "alive"} if alive else {"ready": False, "reason": why}))

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Door
