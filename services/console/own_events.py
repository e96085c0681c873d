"""What the console itself says: operators' orders and acts, on the one topic that it writes."""

from datetime import UTC, datetime

from contracts.flow import BY_NAME, topic_name
from contracts.messages import Message
from contracts.rights import source_of
from runtime.envelope import Envelope, Record, encode, traceparent

SOURCE = source_of("console")
TOPIC = topic_name(BY_NAME["console"].writes)


def own_event(own: str, message: Message, root: str, policy: str) -> Record:
    """`own` is its id; `root` that of the command which began the request, or its own."""
    envelope = Envelope(own, SOURCE, message, root, "", traceparent(root, own))
    return encode(TOPIC, envelope, datetime.now(UTC), {"policyversion": policy})
