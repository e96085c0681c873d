"""The editions of a pack: on any day exactly one is in force, and what does not fit together is refused by name."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from policies.files.folders import FOLDER
from policies.owners.check import check
from policies.pack import PackError, editions, in_force, load

Folder = Callable[..., Path]
SHANGHAI_NEW_YEAR = datetime(2026, 12, 31, 16, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """`folder(mine="...", mine_2027="...")`: heads of packs that all are `mine` unless they say otherwise."""
    shutil.copytree(FOLDER / "cn-carrier", tmp_path / "cn-carrier")

    def make(**heads: str) -> Path:
        for number, (name, head) in enumerate(heads.items()):
            path = tmp_path / name.replace("_", "-")
            path.mkdir()
            version = "" if "version:" in head else f'version: "{number}"\n'
            pack = "" if "pack:" in head else "pack: mine\n"
            (path / "pack.yaml").write_text(f"extends: cn-carrier\n{pack}{version}{head}\n", encoding="utf-8")
        return tmp_path

    return make


def test_each_is_in_force_from_its_first_midnight_in_the_packs_time_zone(folder: Folder) -> None:
    packs = folder(mine="", mine_2027="effective_from: 2027-01-01", mine_2028="effective_from: 2028-01-01")
    found = editions("mine", packs)
    versions = [found.on(SHANGHAI_NEW_YEAR.replace(minute=m, hour=h)).version for h, m in ((15, 59), (16, 0))]
    assert versions == ["0", "1"]
    assert found.on(datetime(2029, 1, 1, tzinfo=UTC)).version == "2"
    assert [str(found.ends(each)) for each in found.all] == ["2026-12-31", "2027-12-31", "None"]


def test_an_end_that_is_said_must_be_the_day_before_the_next_begins(folder: Folder) -> None:
    packs = folder(mine="effective_until: 2026-12-31", mine_2027="effective_from: 2027-01-01")
    assert editions("mine", packs).on(SHANGHAI_NEW_YEAR).version == "1"


@pytest.mark.parametrize(
    ("heads", "lines"),
    [
        (
            {"mine": "effective_until: 2027-06-30", "mine_2027": "effective_from: 2027-01-01"},
            [
                "mine-2027/pack.yaml: /effective_from: mine is in force until 2027-06-30: two editions on one day; ",
                "; begin on 2027-07-01, or end that one on 2026-12-31 (line 4)",
            ],
        ),
        (
            {"mine": "effective_until: 2026-11-30", "mine_2027": "effective_from: 2027-01-01"},
            ["mine-2027/pack.yaml: /effective_from: mine ends on 2026-11-30: no edition from 2026-12-01 to 2026-12-31"],
        ),
        ({"mine": "", "mine_2027": ""}, ["/effective_from: mine is in force from the beginning as well; say from"]),
        (
            {"mine": "", "mine_a": "effective_from: 2027-01-01", "mine_b": "effective_from: 2027-01-01"},
            ["mine-b/pack.yaml: /effective_from: mine-a is in force from 2027-01-01 as well"],
        ),
        (
            {"mine": 'version: "1"', "mine_2027": 'version: "1"\neffective_from: 2027-01-01'},
            ["mine-2027/pack.yaml: /version: mine is the version '1' of mine already; give each edition"],
        ),
        ({"mine": "effective_until: 2027-06-30"}, ["nothing would be in force from 2027-07-01 on; leave"]),
        (
            {"mine": "effective_from: 2027-02-01\neffective_until: 2027-01-01"},
            ["mine/pack.yaml: /effective_until: ", "2027-01-01 is before the first, 2027-02-01"],
        ),
        ({"mine": "effective_from: 2027-02-30"}, ["mine/pack.yaml: /effective_from: ", "'2027-02-30' (line "]),
        ({"mine": "effective_from: 1027-02-01"}, ["mine/pack.yaml: /effective_from: "]),
        ({"mine": "effective_from: soon"}, ["mine/pack.yaml: /effective_from: "]),
        (
            {"mine": "", "mine_2027": "effective_from: 2027-01-01\ntempo: fast"},
            ["mine-2027/pack.yaml: /tempo: there is no such key; the keys are: "],
        ),
        ({"mine": "", "mine_2027": "effective_from: [2027"}, ["mine-2027/pack.yaml: not YAML"]),
        ({"mine": 'version: "a b"'}, ["mine/pack.yaml: /version: "]),
        ({"yours": ""}, ["/pack: is 'mine' but the folder is 'yours'", "call the folder mine-2027 or the like"]),
    ],
    ids=lambda value: " ".join(value.values())[:60] if isinstance(value, dict) else "",
)
def test_editions_that_do_not_fit_together_are_refused_with_file_and_cure(
    folder: Folder, heads: dict[str, str], lines: list[str]
) -> None:
    packs = folder(**heads)
    with pytest.raises(PackError) as refused:
        editions("yours" if "yours" in heads else "mine", packs)
    assert [line for line in lines if line not in str(refused.value)] == []


def test_an_edition_does_not_take_over_the_dates_of_the_one_it_extends(folder: Folder) -> None:
    packs = folder(mine="effective_from: 2026-01-01\neffective_until: 2026-12-31")
    path = packs / "mine-2027"
    path.mkdir()
    (path / "pack.yaml").write_text('extends: mine\npack: mine\nversion: "2027.1"\neffective_from: 2027-01-01\n')
    assert editions("mine", packs).all[1].pack.effective_until is None
    (path / "pack.yaml").write_text("extends: mine\neffective_from: 2027-01-01\n")
    with pytest.raises(PackError, match=r"mine-2027/pack\.yaml: /version: mine is the version '0' of mine already"):
        editions("mine", packs)


def test_a_pack_whose_name_only_begins_alike_is_another_pack(folder: Folder) -> None:
    packs = folder(mine="", mine_lite="pack: mine-lite")
    assert [each.folder for each in editions("mine", packs).all] == ["mine"]
    assert load("mine-lite", packs).pack == "mine-lite"


def test_an_edition_is_named_by_its_folder_or_its_version_and_a_service_takes_only_the_pack(folder: Folder) -> None:
    packs = folder(mine="", mine_2199="effective_from: 2199-01-01")
    assert [load(name, packs).version for name in ("mine", "mine-2199", "mine@0", "mine@1")] == ["0", "1", "0", "1"]
    with pytest.raises(PackError, match="there is no version '7' of mine; the versions are: 0, 1"):
        load("mine@7", packs)
    with pytest.raises(PackError, match="this folder is an edition of mine; set TUIDING_POLICY=mine, or write"):
        in_force("mine-2199", packs)


def test_a_pack_that_is_not_in_force_yet_starts_no_service(folder: Folder) -> None:
    packs = folder(mine="effective_from: 2199-01-01")
    with pytest.raises(PackError, match=r"^mine/pack\.yaml: /effective_from: no edition is in force before 2199-01-01"):
        in_force("mine", packs)


def test_a_request_finds_its_edition_by_version_whatever_became_of_the_digest(folder: Folder) -> None:
    found = editions("mine", folder(mine="", mine_2027="effective_from: 2027-01-01"))
    for policy in ("mine@0", "mine@0+0123456789ab"):
        assert found.find(policy) is found.all[0].pack
    assert found.find("cn-carrier@2026.1+0") is not None, "another pack that is here, for requests from before a change"
    for policy in ("mine@9+0", "nowhere@1+0", "", "..@1", "mine"):
        assert found.find(policy) is None


def test_the_check_tells_what_is_wrong_between_editions_at_the_edition(folder: Folder) -> None:
    packs = folder(mine="effective_until: 2026-11-30", mine_2027="effective_from: 2027-01-01")
    first, second = check("mine", folder=packs).packs
    assert first.ok and not second.ok
    assert [each.place for each in second.findings if each.level == "error"] == ["mine-2027/pack.yaml: /effective_from"]
    assert check("mine-2027", folder=packs).ok, "by itself there is nothing wrong with it"


def test_rules_stay_the_same_beside_a_copy_of_what_they_extend(folder: Folder) -> None:
    """The runbook of an upgrade keeps them so: a release may change the packs that come along."""
    packs = folder(mine="")
    before, notices = load("mine", packs).id, packs / "cn-carrier" / "notices.yaml"
    shutil.copytree(packs / "cn-carrier", packs / "cn-carrier-before")
    notices.write_text(notices.read_text(encoding="utf-8").replace("您的申请", "您提出的申请"), encoding="utf-8")
    assert load("mine", packs).id != before, "the same name and version, and another hash"
    head = packs / "mine" / "pack.yaml"
    head.write_text(head.read_text().replace("extends: cn-carrier\n", "extends: cn-carrier-before\n"))
    assert load("mine", packs).id == before
