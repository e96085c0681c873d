"""`tuiding deploy passwords`, `channel-secret`, `signing-keys`: what nobody else may know, made fresh."""

import base64
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cli.command import command
from cli.deploy import SIGNERS, SIGNING, deploy
from cli.failure import Exit, Failure, both
from cli.screen import Screen
from contracts.flow import SERVICES
from contracts.words import Channel
from policies.files.whole_files import FOLDER_FOR_ITS_OWNER, write_whole

ADMINISTRATOR = "postgres"
SECRET_BYTES, PASSWORD_BYTES = 32, 24
PasswordFolder = Annotated[Path, typer.Argument(help="Where they are kept, such as deploy/passwords.")]
Folder = Annotated[Path, typer.Argument(help="Where they are kept, such as deploy/keys.")]
Name = Annotated[str, typer.Option(help="Name of these keys; else the month.")]


@command(deploy)
def passwords(screen: Screen, folder: PasswordFolder) -> None:
    """Passwords of the compose file's database, a file each: those that are missing; before its first start."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(FOLDER_FOR_ITS_OWNER)  # inside, a container reads its own as a user that this machine need not have
    missing = [name for name in (ADMINISTRATOR, *(each.name for each in SERVICES)) if not (folder / name).exists()]
    for name in missing:
        write_whole(folder / name, secrets.token_urlsafe(PASSWORD_BYTES).encode() + b"\n")
    screen.result({"new": missing}, f"{folder}: {', '.join(missing) or '-'}")


@command(deploy, "channel-secret")
def channel_secret(screen: Screen, channel: Channel) -> None:
    """A fresh line for TUIDING_CHANNELS_SECRETS_FILE, and the secret for a channel that signs what it sends."""
    sys.stdout.write(f"{channel} whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}\n")


@command(deploy, "signing-keys")
def signing_keys(screen: Screen, folder: Folder, name: Name = "") -> None:
    """Signing keys, one a service: tuiding deploy signing-keys deploy/keys >> deploy/.env, before the first start."""
    name = name or f"{datetime.now(UTC):%Y-%m}"
    private, public = folder / "private", folder / "signers"
    if there := list(folder.glob("private/*/*.pem")):
        raise Failure(
            Exit.REFUSED,
            both(f"{there[0]} 已存在。", f"{there[0]} is there already."),
            both(
                "更换单个密钥见 docs/runbooks/signing-keys.zh-CN.md",
                "To replace one key: docs/runbooks/signing-keys.md",
            ),
        )
    for each in (private, public):
        each.mkdir(parents=True, exist_ok=True)
    private.chmod(FOLDER_FOR_ITS_OWNER)  # as that of the passwords
    for service in SERVICES:
        own = Ed25519PrivateKey.generate()
        own_folder = private / service.name
        own_folder.mkdir()
        (own_folder / f"{name}.pem").write_bytes(_private(own))
        (public / f"{service.name}.{name}.pem").write_bytes(_public(own))
    sys.stdout.write(f"TUIDING_SIGNING_KEY={SIGNING}\nTUIDING_SIGNERS={SIGNERS}\n")


def _private(key: Ed25519PrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _public(key: Ed25519PrivateKey) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form)
