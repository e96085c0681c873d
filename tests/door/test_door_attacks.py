"""What no caller can do, as generated tables: the right answer, nothing changed, one record each, and quickly."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from standardwebhooks import Webhook

from contracts.audit import Audited
from contracts.channel_rights import CANNOT_LOG_IN, FOLLOW, LIST, LOOK, QUOTE, TABLE, Asked, Claims, No, may
from contracts.words import Channel
from runtime.envelope import Record
from runtime.http.callers import known_tokens
from runtime.http.callers.agreed import why_not
from runtime.http.callers.known_tokens import KnownTokens
from runtime.http.callers.provider_keys import verifying_keys
from runtime.http.callers.shown import NotBelieved
from runtime.http.callers.trail import MOST_KINDS, MOST_WAITING, Trail
from runtime.settings import Settings
from services.intake.door.bodies import FOLLOW_UPS
from tests.door.attacks import objects, odd_claims, odd_seals, odd_tokens, signed, tokens
from tests.door.attacks.place import (
    CLIENTS,
    MINE,
    NOBODY,
    SECRETS,
    SLOWEST_SECONDS,
    THEIRS,
    Place,
    Try,
    judge,
    webhook,
)

ROOT = Path(__file__).parents[2]

AT_LEAST = {"tokens": 250, "objects": 300, "signed": 500, "odd claims": 300, "odd tokens": 230, "odd seals": 200}
PROOF = {"call": "call-1", "identity_document": "doc-1", "signed_paper": "paper-1"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("attacked"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def there(place: Place) -> tuple[str, str]:
    """One request of ours, one of somebody else's."""
    found = []
    for line in (MINE, THEIRS):
        wish = {"channel": "app", "kind": "product", "subscription": line, "items": ["video-pack"]}
        answer = place.ask(Try("", 202, "", body=wish, headers=(*place.bearer(subscriptions=[line]), place.key())))
        assert answer.status_code == 202, answer.text
        found.append(answer.json()["request_id"])
    place.audited()
    place.settle()
    return found[0], found[1]


