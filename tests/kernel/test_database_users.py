"""On a real PostgreSQL: a service's user works in its own schema and is refused everywhere else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from cli import application
from contracts.flow import SERVICES, service_user
from runtime.kernel.as_owner import password_setting
from runtime.kernel.database_users import NoAdministrator, apply_users, as_user, closing, statements
from runtime.kernel.store import Store
from runtime.kernel.tables import METADATA
from runtime.local.database_keys import own_users
from tests.postgres import fresh_database, server

NAMES = [service.name for service in SERVICES]
PASSWORDS = {name: f"{name}'s own pass%word" for name in NAMES}
NOT_YOURS = "42501"  # insufficient_privilege


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Review's and billing's tables were made by the administrator, as an earlier version had it."""
    with server() as address, fresh_database(address) as fresh:
        for name in ("review", "billing"):
            Store(fresh, name).close()
        assert apply_users(fresh, PASSWORDS) == NAMES
        _ask_for_passwords(fresh)
        for name in NAMES:
            Store(as_user(fresh, name, PASSWORDS[name]), name).close()
        yield fresh
        _forget_users(fresh)


def _ask_for_passwords(url: str) -> None:
    """The test's server trusts everybody; a production one believes nobody without a password."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as admin:
        file = Path(str(admin.scalar(sa.text("show hba_file"))))
        asked = "".join(f'host all "{service_user(name)}" all scram-sha-256\n' for name in NAMES)
        file.write_text(asked + file.read_text())
        admin.execute(sa.text("select pg_reload_conf()"))
        while _lets_in(as_user(url, NAMES[0], "guessed")):  # the server reads the file when it comes to it
            continue


def _lets_in(url: str) -> bool:
    try:
        with sa.create_engine(url, poolclass=sa.NullPool).connect():
            return True
    except sa.exc.OperationalError:
        return False


def _forget_users(url: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as admin:
        for name in NAMES:
            admin.exec_driver_sql(f'drop owned by "{service_user(name)}" cascade')
            admin.exec_driver_sql(f'drop role "{service_user(name)}"')


def _refused(url: str, statement: str) -> bool:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        with engine.begin() as tx:
            tx.exec_driver_sql(statement)
    except sa.exc.DBAPIError as error:
        assert getattr(error.orig, "sqlstate", "") == NOT_YOURS, error
        return True
    return False


@pytest.mark.parametrize("other", NAMES)
@pytest.mark.parametrize("name", NAMES)
def test_a_services_user_is_refused_on_every_table_of_every_other(url: str, name: str, other: str) -> None:
    own = as_user(url, name, PASSWORDS[name])
    tried = [f'select * from "{other}"."{table}"' for table in METADATA.tables]
    tried += [f'delete from "{other}"."{table}"' for table in METADATA.tables]
    tried += [f"insert into \"{other}\".eras values ('{name}', 0)", f'create table "{other}".mine_{name} (id int)']
    assert [_refused(own, each) for each in tried] == [other != name] * len(tried)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "statement",
    [
        "create schema mine",
        "create table public.mine (id int)",
        "create temporary table mine (id int)",
        "create role somebody",
        'alter role "tuiding-review" superuser',
        "set role postgres",
        "select pg_read_file('/etc/passwd')",
        "copy (select 1) to program 'true'",
        "select passwd from pg_shadow",
    ],
)
def test_a_services_user_may_nothing_beside_its_schema(url: str, name: str, statement: str) -> None:
    assert _refused(as_user(url, name, PASSWORDS[name]), statement)


GRANTED = {  # by somebody in a hurry, and what can be done by it
    'grant "tuiding-billing" to "tuiding-review"': 'set role "tuiding-billing"',
    'grant pg_read_all_data to "tuiding-review"': "select * from notify.cases",
    'grant select on all tables in schema billing to "tuiding-review"': "select * from billing.cases",
    'grant insert (name, times) on intake.claims to "tuiding-review"': "insert into intake.claims (name) values (1)",
    'grant usage on schema billing, intake to public': "select * from billing.eras",
    'grant create on schema public to "tuiding-review"': "create table public.mine (id int)",
    "grant execute on function pg_read_file(text) to \"tuiding-review\"": "select pg_read_file('PG_VERSION')",
    "grant pg_execute_server_program to \"tuiding-review\"": "copy review.eras to program 'true'",
    'alter role "tuiding-review" replication bypassrls': "select pg_create_physical_replication_slot('mine')",
    'alter default privileges in schema billing grant all on tables to "tuiding-review"': 'select * from billing.later',
}  # fmt: skip


def test_what_was_granted_beside_the_table_is_taken_away_and_the_service_works_on(url: str) -> None:
    own = as_user(url, "review", PASSWORDS["review"])
    later = 'create table billing.later (id int); alter table billing.later owner to "tuiding-billing"'
    for statement in (*GRANTED, 'grant usage on schema notify to "tuiding-review"', later):
        assert not _refused(url, statement)
    apply_users(url, PASSWORDS)
    assert [each for each in GRANTED.values() if not _refused(own, each)] == []
    for name in NAMES:
        Store(as_user(url, name, PASSWORDS[name]), name).close()
    assert not _refused(own, "delete from review.cases")


BECOMES = """language plpgsql as $$ begin alter role "tuiding-review" superuser; end $$"""
EVIL = 'a" rename to b;alter role "tuiding-review" superuser;--'  # as long as a name may be
MAKES_A_VIEW = "create view review.seen as select rolname, rolpassword from pg_authid; grant select on review.seen "
LEFT_BEHIND = {  # by a service that was broken into, and what it does once the administrator was there
    f"create function review.mine() returns void security definer {BECOMES}": "select review.mine()",
    f"create procedure review.ours(int) security definer {BECOMES}": "call review.ours(1)",
    f'create function review."x(); --"(int) returns void security definer {BECOMES}': 'select review."x(); --"(1)',
    f"{MAKES_A_VIEW} to public": "select * from review.seen",
    f'{MAKES_A_VIEW.replace("seen", "felt")} to "tuiding-review"': "select * from review.felt",
    f'create table review.a (id int); create table review."{EVIL.replace(chr(34), chr(34) * 2)}" (id int)': "select 1",
    'create view review."%%(x)s %%s" as select 1; create function review."%%b"() returns int return 1': "select 1",
    "select lo_create(77); create sequence review.counted": "select lo_put(77, 0, 'x')",
}


@pytest.mark.parametrize("left", LEFT_BEHIND)
def test_what_a_service_leaves_behind_gets_no_right_of_the_administrators(url: str, left: str) -> None:
    own = as_user(url, "review", PASSWORDS["review"])
    assert not _refused(own, left)
    for _ in range(2):
        apply_users(url, PASSWORDS)
        _refused(own, LEFT_BEHIND[left])
        assert _owners(url) == {("review", "tuiding-review", False)}
        assert _refused(own, "select * from pg_authid")


def test_what_an_earlier_release_gave_to_the_administrator_is_given_back(url: str) -> None:
    for each in (f"function review.gone() returns void security definer {BECOMES}", 'view review."%%s" as select 1'):
        assert not _refused(url, f"create {each}")
    apply_users(url, PASSWORDS)
    assert _refused(as_user(url, "review", PASSWORDS["review"]), "select review.gone()")
    assert _owners(url) == {("review", "tuiding-review", False)}


def test_a_place_that_was_given_to_a_service_goes_back_to_the_administrator(url: str) -> None:
    for each in (f"database {sa.make_url(url).database}", "schema mine"):
        assert not _refused(url, "create schema if not exists mine; create table if not exists mine.b ()")
        assert not _refused(url, f'alter {each} owner to "tuiding-review"')
    apply_users(url, PASSWORDS)
    own = as_user(url, "review", PASSWORDS["review"])
    assert _refused(own, "create schema another") and _refused(own, "select * from mine.b")


def _owners(url: str) -> set[tuple[str, str, bool]]:
    """Of whatever is in review's schema: (schema, owner, whether that is a superuser)."""
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as admin:
        found = admin.exec_driver_sql("""
            select nspname, rolname, rolsuper from pg_namespace as place join (
                select relnamespace, relowner from pg_class union select pronamespace, proowner from pg_proc
            ) as each (place, owner) on each.place = place.oid join pg_roles on pg_roles.oid = owner
            where nspname = 'review'
        """)
        return {tuple(row) for row in found}


