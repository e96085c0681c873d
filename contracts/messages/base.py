"""What every command and event has: a request it is about and a type with its version."""

from typing import ClassVar

from contracts.meaning import Amount, Due, Name, Stage
from contracts.words import (
    Channel,
    End,
    ItemId,
    Language,
    RequestId,
    Route,
    SubscriptionRef,
    Text,
    ToldRequestId,
    Value,
)

TYPES: dict[str, type["Message"]] = {}


class Message(Value):
    """A fact or a wish about one request. Add a field with a default, or make the next version; never change one."""

    type: ClassVar[str] = ""
    ends: ClassVar[End | None] = None  # this event is the request's one and only end
    reaches: ClassVar[Stage | None] = None  # where it takes the request on its road
    moves: ClassVar[tuple[Amount, ...]] = ()  # the money it says has moved
    opens: ClassVar[Name | None] = None  # what waits for a person from now on
    settles: ClassVar[Name | None] = None  # what waits for nobody any more
    starts: ClassVar[Due | None] = None  # the clock that runs from now on
    stops: ClassVar[tuple[Name, ...]] = ()  # the clocks that no longer run

    request_id: RequestId

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        if cls.type:
            if cls.type in TYPES:
                raise TypeError(f"{cls.type} is declared twice: {TYPES[cls.type].__name__} and {cls.__name__}")
            TYPES[cls.type] = cls


class Command(Message):
    """A wish from a channel."""

    request_id: ToldRequestId
    channel: Channel


class Audience(Value):
    """Whom to tell and how: travels with every event a customer hears of, so that nobody has to ask who it was."""

    subscription: SubscriptionRef
    masked_number: str = ""
    language: Language = Language.ZH
    routes: tuple[Route, ...] = ()
    channel: Channel
    names: dict[ItemId, Text] = {}  # what the carrier calls the items this request is about


class ForCustomer(Message):
    """An event that a customer may be told about."""

    audience: Audience
