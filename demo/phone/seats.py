"""Where somebody sits: at the phone, the hotline's desk or the shop's counter; and what proof each must bring."""

from typing import NamedTuple

from contracts.words import Channel, Text


class Paper(NamedTuple):
    """One proof that a clerk brings: its field in `Proof`, its name for people, and a reference to begin with."""

    field: str
    name: Text
    sample: str


AGENT = Paper("agent", Text(zh="经办人工号", en="Your staff number"), "clerk-3")
CALL = Paper("call", Text(zh="通话录音编号", en="Reference of the recorded call"), "call-0815")
DOCUMENT = Paper("identity_document", Text(zh="身份证件核验编号", en="Reference of the identity check"), "doc-4711")
PAPER = Paper("signed_paper", Text(zh="签字单编号", en="Reference of the signed paper"), "paper-99")


class Seat(NamedTuple):
    """`filing` and `yes`: what the channel must bring with a new request, and with the customer's yes."""

    name: str
    channel: Channel
    title: Text
    filing: tuple[Paper, ...] = ()
    yes: tuple[Paper, ...] = ()

    @property
    def clerk(self) -> bool:
        return bool(self.filing)


SEATS = {
    seat.name: seat
    for seat in (
        Seat("phone", Channel.APP, Text(zh="手机", en="Phone")),
        Seat("hotline", Channel.HOTLINE, Text(zh="热线坐席", en="Hotline"), (AGENT, CALL), (AGENT, CALL)),
        Seat("counter", Channel.COUNTER, Text(zh="营业厅柜台", en="Shop counter"), (AGENT, DOCUMENT), (AGENT, PAPER)),
    )
}
