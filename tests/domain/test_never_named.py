"""What a pack holds and nothing in it names: told once to whoever wrote it, and to heirs only counted."""

from datetime import date
from pathlib import Path

import pytest

from policies.files.folders import FOLDER
from policies.owners.check import check

TODAY = date(2026, 10, 1)
OWN = ["/taxes/basic-telecom", "/taxes/value-added", "/clauses/OWN-quote", "/clauses/OWN-cooling-off"]
COOLING = "cooling_off: {days: 7, base: monthly, clauses: [OWN-cooling-off]}"


def told(folder: Path, inherited: bool) -> list[str]:
    (report,) = check("mine", today=TODAY, folder=(FOLDER, folder)).packs
    found = (each for each in report.findings if each.inherited is inherited and each.level == "warning")
    return [each.place for each in found if "named by no" in each.what or "nothing rests" in each.what]


@pytest.mark.parametrize(
    ("more", "own", "inherited"),
    [
        ("", [], OWN),
        ("taxes: {mine: 5}", ["/taxes/mine"], OWN),
        ("final_account: {taxes: {device: basic-telecom}}", [], OWN[1:]),
        (COOLING, [], OWN[:3]),
    ],
)
def test_what_nothing_names_is_told_to_who_wrote_it(
    tmp_path: Path, more: str, own: list[str], inherited: list[str]
) -> None:
    (tmp_path / "mine").mkdir()
    text = f'extends: cn-carrier\npack: mine\nversion: "1"\n{more}\n'
    (tmp_path / "mine" / "pack.yaml").write_text(text, encoding="utf-8")
    assert (told(tmp_path, False), told(tmp_path, True)) == (own, inherited)


def test_what_reopening_cooling_off_and_disputes_rest_on_is_looked_at_too() -> None:
    places = {each.place for each in check("eu", today=TODAY).packs[0].findings}
    assert "/cooling_off/clauses/1" in places
    assert "/dispute_clauses" in {each.place for each in check("cn-carrier", today=TODAY).packs[0].findings}