def test_a_wrong_password_is_refused(url: str) -> None:
    with pytest.raises(sa.exc.OperationalError, match="password authentication failed"):
        Store(as_user(url, "review", "guessed"), "review")


def test_a_second_time_nobody_is_new_and_a_new_password_counts(url: str) -> None:
    changed = PASSWORDS | {"notify": "another"}
    assert apply_users(url, changed) == []
    Store(as_user(url, "notify", "another"), "notify").close()
    apply_users(url, PASSWORDS)


def test_a_development_machine_keeps_its_passwords_for_their_owner_alone(url: str, tmp_path: Path) -> None:
    first = own_users(url, tmp_path / "keys")
    assert own_users(url, tmp_path / "keys") == first
    assert first["review"].database_password_file == str(tmp_path / "keys" / "review.password")
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "keys").iterdir()} == {0o600}
    apply_users(url, PASSWORDS)


def test_who_is_no_administrator_reads_who_could(url: str) -> None:
    with pytest.raises(NoAdministrator, match=r"^tuiding-review may not make users .* sign in as a superuser"):
        apply_users(as_user(url, "review", PASSWORDS["review"]), PASSWORDS)


def test_the_command_prints_what_it_would_run_and_runs_it(url: str, tmp_path: Path) -> None:
    printed = CliRunner().invoke(application(), ["database", "users"], env={"TUIDING_DATABASE": url})
    database = str(sa.make_url(url).database)
    wanted = [*closing(database), *(each for name in NAMES for each in statements(database, name))]
    assert printed.exit_code == 0 and {f"{each};" for each in wanted} <= set(printed.stdout.splitlines())
    given = {password_setting(name): PASSWORDS[name] for name in NAMES}
    done = CliRunner().invoke(application(), ["database", "users", "--apply"], env=given | {"TUIDING_DATABASE": url})
    assert (done.exit_code, "New: 0." in done.stdout) == (0, True), done.output
    for name in NAMES:
        (tmp_path / name).write_text(PASSWORDS[name] + "\n", encoding="utf-8")
    by_file = {f"{password_setting(name)}_FILE": str(tmp_path / name) for name in NAMES}
    done = CliRunner().invoke(application(), ["database", "users", "--apply"], env=by_file | {"TUIDING_DATABASE": url})
    assert (done.exit_code, "New: 0." in done.stdout) == (0, True), done.output
    Store(as_user(url, "notify", PASSWORDS["notify"]), "notify").close()


