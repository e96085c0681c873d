"""The small words every message is made of: ids, channels, money, dates, texts in two languages."""

from datetime import UTC, date, datetime
from enum import StrEnum
from functools import partial
from operator import attrgetter, is_
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt

from contracts.personal import masked
from contracts.written_out import WrittenOut

RequestId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", description="a UUID")]


def _in_small_letters(told: object) -> object:
    return told.lower() if isinstance(told, str) else told


ToldRequestId = Annotated[RequestId, BeforeValidator(_in_small_letters)]  # Swift writes UUIDs in capitals: the same one
SubscriptionRef = Annotated[
    str, Field(pattern=r"^sub-[a-z0-9]{4,32}$", description="the carrier's opaque reference; never a number or a name")
]
ItemId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,40}$", description="one switchable part of a line")]
ClauseId = Annotated[str, Field(min_length=2, max_length=80, description="a clause of the policy pack")]
Reference = Annotated[
    str, Field(max_length=120, pattern=r"^[A-Za-z0-9_.:/-]+$", description="an id elsewhere; never a person's name")
]


def as_a_check_said_it(message: str) -> str:
    """Of a fault that pydantic found: without the mark before a sentence of ours."""
    return message.removeprefix("Value error, ")


def _nobodys_number(text: str) -> str:
    if masked(text) != text:
        raise ValueError("this reads like somebody's phone or identity number or address: leave it out")
    return text


ON_ONE_LINE = r"^\d{0,5}([^\d<>@\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]\d{0,5})*$"
Words = Annotated[
    str,
    Field(
        max_length=300,
        pattern=ON_ONE_LINE,
        description="what somebody said, on one line; no addresses, no number of more than five digits",
    ),
    AfterValidator(_nobodys_number),
]


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # pydantic lets it through, and whoever reads a record of anybody's would end with it
        raise ValueError("in UTC this is before the year 1 or after the year 9999") from None


Moment = Annotated[AwareDatetime, WrittenOut("date-time"), AfterValidator(_in_utc)]  # UTC on the wire
Day = Annotated[date, WrittenOut("date")]
FIRST_YEAR, LAST_YEAR = 2000, 2100  # a time of another age is a mistake wherever somebody else tells it


class Value(BaseModel):
    """Frozen, and closed to fields nobody declared: a misspelt field is an error, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __copy__(self) -> Self:
        """As pydantic's own, which looks for what these never have: fields nobody declared, private ones."""
        made = self.__class__.__new__(self.__class__)
        set_ = object.__setattr__
        set_(made, "__dict__", self.__dict__.copy())
        set_(made, "__pydantic_fields_set__", self.__pydantic_fields_set__.copy())
        set_(made, "__pydantic_extra__", None)
        set_(made, "__pydantic_private__", None)
        return made


# For `exclude_if` of a field that was added: while it is empty it is not written, so that older builds read on.
says_nothing = partial(is_, None)  # no call of Python for each item written


LARGEST_MINOR = 10**15  # ten billions of yuan: beyond it, it is a mistake


class Money(Value):
    """An exact amount: `minor` counts the smallest unit (fen, cent), negative when it flows to the customer."""

    minor: Annotated[StrictInt, Field(ge=-LARGEST_MINOR, le=LARGEST_MINOR)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"

    def __add__(self, other: Self) -> Self:
        return self.model_copy(update={"minor": self.minor + self._same(other).minor})

    def __sub__(self, other: Self) -> Self:
        return self.model_copy(update={"minor": self.minor - self._same(other).minor})

    def __neg__(self) -> Self:
        return self.model_copy(update={"minor": -self.minor})

    @property
    def nothing(self) -> Self:
        """Zero of the same currency: what stands beside an amount is added to it somewhere."""
        return self.model_copy(update={"minor": 0})

    def _same(self, other: Self) -> Self:
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")
        return other


class Text(Value):
    """One sentence in both languages of our customers and operators."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class Word(StrEnum):
    """One of a few words."""


Word.value = property(attrgetter("_value_"))  # type: ignore  # read at each writing: the usual one costs two calls


class Language(Word):
    ZH = "zh"
    EN = "en"


class Channel(Word):
    """Where the customer stands while asking (R3-R7)."""

    APP = "app"
    WEB = "web"
    HOTLINE = "hotline"
    COUNTER = "counter"


class Kind(Word):
    """What is to end: a package or add-on (退订), the whole line (销户), or the stay with this carrier (携号转网)."""

    PRODUCT = "product"
    LINE = "line"
    PORT_OUT = "port-out"


class Reason(Word):
    """Why the customer leaves, in the words of R1; reported, never judged."""

    PERSONAL = "personal"
    NEEDS_CHANGED = "needs-changed"
    PRICE = "price"
    QUALITY = "quality"
    MOVING = "moving"
    OTHER = "other"


class Route(Word):
    """A way to reach the customer; the address behind it stays with the carrier."""

    PUSH = "push"
    SMS = "sms"
    EMAIL = "email"
    LETTER = "letter"


class End(Word):
    """How a request can end; exactly one of these, once."""

    CLOSED = "closed"
    RETURNED = "returned"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


class Ruling(Word):
    """How a disputed fee was decided: it stands, a part of it remains due, or nothing is owed."""

    UPHELD = "upheld"
    LOWERED = "lowered"
    WAIVED = "waived"


class Proof(Value):
    """Who carried the customer's word, where the customer did not type it: kept to prove who said yes (J3, J4)."""

    agent: Reference | None = None
    call: Reference | None = None
    identity_document: Reference | None = None
    signed_paper: Reference | None = None


class ReopeningTerms(Value):
    """What having a closed line back costs while its number is kept: shown with the quote, charged only when asked."""

    fee: Money
    clauses: tuple[ClauseId, ...] = ()


class Dates(Value):
    """The three dates of every message to a customer, and the two ends of a service (never one).

    `requested`: the end that was wished for; `asked`: when it was asked for.
    """

    requested: Moment
    promised: Moment | None = None
    effective: Moment | None = None
    service_end: Moment | None = None
    charge_end: Moment | None = None
    asked: Moment | None = None


def whole_number(text: str, most_digits: int = 15) -> int | None:
    """What somebody typed, if it is plain digits; `str.isdigit` takes `²` as well, and `int` no digits without end."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most_digits else None
