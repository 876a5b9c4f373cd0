"""Another address or number: asked for by a fresh session, proven by whoever owns it, taken back by who owned it before."""

from __future__ import annotations

from typing import Annotated, Final

from ostiary.errors import Denied
from ostiary.identity import cookies
from ostiary.identity.flows import contacts, undoing
from ostiary.identity.services import Services
from ostiary.identity.sessions import Session
from ostiary.identity.web import Answer, Asked, Call
from ostiary.strict import Body, Meta

__all__ = ["CALLS", "session_of"]

_TOKEN = Annotated[str, Meta(min_length=1, max_length=100, description="Of the link in the mail.")]


class EmailWanted(Body, frozen=True):
    """Another address."""

    email: Annotated[str, Meta(max_length=254)]


class PhoneWanted(Body, frozen=True):
    """Another telephone number."""

    phone: Annotated[str, Meta(max_length=40, description="With its country's code: +49...")]


class LinkFollowed(Body, frozen=True):
    """What a mailed link holds."""

    token: _TOKEN


class CodeAsked(Body, frozen=True):
    """A code is on its way."""

    challenge: Annotated[str, Meta(max_length=36, description="Send it along with the code.")]


class CodeTyped(Body, frozen=True):
    """The code that arrived."""

    challenge: Annotated[str, Meta(max_length=36)]
    code: Annotated[str, Meta(min_length=1, max_length=32)]


def session_of(asked: Asked) -> Session:
    """The session that the dispatcher found.

    :raises Denied: 401 if it did not.
    """
    if asked.session is None:
        raise Denied(401, "sign in first")
    return asked.session


async def ask_email(services: Services, asked: Asked) -> Answer:
    """The answer is the same whoever has the address already."""
    wanted: EmailWanted = asked.body
    await contacts.ask_email(services, asked.visit, session_of(asked), wanted.email)
    return Answer(202)


async def confirm_email(services: Services, asked: Asked) -> Answer:
    """The link counts in its owner's session alone; that ends with all others."""
    followed: LinkFollowed = asked.body
    await contacts.confirm_email(services, asked.visit, session_of(asked), followed.token)
    return Answer(204, headers=cookies.LEAVING, cookies=(cookies.no_session(),))


async def ask_phone(services: Services, asked: Asked) -> Answer:
    """The answer is the same whoever has the number already."""
    wanted: PhoneWanted = asked.body
    challenge = await contacts.ask_phone(services, asked.visit, session_of(asked), wanted.phone)
    return Answer(202, CodeAsked(challenge=challenge))


async def confirm_phone(services: Services, asked: Asked) -> Answer:
    """Five tries, in the session that asked."""
    typed: CodeTyped = asked.body
    await contacts.confirm_phone(services, asked.visit, session_of(asked), typed.challenge, typed.code)
    return Answer(204)


async def undo(services: Services, asked: Asked) -> Answer:
    """The link is all that is asked for: whoever follows it may not be able to sign in."""
    followed: LinkFollowed = asked.body
    await undoing.undo(services, asked.visit, followed.token)
    return Answer(204)


CALLS: Final = (
    Call("POST", "/me/email", ask_email, "Ask for another address", "fresh", EmailWanted, status=202, refusals=(409,)),
    Call("POST", "/me/email/confirmation", confirm_email, "Confirm another address", takes=LinkFollowed, status=204),
    Call("POST", "/me/phone", ask_phone, "Ask for another telephone number", "fresh", PhoneWanted, CodeAsked, 202, refusals=(409,)),
    Call("POST", "/me/phone/confirmation", confirm_phone, "Confirm another telephone number", takes=CodeTyped, status=204),
    Call("POST", "/contact-undo", undo, '"This was not me"', "public", LinkFollowed, status=204),
)  # fmt: skip
