"""A message in a few words: its type and what tells it from others of its type."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from contracts.messages import Message
from contracts.words import Money

TOLD = (
    "kind",
    "subscription",
    "items",
    "requested_end",
    "resubmission_of",
    "joined",
    "command",
    "notice",
    "incident",
    "code",
    "problem",
    "level",
    "ground",
    "quote_version",
    "valid_until",
    "retry_until",
    "given_at",
    "answer_due",
    "decide_by",
    "amount",
    "paid",
    "held",
    "charged",
    "refunded",
    "net",
    "cause",
    "outcome",
    "approve",
    "stage",
    "promised",
    "restored",
)
PLAIN = {"notice", "incident", "code", "items", "kind"}


def told(message: Message) -> str:
    parts = [_part(name, getattr(message, name, None)) for name in TOLD]
    quote = getattr(message, "quote", None)
    if isinstance(quote, BaseModel):
        parts += [_part(name, getattr(quote, name)) for name in ("version", "total", "valid_until")]
    faults: Any = getattr(message, "faults", None) or getattr(message, "grounds", ())
    parts += [fault.code for fault in faults]
    said = ", ".join(part for part in parts if part)
    return f"{message.type} ({said})" if said else message.type


def _part(name: str, value: Any) -> str:
    label = "" if name in PLAIN else f"{name.replace('_', ' ')} "
    if isinstance(value, Money):
        return f"{label}{value.minor}"
    if value in (None, "", ()) or isinstance(value, BaseModel):
        return ""
    if isinstance(value, datetime):
        return f"{label}{value:%Y-%m-%d %H:%M:%S}"
    return label + (" ".join(map(str, value)) if isinstance(value, tuple) else str(value))
