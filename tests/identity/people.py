"""People for tests of identity: somebody who registers, reads their mail, and signs in."""

from __future__ import annotations

import re
from typing import Any

from identity.house import House
from ostiary.identity.flows import registering, signing_in, verifying
from ostiary.identity.flows.signing_in import SignedIn
from ostiary.identity.outgoing import list_outbox
from ostiary.identity.services import Services, Visit
from ostiary.identity.storage import users
from ostiary.identity.storage.users import User

ANN = "ann@example.com"
GOOD = "violet kettle 94 marsh"
BETTER = "seven lamps under the quay"
AT = Visit(source="192.0.2.1", agent="Firefox")


async def person(services: Services, email: str = ANN, password: str = GOOD, *, verified: bool = True) -> User:
    """An account, as if it had registered long ago."""
    kept = await services.hasher.hash(password)
    async with services.database.write() as connection:
        made = await users.create(
            connection, services.ring, id=f"00000000-0000-4000-8000-{abs(hash(email)) % 16**12:012x}", email=email,
            password_hash=kept, now=services.now(), email_verified_at=services.now() if verified else None,
        )  # fmt: skip
        found = await users.by_email(connection, services.ring, email)
    assert made
    assert found is not None
    return found


async def named(services: Services, email: str = ANN) -> User:
    """The account of an address."""
    async with services.database.read() as connection:
        found = await users.by_email(connection, services.ring, email)
    assert found is not None
    return found


async def mails(services: Services) -> list[tuple[str, str, str]]:
    """Everything in the outbox, the oldest first: to, subject, body."""
    shown = await list_outbox(services, 500)
    return [(each.to, each.subject, each.body) for each in reversed(shown)]


async def token(services: Services, page: str = "/verify") -> str:
    """The secret of the link to a page that was mailed last."""
    for _, _, body in reversed(await mails(services)):
        found = re.search(rf"{page}\?token=([A-Za-z0-9_-]+)", body)
        if found:
            return found[1]
    raise AssertionError("no link was mailed")


async def signed_in(services: Services, email: str = ANN, password: str = GOOD, visit: Visit = AT) -> SignedIn:
    """A session by password."""
    return await signing_in.sign_in(services, visit, email, password)


async def registered(services: Services, email: str = ANN, password: str = GOOD) -> User:
    """Somebody who went the whole way: registered, read the mail, proved the address."""
    await registering.register(services, AT, email, password)
    await verifying.verify(services, AT, await token(services), password=password)
    return await named(services, email)


def later(house: House, seconds: float = 3600.0) -> Any:
    """Let so much time go by that no pace is in the way."""
    house.clock.now += seconds
    return house
