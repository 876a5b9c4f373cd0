"""What names a user: what the API tells him of himself, signing in included where nothing else does."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ostiary.evidence import Http
from ostiary.parts.seen import selves
from ostiary.parts.seen.owners import spelt


async def marks(http: Http, identity: str, wanted: Collection[str] = ()) -> dict[str, str]:
    """What names a user.

    :param wanted: fields for which he signs in anew where no profile has one of them, which may end his session there.
    """
    told = await selves.told(http, identity)
    if not told.answers or not {spelt(each) for each in wanted} <= {spelt(each) for each in told.fields}:
        told = await selves.told(http, identity, by_login=True)
    found = {spelt(name): str(value) for name, value in told.fields.items() if isinstance(value, (str, int))}
    account = http.account(identity)
    if account is not None and account.user:
        found.setdefault("username", account.user)
    return found


def value(told: Mapping[str, str], name: str) -> str:
    """What stands for a user in a field of that name."""
    plain = spelt(name)
    if plain in told:
        return told[plain]
    wanted = ("id", "user_id", "uuid", "sub") if plain.endswith(("id", "uuid")) else ("username", "login", "sub", "id")
    return next((told[each] for each in wanted if each in told), "")
