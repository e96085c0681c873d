"""One PostgreSQL user a service, made from contracts/flow.py: it owns its schema and may do nothing beside it."""

from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from contracts.flow import SERVICES, service_user

MEMBER_OF = sa.text("""
    select role.rolname, grantor.rolname from pg_auth_members
    join pg_roles as role on role.oid = roleid
    join pg_roles as own on own.oid = member
    left join pg_roles as grantor on grantor.oid = pg_auth_members.grantor
    where own.rolname = :user
""")

NOBODY = "tuiding-nobody"  # within one transaction only
# names are the service's to choose, so the database puts them in quotes
NOT_ITS_OWN = sa.text("""
    select case relkind when 'v' then 'view ' when 'm' then 'materialized view ' when 'S' then 'sequence '
        when 'f' then 'foreign table ' else 'table ' end || format('%I.%I', nspname, relname)
    from pg_class join pg_namespace as place on place.oid = relnamespace
    where nspname = :schema and relkind in ('r', 'p', 'v', 'm', 'S', 'f') and pg_get_userbyid(relowner) != :user
        and not exists (select from pg_depend where objid = pg_class.oid and deptype in ('a', 'i') and refobjsubid > 0)
    union all
    select format('routine %s', pg_proc.oid::regprocedure) from pg_proc join pg_namespace as place
        on place.oid = pronamespace where nspname = :schema and pg_get_userbyid(proowner) != :user
""")
PLACES_OF = sa.text("""
    select format('database %I', datname) from pg_database where pg_get_userbyid(datdba) = :user
    union all select format('schema %I', nspname) from pg_namespace where pg_get_userbyid(nspowner) = :user
    union all select format('tablespace %I', spcname) from pg_tablespace where pg_get_userbyid(spcowner) = :user
""")


class NoAdministrator(Exception):
    """One sentence: who may not make users, and who could."""


def statements(database: str, service: str) -> Iterator[str]:
    """What gives a service its schema and nothing else; run by whoever owns the database, as often as one likes."""
    user = service_user(service)
    yield f'grant connect on database "{database}" to "{user}"'
    yield f'create schema if not exists "{service}"'
    yield f'alter schema "{service}" owner to "{user}"'
    yield f'revoke all on schema "{service}" from public'


def closing(database: str) -> Iterator[str]:
    """What everybody may do in a new PostgreSQL and nobody needs here."""
    yield f'revoke all on database "{database}" from public'
    yield "revoke all on schema public from public"


def script(database: str | None) -> str:
    """For a person at psql, who gives the passwords there."""
    database = database or "tuiding"
    lines = [f"{each};" for each in closing(database)]
    for service in (each.name for each in SERVICES):
        lines += ["", f'create role "{service_user(service)}" login;', f'\\password "{service_user(service)}"']
        lines += [f"{each};" for each in statements(database, service)]
    return "\n".join(lines) + "\n"


def apply_users(url: str, passwords: Mapping[str, str]) -> list[str]:
    """Makes or corrects a user for each service of `passwords`, as the administrator of `url`; says who is new.

    Tables that a shared user has made before become the service's own; a right that it has beside them is taken
    away. Raises NoAdministrator.
    """
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"connect_timeout": 5})
    try:
        with engine.begin() as tx:
            tx.exec_driver_sql("set local search_path to pg_catalog")  # no function that a service has made
            tx.execute(sa.text("select pg_advisory_xact_lock(hashtext('tuiding users'))"))
            database = str(tx.scalar(sa.text("select current_database()")))
            for statement in closing(database):
                tx.exec_driver_sql(statement)
            return [name for name, password in passwords.items() if _make(tx, database, name, password)]
    except sa.exc.ProgrammingError as error:
        if getattr(error.orig, "sqlstate", "") != "42501":
            raise
        raise NoAdministrator(
            f"{sa.make_url(url).username} may not make users or give away schemas ({str(error.orig).strip()}): "
            "sign in as a superuser there, or let its administrator run what `tuiding database users` prints."
        ) from None


def as_user(url: str, service: str, password: str) -> str:
    """The address under which the service itself signs in."""
    own = sa.make_url(url).set(username=service_user(service), password=password)
    return own.render_as_string(hide_password=False)


def _make(tx: sa.Connection, database: str, service: str, password: str) -> bool:
    user = service_user(service)
    new = tx.scalar(sa.text("select 1 from pg_roles where rolname = :user"), {"user": user}) is None
    connection = tx.connection.driver_connection
    assert connection is not None
    # hashed here: a password in a statement may end up in the server's log
    hashed = connection.pgconn.encrypt_password(password.encode(), user.encode(), b"scram-sha-256").decode()
    rights = "login nosuperuser nocreatedb nocreaterole noreplication nobypassrls noinherit"
    tx.exec_driver_sql(f"""{"create" if new else "alter"} role "{user}" with {rights} password '{hashed}'""")
    _take_back(tx, user)
    for statement in statements(database, service):
        tx.exec_driver_sql(statement)
    for relation in tx.scalars(NOT_ITS_OWN, {"schema": service, "user": user}).all():
        tx.exec_driver_sql(f'alter {relation.replace("%", "%%")} owner to "{user}"')
    return new


def _take_back(tx: sa.Connection, user: str) -> None:
    """What somebody granted beside. `drop owned` takes all rights at once, so what is owned goes elsewhere meanwhile.

    Never to the administrator: a function of a service that was broken into would run with all its rights for good.
    """
    quoted = tx.dialect.identifier_preparer.quote
    for role, grantor in tx.execute(MEMBER_OF, {"user": user}).all():
        by = f" granted by {quoted(grantor)}" if grantor else ""
        tx.exec_driver_sql(f'revoke {quoted(role)} from "{user}"{by}')
    tx.exec_driver_sql(f'create role "{NOBODY}"')
    tx.exec_driver_sql(f'reassign owned by "{user}" to "{NOBODY}"')
    tx.exec_driver_sql(f'drop owned by "{user}"')
    for place in tx.scalars(PLACES_OF, {"user": NOBODY}).all():  # whoever owns one has every right there
        tx.exec_driver_sql(f"alter {place.replace('%', '%%')} owner to current_user")
    tx.exec_driver_sql(f'reassign owned by "{NOBODY}" to "{user}"')
    tx.exec_driver_sql(f'drop role "{NOBODY}"')
