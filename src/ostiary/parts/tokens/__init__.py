"""Tokens are believed after their signature, and by nobody else's word than the policy's."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final, NamedTuple

from ostiary.errors import ConfigError, Denied, StoreError
from ostiary.exchange import Exchange, Principal
from ostiary.model import Upstream
from ostiary.parts.issuers import Issuer
from ostiary.parts.tokens.cache import Entry, Verified
from ostiary.parts.tokens.claims import Reader, reader
from ostiary.parts.tokens.refusals import refused
from ostiary.parts.tokens.settings import check, publishes
from ostiary.store.ports import Store

__all__ = ["Tokens"]

logger = logging.getLogger("ostiary.tokens")

_TOKEN: Final = rb" ([A-Za-z0-9\-._~+/]+={0,2})"  # RFC 6750 section 2.1, RFC 9449 section 7.1
_ALWAYS: Final = (b"bearer", b"dpop")
_NO_KEY: Final = "the token's signature is not of a key that is believed"
_FOREVER: Final = float("inf")


class _Believed:
    """An issuer, ready to be asked."""

    __slots__ = ("introspector", "issuer", "keys", "name", "read", "scheme")

    def __init__(self, name: str, issuer: Issuer, keys: Any, introspector: Any) -> None:
        self.name = name
        self.issuer = issuer
        self.keys = keys  # None: it is asked by introspection alone
        self.introspector = introspector
        self.scheme = issuer.scheme.lower().encode()
        self.read: Reader = reader(name, issuer)

    def sends(self, scheme: bytes) -> bool:
        """Whether its tokens come under this word; under another, the application would take the caller for nobody."""
        return scheme == self.scheme or (scheme == b"dpop" and self.scheme == b"bearer")


class _Sent(NamedTuple):
    """A token that was taken apart; nothing of it is believed but that it claims to be of this issuer."""

    believed: _Believed
    compact: Any
    claims: dict[str, Any]
    token: bytes
    digest: bytes


class Tokens:
    """All issuers of a policy.

    `read` is a head hook: several controls give it as theirs, and a plan runs it once.
    """

    def __init__(
        self,
        issuers: Mapping[str, Issuer],
        *,
        where: str,
        profile: str,
        store: Store,
        clock: Callable[[], float],
        now: Callable[[], float],
        upstream: Upstream | None = None,
    ) -> None:
        """Check every issuer, read the keys that the policy gives, and begin nothing yet.

        :raises ConfigError: for an issuer that could not be believed: `settings.check` and `keys.given` say when.
        """
        try:
            from ostiary.parts.tokens import jws  # noqa: PLC0415 - an optional library
        except ImportError as error:
            raise ConfigError(
                f"{where}: [issuers]", "tokens need libraries", "pip install 'ostiary[tokens]'"
            ) from error
        self._jws = jws
        loopback = profile == "development"
        self._upstream = upstream or Upstream()
        check(issuers, where, loopback=loopback)
        self.issuers = dict(issuers)
        self._now = now
        self._bans = store.bans
        self._known = Verified()
        self._find = self._known.find
        believed = [
            self._believe(name, issuer, f"{where}: [issuers.{name}]", loopback=loopback, clock=clock)
            for name, issuer in issuers.items()
        ]
        self._believed = believed
        self._by_iss = {each.issuer.issuer: each for each in believed}
        opaque = [each for each in believed if each.introspector is not None]
        self._opaque = sorted(opaque, key=lambda each: -len(each.issuer.prefix))  # the more is said, the better it fits
        self._longest = max((each.issuer.longest + len(each.scheme) + 1 for each in believed), default=0)
        schemes = b"|".join(map(re.escape, dict.fromkeys((*_ALWAYS, *(each.scheme for each in believed)))))
        self.schemes = tuple(dict.fromkeys(each.scheme for each in believed))  # under which tokens come; lower case
        self._syntax = re.compile(rb"(?i:(" + schemes + rb"))" + _TOKEN)
        # Behind another scheme's credentials, or before a tab: some applications find it there all the same.
        self._ours = re.compile(rb"(?:\A|[\x00- ,;\x7f-\xff])(?i:" + schemes + rb")(?![!#$%&'*+./^_`|~0-9A-Za-z-])")

    def _believe(
        self, name: str, issuer: Issuer, where: str, *, loopback: bool, clock: Callable[[], float]
    ) -> _Believed:
        from ostiary.parts.tokens.jwks import Given, Published  # noqa: PLC0415 - they need the library, as above
        from ostiary.parts.tokens.keys import given  # noqa: PLC0415 - as above

        introspector = keys = None
        if issuer.introspection:
            from ostiary.parts.tokens.introspection import Introspector  # noqa: PLC0415 - only where it is used

            introspector = Introspector(name, issuer, where=where, loopback=loopback, clock=clock, now=self._now)
        elif issuer.userinfo:
            from ostiary.parts.tokens.userinfo import Userinfo  # noqa: PLC0415 - only where it is used

            introspector = Userinfo(name, issuer, upstream=self._upstream, clock=clock, now=self._now)  # type: ignore[assignment]  # asked alike
        if publishes(issuer):

            def changed(ring: Any) -> None:
                self._known.keep_signed(name, () if ring is None else ring.thumbprints)

            keys = Published(name, issuer, loopback=loopback, clock=clock, changed=changed)
        elif issuer.key is not None or issuer.jwks:
            keys = Given(given(issuer, where))  # type: ignore[assignment]  # either will do
        return _Believed(name, issuer, keys, introspector)

    def read(self, exchange: Exchange) -> Awaitable[None] | None:
        """Verify the request's token, if there is one, and set ``exchange.principal``.

        None: done, or there is no token (then the principal stays None). An awaitable: keys or an issuer have to be
        asked first; it does the same.

        :raises Denied: 401 for a token that is not believed; 503 where it could not be found out.
        """
        value = None
        for name, each in exchange.headers:
            if name == b"authorization":
                if value is not None:
                    raise refused("there are several Authorization header fields", exchange)
                value = each
        if value is None:
            return None
        if len(value) > self._longest:
            raise refused("the token is too long", exchange)
        digest = sha256(value).digest()
        entry = self._find(digest)
        bans = self._bans
        if entry is not None and entry.epoch == bans.changes and entry.until > self._now() and bans.fresh:
            exchange.principal = entry.principal
            return None
        return self._read(exchange, value, digest)

    def _read(self, exchange: Exchange, value: bytes, digest: bytes) -> Awaitable[None] | None:
        """A token that is not known, or has to be compared with new orders."""
        found = self._syntax.fullmatch(value)
        if found is None:
            if self._ours.search(value):
                raise refused("the token is malformed", exchange)
            return None  # another scheme, which is for others to judge
        if not self._bans.fresh:
            raise _unknowable("the orders in force are not known")
        entry = self._find(digest)
        if entry is not None:
            if entry.until > self._now():
                epoch = self._bans.changes
                self._refuse_revoked(entry.principal, exchange)
                entry.epoch = epoch  # only now: what was refused has to be compared each time
                exchange.principal = entry.principal
                return None
            self._known.drop(digest)
        scheme, token = found[1].lower(), found[2]
        if token.count(b".") != 2 and self._opaque:  # noqa: PLR2004 - RFC 7515 section 7.1
            text = token.decode("ascii")
            for believed in self._opaque:
                if text.startswith(believed.issuer.prefix):
                    if not believed.sends(scheme):
                        break
                    return self._introspect(exchange, believed, token, digest)
            raise refused("the token's issuer is not believed", exchange)
        return self._verify(exchange, scheme, token, digest)

    def _verify(self, exchange: Exchange, scheme: bytes, token: bytes, digest: bytes) -> Awaitable[None] | None:
        jws = self._jws
        try:
            compact = jws.parse(token, longest=self._longest)
            claims = jws.read_object(compact.payload, "payload")
        except jws.Malformed as error:
            raise refused("the token is malformed", exchange) from error
        iss = claims.get("iss", "")
        believed = self._by_iss.get(iss) if isinstance(iss, str) else None
        believed = believed or self._by_iss.get("")
        if believed is None:
            raise refused("the token's issuer is not believed", exchange)
        if not believed.sends(scheme):
            raise refused("the token is not sent as its issuer's are", exchange)
        if len(token) > believed.issuer.longest:
            raise refused("the token is too long", exchange)
        if believed.keys is None:
            return self._introspect(exchange, believed, token, digest)
        sent = _Sent(believed, compact, claims, token, digest)
        header = compact.header
        try:
            keys = believed.keys.find(header.get("kid", ""), header["alg"])
        except StoreError as error:
            raise _unknowable("the issuer's keys are not known") from error
        if keys is None:
            return self._ask(exchange, sent)
        if not self._accept(exchange, sent, keys):
            if keys and believed.keys.may_renew:
                return self._ask(exchange, sent, anew=True)
            raise refused(_NO_KEY, exchange)
        return None

    async def _ask(self, exchange: Exchange, sent: _Sent, *, anew: bool = False) -> None:
        """As `_verify`, with keys that have to be fetched; `anew` because an issuer may give a new one an old name."""
        header = sent.compact.header
        try:
            if anew:
                await sent.believed.keys.renew()
            keys = await sent.believed.keys.ask(header.get("kid", ""), header["alg"])
        except StoreError as error:
            raise _unknowable("the issuer's keys are not known") from error
        if not self._accept(exchange, sent, keys):
            raise refused(_NO_KEY, exchange)

    def _accept(self, exchange: Exchange, sent: _Sent, keys: Sequence[Any]) -> bool:
        """Whether one of these keys signed the token; then its caller is known."""
        believed, compact, claims, token, digest = sent
        for key in keys:
            if key.verify(compact.signed, compact.signature):
                break
        else:
            return False
        principal = believed.read(claims, compact.header, _name_of(token))
        until = principal.expires + believed.issuer.leeway if principal.expires else _FOREVER
        self._remember(exchange, principal, digest, until=until, signer=key.thumbprint)
        return True

    async def _introspect(self, exchange: Exchange, believed: _Believed, token: bytes, digest: bytes) -> None:
        """Ask an issuer about a token that only it can read."""
        claims = None
        if len(token) <= believed.issuer.longest:
            try:
                claims = await believed.introspector.ask(token.decode("ascii"))
            except StoreError as error:
                raise _unknowable("the issuer does not answer") from error
        if claims is None:
            raise refused("the token is not active", exchange)
        principal = believed.read(claims, None, _name_of(token))
        until = min(self._now() + believed.introspector.keep, principal.expires or _FOREVER)
        # It is believed for as long as it is not asked again, and its issuer may give it a long life.
        self._remember(exchange, replace(principal, expires=until), digest, until=until)

    def _remember(
        self, exchange: Exchange, principal: Principal, digest: bytes, until: float, signer: str = ""
    ) -> None:
        epoch = self._bans.changes
        self._refuse_revoked(principal, exchange)
        self._known.add(digest, Entry(principal, until, signer, epoch))
        exchange.principal = principal

    def _refuse_revoked(self, principal: Principal, exchange: Exchange) -> None:
        """Orders about a token (``token:`` and its digest) or a whole issuer; those about people are not ours."""
        orders = self._bans.current()
        if orders and (f"token:{principal.key}" in orders or f"issuer:{principal.issuer}" in orders):
            raise refused("the token has been revoked", exchange)

    def judge(self, check: Callable[[Exchange, Principal], None]) -> Callable[[Exchange], Awaitable[None] | None]:
        """A head hook that has `check` look at every caller who has a token; of the anonymous it says nothing.

        It verifies the token itself where no hook before it did.
        """

        def head(exchange: Exchange) -> Awaitable[None] | None:
            if exchange.principal is None:
                later = self.read(exchange)
                if later is not None:
                    return wait(exchange, later)
            if exchange.principal is not None:
                check(exchange, exchange.principal)
            return None

        async def wait(exchange: Exchange, later: Awaitable[None]) -> None:
            await later
            if exchange.principal is not None:
                check(exchange, exchange.principal)

        return head

    async def start(self) -> None:
        """Begin to fetch keys; does not wait for them."""
        for each in self._believed:
            if each.keys is not None:
                await each.keys.start()

    async def stop(self) -> None:
        """End what `start` began."""
        for each in self._believed:
            if each.keys is not None:
                await each.keys.stop()


def _name_of(token: bytes) -> str:
    """What orders call a token: a digest of what is signed, because whoever holds one can write another signature that
    is good (ECDSA: the negative of `s`), and it would be another token.
    """
    return sha256(token.rpartition(b".")[0] if token.count(b".") == 2 else token).hexdigest()  # noqa: PLR2004 - RFC 7515 section 7.1


def _unknowable(reason: str) -> Denied:
    """What could not be found out is never taken for a yes."""
    return Denied(503, reason, {"retry-after": "1"})
