"""A service's store is looked into as the user it belongs to: what lies there runs with the rights of whoever looks.

Functions, operators and views are its owner's to make. An administrator who read the store of a service that was
broken into would run them as administrator; `set role` holds nobody, for they can set it back.
"""

import os

import sqlalchemy as sa

from runtime.kernel.database_users import as_user
from runtime.setting_files import not_both, secret_in

OWNERS = sa.text("select pg_get_userbyid(nspowner), current_user from pg_namespace where nspname = :schema")


class NotItsOwner(Exception):
    """One sentence: whose store it is, who asked, and what to set."""


def password_setting(service: str) -> str:
    """The variable with the password of a service's database user."""
    return f"{service.upper()}_DATABASE_PASSWORD"


def password_of(service: str) -> str:
    """As its variable says, or the file that another one names; empty: neither is set. Raises ValueError."""
    name = password_setting(service)
    given, file = os.environ.get(name, ""), os.environ.get(f"{name}_FILE", "")
    if given and file:
        raise not_both(name)
    return secret_in(f"{name}_FILE", file, "that password") if file else given


def as_owner(url: str, service: str) -> str:
    """`url`, under the service's own user where its password is given. Raises NotItsOwner, or what PostgreSQL says."""
    if not url.startswith("postgresql"):
        return url
    try:
        password = password_of(service)
    except ValueError as error:
        raise NotItsOwner(str(error)) from None
    own = as_user(url, service, password) if password else url
    options = {"options": "-csearch_path=pg_catalog", "connect_timeout": 5}  # nothing of the service's is found by it
    with sa.create_engine(own, poolclass=sa.NullPool, connect_args=options).connect() as connection:
        found = connection.execute(OWNERS, {"schema": service}).one_or_none()
    if found and found[0] != found[1]:
        raise NotItsOwner(
            f"The store of {service} belongs to {found[0]}, and {found[1]} would run whatever lies in it with rights "
            f"of its own: set {password_setting(service)}_FILE to the file with the password of {found[0]}."
        )
    return own
