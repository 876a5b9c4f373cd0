"""The account itself: what it says about somebody, the one member they may change, their data, their picture, their leaving."""

from __future__ import annotations

from typing import Annotated, Any, Final

from ostiary.errors import Denied
from ostiary.identity import cookies
from ostiary.identity.api.contacts import session_of
from ostiary.identity.flows import avatars, exporting, leaving, naming
from ostiary.identity.services import Services
from ostiary.identity.web import Answer, Asked, Call, body_of
from ostiary.parts import images, media_types
from ostiary.strict import Body, Meta

__all__ = ["CALLS"]

_TIME = Annotated[int, Meta(ge=0, description="Seconds since the epoch.")]


class FactorsShown(Body, frozen=True):
    """How somebody may sign in."""

    password: bool
    totp: bool
    passkeys: Annotated[int, Meta(ge=0)]
    recovery_codes: Annotated[int, Meta(ge=0, description="How many are left.")]


class AccountShown(Body, frozen=True):
    """An account as its owner sees it."""

    id: Annotated[str, Meta(max_length=36)]
    email: Annotated[str, Meta(max_length=254)]
    email_verified: bool
    phone: Annotated[str, Meta(max_length=16)]
    phone_verified: bool
    name: Annotated[str, Meta(max_length=100)]
    role: Annotated[str, Meta(max_length=20)]
    created_at: _TIME
    avatar: Annotated[bool, Meta(description="Whether there is a picture at /me/avatar.")]
    factors: FactorsShown
    limits: Annotated[
        list[Annotated[str, Meta(max_length=40)]], Meta(max_length=10, description="What is in the way of using it.")
    ]


_ROWS = Annotated[list[dict[str, Any]], Meta(max_length=exporting.MOST)]


class Exported(Body, frozen=True):
    """Everything that is kept about somebody; `cut` names the kinds of which there was more."""

    at: float
    issuer: Annotated[str, Meta(max_length=300)]
    account: dict[str, Any]
    avatar: Annotated[dict[str, str] | None, Meta(description="Its type, and its bytes in base64.")]
    sessions: _ROWS
    totp: _ROWS
    passkeys: _ROWS
    recovery_codes: _ROWS
    tickets: _ROWS
    challenges: _ROWS
    consents: _ROWS
    families: _ROWS
    access_tokens: _ROWS
    events: _ROWS
    cut: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(max_length=20)]


class NameChange(Body, frozen=True):
    """What somebody wants to be called; nothing else is changed here."""

    name: Annotated[str, Meta(max_length=100)]


async def shown(services: Services, asked: Asked) -> Answer:
    """The own account."""
    return Answer(200, _shown(await naming.look(services, session_of(asked))))


def _shown(found: naming.Looked) -> AccountShown:
    user, factors = found.user, found.factors
    return AccountShown(
        id=user.id, email=user.email, email_verified=user.email_verified_at is not None, phone=user.phone,
        phone_verified=user.phone_verified_at is not None, name=user.name, role=user.role, created_at=int(user.created_at),
        avatar=found.avatar, limits=list(found.limits),
        factors=FactorsShown(
            password=factors.password, totp=factors.totp, passkeys=factors.passkeys, recovery_codes=factors.codes
        ),
    )  # fmt: skip


async def rename(services: Services, asked: Asked) -> Answer:
    """Change the name."""
    wanted: NameChange = asked.body
    await naming.rename(services, asked.visit, session_of(asked), wanted.name)
    return await shown(services, asked)


async def leave(services: Services, asked: Asked) -> Answer:
    """Delete the account; the browser forgets it."""
    await leaving.leave(services, asked.visit, session_of(asked))
    return Answer(204, headers=cookies.LEAVING, cookies=(cookies.no_session(),))


async def export(services: Services, asked: Asked) -> Answer:
    """Everything that is kept, as a file."""
    made = await exporting.export(services, asked.visit, session_of(asked))
    return Answer(200, Exported(**made), {"content-disposition": 'attachment; filename="account.json"'})


async def see_avatar(services: Services, asked: Asked) -> Answer:
    """The picture, as what it is and nothing else: no browser runs it, whatever it is opened in."""
    found = await avatars.read(services, session_of(asked))
    name = f"avatar.{found.media_type.rpartition('/')[2]}"
    headers = {
        "content-type": found.media_type,
        "content-disposition": f'inline; filename="{name}"',
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Answer(200, headers=headers, content=found.content)


async def put_avatar(services: Services, asked: Asked) -> Answer:
    """Another picture. Its type is asked before a byte of it is read."""
    sent = media_types.parse(asked.request.headers.get("content-type", ""))
    if sent is None or sent.name not in images.MEDIA_TYPES:
        raise Denied(415, "the body must be a picture", {"accept": ", ".join(images.MEDIA_TYPES)})
    data = await body_of(asked.request, images.MOST_BYTES)
    await avatars.replace(services, asked.visit, session_of(asked), data, sent.name)
    return Answer(204)


async def drop_avatar(services: Services, asked: Asked) -> Answer:
    """No picture any longer."""
    await avatars.remove(services, asked.visit, session_of(asked))
    return Answer(204)


_PICTURES: Final = ", ".join(images.MEDIA_TYPES)

CALLS: Final = (
    Call("GET", "/me", shown, "Your account", gives=AccountShown),
    Call("PATCH", "/me", rename, "Change your name", takes=NameChange, gives=AccountShown),
    Call("DELETE", "/me", leave, "Delete your account", "fresh", status=204),
    Call("GET", "/me/export", export, "Everything that is kept about you", "fresh", gives=Exported),
    Call("GET", "/me/avatar", see_avatar, "Your picture", refusals=(404,)),
    Call("PUT", "/me/avatar", put_avatar, "Change your picture", status=204, accepts=_PICTURES, refusals=(413, 415, 422)),
    Call("DELETE", "/me/avatar", drop_avatar, "Remove your picture", status=204),
)  # fmt: skip
