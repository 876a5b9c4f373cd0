"""Whose a token is, the application itself is asked where it alone can tell: its own reply to "who am I" is believed.

The word of an application that believes forged tokens is worth no more than theirs: where its tokens are JWTs and their
key is known, give the issuer the key instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ostiary.errors import StoreError
from ostiary.model import Upstream
from ostiary.parts.issuers import Issuer
from ostiary.parts.tokens.claims import find
from ostiary.parts.tokens.introspection import LARGEST, Asker
from ostiary.parts.tokens.jws import Malformed, read_object

__all__ = ["Userinfo"]

# What applications say to a token they do not know. Some crash over it, and that must not keep others from being asked
# about; an application that is down says 502 to 504 through whatever is before it, or nothing.
_NOBODY: Final = frozenset({400, 401, 403, 404, 410, 419, 422, 440, 498, 500})
_ACCEPT: Final = (b"accept", b"application/json")


class Userinfo(Asker):
    """Asks the application behind the policy, in the way of OpenID Connect Core 1.0 section 5.3.

    :param upstream: how it is asked; its host sets it when it serves.
    """

    def __init__(
        self,
        name: str,
        issuer: Issuer,
        *,
        upstream: Upstream,
        clock: Callable[[], float],
        now: Callable[[], float],
    ) -> None:
        super().__init__(name, issuer, clock=clock, now=now)
        self._upstream = upstream

    def _is_good(self, claims: Mapping[str, Any]) -> bool:
        """Whether the answer names a caller: some applications say "no" with a 200."""
        subject = find(claims, self._issuer.subject_claim)
        return not isinstance(subject, bool) and isinstance(subject, (str, int)) and str(subject) != ""

    async def _fetch(self, token: str) -> Mapping[str, Any]:
        if self._upstream.ask is None:
            raise StoreError("there is no application to ask")
        credentials = (b"authorization", f"{self._issuer.scheme} {token}".encode("ascii"))
        status, headers, body = await self._upstream.ask("GET", self._issuer.userinfo.encode(), [_ACCEPT, credentials])
        if status in _NOBODY:
            return {}
        if status != 200:  # noqa: PLR2004 - OpenID Connect Core 1.0 section 5.3.2
            raise StoreError(f"the answer is {status}")
        media = next((value for name, value in headers if name.lower() == b"content-type"), b"")
        if b"json" not in media.lower():
            raise Malformed("the answer is not JSON")
        if len(body) > LARGEST:
            raise Malformed("the answer is too large")
        return read_object(body, "answer")
