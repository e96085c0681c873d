"""A channel's own topic belongs to it: what is said there for another channel is set aside and changes nothing."""

import json
from functools import cache

import pytest
import sqlalchemy as sa

from contracts.flow import CHANNEL_OF, COMMAND_TOPICS, SHARED_COMMANDS, TOPICS, channel_user, command_topic, group_id
from contracts.messages import COMMANDS, TYPES
from contracts.rights import warden
from contracts.words import Channel
from policies.pack import load
from runtime.envelope import NOT_YOURS_TO_SAY, Record, Unreadable, decode
from runtime.kafka.rights import may, principals
from runtime.kernel.arrivals import Consumed
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import Store
from runtime.kernel.tables import ALARMS, CALLS, CASES, CLAIMS
from runtime.replay.replay import wiring_of
from runtime.settings import Settings
from runtime.worker.consuming import taken_topics
from tests.contracts.sound import record_of
from tests.kernel.tally import NOW

KINDS = sorted(COMMANDS)
MODES = ("binary", "structured")


@cache
def said(kind: str, topic: str, body: str, source: str = "urn:x", named: str = "") -> Record:
    """A command for the channel in its `body`, by whoever calls itself `source`; `named`: what `ce_channel` says."""
    record = record_of(kind)
    value = json.dumps(json.loads(record.value or b"") | {"channel": body}).encode()
    headers = [each for each in record.headers if each[0] not in ("ce_source", "ce_channel")]
    headers += [("ce_source", source.encode()), *([("ce_channel", named.encode())] if named else [])]
    return Record(topic, record.key, value, headers)


def in_mode(record: Record, mode: str) -> Record:
    if mode == "binary":
        return record
    told = {name[3:]: value.decode() for name, value in record.headers if name.startswith("ce_")}
    whole = json.dumps(told | {"data": json.loads(record.value or b"")}).encode()
    return record._replace(value=whole, headers=[("content-type", b"application/cloudevents+json")])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("body", list(Channel))
@pytest.mark.parametrize("own", list(Channel))
@pytest.mark.parametrize("kind", KINDS)
def test_on_a_channels_topic_only_that_channel_is_spoken_for(kind: str, own: Channel, body: Channel, mode: str) -> None:
    record = in_mode(said(kind, command_topic(own), body), mode)
    if body == own:
        assert decode(record).message == decode(record._replace(topic=SHARED_COMMANDS)).message
        return
    with pytest.raises(Unreadable) as caught:
        decode(record)
    assert caught.value.code == NOT_YOURS_TO_SAY
    assert all(part in str(caught.value) for part in (kind, body, record.topic, f"the channel {own}"))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("own", "source", "named"),
    [
        ("web", "/channels/hotline", ""),
        ("web", "/CHANNELS/Hotline", ""),
        ("web", " /channels/hotline/desk-3", ""),
        ("web", "/channels/website", ""),
        ("app", "/channels/web", "app"),
        ("counter", "urn:x", "hotline"),
        ("hotline", "/channels/hotline", "counter"),
        ("hotline", "/channels/hotline", "no channel"),
    ],
)
def test_neither_the_source_nor_a_header_names_another_channel(own: str, source: str, named: str, mode: str) -> None:
    with pytest.raises(Unreadable) as caught:
        decode(in_mode(said(KINDS[0], command_topic(Channel(own)), own, source, named), mode))
    assert caught.value.code == NOT_YOURS_TO_SAY


@pytest.mark.parametrize(
    "source",
    [
        "/channels/web",
        "/channels/web/",
        "/channels/web/shop-7",
        "/channels/web/\u7f51\u5385",
        "/Channels/Web",
        "channels/web",
        "urn:x",
        "https://partner.example",
        "\u7f51\u5385",
        "/tuidings",
        "x" * 5_000,
    ],
)
def test_a_channel_may_call_itself_by_its_name_or_freely(source: str) -> None:
    assert decode(said(KINDS[0], command_topic(Channel.WEB), "web", source, "web")).message.request_id