@pytest.mark.parametrize("kind", AT_LEAST)
def test_nothing_that_a_caller_may_not_is_done_and_each_try_leaves_one_record(
    place: Place, there: tuple[str, str], kind: str
) -> None:
    made = {
        "tokens": lambda: tokens.tries(place),
        "objects": lambda: objects.tries(place, *there),
        "signed": lambda: signed.tries(place, *there),
        "odd claims": lambda: odd_claims.tries(place),
        "odd tokens": lambda: odd_tokens.tries(place),
        "odd seals": lambda: odd_seals.tries(place, *there),
    }
    with time_machine.travel(datetime.now(UTC), tick=False):  # what comes from the future is not to grow old meanwhile
        tries = list(made[kind]())
        assert len(tries) >= AT_LEAST[kind]
        seconds = sorted(judge(place, tries))
    p99 = seconds[-len(seconds) // 100]
    print(f"{kind}: {len(seconds)} tries, p50 {seconds[len(seconds) // 2] * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms")
    assert p99 <= SLOWEST_SECONDS


def test_who_does_not_speak_for_it_reads_the_same_as_of_a_request_that_is_not_there(
    place: Place, there: tuple[str, str]
) -> None:
    shown = place.bearer()
    foreign, nobodys = (
        place.ask(Try("", 404, "", f"/v1/cancellations/{own}", None, shown)) for own in (there[1], NOBODY)
    )
    assert foreign.text.replace(there[1], NOBODY) == nobodys.text
    assert dict(foreign.headers) == dict(nobodys.headers)
    assert {each.code for each in place.audited()} == {"not-theirs", "nobodys"}, "the record tells them apart"


def test_a_request_of_somebody_else_cannot_be_named_as_the_one_before(place: Place, there: tuple[str, str]) -> None:
    for before in (there[1], NOBODY):
        wish = {"channel": "app", "kind": "line", "subscription": MINE, "resubmission_of": before}
        answer = place.ask(Try("", 404, "", body=wish, headers=(*place.bearer(), place.key())))
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-request")
    place.audited()


# ---- what may be done ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", CLIENTS)
@pytest.mark.parametrize("how", ["RS256", "ES256", "signature"])
def test_every_channel_does_its_own_in_its_own_name(tmp_path: Path, channel: str, how: str) -> None:
    place = Place(tmp_path)
    wish = {"channel": channel, "kind": "product", "subscription": MINE, "items": ["video-pack"], "proof": PROOF}
    content = json.dumps(wish).encode()
    if how == "signature":
        named = {"tuiding-subscription": MINE} if channel in ("app", "web") else {"tuiding-agent": "agent-7"}
        shown = webhook(channel, content, named=named)
    else:
        token = place.provider.token(place.claims(channel), how)
        shown = (("authorization", f"Bearer {token}"), place.key())
    answer = place.ask(Try("", 202, "", body=content, headers=shown))
    assert answer.status_code == 202, answer.text
    (record,) = place.audited()
    told = answer.json()["request_id"]
    assert (record.allowed, record.about, record.channel, record.status) == (True, told, channel, 202)
    assert record.how == ("signature" if how == "signature" else "token")
    place.settle()
    (said,) = place.published()
    agent = "" if channel in ("app", "web") else "agent-7"
    assert (said.message.proof.agent or "", said.source) == (agent, f"/channels/{channel}")  # type: ignore[attr-defined]
    for path in (told, f"?subscription={MINE}"):
        where = f"/v1/cancellations{'' if path[0] == '?' else '/'}{path}"
        shown = webhook(channel, b"", named=named, path=where) if how == "signature" else place.bearer(channel)
        assert place.ask(Try("", 200, "", where, None, shown)).status_code == 200
    place.close()


def test_a_price_is_asked_in_the_callers_name_of_both_doors_and_written_down_once(place: Place) -> None:
    ask = {"kind": "product", "subscription": MINE, "items": ["video-pack"]}
    for shown in (
        place.bearer(),
        place.bearer("hotline"),
        webhook("app", json.dumps(ask).encode(), named={"tuiding-subscription": MINE}, path="/v1/quotes"),
    ):
        answer = place.ask(Try("", 200, "", "/v1/quotes", ask, shown))
        assert answer.status_code == 200, answer.text
        (record,) = place.audited()
        assert (record.service, record.allowed, record.what) == ("billing", True, "POST /v1/quotes")


def test_a_key_is_its_callers_own(tmp_path: Path) -> None:
    """Two customers of one app, with the same key: two requests, and nobody hears the answer of the other."""
    place = Place(tmp_path)
    answers = []
    for line, sub in ((MINE, "one"), (THEIRS, "other")):
        wish = {"channel": "app", "kind": "product", "subscription": line, "items": ["video-pack"]}
        shown = (*place.bearer(sub=sub, subscriptions=[line]), place.key("the-same"))
        answers += [place.ask(Try("", 202, "", body=wish, headers=shown)) for _ in range(2)]
    ids = [answer.json()["request_id"] for answer in answers]
    assert ids[0] == ids[1] != ids[2] == ids[3] and len(place.kept()["published"]) == 2
    place.close()


def test_a_signed_request_that_comes_again_is_answered_again_and_done_once(tmp_path: Path) -> None:
    place = Place(tmp_path)
    wish = json.dumps({"channel": "app", "kind": "product", "subscription": MINE, "items": ["video-pack"]}).encode()
    shown = webhook("app", wish, named={"tuiding-subscription": MINE})
    first, again = (place.ask(Try("", 202, "", body=wish, headers=shown)) for _ in range(2))
    assert first.text == again.text and len(place.kept()["published"]) == 1
    other = place.ask(
        Try("", 422, "", "/v1/problems", json.dumps({"channel": "app", "subscription": MINE}).encode(), shown)
    )
    assert other.status_code == 401, "a signature is of one body"
    place.close()


def test_what_the_channels_documents_say_is_signed_is_what_is_believed() -> None:
    made = webhook("app", b"{}", "msg_12345678", 1_790_000_000, named={"tuiding-subscription": MINE})
    told = {"id": "msg_12345678", "now": datetime.fromtimestamp(1_790_000_000, UTC), "secret": SECRETS["app"]}
    told |= {"method": "POST", "path": "/v1/cancellations", "subscription": MINE, "agent": "", "body": "{}"}
    for page in ("channels.md", "channels.zh-CN.md"):
        (line,) = re.findall(r"`(Webhook\(secret\).+?)`", (ROOT / "docs" / page).read_text(encoding="utf-8"))
        assert ("webhook-signature", eval(line, {"Webhook": Webhook} | told)) in made


# ---- how much --------------------------------------------------------------------------------------------------------


def test_who_asks_too_often_waits_and_nobody_else_does(tmp_path: Path) -> None:
    place = Place(tmp_path, channel_per_second=2)
    path = f"/v1/cancellations?subscription={MINE}"
    answers = [place.ask(Try("", 0, "", path, None, place.bearer())) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2
    assert answers[-1].json()["code"] == "too-many-requests" and answers[-1].headers["retry-after"] == "1"
    assert place.ask(Try("", 200, "", path, None, place.bearer("web"))).status_code == 200
    place.clock += 1
    assert place.ask(Try("", 200, "", path, None, place.bearer())).status_code == 200
    assert [each.code for each in place.audited()].count("too-many-requests") == 2
    place.close()


def test_a_subscription_has_only_so_many_commands_a_day_and_repetitions_do_not_count(tmp_path: Path) -> None:
    place = Place(tmp_path, commands_a_day=2)
    path, told = "/v1/problems", {"channel": "hotline", "subscription": MINE, "proof": PROOF}
    keys = [place.key() for _ in range(3)]
    for key in (keys[0], keys[0], keys[1], keys[0]):
        assert place.ask(Try("", 202, "", path, told, (*place.bearer("hotline"), key))).status_code == 202
    answer = place.ask(Try("", 429, "", path, told, (*place.bearer("hotline"), keys[2])))
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-commands")
    assert 0 < int(answer.headers["retry-after"]) <= 86_401
    assert len(place.kept()["published"]) == 2
    other = told | {"subscription": THEIRS}
    assert place.ask(Try("", 202, "", path, other, (*place.bearer("hotline"), keys[2]))).status_code == 202
    place.close()


def test_what_the_broker_did_not_take_is_none_of_the_commands_of_a_day(tmp_path: Path) -> None:
    place = Place(tmp_path, commands_a_day=2)
    told = {"channel": "hotline", "subscription": MINE, "proof": PROOF}

    def files(key: tuple[str, str]) -> int:
        return place.ask(Try("", 0, "", "/v1/problems", told, (*place.bearer("hotline"), key))).status_code

    first, second, third = (place.key() for _ in range(3))
    place.broker.away = True
    assert [files(first) for _ in range(5)] == [503] * 5
    place.broker.away = False
    assert [files(first), files(second), files(third), files(third)] == [202, 202, 429, 429]
    assert len(place.kept()["published"]) == 2
    place.close()


# ---- the provider ----------------------------------------------------------------------------------------------------


def test_a_new_key_is_found_at_once_and_invented_ones_ask_the_provider_no_more_often(tmp_path: Path) -> None:
    place = Place(tmp_path)
    path = f"/v1/cancellations?subscription={MINE}"
    assert place.ask(Try("", 200, "", path, None, place.bearer())).status_code == 200
    asked, place.clock, place.provider.kid = place.provider.asked, place.clock + 31, "rsa-2"
    assert place.ask(Try("", 200, "", path, None, place.bearer())).status_code == 200
    for number in range(50):
        token = place.provider.token(place.claims(), kid=f"invented-{number}")
        assert place.ask(Try("", 401, "", path, None, (("authorization", f"Bearer {token}"),))).status_code == 401
    assert place.provider.asked == asked + 2, "its description and its keys, once"
    place.close()


def test_a_token_that_was_believed_is_checked_again_once_it_ends_or_the_providers_keys_are_new(tmp_path: Path) -> None:
    place = Place(tmp_path)
    path, shown = f"/v1/cancellations?subscription={MINE}", place.bearer()
    gate = place.gates["intake"]
    assert gate is not None
    now = datetime.now(UTC)
    for _ in range(3):
        assert place.ask(Try("", 200, "", path, None, shown)).status_code == 200
    assert len(gate.tokens.known) == 1
    gate.now = lambda: now + timedelta(seconds=400)  # beyond its end
    answer = place.ask(Try("", 401, "", path, None, shown))
    assert (answer.status_code, answer.json()["code"]) == (401, "token-refused")
    gate.now, place.clock, place.provider.kid = (lambda: now), place.clock + 601, "rsa-2"
    assert place.ask(Try("", 200, "", path, None, shown)).status_code == 200, (
        "by the keys there are, while they are renewed"
    )
    assert gate.provider.renewing is not None
    place.run(asyncio.wait_for(gate.provider.renewing, 5))
    answer = place.ask(Try("", 401, "", path, None, shown))
    assert (answer.status_code, answer.json()["code"]) == (401, "token-refused"), "its key is gone"
    assert not gate.tokens.known
    place.close()


def test_tokens_that_were_believed_take_only_so_much_room_and_a_changed_one_is_another(place: Place) -> None:
    known, now = KnownTokens(), datetime.now(UTC)
    keys = place.gates["intake"].agreed._replace(public=verifying_keys(place.provider.jwks))  # type: ignore[union-attr]
    tokens = [place.provider.token(place.claims(sub=f"someone-{number}")) for number in range(6)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known_tokens, "MOST_KNOWN", 4)
        for token in (*tokens, tokens[-1]):
            assert known.believe(token, keys, now).claims.principal == "channel-app"
        assert len(known.known) == 4
    head, _, seal = tokens[-1].rpartition(".")
    for changed in (f"{head}.{seal[:-4]}AAAA", f"{head}.", tokens[-1] + "A"):
        with pytest.raises(NotBelieved):
            known.believe(changed, keys, now)


def test_without_the_providers_keys_nobody_comes_in_and_known_ones_hold_while_it_is_away(tmp_path: Path) -> None:
    place = Place(tmp_path)
    path = f"/v1/cancellations?subscription={MINE}"
    place.provider.away = True
    answer = place.ask(Try("", 503, "", path, None, place.bearer()))
    assert (answer.status_code, answer.json()["code"]) == (503, "keys-away") and answer.headers["retry-after"]
    place.provider.away, place.clock = False, place.clock + 6
    assert place.ask(Try("", 200, "", path, None, place.bearer())).status_code == 200
    place.provider.away, place.clock = True, place.clock + 3_600
    assert place.ask(Try("", 200, "", path, None, place.bearer())).status_code == 200
    place.clock += 24 * 3_600
    assert place.ask(Try("", 503, "", path, None, place.bearer())).status_code == 503
    place.close()


# ---- the record ------------------------------------------------------------------------------------------------------


def test_a_flood_is_counted_and_takes_no_room(tmp_path: Path) -> None:
    now, written = datetime(2026, 3, 1, tzinfo=UTC), list[Audited]()

    async def publish(record: Record) -> None:
        written.append(Audited.model_validate_json(record.value or b""))

    trail, flood = Trail(publish), 20_000
    for number in range(flood):
        trail.note(
            Audited(at=now, service="intake", what="GET /", principal=f"p{number % 2_000}", allowed=False, status=401)
        )
    assert len(trail.waiting) + len(trail.more) <= MOST_WAITING + MOST_KINDS + 1
    asyncio.run(trail.flush())
    assert sum(each.times for each in written) == flood


def test_what_the_broker_does_not_take_is_written_later(tmp_path: Path) -> None:
    written: list[Record] = []
    away = [True]

    async def publish(record: Record) -> None:
        if away[0]:
            raise ConnectionError("no broker")
        written.append(record)

    trail = Trail(publish)
    trail.note(Audited(at=datetime(2026, 3, 1, tzinfo=UTC), service="intake", what="GET /", allowed=True, status=200))
    asyncio.run(trail.flush())
    away[0] = False
    asyncio.run(trail.flush())
    assert len(written) == 1


def test_a_record_names_no_subscription_and_no_subject(place: Place, there: tuple[str, str]) -> None:
    place.ask(Try("", 200, "", f"/v1/cancellations/{there[0]}", None, place.bearer(sub="13800138000")))
    place.ask(Try("", 404, "", f"/v1/cancellations?subscription={THEIRS}", None, place.bearer()))
    told = "".join(each.model_dump_json() for each in place.audited())
    assert not [each for each in (MINE, THEIRS, "13800138000") if each in told]


# ---- the table -------------------------------------------------------------------------------------------------------


def test_what_is_not_in_the_table_is_not_allowed() -> None:
    claims = Claims("channel-app", Channel.APP, "", frozenset({MINE}), "agent-7")
    for command in ("", "cancellation.submit.v2", "review.decided.v1", "*"):
        assert may(claims, command, Asked(MINE, Channel.APP)) is No.NOT_FOR_THIS_CHANNEL


def test_every_command_of_a_door_is_in_the_table_for_every_channel() -> None:
    commands = {command.type for command, _ in FOLLOW_UPS.values()}
    assert TABLE.keys() >= commands and all(set(row) == set(Channel) for row in TABLE.values())
    assert TABLE.keys() - commands == {"cancellation.submit.v1", CANNOT_LOG_IN, LOOK, LIST, FOLLOW, QUOTE}


def test_the_channels_documents_show_the_table() -> None:
    for page in ("channels.md", "channels.zh-CN.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        for command, row in TABLE.items():
            cells = " | ".join(f"{each.voice}{''.join(f' + {name}' for name in each.proof)}" for each in row.values())
            assert f"| `{command}` | {cells} |" in text


# ---- starting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"host": "127.0.0.1"}, ""),
        ({"host": "::1"}, ""),
        ({"host": "0.0.0.0"}, "TUIDING_AUTH=none"),
        ({"host": "10.0.0.1"}, "TUIDING_CHANNELS_ISSUER"),
        ({"host": "0.0.0.0", "auth": "none"}, ""),
        ({"host": "0.0.0.0", "channels_issuer": "https://id.example"}, ""),
        ({"host": "0.0.0.0", "channels_issuer": "http://id.example"}, "https://"),
        ({"channels_issuer": "http://127.0.0.1:9"}, ""),
        ({"channels_issuer": "https://id.example", "channels_jwks": "ftp://id.example"}, "TUIDING_CHANNELS_JWKS"),
        ({"channels_issuer": "https://id.example", "channels_clients": "fax=x"}, "TUIDING_CHANNELS_CLIENTS"),
        ({"channels_secrets_file": "/nowhere"}, "TUIDING_CHANNELS_SECRETS_FILE"),
        ({"channels_secrets_file": "EMPTY"}, "TUIDING_CHANNELS_SECRETS_FILE is empty: tuiding deploy channel-secret"),
        ({"channels_issuer": "https://id.example", "channels_audience": ""}, "TUIDING_CHANNELS_AUDIENCE"),
        ({"channels_issuer": "https://id.example", "channels_clients": ""}, "TUIDING_CHANNELS_CLIENTS"),
        ({"channels_issuer": "https://id.example", "channels_clients": ","}, "TUIDING_CHANNELS_CLIENTS"),
        ({"channels_issuer": "https://id.example", "channels_clients": "app=x,web=x"}, "TUIDING_CHANNELS_CLIENTS"),
        ({"channels_issuer": "https://id.example", "channels_clients": "app=x,app= x"}, "TUIDING_CHANNELS_CLIENTS"),
        ({"channels_issuer": "https://id.example", "channels_clients": "app=x,app=y"}, ""),
        ({"channels_issuer": "https://us:er@id.example"}, "TUIDING_CHANNELS_ISSUER"),
        ({"channels_issuer": "https://id.example#x"}, "TUIDING_CHANNELS_ISSUER"),
        ({"channels_issuer": "http://127.0.0.1@id.example"}, "TUIDING_CHANNELS_ISSUER"),
        ({"channels_issuer": "http://localhost.id.example"}, "TUIDING_CHANNELS_ISSUER"),
        ({"channels_issuer": "https://id.example:99999"}, "TUIDING_CHANNELS_ISSUER"),
        ({"channels_issuer": "https://id example"}, "TUIDING_CHANNELS_ISSUER"),
        ({"channels_issuer": "", "channels_jwks": "https://id.example", "host": "0.0.0.0"}, "TUIDING_CHANNELS_ISSUER"),
        ({"host": "0"}, "TUIDING_AUTH=none"),
        ({"host": "::"}, "TUIDING_AUTH=none"),
        ({"host": "LOCALHOST"}, "TUIDING_AUTH=none"),
        ({"host": "localhost.example"}, "TUIDING_AUTH=none"),
    ],
)
def test_a_door_starts_only_where_nobody_unknown_comes_in_unless_it_is_said_aloud(
    told: dict[str, Any], says: str, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.write_text("# later\n", encoding="utf-8")
    given: dict[str, Any] = {name: str(empty) if each == "EMPTY" else each for name, each in told.items()}
    found = why_not(Settings(**given))
    assert says in found if says else found == ""


@pytest.mark.parametrize(
    ("lines", "good"),
    [
        (f"app {SECRETS['app']}\n# later\n\napp {SECRETS['web']}  # the next one\n", True),
        (f"app {SECRETS['app']}\nweb {SECRETS['app']}\n", False),
        (f"app {SECRETS['app']}\napp {SECRETS['web']}\napp {SECRETS['hotline']}\n", False),
        ("app secret\n", False),
        ("app whsec_c2hvcnQ=\n", False),
        (f"fax {SECRETS['app']}\n", False),
        ("", False),
    ],
)
def test_a_channel_has_a_strong_secret_of_its_own_and_two_while_it_is_exchanged(
    tmp_path: Path, lines: str, good: bool
) -> None:
    file = tmp_path / "secrets"
    file.write_text(lines)
    assert (why_not(Settings(channels_secrets_file=str(file))) == "") is good


def test_both_secrets_count_while_they_are_exchanged(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with Path(place.host.settings.channels_secrets_file).open("a") as file:
        file.write("app whsec_" + "bmV4dC0t" * 8 + "\n")
    exchanged = Place(tmp_path / "exchanged", channels_secrets_file=place.host.settings.channels_secrets_file)
    for secret in ("", "whsec_" + "bmV4dC0t" * 8):
        path = f"/v1/cancellations?subscription={MINE}"
        shown = webhook("app", b"", secret=secret, named={"tuiding-subscription": MINE}, path=path)
        assert exchanged.ask(Try("", 200, "", path, None, shown)).status_code == 200
    for each in (place, exchanged):
        each.close()
