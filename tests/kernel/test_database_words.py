"""A real PostgreSQL that does not let us work: each fault is one line of its own words, the setting and the remedy."""

import os
import pwd
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from runtime.kernel.database_words import LONGEST, REMEDIES, remedy, unnamed, why_not
from runtime.kernel.store import Store, is_outage
from runtime.local.broker_apache import free_port
from runtime.local.broker_keys import Keys, make_keys
from tests.kernel.test_database_users import _lets_in
from tests.postgres import USER, fresh_database, server

ROLES = {
    "named": "login password 'of-tests'",
    "asleep": "nologin password 'of-tests'",
    "past": "login password 'of-tests' valid until '2020-01-01'",
    "reader": "superuser login password 'of-tests'",
    "full": "login password 'of-tests' connection limit 0",
}


class Place(NamedTuple):
    """A server with TLS whose certificate is for localhost and 127.0.0.1."""

    url: sa.URL
    keys: dict[str, Keys]

    def at(self, **changed: Any) -> str:
        """Parts of the address, and options of libpq."""
        parts = {
            name: changed.pop(name) for name in ("username", "password", "database", "host", "port") & changed.keys()
        }
        return self.url.set(**parts).update_query_dict(changed).render_as_string(hide_password=False)

    def run(self, *statements: str) -> Any:
        engine = sa.create_engine(
            self.url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
        )
        with engine.connect() as admin:
            return [admin.exec_driver_sql(each) for each in statements][-1]

    def file(self, setting: str) -> Path:
        return Path(str(self.run(f"show {setting}").scalar()))

    def shows(self, keys: Keys) -> None:
        """From the next connection on."""
        folder = self.file("data_directory")
        for name, source in (("server.pem", keys.broker), ("clients.pem", keys.ca)):
            file = Path(shutil.copy(source, folder / name))
            if os.geteuid() == 0:
                owner = pwd.getpwnam(USER)
                os.chown(file, owner.pw_uid, owner.pw_gid)
        named = {"ssl_cert_file": "server.pem", "ssl_key_file": "server.pem", "ssl_ca_file": "clients.pem", "ssl": "on"}
        self.run(*(f"alter system set {name} = '{value}'" for name, value in named.items()), "select pg_reload_conf()")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder, now = tmp_path_factory.mktemp("keys"), datetime.now(UTC)
    ages = {"good": 0, "other": 0, "old": 1000}
    keys = {name: make_keys(folder / name, (), now=now - timedelta(days=days)) for name, days in ages.items()}
    with server() as address, fresh_database(address) as fresh:
        made = Place(sa.make_url(fresh), keys)
        made.run(*(f"create role {name} {rights}" for name, rights in ROLES.items()))
        made.run("alter role reader set default_transaction_read_only = on")
        made.run(f'revoke connect on database "{made.url.database}" from public')
        made.run(f'grant connect on database "{made.url.database}" to named, full')
        file = made.file("hba_file")
        first = f"host all {','.join(ROLES)} all scram-sha-256\nhost template1 all all reject\n"
        file.write_text(first + file.read_text())
        made.run("select pg_reload_conf()")
        while _lets_in(made.at(username="named", password="guessed", database="postgres")):
            continue
        yield made
        made.run(f'revoke connect on database "{made.url.database}" from named, full')
        made.run(*(f"drop role {name}" for name in ROLES))


def opened(url: str) -> str:
    """Why not; nothing where it could."""
    try:
        Store(url, "review").close()
    except sa.exc.DBAPIError as error:
        told = why_not(error)
        assert len(told.splitlines()) == 1 and len(told) < 2 * LONGEST and "of-tests" not in told, told
        return told
    return ""


