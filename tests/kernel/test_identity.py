"""Who is who: an id is unique within its source; what an earlier build took in stays taken in."""

import sqlalchemy as sa

from contracts.messages import commands
from runtime.envelope import Record
from runtime.kernel import due
from runtime.kernel.arrivals import Consumed
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import Store, ticks
from runtime.kernel.tables import ERAS, INBOX
from tests.kernel.conftest import Kernels
from tests.kernel.steps import OTHER, ids, step
from tests.kernel.tally import LATER, NOW, REQUEST, pay, record
from tests.kernel.test_rights import kernels


def spoken(consumed: Consumed, source: str, **headers: str) -> Consumed:
    changed = {"ce_source": source} | headers
    kept = [(name, value) for name, value in consumed.record.headers if name not in changed]
    more = [(name, value.encode()) for name, value in changed.items()]
    return consumed._replace(record=consumed.record._replace(headers=[*kept, *more]))


def complained(number: int, request_id: str) -> Consumed:
    wish = commands.EscalateComplaint(request_id=request_id, channel="app", level="operator", ground="unfair")
    return record(wish, number)


def written_by_an_earlier_build(kernel: Kernel, *known: str) -> None:
    """As it was: raw ids in the inbox, and no note of when that ended."""
    with kernel.store.transaction() as tx:
        tx.execute(sa.text("drop table eras"))
        tx.execute(sa.insert(INBOX), [{"id": each, "at": ticks(NOW)} for each in known])


def raw(consumed: Consumed) -> str:
    return dict(consumed.record.headers)["ce_id"].decode()


def test_the_same_id_from_two_channels_is_two_commands_and_their_events_differ(kernel: Kernel) -> None:
    web, app = spoken(pay(1), "/channels/web"), spoken(pay(1, OTHER), "/channels/app")
    outcome = step(kernel, web, app)
    assert (outcome.handled, outcome.duplicates) == (2, 0)
    assert len(set(ids(outcome))) == 2


def test_the_same_id_from_the_same_channel_is_one_command(kernel: Kernel) -> None:
    outcome = step(kernel, spoken(pay(1), "/channels/web"), spoken(pay(1), "/channels/web"))
    assert (outcome.handled, outcome.duplicates) == (1, 1)
    again = step(kernel, spoken(pay(1), "/channels/web", ce_id=raw(pay(1)).upper()), published=outcome)
    assert again.duplicates == 1, "the case of its letters is no part of a UUID"


def test_an_id_of_other_signs_is_another_one_however_much_it_looks_or_counts_alike(kernel: Kernel) -> None:
    own = raw(pay(1))
    wide = "".join(chr(ord(each) + 0xFEE0) if each.isalnum() else each for each in own)  # as wide as a Chinese sign
    arabic = "".join(chr(0x660 + int(each)) if each.isdigit() else each for each in own)
    counted = f"{own[:-2]}_{own[-1]}", f"{own}\u0301", f" {own}", f"{own}\n"
    told = [spoken(pay(1, OTHER), "/channels/web", ce_id=each) for each in (own, wide, arabic, *counted)]
    outcome = step(kernel, *told)
    assert (outcome.handled, outcome.duplicates) == (len(told), 0)
    written = own.replace("-", ""), f"urn:uuid:{own}", f"{{{own}}}", own.upper()
    again = step(kernel, *(spoken(pay(1, OTHER), "/channels/web", ce_id=each) for each in written), published=outcome)
    assert again.duplicates == len(written), "a UUID written otherwise is the same one"


def test_a_command_under_the_id_of_an_event_of_ours_takes_nothing_away(kernel: Kernel) -> None:
    event = ids(step(kernel, pay(1)))[0]
    assert step(kernel, spoken(pay(2, OTHER), "/channels/web", ce_id=event)).handled == 1


