"""Who may say what: each type on the topic of its owner, and there only from that owner's source.

Follows from `flow.py` (who writes which topic) and from the module a message stands in, which is named like its topic.
"""

from contracts.flow import CHANNEL_OF, COMMAND_TOPICS, DECIDING, SERVICES, TOPICS, topic_name
from contracts.look_alikes import reads_as
from contracts.messages import TYPES, Message, billing, intake, ops, review, shared, termination

OF_CHANNELS = "commands"  # contracts/messages/commands.py: on the topic of each channel, and on the one of them all
SPOKEN_BY_MANY = "shared"  # contracts/messages/shared.py: each service says these on its own topic
OPERATORS = "ops"  # what operators decide; the console says nothing of its own
A_CHANNEL = "/channels/"  # how the source of a channel begins that is named like itself; any other may be free
OURS = "/tuiding/"  # how the source of each service begins; a channel has a source of its own


def source_of(service: str) -> str:
    return f"{OURS}{service}"


def spoken_on(model: type[Message]) -> tuple[str, ...]:
    """The topics a message may be on."""
    owner = model.__module__.rpartition(".")[2]
    if owner == OF_CHANNELS:
        return COMMAND_TOPICS
    if owner != SPOKEN_BY_MANY:
        return (topic_name(owner),)
    return tuple(topic_name(service.writes) for service in SERVICES if service.writes != OPERATORS)


PLACES = {name: frozenset(spoken_on(model)) for name, model in TYPES.items()}
SPEAKERS = {topic_name(service.writes): source_of(service.name) for service in SERVICES}
RESTS_ON: tuple[type[Message], ...] = (  # money moves, or a line is switched, because somebody said it
    intake.ConfirmationGiven,
    intake.WithdrawalRequested,
    intake.ReopeningRequested,
    intake.ProblemReported,
    intake.PaymentRetried,
    intake.FeeDisputed,
    intake.WordRecalled,
    review.RequestApproved,
    billing.QuoteIssued,
    billing.SettlementRecalled,
    billing.ReopeningDeclined,
    shared.RequestWithdrawn,
    termination.ServiceTerminated,
    termination.TerminationReprocessed,
    termination.ReopeningAccepted,
    termination.ReopeningFailed,
    termination.LineReopened,
    termination.PortCodeExpired,
    termination.NumberPorted,
    ops.ReviewDecided,
    ops.DisputeDecided,
    ops.RetryOrdered,
    ops.ElsewhereNoted,
    ops.ReopeningAbandoned,
    ops.SubscriptionErased,  # cannot be taken back
)
SIGNED = frozenset(name for name, model in TYPES.items() if model.moves or model in RESTS_ON)
_DECIDE = {service.name for service in DECIDING}
WARDENS = {topic.name: next((each for each in topic.read_by if each in _DECIDE), "") for topic in TOPICS}


def may_say(topic: str, source: str, kind: str) -> bool:
    """A type that nobody knows is judged by its source alone: it may be a newer build's."""
    if kind in PLACES and topic not in PLACES[kind]:
        return False
    owner = SPEAKERS.get(topic)
    if owner:
        return source == owner
    told = reads_as(source)
    return not told.startswith(OURS) and not _anothers(topic, told)


def _anothers(topic: str, told: str) -> bool:
    """A channel's own topic is not for who calls itself another one."""
    own = CHANNEL_OF.get(topic)
    return own is not None and told.startswith(A_CHANNEL) and not told.startswith(f"{A_CHANNEL}{own}/")


def whose(topic: str) -> str:
    """Who speaks there, for a person."""
    own = CHANNEL_OF.get(topic)
    return SPEAKERS.get(topic) or (f"the channel {own}, in its own name" if own else "a channel, by its commands")


def warden(topic: str) -> str:
    """The one reader that sets aside what may not be said there: one dead letter, however many would have heard it."""
    return WARDENS.get(topic, "")
