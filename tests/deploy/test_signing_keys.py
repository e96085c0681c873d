"""The keys that one command makes are those that compose and Kubernetes mount: one a service, believed by all."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from cli import application
from cli.deploy import SIGNERS, SIGNING, manifests
from contracts.flow import BY_NAME
from contracts.rights import SPEAKERS
from runtime.kafka.security import NotSecured
from runtime.settings import Settings
from runtime.worker.signing_keys import signatures_of
from tests.contracts.sound import record_of

COMPOSE: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "deploy" / "docker-compose.yml").read_text(encoding="utf-8")
)
RUNBOOK = Path(__file__).parents[2] / "docs" / "runbooks" / "signing-keys.md"
POD: dict[str, Any] = {
    each["metadata"]["name"]: each["spec"]["template"]["spec"]
    for each in yaml.safe_load_all(manifests())
    if each["kind"] == "Deployment"
}
MOUNTS = {SIGNING: "private/{}", SIGNERS: "signers"}


def _made(folder: Path) -> dict[str, str]:
    done = CliRunner().invoke(application(), ["deploy", "signing-keys", str(folder)])
    assert done.exit_code == 0, done.output
    return dict(line.split("=") for line in done.stdout.splitlines())


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deployed") / "keys"
    assert _made(folder) == {"TUIDING_SIGNING_KEY": SIGNING, "TUIDING_SIGNERS": SIGNERS}
    return folder


def test_what_one_service_signs_every_other_believes_and_a_strangers_key_nobody(keys: Path, tmp_path: Path) -> None:
    signers, said = str(keys / "signers"), record_of("fee.settled.v1")
    by_name = {
        name: signatures_of(name, Settings(signing_key=str(keys / "private" / name), signers=signers))
        for name in BY_NAME
    }
    owner = SPEAKERS[said.topic].removeprefix("/tuiding/")
    assert {each.fault(by_name[owner].signed(said)) for each in by_name.values()} == {""}
    _made(tmp_path / "others")
    stranger = signatures_of(owner, Settings(signing_key=str(tmp_path / "others" / "private" / owner)))
    assert all(each.fault(stranger.signed(said)) for each in by_name.values())
    assert all(each.fault(by_name["notify"].signed(said)) for each in by_name.values()), "the key of another service"


def test_a_key_is_replaced_by_the_commands_of_the_runbook(tmp_path: Path) -> None:
    keys, said = tmp_path / "deploy" / "keys", record_of("fee.settled.v1")
    _made(keys)
    own = Settings(signing_key=str(keys / "private" / "billing"), signers=str(keys / "signers"))
    before = signatures_of("billing", own).signed(said)
    public, private = re.findall(r"```bash\n(.*?)```", RUNBOOK.read_text(encoding="utf-8"), re.S)
    for commands in (public, private):
        subprocess.run(["bash", "-euc", commands], cwd=tmp_path, check=True)
        now = signatures_of("billing", own)
        assert now.fault(before) == now.fault(now.signed(said)) == ""
    (key,) = (keys / "private" / "billing").iterdir()
    assert key.stat().st_mode & 0o777 == 0o644, "a container reads it as another user"
    assert now.own is not None and now.own[0] == f"billing/{key.stem}" and now.signed(said) != before
    (old,) = (each for each in (keys / "signers").glob("billing.*") if key.stem not in each.name)
    old.unlink()
    assert signatures_of("billing", own).fault(before)


def test_keys_that_are_there_are_not_made_again_and_only_their_owner_comes_to_them(keys: Path) -> None:
    before = sorted((file, file.read_bytes()) for file in keys.rglob("*.pem"))
    done = CliRunner().invoke(application(), ["deploy", "signing-keys", str(keys), "--name", "next"])
    assert done.exit_code == 5 and "is there already" in done.output
    assert sorted((file, file.read_bytes()) for file in keys.rglob("*.pem")) == before
    assert (keys / "private").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", BY_NAME)
def test_a_container_has_the_key_of_its_own_service_and_the_public_ones_of_all(keys: Path, name: str) -> None:
    container = COMPOSE["services"][name]
    volumes = [each for each in container["volumes"] if each.startswith("./keys")]
    mounts = dict(each.split(":")[1::-1] for each in volumes)
    assert mounts == {inside: f"./keys/{folder.format(name)}" for inside, folder in MOUNTS.items()}
    assert all(each.endswith(":ro") and (keys.parent / each.split(":")[0]).is_dir() for each in volumes)
    told = container["environment"]
    assert (told["TUIDING_SIGNING_KEY"], told["TUIDING_SIGNERS"]) == (
        "${TUIDING_SIGNING_KEY:-}",
        "${TUIDING_SIGNERS:-}",
    )


@pytest.mark.parametrize("name", BY_NAME)
def test_a_pod_has_the_key_of_its_own_service_and_the_public_ones_of_all(name: str) -> None:
    volumes = {each["name"]: each for each in POD[name]["volumes"]}
    assert volumes["signing"]["secret"] == {"secretName": f"{name}-signing-key"}
    assert volumes["signers"]["configMap"] == {"name": "signers"}
    mounted = {each["name"]: each["mountPath"] for each in POD[name]["containers"][0]["volumeMounts"]}
    assert (mounted["signing"], mounted["signers"]) == (SIGNING, SIGNERS)


def test_what_a_cluster_hides_beside_its_files_is_no_key_and_two_own_keys_are_none(keys: Path, tmp_path: Path) -> None:
    signers = tmp_path / "signers"
    (signers / "..data").mkdir(parents=True)
    for file in (keys / "signers").glob("*.pem"):
        (signers / "..data" / file.name).write_bytes(file.read_bytes())
        (signers / file.name).symlink_to(Path("..data") / file.name)
    own = keys / "private" / "billing"
    found = signatures_of("billing", Settings(signing_key=str(own), signers=str(signers)))
    assert found.known is not None and {each.partition("/")[0] for each in found.known} == set(BY_NAME)
    for file in keys.glob("private/*/*.pem"):
        (tmp_path / f"{file.parent.name}.pem").write_bytes(file.read_bytes())
    with pytest.raises(NotSecured, match=r"^TUIDING_SIGNING_KEY=.* is a folder with 6 files"):
        signatures_of("billing", Settings(signing_key=str(tmp_path)))