def test_calls_and_alarms_of_two_commands_with_one_id_are_two(kernel: Kernel) -> None:
    asked = step(kernel, spoken(complained(1, REQUEST), "/channels/web"), spoken(complained(1, OTHER), "/channels/app"))
    assert len({call.id for call in asked.calls}) == 2
    armed = [spoken(pay(7), "/channels/web"), spoken(pay(7, OTHER), "/channels/app")]
    outcome = step(kernel, *armed)
    rung = step(kernel, *_alarms(kernel), published=outcome)
    assert len(ids(rung)) == len(set(ids(rung))) == 2


def _alarms(kernel: Kernel) -> list[object]:
    return list(due.due_alarms(kernel.store, LATER, 10))


# ---- what an earlier build left -------------------------------------------------------------------------------------


def test_a_store_of_an_earlier_build_decides_nothing_again(kernel: Kernel, another: Kernels) -> None:
    web = spoken(pay(1), "/channels/web")
    written_by_an_earlier_build(kernel, raw(web))
    later = another("2")
    outcome = step(later, web, spoken(pay(2), "/channels/web"))
    assert (outcome.handled, outcome.duplicates) == (1, 1)
    assert step(later, web, published=outcome).duplicates == 1


def test_a_new_store_looks_for_no_old_ids(kernel: Kernel, another: Kernels) -> None:
    step(kernel, pay(1))
    assert another("2").store.ids_without_source_until == 0
    assert set(kernel.store.read(sa.select(ERAS.c.until))) == {(0,)}


def test_what_an_earlier_build_writes_beside_us_counts_as_well(kernel: Kernel, another: Kernels) -> None:
    written_by_an_earlier_build(kernel, "something")
    later, web = another("2"), spoken(pay(1), "/channels/web")
    with kernel.store.transaction() as tx:
        tx.execute(sa.insert(INBOX), [{"id": raw(web), "at": ticks(NOW) + 3600 * 10**6}])
    assert step(later, web).duplicates == 1


def test_the_note_of_the_earlier_build_is_written_once(kernel: Kernel, database: str) -> None:
    written_by_an_earlier_build(kernel, "something")
    first = Store(database, "intake")
    step(kernel, pay(3))
    again = Store(database, "intake")
    assert again.ids_without_source_until == first.ids_without_source_until > ticks(NOW)
    first.close()
    again.close()


# ---- sent again by an operator --------------------------------------------------------------------------------------


def unknown(**headers: bytes) -> Record:
    names = {"ce_type": b"quote.issued.v9", "ce_source": b"/tuiding/intake", "ce_id": b"1"} | headers
    told = [(name if name.startswith("ce_") else name.replace("_", "-"), value) for name, value in names.items()]
    return Record("cancellation.intake", b"k", b"{}", told)


def test_only_the_reader_that_set_it_aside_hears_a_letter_again(kernel: Kernel) -> None:
    named = unknown(x_redrive_group=b"tuiding-billing", x_redrive_count=b"1", x_redrive_keeps_id=b"yes")
    readers = ("review", "billing", "termination", "notify")
    assert [name for name, each in kernels().items() if name in readers and each.wants(named)] == ["billing"]
    assert [name for name, each in kernels().items() if name in readers and each.wants(unknown())] == list(readers)


def test_a_group_that_does_not_read_the_topic_silences_nobody(kernel: Kernel) -> None:
    assert kernel.wants(spoken(pay(1), "/channels/web", **{"x-redrive-group": "tuiding-nobody"}).record)


def test_what_nobody_took_in_counts_once_however_many_of_its_letters_are_sent_again(kernel: Kernel) -> None:
    first = pay(1, x_redrive_count="1", x_redrive_group="tuiding-intake", x_redrive_keeps_id="yes")
    second = pay(1, x_redrive_count="2", x_redrive_group="tuiding-intake", x_redrive_keeps_id="yes")
    outcome = step(kernel, first)
    assert (outcome.handled, step(kernel, second, published=outcome).duplicates) == (1, 1)
