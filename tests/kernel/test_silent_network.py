"""A network that swallows everything: neither our end of a database connection nor the server's may wait for ever."""

import pytest
import sqlalchemy as sa

from runtime.kernel.store import Store


@pytest.mark.parametrize(
    ("setting", "shown"),
    [
        ("tcp_user_timeout", "9000"),
        ("tcp_keepalives_idle", "3"),
        ("tcp_keepalives_interval", "2"),
        ("tcp_keepalives_count", "3"),
        ("idle_in_transaction_session_timeout", "30s"),
    ],
)
def test_the_server_lets_go_of_the_locks_of_whoever_is_gone(
    fresh_postgresql_url: str, setting: str, shown: str
) -> None:
    store = Store(fresh_postgresql_url, "intake")
    assert store.read(sa.text(f"show {setting}")) == [(shown,)]
    store.close()


def test_our_end_gives_up_within_seconds(fresh_postgresql_url: str) -> None:
    store = Store(fresh_postgresql_url, "intake")
    with store.transaction() as tx:
        ours = tx.connection.dbapi_connection.info.get_parameters()  # type: ignore[union-attr]
    assert {name: ours[name] for name in ("tcp_user_timeout", "keepalives_idle")} == {
        "tcp_user_timeout": "9000",
        "keepalives_idle": "3",
    }
    store.close()


@pytest.mark.parametrize("where", ["the address", "the environment"])
def test_options_that_somebody_set_are_kept_beside_ours(
    where: str, fresh_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = "-c statement_timeout=7s -c tcp_keepalives_count=5 -c search_path=elsewhere -c synchronous_commit=off"
    url = sa.make_url(fresh_postgresql_url)
    if where == "the address":
        url = url.update_query_dict({"options": options, "connect_timeout": "9", "keepalives_idle": "4"})
    else:
        monkeypatch.setenv("PGOPTIONS", options)
    store = Store(url.render_as_string(hide_password=False), "intake")
    named = ("statement_timeout", "tcp_keepalives_count", "tcp_keepalives_idle", "search_path", "synchronous_commit")
    shown = [store.read(sa.text(f"show {name}"))[0][0] for name in named]
    assert shown == ["7s", "5", "3", "intake", "on"]
    with store.transaction() as tx:
        ours = tx.connection.dbapi_connection.info.get_parameters()  # type: ignore[union-attr]
    assert ours["tcp_user_timeout"] == "9000" and ours["keepalives_interval"] == "2"
    idle = "4" if where == "the address" else "3"
    assert ours["keepalives_idle"] == idle
    store.close()
