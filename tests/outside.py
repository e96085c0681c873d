"""How many cases and variants the tests have for each kind of harm and of attack: `python -m tests.outside`.

A case is a test function, a variant is what pytest collects of it; what a test loops over within itself is not counted.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Kind(NamedTuple):
    name: str
    what: str
    tests: tuple[str, ...]  # files, or one test of a file


KINDS = (
    Kind(
        "A",
        "outside input is counted as our own fault",
        (
            "tests/kernel/test_senders.py",
            "tests/kernel/test_floods_in_the_loop.py",
            "tests/kernel/test_odd_headers.py",
            "tests/flow/test_odd_attributes.py",
        ),
    ),
    Kind(
        "B",
        "limits are taken for one read, never on the whole",
        (
            "tests/sockets/test_limits.py",
            "tests/sockets/test_following.py",
            "tests/sockets/test_tails.py",
            "tests/sockets/test_framing.py",
            "tests/sockets/test_odd_providers.py",
            "tests/carrier/test_carrier_limits.py",
            "tests/carrier/test_odd_carriers.py",
            "tests/carrier/test_cut_and_doubled_answers.py",
            "tests/carrier/test_small_pieces.py",
            "tests/domain/test_hostile_files.py",
            "tests/cli/test_odd_streams.py",
            "tests/evidence/test_bad_files.py",
        ),
    ),
    Kind(
        "C",
        "a topic and a source are ignored, or one service is believed alone",
        (
            "tests/kernel/test_rights.py",
            "tests/kernel/test_channel_topics.py",
            "tests/kernel/test_identity.py",
            "tests/kernel/test_same_id_other_content.py",
            "tests/kernel/test_signatures.py",
            "tests/flow/test_one_services_word.py",
            "tests/flow/test_id_of_another.py",
            "tests/flow/test_made_up_beforehand.py",
            "tests/flow/test_expired_early.py",
            "tests/flow/test_moments_said_early.py",
            "tests/flow/test_made_up_in_each_phase.py",
            "tests/broker/test_forged_money.py",
        ),
    ),
    Kind("D", "Host and Origin are believed", ("tests/sockets/test_hosts.py", "tests/sockets/test_signed_in.py")),
    Kind(
        "E",
        "cleaning is done field by field",
        (
            "tests/kernel/test_exits.py",
            "tests/kernel/test_every_exit.py",
            "tests/kernel/test_header_names.py",
            "tests/contracts/test_typed_texts.py",
        ),
    ),
    Kind(
        "F",
        "protections stand on routes",
        ("tests/door/test_door_attacks.py", "tests/door/test_door_fuzzed.py", "tests/door/test_door_description.py"),
    ),
    Kind(
        "G",
        "a dangerous default was never chosen",
        (
            "tests/broker/test_transactions.py",
            "tests/broker/test_transactions_at_work.py",
            "tests/broker/test_wrongly_set_at_work.py",
            "tests/broker/test_topics.py",
        ),
    ),
    Kind(
        "H",
        "order is assumed from the key",
        ("tests/flow/test_early_commands.py", "tests/door/test_door_follow_ups.py"),
    ),
    Kind(
        "I",
        "offsets are counted as records",
        (
            "tests/broker/test_transactions.py",
            "tests/broker/test_growth.py",
            "tests/broker/test_made_again.py",
            "tests/kernel/test_record_times.py",
        ),
    ),
    Kind(
        "J",
        "advice without looking",
        (
            "tests/supervisor/test_ports.py",
            "tests/cli/test_places.py",
            "tests/console/test_redrive.py",
            "tests/flow/test_redrive_foretold.py",
        ),
    ),
    Kind(
        "K",
        "healthy because nothing was heard",
        ("tests/deploy/test_alerts.py", "tests/kernel/test_heartbeat.py", "tests/console/test_strangers.py"),
    ),
    Kind(
        "L",
        "what is bounded is filled by whoever likes, or first come is first served",
        (
            "tests/kernel/test_what_can_be_filled.py",
            "tests/flow/test_what_can_be_filled.py",
            "tests/console/test_what_strangers_fill.py",
            "tests/console/test_what_one_operator_fills.py",
            "tests/console/test_tail_ends.py",
        ),
    ),
    Kind(
        "contract",
        "bodies and headers that break the contract",
        (
            "tests/console/test_letters_of_other_releases.py",
            "tests/contracts/test_poison.py",
            "tests/contracts/test_outside_habits.py",
            "tests/carrier/test_read_strictly.py",
            "tests/contracts/test_moments.py",
            "tests/flow/test_any_value.py",
            "tests/kernel/test_forged_records.py",
        ),
    ),
)


ATTACKS = (
    Kind("S1", "tokens that are not believed", ("tests/door/test_door_attacks.py", "tests/console/test_provider.py")),
    Kind(
        "S2",
        "requests and subscriptions of somebody else",
        ("tests/door/test_door_attacks.py", "tests/door/test_whose_object.py"),
    ),
    Kind("S3", "another's channel, agent or proof in a body", ("tests/door/test_door_attacks.py",)),
    Kind("S4", "a key used for something else", ("tests/door/test_door_idempotency.py",)),
    Kind("S5", "a request or a record that is sent again", ("tests/kernel/test_identity.py",)),
    Kind(
        "S6",
        "bodies that break a contract, or are too much",
        ("tests/contracts/test_poison.py", "tests/door/test_door_bad_input.py", "tests/sockets/test_limits.py"),
    ),
    Kind(
        "S7",
        "who may use a topic, a group, a table",
        ("tests/broker/test_secured.py", "tests/kernel/test_database_users.py", "tests/kernel/test_as_owner.py"),
    ),
    Kind("S8", "a channel that speaks for another", ("tests/kernel/test_channel_topics.py",)),
    Kind("S9", "forged events", ("tests/kernel/test_rights.py", "tests/broker/test_forged_money.py")),
    Kind(
        "S10",
        "signed events that are changed, moved or replayed",
        ("tests/kernel/test_signatures.py", "tests/kernel/test_forged_seals.py"),
    ),
    Kind(
        "S11",
        "jumps that no rule allows",
        ("tests/flow/test_one_services_word.py", "tests/flow/test_expired_early.py", "tests/flow/test_any_value.py"),
    ),
    Kind("S12", "personal data", ("tests/flow/test_canaries.py", "tests/kernel/test_exits.py")),
    Kind(
        "S13",
        "erasure",
        (
            "tests/console/test_erasure.py",
            "tests/flow/test_erasure.py",
            "tests/flow/test_erasure_in_flight.py",
            "tests/flow/test_erasure_in_each_phase.py",
            "tests/flow/test_erased_and_restored.py",
        ),
    ),
    Kind("S14", "evidence that was tampered with", ("tests/evidence/test_tampering.py",)),
    Kind("S15", "floods", ("tests/kernel/test_senders.py", "tests/door/test_door_shares.py")),
    Kind(
        "S16",
        "operators, their browsers, a second person",
        (
            "tests/console/test_sign_in.py",
            "tests/console/test_second_person.py",
            "tests/console/test_role_ends.py",
            "tests/console/test_every_route_by_role.py",
            "tests/sockets/test_hosts.py",
        ),
    ),
)


def collected(files: Iterable[str]) -> list[str]:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if "::" in line]


def rows(kinds: tuple[Kind, ...]) -> Iterator[tuple[str, str, int, int]]:
    found = collected(sorted({each for kind in kinds for each in kind.tests}))
    for kind in kinds:
        variants = [name for name in found if name.startswith(tuple(f"{each}::" for each in kind.tests))]
        yield kind.name, kind.what, len({name.partition("[")[0] for name in variants}), len(variants)


if __name__ == "__main__":
    print("| kind | what | cases | variants |\n| --- | --- | --- | --- |")
    for row in rows(KINDS + ATTACKS):
        print("| {} | {} | {} | {} |".format(*row))