NOBODY = {"TUIDING_DATABASE": "postgresql+psycopg://x@127.0.0.1:1/x"}


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"TUIDING_DATABASE": ""}, "TUIDING_DATABASE names no PostgreSQL"),
        (NOBODY, "INTAKE_DATABASE_PASSWORD_FILE is not set. Name a file with the password of each service."),
        (NOBODY | {"INTAKE_DATABASE_PASSWORD_FILE": "/nowhere"}, "INTAKE_DATABASE_PASSWORD_FILE=/nowhere cannot be"),
        (NOBODY | {"INTAKE_DATABASE_PASSWORD_FILE": "/dev/null"}, "INTAKE_DATABASE_PASSWORD_FILE=/dev/null cannot be"),
        (
            NOBODY | {"INTAKE_DATABASE_PASSWORD_FILE": "/nowhere", "INTAKE_DATABASE_PASSWORD": "hush"},
            "INTAKE_DATABASE_PASSWORD and INTAKE_DATABASE_PASSWORD_FILE are both set: leave one of them out",
        ),
    ],
)
def test_what_is_missing_is_named(environment: dict[str, str], said: str) -> None:
    done = CliRunner().invoke(application(), ["database", "users", "--apply"], env=environment)
    assert (done.exit_code, said in done.output) == (2, True), done.output
