"""Calls about second factors: each shows its secret once, and what changes them is made in a fresh session."""

from __future__ import annotations

from typing import Annotated, Any, Final

from ostiary.errors import Denied
from ostiary.identity import cookies
from ostiary.identity.api.passkey_shapes import Asserted, Attested, CreationOptions, RequestOptions
from ostiary.identity.factors import passkeys, recovery, stepping, totp
from ostiary.identity.services import Services
from ostiary.identity.sessions import Session
from ostiary.identity.storage import factors
from ostiary.identity.storage.factors import Passkey
from ostiary.identity.web import Answer, Asked, Call
from ostiary.parts.printable import UNPRINTABLE
from ostiary.strict import Body, Meta, dumps, loads

__all__ = ["CALLS"]

_Code = Annotated[str, Meta(min_length=1, max_length=64)]
_Name = Annotated[str, Meta(min_length=1, max_length=60, description="What its owner calls it")]
_Uuid = Annotated[str, Meta(max_length=36, pattern="^[0-9a-f-]{36}$")]


class Code(Body, frozen=True):
    """A code as it was typed."""

    code: _Code


class Confirmation(Body, frozen=True):
    """The first code of a new authenticator app."""

    id: _Uuid
    code: _Code


class Signature(Body, frozen=True):
    """What an authenticator signed."""

    credential: Asserted


class NewPasskey(Body, frozen=True):
    """What an authenticator made."""

    credential: Attested
    name: _Name = "Passkey"


class Rename(Body, frozen=True):
    """Another name."""

    name: _Name


class Presence(Body, frozen=True):
    """One proof that it is you: the password where nothing stronger is set up, a code of the app, or a passkey."""

    password: Annotated[str, Meta(min_length=1, max_length=4096)] | None = None
    code: _Code | None = None
    credential: Asserted | None = None


class PasskeyShown(Body, frozen=True):
    """A passkey in a list; times are seconds since the epoch."""

    id: Annotated[str, Meta(max_length=43)]
    name: Annotated[str, Meta(max_length=60)]
    created_at: int
    used_at: int | None
    backed_up: bool


class Factors(Body, frozen=True):
    """What an account has set up."""

    password: bool
    totp: bool
    passkeys: Annotated[tuple[PasskeyShown, ...], Meta(max_length=passkeys.MOST)]
    recovery_codes: Annotated[int, Meta(ge=0, le=recovery.COUNT, description="How many are left")]


class Enrolment(Body, frozen=True):
    """A new authenticator app: its secret, a link and a QR code of it. They are never shown again."""

    id: _Uuid
    secret: Annotated[str, Meta(max_length=32)]
    uri: Annotated[str, Meta(max_length=1000)]
    picture: Annotated[str, Meta(max_length=65536, description="data:image/svg+xml")]


class RecoveryCodes(Body, frozen=True):
    """A new set. They are never shown again."""

    codes: Annotated[tuple[Annotated[str, Meta(max_length=20)], ...], Meta(max_length=recovery.COUNT)]


def _session(asked: Asked) -> Session:
    if asked.session is None:
        raise Denied(401, "sign in first")
    return asked.session


def _plain(credential: Asserted | Attested) -> dict[str, Any]:
    return dict(loads(dumps(credential)))


def _named(name: str) -> str:
    """A name that is shown to people as one line.

    :raises Denied: 422.
    """
    plain = " ".join(name.split())
    if not plain or UNPRINTABLE.search(plain) is not None:
        raise Denied(422, "the body is not as described", faults=[("/name", "expected a name of one line")])
    return plain


def _shown(kept: Passkey) -> PasskeyShown:
    return PasskeyShown(
        id=passkeys.reference_of(kept.id),
        name=kept.name,
        created_at=int(kept.created_at),
        used_at=None if kept.used_at is None else int(kept.used_at),
        backed_up=kept.backed_up,
    )


def _stepped(stepped: tuple[Session, str]) -> Answer:
    return Answer(204, cookies=(cookies.session_cookie(stepped[1]),))


# what is set up


async def show(services: Services, asked: Asked) -> Answer:
    """What this account has set up."""
    user_id = _session(asked).user_id
    async with services.database.read() as connection:
        found = await factors.set_up(connection, user_id)
        known = await factors.passkeys_of(connection, services.ring, user_id)
    shown = tuple(_shown(each) for each in known)
    return Answer(body=Factors(password=found.password, totp=found.totp, passkeys=shown, recovery_codes=found.codes))


async def begin_totp(services: Services, asked: Asked) -> Answer:
    """Begin to set up an authenticator app."""
    made = await totp.begin(services, _session(asked))
    return Answer(201, Enrolment(id=made.id, secret=made.secret, uri=made.uri, picture=made.picture))


async def confirm_totp(services: Services, asked: Asked) -> Answer:
    """Set it up by its first code."""
    await totp.confirm(services, asked.visit, _session(asked), asked.body.id, asked.body.code)
    return Answer(204)


async def remove_totp(services: Services, asked: Asked) -> Answer:
    """Remove the authenticator app."""
    await totp.remove(services, asked.visit, _session(asked))
    return Answer(204)


async def ask_to_register(services: Services, asked: Asked) -> Answer:
    """Options for a new passkey."""
    return Answer(body=await passkeys.ask_to_register(services, _session(asked)))


async def register_passkey(services: Services, asked: Asked) -> Answer:
    """Keep a new passkey."""
    name, credential = _named(asked.body.name), _plain(asked.body.credential)
    return Answer(201, _shown(await passkeys.register(services, asked.visit, _session(asked), credential, name)))


