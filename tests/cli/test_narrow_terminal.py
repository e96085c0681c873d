"""What a table shows on a terminal that is too narrow for it: every id whole, to be copied."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from cli.presentation import details, table

PLACE = "cancellation.termination.dead-letter[4]@1204"
REQUEST = "e9fb2daf-2a71-5e10-8801-c30c7c2451f1"
WHY = "music-pack stays on until provisioning has fixed it, and the customer was told so " * 2
ROWS = [(PLACE, REQUEST, "2026-11-30 00:20:41 UTC", WHY), (PLACE, REQUEST, "", "短")]
HEADS = ("place", "request", "time", "why")


def shown(width: int) -> list[str]:
    written = io.StringIO()
    Console(file=written, width=width).print(table(ROWS, *HEADS), markup=False, highlight=False)
    return written.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80, 99, 100, 120, 160, 400])
def test_no_id_is_cut_or_broken_and_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = shown(width)
    assert sum(PLACE in line for line in lines) == sum(REQUEST in line for line in lines) == len(ROWS)
    assert max(map(len, lines)) <= width and not any("…" in line for line in lines)


def test_a_card_names_each_field_and_leaves_out_what_is_empty() -> None:
    lines = shown(80)
    assert [sum(line.startswith(head) for line in lines) for head in HEADS] == [2, 2, 1, 2]


def test_where_there_is_room_it_is_a_table() -> None:
    assert [sum(head in line for line in shown(400)) for head in ("place", "request")] == [1, 1]


FACTS = {
    "place": PLACE,
    "request_id": REQUEST,
    "original_topic_and_partition": PLACE,
    "reason": {"zh": "短信与推送系统没有响应，客户收不到通知，申请不能办结。" * 3, "en": WHY},
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_the_facts_of_one_thing_are_whole_at_every_width(width: int, language: str) -> None:
    written = io.StringIO()
    Console(file=written, width=width).print(details(FACTS, language), markup=False, highlight=False)
    lines = written.getvalue().splitlines()
    assert sum(PLACE in line for line in lines) == 2 and sum(REQUEST in line for line in lines) == 1
    assert max(map(cell_len, lines)) <= width and not any("…" in line for line in lines)
    told = "".join(written.getvalue().replace("reason", "").split())
    assert "".join(FACTS["reason"][language].split()) in told  # type: ignore[index]
