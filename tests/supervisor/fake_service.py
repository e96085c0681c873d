"""A tiny service for the supervisor: ready at once, and it ends as it is told.

`python fake_service.py PORT [stubborn]`; GET /end?7 prints a last word and ends with exit code 7.
"""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Door(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/end?"):
            code = int(self.path.removeprefix("/end?"))
            print(f"I was told to end with {code}", flush=True)
            os._exit(code)
        never = self.path == "/never"
        body = b'{"ready": false, "reason": "it never is"}' if never else os.environ.get("TUIDING_KAFKA", "").encode()
        self.send_response(503 if never else 200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


if __name__ == "__main__":
    if "stubborn" in sys.argv:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ThreadingHTTPServer.allow_reuse_address = True
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Door).serve_forever()
