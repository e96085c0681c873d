"""What every service decides when a subscription is erased: it keeps nothing of that request."""

from datetime import datetime

from contracts.messages.ops import SubscriptionErased
from policies.pack import Pack
from runtime.decision import FORGET, Case, Decision


def erased(case: Case | None, message: SubscriptionErased, now: datetime, pack: Pack) -> Decision:
    """Also where there is no case: a name or a noted answer may be left. The console judged; the kernel looks again."""
    return FORGET
