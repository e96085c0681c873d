"""What somebody who is signed in may fill at the console: the places of nobody else."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from runtime.kernel.store import Store
from services.console.cures import proposals
from services.console.cures.proposals import MANY, Proposals
from services.console.roles import Role
from services.console.signing_in import sessions
from services.console.signing_in.sessions import Patience, Sessions, Way

MOST = 20


def test_an_operator_has_so_many_sign_ins_at_once_and_ends_nobody_elses(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may only look could have tokens made for a program without end, each a row for ten hours."""
    monkeypatch.setattr(sessions, "MOST_OF_ONE", MOST)
    kept = Sessions(store, Patience(timedelta(hours=1), timedelta(hours=1)))
    lead = kept.begin("lin", Role.LEAD, Way.PASSWORD)
    mine = kept.find(kept.begin("zhao", Role.VIEWER, Way.PASSWORD), active=False)
    made = [kept.begin("zhao", Role.VIEWER, Way.PASSWORD, rests_on=mine) for _ in range(3 * MOST)]
    assert store.read(sa.select(sa.func.count()).select_from(sessions.SESSIONS))[0][0] == MOST + 1
    assert kept.find(lead, active=False) and kept.find(made[-1], active=False)
    assert not kept.find(made[0], active=False), "the oldest has ended"


def test_a_proposal_is_shown_to_a_second_person_however_many_another_operator_has_made(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list shows so many: whoever filled it hid what all others proposed until its time was over."""
    monkeypatch.setattr(proposals, "MOST_SHOWN", MOST)
    kept = Proposals(store, timedelta(hours=1))
    made = [
        kept.propose(f"{who}-{number}", "discard", "", {"reason": "x", "places": []}, MANY, 60, who)["id"]
        for who, many in (("zhao", 3 * MOST), ("lin", 2), ("wang", 1))
        for number in range(many)
    ]
    shown = kept.waiting()
    assert len(shown) == MOST and {each["id"] for each in shown} >= {*made[-3:], made[0]}
    assert [each["at"] for each in shown] == sorted(each["at"] for each in shown), "the oldest first, as ever"
    assert kept.count() == len(made)
