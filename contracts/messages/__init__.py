"""Every command and event by its type: `TYPES["fee.settled.v1"]`."""

from contracts.messages import billing, commands, intake, notify, ops, review, shared, termination
from contracts.messages.base import TYPES, Command, ForCustomer, Message

COMMANDS = {name: model for name, model in TYPES.items() if issubclass(model, Command)}

__all__ = [
    "COMMANDS",
    "TYPES",
    "Command",
    "ForCustomer",
    "Message",
    "billing",
    "commands",
    "intake",
    "notify",
    "ops",
    "review",
    "shared",
    "termination",
]
