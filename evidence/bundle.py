"""Makes the evidence file of one request: the parts, the rules, the report and the checker, sealed into one zip."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from contracts.messages.intake import RequestAccepted
from evidence import parts
from evidence.inputs import decisions
from evidence.packs import Rules, rules
from evidence.report import report
from evidence.story import Json, Story, message_of, story_of
from evidence.verify import MANIFEST, manifest_of, pretty, wrapped
from policies.clocks.clock import Told
from policies.clocks.of_request import clocks_of
from policies.files.folders import FOLDER, Folders

HERE = Path(__file__).parent
CHECKER = ("verify.py", "claims.py")
UNKNOWN_ZONE = "UTC"


def bundle(told: Json, ledger: Sequence[Json] | None = None, packs: Folders = FOLDER) -> bytes:
    """`told`: the console's answer; `ledger`: the carrier's, if it was asked. The same input makes the same bytes.

    `packs`: where the rules are looked for.
    """
    story = story_of(told)
    files = _files(story, rules(story.policy, packs), ledger)
    manifest = manifest_of(story.request_id, story.until.isoformat(), files)
    return wrapped({MANIFEST: pretty(manifest), **files}, story.until)


def _files(story: Story, under: Rules, ledger: Sequence[Json] | None) -> dict[str, bytes]:
    said = _parts(story, under, ledger)
    lines = (json.dumps(event, ensure_ascii=False, separators=(",", ":")) for event in story.events)
    return {
        **{f"{name}.json": pretty(part) for name, part in said.items()},
        "events.jsonl": "".join(f"{line}\n" for line in lines).encode(),
        **under.files,
        **{f"report.{language}.html": report(said, story, under, language) for language in ("zh", "en")},
        **{name: (HERE / name).read_bytes() for name in CHECKER},
    }


def _parts(story: Story, under: Rules, ledger: Sequence[Json] | None) -> dict[str, Any]:
    return {
        "request": _request(story, under),
        "disclosures": parts.disclosures(story),
        "consent": parts.consent(story),
        "notices": parts.notices(story),
        "money": parts.money(story),
        "decisions": decisions(story, under.pack.time_zone if under.pack else UNKNOWN_ZONE),
        "clocks": _clocks(story, under),
        "carrier": parts.carrier(story, ledger),
    }


def _request(story: Story, under: Rules) -> Json:
    accepted = next(story.of(RequestAccepted.type), None)
    body = accepted["body"] if accepted else {}
    known = {name: body.get(name) for name in ("application", "audience", "subscription")}
    pack = {"id": under.id, "files": sorted(under.files), "here": under.pack is not None}
    counted = {"request_id": story.request_id, "events": len(story.events), "until": story.until.isoformat()}
    gone = {"erased": story.erased} if story.erased else {}
    return counted | gone | {"summary": story.summary, "pack": pack} | known


def _clocks(story: Story, under: Rules) -> list[Json] | None:
    """None where the pack is not here: some promises are spans that only the pack knows."""
    if under.pack is None:
        return None
    told: list[Told] = [
        (datetime.fromisoformat(event["at"]), message) for event in story.events if (message := message_of(event))
    ]
    return [clock.model_dump(mode="json") for clock in clocks_of(told, under.pack)]
