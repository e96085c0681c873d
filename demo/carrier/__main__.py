"""`python -m demo.carrier`: the stand-in on a port, or `--openapi`: what a real carrier must provide."""

import argparse
import socket
import sys
from pathlib import Path

from demo.carrier.app import carrier_app
from demo.carrier.books import Books, utc_now
from demo.carrier.crowd import crowd
from demo.carrier.description import openapi_text
from demo.carrier.desk import CURRENCY
from demo.carrier.server import http_server


def main() -> None:
    wanted = _arguments()
    if wanted.openapi:
        sys.stdout.write(openapi_text())
        return
    listener = _listen(wanted.host, wanted.port)
    wanted.data.mkdir(parents=True, exist_ok=True)
    books = Books(wanted.data / "carrier.sqlite", currency=wanted.currency)
    books.enrol(crowd(wanted.crowd, utc_now().date(), mixed=wanted.mixed))
    print(f"carrier on http://{wanted.host}:{listener.getsockname()[1]}", flush=True)
    serve(books, listener)


def serve(books: Books, listener: socket.socket) -> None:
    """Until SIGINT or SIGTERM."""
    http_server(carrier_app(books)).run(sockets=[listener])
    books.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo.carrier", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000, help="0 takes a free one; the address is printed")
    parser.add_argument("--data", type=Path, default=Path("var/carrier"), help="folder of the database")
    parser.add_argument("--crowd", type=int, default=0, help="so many synthetic customers sub-c000001...")
    parser.add_argument("--mixed", action="store_true", help="with the benchmark's share of trouble among them")
    parser.add_argument("--currency", default=CURRENCY, help="of every account and contract, as the rules have it")
    parser.add_argument("--openapi", action="store_true", help="print the OpenAPI description and exit")
    return parser.parse_args()


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)  # from here on nobody is turned away, though the first answers wait for the server
    except OSError as error:
        sys.exit(f"The carrier cannot listen on {host}:{port} ({error.strerror}); stop the other one or take --port 0.")
    return listener


if __name__ == "__main__":
    main()
