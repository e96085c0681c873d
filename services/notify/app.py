"""Which message goes to which decision: every event a customer may hear of is told."""

from contracts.messages import TYPES, ForCustomer, ops
from policies.pack import Pack
from runtime.erasure import erased
from runtime.wiring import Wiring, hears
from services.notify import domain

TOLD = tuple(model for model in TYPES.values() if issubclass(model, ForCustomer))
KINDS = frozenset(model.type for model in TOLD)


def silent(kind: str, pack: Pack) -> bool:
    """The pack has no words for it: another notice soon says it."""
    return kind in KINDS and all(notice.event != kind for notice in pack.notices)


WIRING = Wiring(
    service="notify",
    case=domain.NotifyCase,
    on=(
        *(hears(model, domain.tell) for model in TOLD),
        hears(ops.RetryOrdered, domain.retry),
        hears(ops.SubscriptionErased, erased),
    ),
    answers={domain.SEND: domain.sent},
    refusals={domain.SEND: domain.not_sent},
    on_sight=frozenset({domain.tell, domain.sent, domain.not_sent}),
    unhurried=domain.unhurried,
    silent=silent,
)
