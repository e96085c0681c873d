"""Passwords of the services' database users on a development machine: made once, one file each."""

import secrets
from pathlib import Path

from contracts.flow import SERVICES
from runtime.kernel.database_users import apply_users, as_user
from runtime.local.broker_keys import write_secret


def own_users(url: str, folder: Path) -> dict[str, str]:
    """Service -> its address, after its user is there. Raises NoAdministrator when `url`'s user may not make users."""
    passwords = {service.name: _password(folder / f"{service.name}.password") for service in SERVICES}
    apply_users(url, passwords)
    return {name: as_user(url, name, password) for name, password in passwords.items()}


def _password(file: Path) -> str:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not file.exists():
        write_secret(file, secrets.token_urlsafe(24).encode() + b"\n")
    return file.read_text(encoding="utf-8").strip()
