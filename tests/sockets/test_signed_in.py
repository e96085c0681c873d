"""Client credentials from end to end: a real OpenID provider, its tokens, and intake on a real socket."""

from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.identity_provider import machine, running
from tests.sockets.conftest import serving
from tests.sockets.test_following import OWN, submitted
from tests.waiting import PATIENCE_SECONDS, eventually

AUDIENCE = "https://tuiding.example/commands"
MINE, THEIRS = "sub-freeaddon01", "sub-freeaddon02"


def test_a_program_gets_a_token_and_does_with_it_what_its_channel_may(tmp_path: Path) -> None:
    clients = [
        machine("channel-app", subscriptions=[MINE]),
        machine("channel-hotline", agent="agent-7"),
        machine("somebody", subscriptions=[MINE]),
    ]
    with (
        running(clients) as provider,
        serving(
            "intake",
            tmp_path,
            TUIDING_CHANNELS_ISSUER=provider.issuer,
            TUIDING_CHANNELS_AUDIENCE=AUDIENCE,
        ) as intake,
    ):

        def asks(client: str, line: str, audience: str = AUDIENCE) -> tuple[int, str]:
            token = provider.machine_token(client, audience) if client else ""
            headers = {"Authorization": f"Bearer {token}"} if client else {}
            url = f"http://127.0.0.1:{intake.port}/v1/cancellations?subscription={line}"
            answer = httpx.get(url, headers=headers, timeout=PATIENCE_SECONDS)
            return answer.status_code, answer.json().get("code", "")

        assert asks("channel-app", MINE) == asks("channel-hotline", THEIRS) == (200, "")
        assert asks("channel-app", THEIRS) == (404, "unknown-subscription")
        assert asks("somebody", MINE) == (403, "no-channel")
        assert asks("", MINE) == (401, "not-signed-in")
        assert asks("channel-app", MINE, "https://other.example/") == (401, "token-refused")


def test_one_principal_has_half_of_the_streams_and_another_finds_one(tmp_path: Path) -> None:
    clients = [machine(f"channel-{name}", subscriptions=[MINE]) for name in ("app", "web")]
    with (
        running(clients) as provider,
        serving(
            "intake",
            tmp_path,
            TUIDING_CHANNELS_ISSUER=provider.issuer,
            TUIDING_CHANNELS_AUDIENCE=AUDIENCE,
            TUIDING_REQUESTS_AT_ONCE="8",
            TUIDING_REQUEST_SECONDS=str(PATIENCE_SECONDS),
        ) as intake,
    ):
        submitted(tmp_path, OWN)
        shown = {name: f"Bearer {provider.machine_token(f'channel-{name}', AUDIENCE)}" for name in ("app", "web")}
        address = f"http://127.0.0.1:{intake.port}/v1/cancellations"

        with ExitStack() as held:

            def follows(name: str) -> httpx.Response:
                headers = {"Authorization": shown[name], "Accept": "text/event-stream"}
                return held.enter_context(
                    httpx.stream("GET", f"{address}/{OWN}/events", headers=headers, timeout=PATIENCE_SECONDS)
                )

            first, second, third, other = (follows(name) for name in ("app", "app", "app", "web"))
            assert [each.status_code for each in (first, second, third, other)] == [200, 200, 429, 200]
            assert int(third.headers["retry-after"]) > 0 and third.headers["content-type"].endswith("problem+json")
            first.close()
            eventually(lambda: follows("app").status_code == 200)
