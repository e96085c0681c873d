"""`make pictures`: the READMEs' pictures, taken with Chromium from a real run in which messaging is switched off."""

import asyncio
import io
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from playwright.sync_api import Browser
from rich.console import Console
from rich.text import Text

from demo.ground import READY_SECONDS, phone, settings
from demo.live import Live
from demo.scene import Scene
from runtime.local import tickets
from runtime.local.supervisor import Supervisor
from tests.browser.chromium import launched

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
SHIFT = int(os.environ.get("TUIDING_PORT_SHIFT", "20000"))
CROWD, RATE = 600, 2.0
PHONE_PORT = 8090 + SHIFT
WITH_A_FEE = "/phone/sub-disputelowered01/price?kind=line"
TRAFFIC_SECONDS, OUTAGE_SECONDS = 45, 15
COLUMNS = 132
COMMANDS = (("doctor",), ("requests", "list", "--waits", "messaging"), ("carrier", "status"))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tuiding-pictures-") as folder:
        os.environ |= {"TUIDING_DATA": folder, "TUIDING_PORT_SHIFT": str(SHIFT)}
        known = settings()
        supervisor = Supervisor(
            known,
            print,
            carrier_options=("--crowd", str(CROWD), "--mixed"),
            beside=(phone(known, PHONE_PORT),),
        )
        try:
            supervisor.start()
            supervisor.wait_ready(READY_SECONDS)
            take(supervisor)
        finally:
            supervisor.stop()


def take(supervisor: Supervisor) -> None:
    PICTURES.mkdir(exist_ok=True)
    found = supervisor.addresses
    asyncio.run(_traffic(supervisor, TRAFFIC_SECONDS))
    httpx.put(f"{found['carrier']}/faults/send", json={"kind": "error", "status": 503}, trust_env=False)
    asyncio.run(_traffic(supervisor, OUTAGE_SECONDS))
    with launched() as browser:
        signed_in = {"authorization": f"Bearer {tickets.issue(supervisor.data, tickets.TOKEN)}"}
        with httpx.Client(base_url=found["console"], headers=signed_in, trust_env=False) as console:
            stuck = _with_most_to_show(console)
        for name, path in {"pipeline": "/", "request": f"/requests/{stuck}"}.items():
            _picture(browser, name, supervisor, f"{found['console']}{path}?")
        _picture(browser, "phone", supervisor, f"http://127.0.0.1:{PHONE_PORT}{WITH_A_FEE}&")
    _terminal(found)


def _with_most_to_show(console: httpx.Client) -> str:
    """Of those that wait for messaging: the one of which most has happened."""
    waiting: set[str] = {each["request_id"] for each in console.get("/v1/carrier").json()["calls"]}
    return max(sorted(waiting), key=lambda each: len(console.get(f"/v1/requests/{each}").json()["events"]))


async def _traffic(supervisor: Supervisor, seconds: float) -> None:
    async with Scene(supervisor.addresses, from_the_beginning=True) as scene:
        await Live(scene, supervisor, Console(quiet=True), RATE).run(seconds, CROWD)


def _picture(browser: Browser, name: str, supervisor: Supervisor, address: str) -> None:
    console = supervisor.addresses["console"]
    for language, dark in (("en", False), ("zh", True)):
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="dark" if dark else "light")
        page.goto(tickets.link(console, supervisor.data))
        page.locator(".me").wait_for()
        answer = page.goto(f"{address}lang={language}")
        if not (answer and answer.ok):
            raise RuntimeError(f"{address} is not fit to be a picture")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=PICTURES / f"{name}.{language}.png")
        page.close()


def _terminal(addresses: dict[str, str]) -> None:
    """What an operator types, and what comes back, as one drawing."""
    screen = Console(record=True, width=COLUMNS, file=io.StringIO())
    own = {f"TUIDING_{name.upper()}": address for name, address in addresses.items()}
    for command in COMMANDS:
        screen.print(Text(f"$ tuiding {' '.join(command)}", style="bold"))
        line = [sys.executable, "-m", "cli", *command]
        environment = os.environ | own | {"FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "TUIDING_LANG": "en"}
        said = subprocess.run(line, env=environment, capture_output=True, text=True, cwd=ROOT)
        screen.print(Text.from_ansi("\n".join(said.stdout.splitlines()[:11])))
        screen.print()
    screen.save_svg(str(PICTURES / "terminal.svg"), title="tuiding")


if __name__ == "__main__":
    began = time.monotonic()
    main()
    print(f"written to {PICTURES} in {time.monotonic() - began:.0f} s")
