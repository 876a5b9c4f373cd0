"""Calls of somebody who forgot their password: the first answers everybody alike, the second works once."""

from __future__ import annotations

from typing import Final

from ostiary.identity import cookies
from ostiary.identity.api.accounts import Email, Password, Token
from ostiary.identity.flows import resetting
from ostiary.identity.services import Services
from ostiary.identity.web import Answer, Asked, Call
from ostiary.strict import Body

__all__ = ["CALLS"]


class Asking(Body, frozen=True):
    """Whose password is forgotten."""

    email: Email


class Completion(Body, frozen=True):
    """The mailed link, and the new password."""

    token: Token
    password: Password


async def ask(services: Services, asked: Asked) -> Answer:
    """Mail a link, if the address is an account's."""
    sent: Asking = asked.body
    await resetting.ask(services, asked.visit, sent.email)
    return Answer(202)


async def complete(services: Services, asked: Asked) -> Answer:
    """Set the password; the browser is signed out like every other."""
    sent: Completion = asked.body
    await resetting.complete(services, asked.visit, sent.token, sent.password)
    return Answer(204, cookies=(cookies.no_session(),))


CALLS: Final = (
    Call(
        "POST", "/password-resets", ask, "Ask for a link that sets a new password", access="public", takes=Asking,
        status=202, refusals=(429,),
    ),
    Call(
        "POST", "/password-resets/completion", complete, "Set a new password by the mailed link; every session ends",
        access="public", takes=Completion, status=204, refusals=(403, 429, 503),
    ),
)  # fmt: skip
