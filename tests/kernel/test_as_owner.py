"""What lies in a service's store never runs as administrator: a command looks into it as the user it belongs to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from cli import application
from contracts.flow import SERVICES
from runtime.kernel.store import Store
from runtime.local.database_keys import own_users
from tests.postgres import fresh_database, server

NAMES = [service.name for service in SERVICES]
TAKES = """create function review.take() returns trigger language plpgsql as $$ begin
    alter role "tuiding-review" superuser; return new; end $$"""
WRITES = """create function review.write() returns int language plpgsql as $$ begin
    execute format('copy (select 1) to %%L', current_setting('data_directory') || '/owned'); return 1; end $$"""
WAITS = {  # in the store of a service that was broken into
    "a view": (
        WRITES,
        "alter table review.eras rename to kept",
        "create view review.eras as select 'x'::varchar as name, review.write()::bigint as until",
    ),
    "a trigger": (TAKES, "create trigger mine before insert on review.eras for each row execute function take()"),
    "an operator": (
        WRITES,
        "create function review.same(name, varchar) returns bool return review.write() > 0 and $1::text = $2::text",
        "create operator review.= (leftarg = name, rightarg = varchar, function = review.same)",
    ),
}


class Place:
    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.users = own_users(url, folder / "keys")
        for name in NAMES:
            Store(self.users[name].database, name).close()

    def tuiding(self, *words: str, signed_in: bool) -> Result:
        files = {f"{name.upper()}_DATABASE_PASSWORD_FILE": self.users[name].database_password_file for name in NAMES}
        environment = {"TUIDING_DATABASE": self.url, "TUIDING_LANG": "en"}
        return CliRunner().invoke(application(), [*words], env=environment | (files if signed_in else {}))

    def run(self, *statements: str, as_: str = "") -> list[sa.Row[tuple[object, ...]]]:
        engine = sa.create_engine(self.users[as_].database if as_ else self.url, poolclass=sa.NullPool)
        with engine.begin() as tx:
            tx.exec_driver_sql(f"set local search_path to {as_ or 'pg_catalog'}")
            found = [tx.exec_driver_sql(each) for each in statements]
            return list(found[-1].all()) if found[-1].returns_rows else []

    def taken(self) -> tuple[object, ...]:
        """Whether somebody is administrator that was none, and whether a file of the server's was written."""
        written = "(pg_stat_file(current_setting('data_directory') || '/owned', true)).size"
        return tuple(self.run(f"select rolsuper, {written} from pg_roles where rolname = 'tuiding-review'")[0])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with server() as address, fresh_database(address) as url:
        yield Place(url, tmp_path)
        with sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).connect() as admin:
            for name in NAMES:
                admin.exec_driver_sql(f'drop owned by "tuiding-{name}" cascade')
                admin.exec_driver_sql(f'drop role "tuiding-{name}"')


@pytest.mark.parametrize("waits", WAITS)
def test_what_lies_in_wait_for_the_administrator_is_not_run(place: Place, waits: str) -> None:
    saved = str(place.folder / "saved")
    assert place.tuiding("database", "backup", saved, signed_in=True).exit_code == 0
    place.run(*WAITS[waits], as_="review")
    for signed_in in (False, True):
        place.tuiding("database", "backup", str(place.folder / str(signed_in)), signed_in=signed_in)
        place.tuiding("database", "restore", saved, "--service", "review", "--yes", signed_in=signed_in)
        assert place.taken() == (False, None)


def test_whoever_is_not_the_owner_reads_what_to_set(place: Place) -> None:
    for words in (
        ("backup", str(place.folder / "new")),
        ("restore", str(place.folder), "--service", "review", "--yes"),
    ):
        (place.folder / "review.db").touch()
        done = place.tuiding("database", *words, signed_in=False)
        said = " ".join(done.output.split())
        assert (done.exit_code, "belongs to tuiding-" in said) in {(5, True), (4, False)}, done.output
    assert not (place.folder / "new").exists()


def test_a_store_that_was_put_aside_comes_back_as_its_services_own(place: Place) -> None:
    saved = str(place.folder / "saved")
    assert place.tuiding("database", "backup", saved, signed_in=True).exit_code == 0
    place.run("alter schema review rename to review_lost")
    assert place.tuiding("database", "users", "--apply", signed_in=True).exit_code == 0
    done = place.tuiding("database", "restore", saved, "--service", "review", "--yes", signed_in=True)
    assert done.exit_code == 0, done.output
    Store(place.users["review"].database, "review").close()
    place.run("delete from cases", as_="review")


def test_a_schema_of_the_administrators_own_needs_nothing_more(tmp_path: Path) -> None:
    with server() as address, fresh_database(address) as url:
        for name in NAMES:
            Store(url, name).close()
        environment = {"TUIDING_DATABASE": url, "TUIDING_LANG": "en"}
        done = CliRunner().invoke(application(), ["database", "backup", str(tmp_path / "copy")], env=environment)
        assert done.exit_code == 0, done.output
