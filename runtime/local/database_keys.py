"""Passwords of the services' database users on a development machine: made once, one file each."""

from pathlib import Path
from typing import NamedTuple

from contracts.flow import SERVICES
from policies.files.whole_files import FOLDER_FOR_ITS_OWNER
from runtime.kernel.database_users import apply_users, as_user
from runtime.local.broker_keys import lasting_password


class OwnUser(NamedTuple):
    """As the settings name it."""

    database: str
    database_password_file: str


def own_users(url: str, folder: Path) -> dict[str, OwnUser]:
    """Service -> how it signs in, after its user is there; NoAdministrator: `url`'s user may not make any."""
    folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_FOR_ITS_OWNER)
    files = {service.name: folder.resolve() / f"{service.name}.password" for service in SERVICES}
    passwords = {name: lasting_password(file) for name, file in files.items()}
    apply_users(url, passwords)
    return {name: OwnUser(as_user(url, name, passwords[name]), str(file)) for name, file in files.items()}
