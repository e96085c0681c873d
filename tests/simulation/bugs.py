"""Ways to get it wrong, planted from outside: the simulation must turn red on each of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from tests.simulation import bugs_of_carrying as carrying
from tests.simulation import bugs_of_deciding as deciding
from tests.simulation import bugs_of_storing as storing
from tests.simulation.seams import Seams


class Bug(NamedTuple):
    name: str
    what: str
    plant: Callable[[Seams], Seams]


BUGS = {
    bug.name: bug
    for bug in (
        Bug(
            "ack-before-commit",
            "records are acknowledged before their work is stored",
            lambda seams: replace(seams, engine=carrying.AckBeforeCommit),
        ),
        Bug(
            "ack-over-gap",
            "a record that waits is overtaken by the acknowledgement of later ones",
            lambda seams: replace(seams, engine=carrying.AckOverGap),
        ),
        Bug(
            "offset-moves-after-failed-commit",
            "the database said no, the offset moves all the same",
            lambda seams: replace(seams, engine=carrying.OffsetMovesAnyway),
        ),
        Bug(
            "rests-for-ever",
            "a topic of which too much waited is never read on",
            lambda seams: replace(seams, engine=carrying.RestsForEver),
        ),
        Bug(
            "swallowed-exception",
            "what cannot be read or decided is dropped without a trace",
            lambda seams: replace(seams, batch=storing.SwallowedException),
        ),
        Bug(
            "many-told-as-one",
            "of a flooding sender's records only the first is told",
            lambda seams: replace(seams, batch=storing.ManyToldAsOne),
        ),
        Bug(
            "many-counted-anew",
            "what was told together is told once more after a crash",
            lambda seams: replace(seams, batch=storing.CountedAnew),
        ),
        Bug("no-inbox", "nobody remembers what was decided", lambda seams: replace(seams, batch=storing.NoInbox)),
        Bug(
            "inbox-forgets-after-window",
            "the inbox keeps ids for an hour only",
            lambda seams: replace(seams, batch=storing.ForgetfulInbox),
        ),
        Bug(
            "same-id-any-content",
            "another command under an id that is taken is dropped as the same once more",
            lambda seams: replace(seams, batch=storing.AnyContent),
        ),
        Bug(
            "random-event-id",
            "ids are drawn, not derived from their cause",
            lambda seams: replace(seams, batch=storing.RandomIds),
        ),
        Bug(
            "version-not-checked",
            "a late write is taken for a good one",
            lambda seams: replace(seams, batch=storing.VersionNotChecked),
        ),
        Bug(
            "case-outlives-conflict",
            "a case from memory is kept although its write was refused",
            lambda seams: replace(seams, kernel=storing.CaseOutlivesConflict),
        ),
        Bug(
            "alarm-not-cancelled",
            "a cancelled alarm stays in its table",
            lambda seams: replace(seams, batch=storing.AlarmNotCancelled),
        ),
        Bug(
            "confirm-after-expiry-accepted",
            "a yes counts although the quote has expired",
            lambda seams: replace(seams, wiring=deciding.confirm_after_expiry),
        ),
        Bug(
            "erasure-forgets-one-service",
            "billing keeps what everybody else has erased",
            lambda seams: replace(seams, wiring=deciding.erasure_forgets_one_service),
        ),
        Bug(
            "early-follow-up-thrown-away",
            "what is heard before its request is refused at once",
            lambda seams: replace(seams, wiring=deciding.early_follow_up_thrown_away),
        ),
        Bug(
            "one-word-ends-a-line",
            "what billing says alone switches off, and no customer has said yes",
            lambda seams: replace(seams, wiring=deciding.one_services_word),
        ),
        Bug(
            "refund-not-idempotent",
            "each try of a refund has a key of its own",
            lambda seams: replace(seams, ask=carrying.refund_under_new_keys),
        ),
        Bug(
            "refund-sign", "a refund flows the wrong way", lambda seams: replace(seams, ask=carrying.refund_is_a_charge)
        ),
        Bug(
            "float-money",
            "an amount passes through a float on its way to the charge",
            lambda seams: replace(seams, batch=deciding.FloatMoney),
        ),
        Bug(
            "call-without-idempotency-key",
            "each try of a call has a key of its own",
            lambda seams: replace(seams, ask=carrying.new_keys),
        ),
        Bug(
            "commit-when-handed",
            "what was handed to the engine is committed, done or not",
            lambda seams: replace(seams, positions=carrying.CommitsWhatIsHanded),
        ),
        Bug(
            "retry-overtakes",
            "what failed is tried again behind what came after it",
            lambda seams: replace(seams, engine=carrying.RetryOvertakes),
        ),
        Bug(
            "starts-at-latest",
            "a group without offsets begins at the end",
            lambda seams: replace(seams, first_offset=carrying.latest),
        ),
        Bug(
            "outbox-outside-transaction",
            "what is to be said is stored after the decision, not with it",
            lambda seams: replace(seams, batch=storing.OutboxApart, kernel=storing.OutboxAfterwards),
        ),
        Bug(
            "outbox-row-removed-before-delivery",
            "outbox rows are gone before the broker has them",
            lambda seams: replace(seams, kernel=storing.OutboxForgetsEarly),
        ),
        Bug(
            "state-leaks-between-keys",
            "a request without a case gets the one decided before",
            lambda seams: replace(seams, batch=deciding.LeakingState),
        ),
        Bug(
            "replay-speaks",
            "reading from the beginning forgets what was decided",
            lambda seams: replace(seams, replaying=storing.forget_the_inbox),
        ),
    )
}
