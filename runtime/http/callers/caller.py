"""The caller of one request, as its handler sees him: asks once whether he may, then acts in his name."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

from fastapi import Request

from contracts.channel_rights import Asked, Claims, No, may
from contracts.words import Proof, Value
from runtime.http.idempotency_key import key_of, required_key
from runtime.http.problems import Problem

HIDDEN = (No.NOT_THEIRS, No.NOBODYS)  # told as if there were no such thing
UNKNOWN_REQUEST = "unknown-request"
B = TypeVar("B", bound=Value)


@dataclass
class Caller:
    """`claims` are none where nobody has to sign in; `message_id` is that of a signed request."""

    claims: Claims | None = None
    message_id: str = ""
    about: str = ""
    subscription: str = ""
    code: str = ""  # why not, as the record of it says, which is more than the caller is told
    permitted: bool = False

    @property
    def principal(self) -> str:
        """Nobody where nobody has to sign in."""
        return self.claims.principal if self.claims else ""

    def permit(self, command: str, asked: Asked, about: str = "", unknown: str = UNKNOWN_REQUEST) -> None:
        """Raises `Problem`."""
        self.about, self.subscription = about, asked.subscription
        no = may(self.claims, command, asked) if self.claims else None
        if no is None:
            self.permitted = True
            return
        self.code = no
        raise Problem(unknown, about=about) if no in HIDDEN else Problem(no)

    def in_own_name(self, body: B) -> B:
        """The agent is whom the credentials name."""
        proof = getattr(body, "proof", None)
        if self.claims is None or not self.claims.agent or not isinstance(proof, Proof):
            return body
        return body.model_copy(update={"proof": proof.model_copy(update={"agent": self.claims.agent})})

    def key(self, request: Request, required: bool = False) -> str:
        """A key is its caller's own: the same one of somebody else is another."""
        sent = self.message_id or (required_key if required else key_of)(request)
        if self.claims is None or not sent:
            return sent
        return sha256(f"{self.claims.principal}\n{self.claims.subject}\n{sent}".encode()).hexdigest()


def caller_of(request: Request) -> Caller:
    found: Any = getattr(request.state, "caller", None)
    if not isinstance(found, Caller):
        raise TypeError("a door without a gate")  # a bug of ours, answered as one
    return found


def asked_by(body: Any, subscription: str) -> Asked:
    return Asked(subscription, getattr(body, "channel", None), getattr(body, "proof", None))