FAULTS: dict[str, tuple[Callable[[Place], dict[str, Any]], str, str]] = {
    "no TLS there": (lambda _: {"sslmode": "require"}, "does not support SSL", "sslmode"),
    "a slip in sslmode": (lambda _: {"sslmode": "verify-ful"}, "verify-ful", "verify-ca or verify-full"),
    "an option of others": (lambda _: {"ssl": "true"}, "invalid connection option", "take that option out"),
    "a wrong password": (lambda _: {"username": "named", "password": "no"}, "password auth", "tuiding database users"),
    "no password": (lambda _: {"username": "named"}, "no password supplied", "tuiding database users"),
    "a password of yesterday": (lambda _: {"username": "past", "password": "of-tests"}, "password", "database users"),
    "nobody": (lambda _: {"username": "nobody"}, 'role "nobody" does not exist', "tuiding database users"),
    "no login": (lambda _: {"username": "asleep", "password": "of-tests"}, "not permitted to log in", "alter role"),
    "no place left": (lambda _: {"username": "full", "password": "of-tests"}, "too many connections", "fewer workers"),
    "no rights": (lambda _: {"username": "named", "password": "of-tests"}, "permission denied", "--apply"),
    "no such database": (lambda _: {"database": "gone"}, 'database "gone" does not exist', "restore it"),
    "kept out by address": (lambda _: {"database": "template1"}, "pg_hba.conf", "let this machine and user in"),
    "nobody listens": (lambda _: {"port": free_port()}, "refused", "correct host and port"),
    "no such host": (lambda _: {"host": "no-such.invalid"}, "resolve host", "correct the host"),
    "a replica": (lambda _: {"username": "reader", "password": "of-tests"}, "read-only", "primary"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_keeps_us_out_is_one_line_with_the_setting_and_the_remedy(fault: str, place: Place) -> None:
    changed, words, remedy = FAULTS[fault]
    told = opened(place.at(**changed(place)))
    assert words in told and remedy in told, told


def test_tls_that_is_not_believed_says_what_to_name_and_works_once_it_is_mended(place: Place) -> None:
    def asked(keys: str, **changed: Any) -> str:
        return opened(place.at(sslmode="verify-full", sslrootcert=str(place.keys[keys].ca), **changed))

    place.shows(place.keys["good"])
    while "does not support SSL" in asked("good"):  # it reads its settings when it comes to it
        continue
    assert asked("good") == ""
    assert "sslrootcert=<file>" in asked("other")
    assert "sslrootcert=<file>" in opened(place.at(sslmode="verify-full", sslrootcert="/no.pem"))
    other_name = asked("good", host="ip6-localhost.invalid", hostaddr="127.0.0.1")
    assert "does not match host name" in other_name and "use the name" in other_name
    place.shows(place.keys["old"])
    while not (told := asked("old")):
        continue
    assert "certificate verify failed" in told and "renew it" in told
    place.shows(place.keys["good"])
    while asked("good"):
        continue


def test_rights_that_are_taken_away_while_it_works_are_waited_for(place: Place) -> None:
    """No message's fault: nothing is set aside for it, and it goes on as it was once they are back."""
    store = Store(place.at(), "review")
    with store.transaction() as tx:
        tx.exec_driver_sql("grant usage on schema review to named")
    own = sa.create_engine(place.at(username="named", password="of-tests"), poolclass=sa.NullPool)
    for statement in ("select * from review.cases", "select * from gone.cases", "create table gone.cases (id int)"):
        with pytest.raises(sa.exc.ProgrammingError) as refused, own.connect() as tx:
            tx.exec_driver_sql(statement)
        assert is_outage(refused.value), statement
    with store.transaction() as tx:
        tx.exec_driver_sql("revoke usage on schema review from named")
    store.close()


def test_no_two_remedies_are_meant_for_the_same_words() -> None:
    parts = [part for part, _ in REMEDIES]
    hidden = [late for number, late in enumerate(parts) if any(early in late for early in parts[:number])]
    assert not hidden


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("canceling statement due to statement timeout", "statement_timeout there is too short"),
        ("canceling statement due to lock timeout", "lock_timeout there is too short"),
        ("terminating connection due to idle-session timeout", "idle_session_timeout there is too short"),
        ("terminating connection due to idle-in-transaction timeout", "wait for it"),
        ("terminating connection because of crash of another server process", "wait for it"),
        ("server closed the connection unexpectedly", "wait for it"),
        ("the connection is lost", "wait for it"),
        ("the database system is in recovery mode", "wait for it"),
        ("the database system is not yet accepting connections", "wait for it"),
        ("cannot execute INSERT in a read-only transaction", "name the primary"),
        ("session is read-only", "name the primary"),
        ('could not extend file "base/5/2": No space left on device', "make room"),
        ("must be owner of table cases", "its rights again"),
        ("database is locked", "a backup, a shell"),
        ("disk I/O error", "make room"),
    ],
)
def test_what_happens_under_way_has_a_remedy_of_its_own(words: str, told: str) -> None:
    assert told in remedy(words)


def test_whoever_asks_whether_a_service_is_ready_reads_no_names() -> None:
    for words in ('role "tuiding-review" is not permitted to log in', "failed to resolve host 'db.internal': unknown"):
        told = unnamed(words)
        assert "tuiding-review" not in told and "db.internal" not in told and "..." in told
    assert unnamed("let what isn't ours, and the users' rights, be") == "let what isn't ours, and the users' rights, be"
