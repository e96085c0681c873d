"""A person who knows a contract and no Python: copies a pack elsewhere, changes a fee, and it works."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import application
from contracts.words import Language
from demo import ground
from policies.files.folders import FOLDER, folders
from policies.pack import PackError
from runtime.settings import Settings
from runtime.worker.service_host import assemble
from tests.flow.customer import confirm, submit
from tests.flow.packs import write
from tests.flow.system import System

FEE, OTHER_FEE = "months: completed ", "months: started "
VECTOR = """
  - id: my-contract                    # two years for 240.00, left in the tenth month: that month counts as served
    rule: fees/share-of-remaining
    given: {fee_minor: 24000, start: 2025-01-01, end_of_term: 2027-01-01, leaves_on: 2025-10-20}
    expect: {amount_minor: 14000}
"""
Tuiding = Callable[..., Result]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A copy of `cn-carrier` outside the package, with the name of its folder."""
    copy = tmp_path / "packs" / "my-carrier"
    shutil.copytree(FOLDER / "cn-carrier", copy)
    edit(copy / "pack.yaml", "pack: cn-carrier", "pack: my-carrier")
    return copy


@pytest.fixture
def tuiding(mine: Path, monkeypatch: pytest.MonkeyPatch) -> Tuiding:
    monkeypatch.setenv("TUIDING_POLICIES", str(mine.parent))
    monkeypatch.setenv("TUIDING_LANG", "en")
    return lambda *words: CliRunner().invoke(application(), list(words))


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_copied_pack_with_another_fee_is_checked_and_its_customer_gets_the_right_letter(
    mine: Path, tuiding: Tuiding
) -> None:
    edit(mine / "fees.yaml", FEE, OTHER_FEE)
    edit(mine / "notices.yaml", 'en: "Please confirm: the total is', 'en: "My Carrier asks: please confirm')
    with (mine / "vectors.yaml").open("a", encoding="utf-8") as vectors:
        vectors.write(VECTOR)
    done = tuiding("policy", "check", "my-carrier", "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 0 and told["passed"] == told["vectors"] > 50, done.output
    assert "my-contract" in {vector["id"] for vector in told["packs"][0]["vectors"]}

    system = System("my-carrier", where=folders(str(mine.parent)))
    request = submit(system, "sub-linecontract01", language=Language.EN)
    confirm(system, request)
    letters = [each["content"] for each in system.carrier_acts("/customers/sub-linecontract01/inbox", "GET")]
    system.close()
    assert "My Carrier asks: please confirm CNY 121.67" in letters[1]
    assert "CNY 121.67" in letters[2], "and it was paid"


def test_a_vector_that_the_changed_fee_no_longer_fits_is_named(mine: Path, tuiding: Tuiding) -> None:
    edit(mine / "fees.yaml", "months: completed ", "months: half ")
    with (mine / "vectors.yaml").open("a", encoding="utf-8") as vectors:
        vectors.write(VECTOR)
    done = tuiding("policy", "check", "my-carrier")
    assert done.exit_code == 1
    assert "vector my-contract (fees/share-of-remaining): amount_minor is 14500, expected 14000" in done.stdout


def test_a_service_starts_with_a_pack_of_ones_own_and_never_with_a_broken_one(mine: Path, tmp_path: Path) -> None:
    settings = Settings(policy="my-carrier", policies=str(mine.parent), data=str(tmp_path / "var"))
    hosted = assemble("billing", settings)
    assert hosted.pack.pack == "my-carrier"
    hosted.store.close()
    edit(mine / "pack.yaml", "quote_validity: P7D", "quote_validity: soon")
    with pytest.raises(PackError, match=r"^my-carrier/pack\.yaml: /clocks/quote_validity: .*\(line \d+\)$"):
        assemble("billing", settings)


def test_a_folder_that_is_not_there_and_a_name_that_is_there_twice_are_refused(mine: Path, tuiding: Tuiding) -> None:
    shutil.copytree(FOLDER / "uk", mine.parent / "uk")
    done = tuiding("policy", "check", "uk")
    assert done.exit_code == 1 and "the pack uk is in" in done.output and "rename one of them" in done.output
    with pytest.raises(PackError, match="TUIDING_POLICIES: there is no folder 'nowhere'"):
        folders("nowhere")


def test_the_pack_can_be_looked_at_by_its_edition(mine: Path, tuiding: Tuiding) -> None:
    (mine.parent / "my-carrier-2199").mkdir()
    later = 'extends: my-carrier\npack: my-carrier\nversion: "2199.1"\neffective_from: 2199-01-01\n'
    (mine.parent / "my-carrier-2199" / "pack.yaml").write_text(later)
    told = json.loads(tuiding("policy", "check", "my-carrier", "--json").stdout)
    seen = [(each["folder"], each["state"], each["effective_from"], each["effective_until"]) for each in told["packs"]]
    assert seen == [
        ("my-carrier", "in-force", None, "2198-12-31"),
        ("my-carrier-2199", "not-yet", "2199-01-01", None),
    ]
    lines = tuiding("policy", "check", "my-carrier").stdout
    assert "(my-carrier): in force until 2198-12-31" in lines
    assert "(my-carrier-2199): comes into force on 2199-01-01" in lines
    told = tuiding("policy", "check", "my-carrier", "--lang", "zh").stdout
    assert "(my-carrier): 现行有效，至 2198-12-31 止" in told
    assert "(my-carrier-2199): 尚未生效，自 2199-01-01 起" in told


def test_the_demo_plays_a_pack_that_extends_it_and_refuses_one_that_takes_days(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUIDING_POLICIES", str(mine.parent))
    write(mine.parent, "my-demo", pack='extends: demo\npack: my-demo\nversion: "1"\n')
    assert ground.settings("my-demo").policy == "my-demo" and ground.settings().policy == "demo"
    with pytest.raises(PackError, match="my-carrier promises days, which nobody can watch: let it say `extends: demo`"):
        ground.settings("my-carrier")
