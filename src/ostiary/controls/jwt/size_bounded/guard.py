"""What is too large is refused before anything of it is read."""

from __future__ import annotations

import functools

from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.strict import Size, Strict


class Settings(Strict, frozen=True):
    """``authorization``: the largest value of that header field; ``head``: of all header fields, names included."""

    authorization: Size = Size("4KiB")
    head: Size = Size("16KiB")


@functools.lru_cache(maxsize=16)
def _hooks(most_authorization: int, most_head: int) -> Hooks:
    if most_authorization < 256 or most_head < most_authorization:  # noqa: PLR2004 - the shortest signed token
        raise ConfigError("jwt.size-bounded authorization", "leaves no room for a token", 'write "4KiB"')

    def head(exchange: Exchange) -> None:
        total = 0
        for name, value in exchange.headers:
            total += len(name) + len(value)
            if name == b"authorization" and len(value) > most_authorization:
                raise Denied(431, "the Authorization header field is too large")
        if total > most_head:
            raise Denied(431, "the header fields are too large")

    return Hooks(head=head, pure=True)


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse what is too large before anything of it is read."""
    return _hooks(settings.authorization, settings.head)