SPELLINGS = {
    "full-width letters": "/\uff54uiding/{}",
    "a letter of another script": "/tu\u0456ding/{}",
    "an i without its dot": "/tu\u0131ding/{}",
    "an accent": "/tu\u0308iding/{}",
    "capitals with dots": "/TU\u0130D\u0130NG/{}",
    "a blank before it": "\u3000/tuiding/{}",
    "a blank in it": "/tui ding/{}",
    "a tab behind it": "/tuiding\t/{}",
    "nothing to see before it": "\u200b/tuiding/{}",
    "nothing to see in it": "/tui\u00adding/{}",
    "a mark of the byte order": "\ufeff/tuiding/{}",
    "a zero byte": "/tuiding\x00/{}",
    "two slashes": "//tuiding/{}",
    "a dot": "/./tuiding/{}",
    "two dots": "/channels/../tuiding/{}",
    "percent signs": "/%74uiding/{}",
    "a slash in percent": "/tuiding%2F{}",
    "a slash in percent, twice": "/tuiding%252F{}",
    "a letter in percent, three times": "/%252574uiding/{}",
    "a wide percent sign": "/tuiding\uff052F{}",
    "nothing to see within an escape": "/tuiding%2\u200bF{}",
    "a slash of division": "\u2215tuiding\u2215{}",
    "a slash of fractions": "/tuiding\u2044{}",
    "a big slash": "\u29f8tuiding/{}",
    "small capitals": "/\u1d1b\u1d1c\u026a\u1d05\u026a\u0274\u0262/{}",
    "no first slash": "tuiding/{}",
    "the other slash": "\\tuiding\\{}",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shared", [True, False])
def test_a_source_that_reads_like_another_s_is_another_s(spelling: str, mode: str, shared: bool) -> None:
    topic = command_topic(Channel.WEB, shared)
    named = [SPELLINGS[spelling].format(service) for service in ("intake", "billing", "console", "x")]
    if not shared:  # where the others could be meant as well, their names are free
        named += [SPELLINGS[spelling].replace("tuiding", "channels").format("app")] * ("tuiding" in SPELLINGS[spelling])
    for source in named:
        with pytest.raises(Unreadable) as caught:
            decode(in_mode(said(KINDS[0], topic, "web", source), mode))
        assert caught.value.code in (NOT_YOURS_TO_SAY, "not-cloudevents-1.0"), source


def test_what_is_set_aside_is_one_dead_letter_each_and_changes_nothing() -> None:
    foreign = [
        in_mode(said(kind, topic, body, f"/channels/{body}"), mode)
        for kind in KINDS
        for topic, own in CHANNEL_OF.items()
        for body in Channel
        for mode in MODES
        if body != own
    ]
    kernel = Kernel(wiring_of("intake"), Store("memory:", "intake"), load("demo"))
    arrivals = [Consumed(each, 0, number, 0, group_id("intake")) for number, each in enumerate(foreign)]
    outcome = kernel.step([each for each in arrivals if kernel.wants(each.record)], (), NOW)
    codes = [dict(each.record.headers)["x-error-code"] for each in outcome.publish]
    assert codes == [NOT_YOURS_TO_SAY.encode()] * len(foreign) and len(foreign) == len(KINDS) * 24
    assert (outcome.handled, outcome.calls, outcome.next_due) == (0, [], None)
    for table in (CASES, CALLS, ALARMS, CLAIMS):
        assert kernel.store.read(sa.select(table)) == []
    kernel.store.close()


def test_the_tables_give_each_channel_its_own_topic_and_no_other() -> None:
    names = [topic.name for topic in TOPICS]
    for channel in Channel:
        assert [name for name in names if may(channel_user(channel), "WRITE", "TOPIC", name)] == [
            command_topic(channel)
        ]
        assert warden(command_topic(channel)) == "intake"
    ours = {"tuiding-admin", "tuiding-intake", "tuiding-console"}  # the door, and a dead letter that is sent again
    assert {each for each in principals() if may(each, "WRITE", "TOPIC", SHARED_COMMANDS)} == ours
    assert {*CHANNEL_OF} | {SHARED_COMMANDS} == {*COMMAND_TOPICS} and len(TYPES) > len(COMMANDS)


@pytest.mark.parametrize("shared", [True, False])
def test_intake_reads_the_shared_topic_until_it_is_closed(shared: bool) -> None:
    read = taken_topics("intake", Settings(shared_commands=shared, _env_file=None))  # type: ignore[call-arg,unused-ignore]
    assert set(CHANNEL_OF) <= set(read)
    assert (SHARED_COMMANDS in read) is shared
