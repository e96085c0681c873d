"""A service as the benchmark hosts it: `python -m bench.hosted SERVICE [--gateways FILE] [--samples FILE]`.

`--gateways`: answers its own carrier calls in the process and leaves their ledger in FILE. `--samples`: under the
sampling profiler, which leaves what it saw in FILE. Everything else is production's own `run`.
"""

import argparse
import signal
from pathlib import Path

import orjson

from bench.in_process import InProcessCarrier
from bench.sampling import Sampler
from runtime.worker.worker import run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.hosted", description=__doc__)
    parser.add_argument("service")
    parser.add_argument("--gateways", type=Path)
    parser.add_argument("--samples", type=Path)
    wanted = parser.parse_args()
    carrier = InProcessCarrier() if wanted.gateways else None
    sampler = Sampler() if wanted.samples else None
    if sampler:
        signal.signal(signal.SIGUSR1, lambda *_: sampler.forget())
        sampler.start()
    try:
        run(wanted.service, carrier.ask if carrier else None)
    finally:
        if carrier:
            wanted.gateways.write_bytes(orjson.dumps(carrier.summary()))
        if sampler:
            wanted.samples.write_bytes(orjson.dumps(sampler.seen()))


if __name__ == "__main__":
    main()