async def rename_passkey(services: Services, asked: Asked) -> Answer:
    """Call a passkey something else."""
    await passkeys.rename(services, _session(asked), asked.path["passkey"], _named(asked.body.name))
    return Answer(204)


async def remove_passkey(services: Services, asked: Asked) -> Answer:
    """Remove a passkey."""
    await passkeys.remove(services, asked.visit, _session(asked), asked.path["passkey"])
    return Answer(204)


async def make_codes(services: Services, asked: Asked) -> Answer:
    """Make recovery codes."""
    return Answer(201, RecoveryCodes(codes=await recovery.make(services, asked.visit, _session(asked))))


# the second factor of a sign-in


async def finish_by_totp(services: Services, asked: Asked) -> Answer:
    """Show the second factor by a code of the app."""
    session = _session(asked)
    stepping.check_owing(session)
    return _stepped(await stepping.by_totp(services, asked.visit, session, asked.body.code))


async def finish_by_recovery_code(services: Services, asked: Asked) -> Answer:
    """Show the second factor by a recovery code."""
    session = _session(asked)
    stepping.check_owing(session)
    return _stepped(await stepping.by_recovery_code(services, asked.visit, session, asked.body.code))


async def ask_for_second(services: Services, asked: Asked) -> Answer:
    """Options for a passkey as second factor."""
    session = _session(asked)
    stepping.check_owing(session)
    return Answer(body=await passkeys.ask(services, session, passkeys.SECOND))


async def finish_by_passkey(services: Services, asked: Asked) -> Answer:
    """Show the second factor by a passkey."""
    session, credential = _session(asked), _plain(asked.body.credential)
    stepping.check_owing(session)
    return _stepped(await stepping.by_passkey(services, asked.visit, session, passkeys.SECOND, credential))


# passkeys as the only factor


async def ask_anybody(services: Services, asked: Asked) -> Answer:
    """Options for a sign-in with a passkey; they are the same for everybody."""
    browser = cookies.browser_of(asked.request)
    new = "" if browser else cookies.new_browser(services)
    options = await passkeys.ask_anybody(services, asked.visit, browser or new)
    return Answer(body=options, cookies=(cookies.browser_cookie(new),) if new else ())


async def sign_in(services: Services, asked: Asked) -> Answer:
    """Sign in with a passkey."""
    browser, credential = cookies.browser_of(asked.request), _plain(asked.body.credential)
    return _stepped(await stepping.sign_in_by_passkey(services, asked.visit, browser, credential, asked.session))


# presence


async def ask_for_presence(services: Services, asked: Asked) -> Answer:
    """Options for a passkey that shows that it is you."""
    return Answer(body=await passkeys.ask(services, _session(asked), passkeys.FRESH))


async def freshen(services: Services, asked: Asked) -> Answer:
    """Show that it is you, for what is sensitive."""
    session, visit, body = _session(asked), asked.visit, asked.body
    given = [each for each in (body.password, body.code, body.credential) if each is not None]
    if len(given) != 1:
        raise Denied(422, "the body is not as described", faults=[("", "expected exactly one proof")])
    if body.password is not None:
        return _stepped(await stepping.by_password(services, visit, session, body.password))
    if body.code is not None:
        return _stepped(await stepping.by_totp(services, visit, session, body.code))
    return _stepped(await stepping.by_passkey(services, visit, session, passkeys.FRESH, _plain(body.credential)))


_KEY: Final = "/me/factors/passkeys/{passkey}"
CALLS: Final = (
    Call("GET", "/me/factors", show, "What is set up", gives=Factors),
    Call("POST", "/me/factors/totp", begin_totp, "Begin to set up an authenticator app", "fresh", None, Enrolment, 201),
    Call("POST", "/me/factors/totp/confirmation", confirm_totp, "Set it up by its first code", "fresh", Confirmation, status=204),
    Call("DELETE", "/me/factors/totp", remove_totp, "Remove the authenticator app", "fresh", status=204, refusals=(404,)),
    Call("POST", "/me/factors/passkeys/options", ask_to_register, "Options for a new passkey", "fresh", None, CreationOptions, refusals=(409,)),
    Call("POST", "/me/factors/passkeys", register_passkey, "Keep a new passkey", "fresh", NewPasskey, PasskeyShown, 201, refusals=(409,)),
    Call("PATCH", _KEY, rename_passkey, "Rename a passkey", "session", Rename, status=204),
    Call("DELETE", _KEY, remove_passkey, "Remove a passkey", "fresh", status=204, refusals=(409,)),
    Call("POST", "/me/factors/recovery-codes", make_codes, "Make recovery codes", "fresh", None, RecoveryCodes, 201, refusals=(409,)),
    Call("POST", "/me/session/totp", finish_by_totp, "Second factor: a code of the app", "pending", Code, status=204, refusals=(409,)),
    Call("POST", "/me/session/recovery-code", finish_by_recovery_code, "Second factor: a recovery code", "pending", Code, status=204, refusals=(409,)),
    Call("POST", "/me/session/passkey/options", ask_for_second, "Options for a passkey as second factor", "pending", None, RequestOptions, refusals=(409,)),
    Call("POST", "/me/session/passkey", finish_by_passkey, "Second factor: a passkey", "pending", Signature, status=204, refusals=(409,)),
    Call("POST", "/passkeys/options", ask_anybody, "Options for a sign-in with a passkey", "public", None, RequestOptions),
    Call("POST", "/sessions/passkey", sign_in, "Sign in with a passkey", "public", Signature, status=204),
    Call("POST", "/me/fresh/options", ask_for_presence, "Options for a passkey that shows presence", "session", None, RequestOptions, refusals=(409,)),
    Call("POST", "/me/fresh", freshen, "Show that it is you", "session", Presence, status=204),
)  # fmt: skip
