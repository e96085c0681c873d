"""Passwords of the services' database users on a development machine: made once, one file each."""

from pathlib import Path

from contracts.flow import SERVICES
from policies.files.whole_files import FOLDER_FOR_ITS_OWNER
from runtime.kernel.database_users import apply_users, as_user
from runtime.local.broker_keys import lasting_password


def own_users(url: str, folder: Path) -> dict[str, str]:
    """Service -> its address, after its user is there. Raises NoAdministrator when `url`'s user may not make users."""
    folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_FOR_ITS_OWNER)
    passwords = {service.name: lasting_password(folder / f"{service.name}.password") for service in SERVICES}
    apply_users(url, passwords)
    return {name: as_user(url, name, password) for name, password in passwords.items()}
