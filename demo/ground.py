"""What the demo stands on: its own folder, the demo pack, a supervisor with a crowd at the carrier, and the phone."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from demo.phone import PORT
from demo.summary import FILE
from policies.pack import PackError, folders, load
from runtime.local import broker_child
from runtime.local.child import Say
from runtime.local.ports import SHIFT
from runtime.local.programs import Program, as_environment
from runtime.local.supervisor import Supervisor
from runtime.settings import Settings

FOLDER = "demo"  # in that of `tuiding up`
READY_SECONDS = 120.0


def settings(policy: str = "demo") -> Settings:
    """The environment's, but for the pack; the folder is the demo's own unless another one was set by hand."""
    given = Settings()
    if not load(policy, folders(given.policies)).seconds_in_letters:
        raise PackError(
            f"The pack {policy} promises days, which nobody can watch: let it say `extends: demo`.",
            f"规则包 {policy} 的期限以天计，演示等不到：请让它写 `extends: demo`。",
        )
    data = given.data if "data" in given.model_fields_set else f"{given.data}/{FOLDER}"
    return Settings(policy=policy, data=data, log_level="WARNING")


def currency(known: Settings) -> str:
    return load(known.policy, folders(known.policies)).currency


def supervisor(known: Settings, say: Say, crowd: int, beside: Sequence[Program] = ()) -> Supervisor:
    return Supervisor(known, say, carrier_options=("--crowd", str(crowd), "--mixed"), beside=beside)


def phone(known: Settings, port: int | None = None) -> Program:
    """The phone and the counter, with links into this demo's console; `port`: one that was set by hand."""
    at = port or PORT + known.port_shift
    command = (sys.executable, "-m", "demo.phone", "--port", str(at))
    return Program("phone", command, at, "/readyz", as_environment(known), "--phone-port {}" if port else SHIFT)


def summary_file(known: Settings) -> Path:
    """A shifted demo has its own."""
    return Path("var", *([f"shift-{known.port_shift}"] if known.port_shift else []), FILE)


def sweep(of: Supervisor) -> None:
    """Empties the folder of an earlier demo; raises AlreadyUp when that one still runs there."""
    folder = of.data
    folder.mkdir(parents=True, exist_ok=True)
    lock = broker_child.locked(folder / "up.lock")
    if lock is None:
        raise of.already_up("data" not in Settings().model_fields_set)
    try:
        for path in folder.iterdir():
            if path.name != "up.lock":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    finally:
        os.close(lock)
