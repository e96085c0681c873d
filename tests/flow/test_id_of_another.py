"""A channel on Kafka chooses the id of its request: under a taken one it can neither change nor hide the other."""

from typing import Any

import pytest

from contracts.messages import Command, commands, intake, shared
from contracts.words import Channel
from runtime.envelope import Envelope, encode, traceparent
from runtime.kernel.tables import CASES
from tests.flow.customer import submit
from tests.flow.phases import PHASES
from tests.flow.system import System, new_id

OTHERS: tuple[dict[str, Any], ...] = (
    {"kind": "line", "subscription": "sub-freeaddon02", "items": ()},
    {"kind": "product", "subscription": "sub-freeaddon02", "items": ("video-pack",)},
    {"kind": "port-out", "subscription": "sub-freeaddon02", "items": ()},
)
LOCKED, FREE = "sub-locked01", "sub-freeaddon01"
REQUEST = new_id("taken")


def says(model: type[Any], channel: Channel = Channel.WEB, **told: Any) -> Any:
    return model(request_id=told.pop("request_id", REQUEST), channel=channel, **told)


def wish(subscription: str, **told: Any) -> Any:
    usual: dict[str, Any] = {"kind": "product", "items": ("video-pack",)}
    return says(commands.SubmitCancellation, subscription=subscription, **(usual | told))


def login_problem(subscription: str, **told: Any) -> Any:
    return says(commands.ReportProblem, problem="cannot-log-in", subscription=subscription, **told)


def say_at_once(system: System, *all_of_them: Command) -> None:
    """So that the CRM's answer to the first comes after the last."""
    for command in all_of_them:
        topic, own = f"cancellation.commands.{command.channel}", new_id(f"said/{command.type}")
        envelope = Envelope(own, f"/channels/{command.channel}", command, own, "", traceparent(own, own))
        system.log[topic].append(encode(topic, envelope, system.now, {}))
    system.settle()


def codes(system: System, request: str) -> list[str]:
    return [each.code for each in system.events(request) if isinstance(each, shared.CommandRefused)]


@pytest.mark.parametrize("phase", [name for name, each in PHASES.items() if each.subscription != "sub-freeaddon02"])
def test_another_wish_under_a_requests_id_is_refused_and_changes_nothing(phase: str) -> None:
    system = System()
    request = PHASES[phase].begin(system, PHASES[phase].subscription)
    before, events = case_of(system, request), system.types(request)
    for other in OTHERS:
        system.say(wish(request_id=request, **other), "commands.web")
    assert codes(system, request)[-len(OTHERS) :] == ["id-taken"] * len(OTHERS)
    assert len(system.types(request)) == len(events) + len(OTHERS) and case_of(system, request) == before
    system.close()


def case_of(system: System, request: str) -> dict[str, Any]:
    found = {}
    for name, each in system.steppers.items():
        rows = each.store.read(CASES.select().where(CASES.c.request_id == request))
        found[name] = [row.body for row in rows]
    return found


@pytest.mark.parametrize("changes", [{"reason": "price"}, {"channel": Channel.APP}, {"language": "en"}])
def test_the_same_wish_under_its_id_is_still_the_same_request(system: System, changes: dict[str, Any]) -> None:
    say_at_once(system, wish(FREE))
    system.say(wish(FREE, **changes), f"commands.{changes.get('channel', 'web')}")
    assert codes(system, REQUEST) == [] and system.the(intake.RequestAccepted, REQUEST)


@pytest.mark.parametrize("at_once", [True, False], ids=["before the CRM answers", "after it"])
def test_under_a_login_problem_only_its_own_line_is_filed(system: System, at_once: bool) -> None:
    """The answer about the one line would be taken for the other, whose names then nobody holds."""
    submit(system, FREE, "video-pack", name="its own")
    if not at_once:
        system.say(login_problem(FREE), "commands.web")
        system.say(wish("sub-freeaddon02"), "commands.web")
    else:
        say_at_once(system, login_problem(FREE), wish("sub-freeaddon02"))
    assert codes(system, REQUEST) == ["id-taken"]
    assert sorted(system.types(REQUEST)) == ["account.checked.v1", "command.refused.v1", "notice.sent.v1"]


def test_a_login_problem_of_one_line_is_not_reported_under_the_request_of_another(system: System) -> None:
    request = submit(system, FREE, "video-pack")
    system.say(login_problem(LOCKED, request_id=request), "commands.web")
    assert codes(system, request) == ["id-taken"]
    system.say(login_problem(FREE, request_id=request), "commands.web")
    assert codes(system, request) == ["id-taken"], "of its own line it says nothing new"
