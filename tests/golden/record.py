"""`python -m tests.golden.record FOLDER`: six journeys of this build, stopped half-way, as files for later builds."""

import base64
import json
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

from contracts import asyncapi
from contracts.flow import DECIDING
from runtime.envelope import Record
from runtime.replay.replay import wiring_of
from tests.flow.customer import confirm, submit
from tests.flow.system import System


def main(folder: Path) -> None:
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as stores:
        system = System(database=stores)
        requests = journeys(system)
        told: dict[str, object] = {"now": system.now.isoformat(), "requests": requests}
        told["ledger"] = {name: system.ledger(request) for name, request in requests.items()}
        told["records"] = {topic: [_packed(each) for each in records] for topic, records in system.log.items()}
        system.close()
        for file in Path(stores).glob("*.db"):
            with sqlite3.connect(file) as store:
                (folder / f"{file.stem}.sql").write_text("\n".join(store.iterdump()) + "\n", encoding="utf-8")
    shutil.copy(asyncapi.COMMITTED, folder)
    (folder / "defaults.json").write_text(json.dumps(defaults(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    (folder / "records.json").write_text(json.dumps(told, sort_keys=True) + "\n", encoding="utf-8")


def defaults() -> dict[str, object]:
    """What a field of a stored case means that is not written, by service, model and field."""
    found: dict[str, object] = {}
    for service in DECIDING:
        schema = wiring_of(service.name).case.model_json_schema()
        for model, each in {"": schema, **schema.get("$defs", {})}.items():
            fields = each.get("properties", {}).items()
            found |= {
                f"{service.name}/{model}.{name}": field["default"] for name, field in fields if "default" in field
            }
    return found


def journeys(system: System) -> dict[str, str]:
    made = {
        "quoted": submit(system, "sub-freeaddon01", "video-pack"),
        "scheduled": submit(system, "sub-linecontract01", channel="web"),
        "hotline": submit(system, "sub-hotline01", "video-pack", channel="hotline"),
        "closed": submit(system, "sub-freeaddon02", "video-pack"),
        "rejected": submit(system, "sub-portobstacles01", kind="port-out"),
        "counter": submit(system, "sub-counter01", channel="counter"),
    }
    for name, channel in (("scheduled", "web"), ("closed", "app"), ("counter", "counter")):
        confirm(system, made[name], channel=channel)
    return made


def _packed(record: Record) -> list[object]:
    key, value = (base64.b64encode(each or b"").decode() for each in (record.key, record.value))
    return [key, value, [[name, (text or b"").decode("latin-1")] for name, text in record.headers]]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
