"""Calls about an account's beginning and its password: what was sent is never repeated, and strangers learn nothing."""

from __future__ import annotations

from typing import Annotated, Final

from ostiary.errors import Denied
from ostiary.identity import cookies
from ostiary.identity.flows import passwords, registering, verifying
from ostiary.identity.services import Services
from ostiary.identity.web import Answer, Asked, Call
from ostiary.parts.display_names import LONGEST
from ostiary.strict import Body, Meta

__all__ = ["CALLS", "Email", "Password", "Token"]

_MOST_PASSWORD: Final = 4096  # characters; how many bytes there may be is a setting, and judged by the flow
Email = Annotated[
    str, Meta(min_length=3, max_length=254, description="An e-mail address", extra_json_schema={"format": "email"})
]
Password = Annotated[str, Meta(min_length=1, max_length=_MOST_PASSWORD, extra_json_schema={"format": "password"})]
Token = Annotated[
    str, Meta(min_length=20, max_length=200, pattern="^[A-Za-z0-9_-]+$", description="Of the mailed link")
]


class Registration(Body, frozen=True):
    """Who wants an account."""

    email: Email
    password: Password
    name: Annotated[str, Meta(max_length=LONGEST)] = ""


class Verification(Body, frozen=True):
    """The mailed link, and the account's password where the browser is not signed in to it."""

    token: Token
    password: Annotated[str, Meta(max_length=_MOST_PASSWORD, extra_json_schema={"format": "password"})] = ""


class NewPassword(Body, frozen=True):
    """The current password, and what takes its place."""

    password: Password
    current: Annotated[str, Meta(max_length=_MOST_PASSWORD, extra_json_schema={"format": "password"})] = ""


async def register(services: Services, asked: Asked) -> Answer:
    """Make an account; what follows comes by mail, and the answer is the same for an address that has one."""
    sent: Registration = asked.body
    await registering.register(services, asked.visit, sent.email, sent.password, sent.name)
    return Answer(202)


async def verify(services: Services, asked: Asked) -> Answer:
    """Prove the address."""
    sent: Verification = asked.body
    await verifying.verify(services, asked.visit, sent.token, session=asked.session, password=sent.password)
    return Answer(204)


async def resend(services: Services, asked: Asked) -> Answer:
    """Mail another link."""
    if asked.session is None:
        raise Denied(401, "sign in first")
    await verifying.resend(services, asked.visit, asked.session)
    return Answer(202)


async def change_password(services: Services, asked: Asked) -> Answer:
    """Choose another password; every other session ends, and this one gets another cookie."""
    if asked.session is None:
        raise Denied(401, "sign in first")
    sent: NewPassword = asked.body
    _, secret = await passwords.change(services, asked.visit, asked.session, sent.current, sent.password)
    return Answer(204, cookies=(cookies.session_cookie(secret),))


CALLS: Final = (
    Call(
        "POST", "/accounts", register, "Make an account; a mail says how to go on", access="public", takes=Registration,
        status=202, refusals=(403, 429, 503),
    ),
    Call(
        "POST", "/accounts/verification", verify, "Prove the e-mail address by the mailed link", access="public",
        takes=Verification, status=204, refusals=(403, 429, 503),
    ),
    Call("POST", "/accounts/verification/resend", resend, "Mail another link to the account's address", status=202, refusals=(429,)),
    Call(
        "PUT", "/me/password", change_password, "Choose another password", access="fresh", takes=NewPassword, status=204,
        refusals=(409, 429, 503),
    ),
)  # fmt: skip
