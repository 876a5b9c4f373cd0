"""Sessions as the audit begins them: what a sign-in handed out, kept as it was, so that it can be shown again later."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http
from ostiary.model import Operation, Severity
from ostiary.parts.role_words import squeezed
from ostiary.parts.seen import cookies, filled, tokens
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.doors import Door, credentials, doors, granted, shut

_TICK: Final = 1.1  # seconds
_BRIEF: Final = 900  # seconds: of an access token that is over by itself as soon
_USUAL: Final = 3600
_SHORTEST: Final = 8  # characters of a token
_REFRESH: Final = frozenset({"refreshtoken", "refresh", "refreshjwt", "renewaltoken", "renew"})
_TOKEN: Final = frozenset({"accesstoken", "token", "jwt", "authtoken", "accessjwt", "access", "sessiontoken", "idtoken", "bearer", "apitoken", "authenticationtoken", "key"})  # fmt: skip
_MOST_DEEP: Final = 4


class Session(NamedTuple):
    """One session: the read that shows whether it lives, its credentials, and the token that renews it (or empty)."""

    door: Door
    credentials: tuple[tuple[str, str], ...]
    refresh: str = ""

    @property
    def token(self) -> tokens.Token | None:
        """The signed token among the credentials; None: they are opaque."""
        carrier = tokens.carrier(self.credentials)
        return carrier.token if carrier is not None else None

    @property
    def outlives(self) -> tuple[Severity | None, int]:
        """How bad it is that this session outlives its end (None: as bad as can be), and the seconds that its token lives.

        A signed token ends by itself; one that does so within minutes costs little.
        """
        token = self.token
        if token is None or not (token.number("exp") and token.number("iat")):
            return None, 0
        life = int(token.number("exp") - token.number("iat"))
        if life > _USUAL:
            return None, life
        return (Severity.LOW if life <= _BRIEF else Severity.MEDIUM), life

    async def asked(self, http: Http) -> Answer:
        """The read, with these credentials and no cache in between."""
        return await http.send_to(
            self.door.operation, identity="", headers=[*self.credentials, ("Cache-Control", "no-cache")], fresh=True
        )

    async def lives(self, http: Http) -> tuple[bool, Answer]:
        """Whether it opens the read; a failure of the server's decides nothing.

        :raises Unanswerable: when the reply is neither the one nor the other.
        """
        answer = await self.asked(http)
        if granted(answer):
            return True, answer
        if not shut(answer):
            raise Unanswerable(
                f"{self.door.operation.key} answered {answer.status}: it is not decided whether a session lives"
            )
        return False, answer


async def held(http: Http, account: Account) -> Session:
    """The session that an identity has now.

    :raises Unanswerable: when it opens nothing that is shut to others.
    """
    found = await doors(http, account.name)
    if not found:
        raise Unanswerable(f"nothing that {account.name} may read is shut to nobody, so no session's end would show")
    return Session(found[0], tuple(credentials(found[0].opened, found[0].nobody)))


async def begun(http: Http, account: Account, like: Session) -> Session | None:
    """Another session of the same account, by signing in; None when the reply's credential was not understood.

    :param like: a session of the account, which shows how credentials are sent.
    :raises Unanswerable: when there is no login operation.
    """
    for pause in (0.0, _TICK):  # tokens of the same second may be the same
        await asyncio.sleep(pause)
        answer = await http.sign_in(account.user, account.password)
        if not http.signed_in(answer):
            raise Unanswerable(f"signing in again did not work: {answer.status}")
        refresh = refresh_token(answer)
        for pairs in _swapped(like.credentials, answer):
            session = Session(like.door, pairs, refresh)
            if pairs != like.credentials and granted(await session.asked(http)):
                return session
    return None


def granted_or_led(answer: Answer) -> bool:
    """Whether a reply did what was asked, or leads on from it."""
    return granted(answer) or 300 <= answer.status < 400  # noqa: PLR2004 - RFC 9110 section 15.4


def refresh_token(answer: Answer) -> str:
    """The refresh token that a reply hands out, in its document or in a cookie; empty: none."""
    for name, value in texts(parse(answer.body)):
        if squeezed(name) in _REFRESH and len(value) >= _SHORTEST:
            return value
    for cookie in map(cookies.read, answer.all("set-cookie")):
        if "refresh" in cookie.name.lower() and cookie.value:
            return cookie.value
    return ""


def access_tokens(answer: Answer) -> list[str]:
    """What a reply may hand out as an access token, the likeliest first."""
    found = [(squeezed(name), value) for name, value in texts(parse(answer.body)) if len(value) >= _SHORTEST]
    named = [value for name, value in found if name in _TOKEN]
    alike = [value for name, value in found if name not in _TOKEN | _REFRESH and "token" in name]
    return list(dict.fromkeys(named + alike))


async def refreshed(http: Http, token: str) -> Answer | None:
    """Redeem a refresh token, at the API's own operation for it; None when none is known that takes one.

    :raises Unanswerable: when the server does not answer.
    """
    for operation in http.operations:
        if http.purpose(operation) not in {"refresh", "token"}:
            continue
        answer = await http.send_to(operation, identity="", fresh=True, **_redeeming(http, operation, token))
        if answer.status not in {404, 405, 415}:
            return answer
    return None


def renewed(answer: Answer) -> bool:
    """Whether a reply to a refresh token hands out a new access token."""
    return granted(answer) and bool(access_tokens(answer) or answer.all("set-cookie"))


def _redeeming(http: Http, operation: Operation, token: str) -> dict[str, Any]:
    wanted = [(_REFRESH | {"token"}, token), (frozenset({"granttype"}), "refresh_token")]
    otherwise = {"refresh_token": token, "grant_type": "refresh_token"}
    headers = [("Cookie", f"refresh_token={token}")]
    made = filled.body(http, operation, wanted, otherwise) if operation.method != "GET" else None
    if made is None:
        return {"headers": [*headers, ("Authorization", f"Bearer {token}")]}
    return {"headers": [*headers, ("Content-Type", made[0])], "body": made[1]}


def texts(document: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    """The named texts of a document, those at its top first."""
    if isinstance(document, list):
        document = dict(enumerate(document[:5]))
    if not isinstance(document, dict) or depth > _MOST_DEEP:
        return
    yield from ((str(name), value) for name, value in document.items() if isinstance(value, str))
    for value in document.values():
        yield from texts(value, depth + 1)


def _swapped(pairs: tuple[tuple[str, str], ...], answer: Answer) -> Iterator[tuple[tuple[str, str], ...]]:
    """The same credentials with what a new sign-in handed out in the place of the old."""
    jar = {each.name: each.value for each in map(cookies.read, answer.all("set-cookie")) if each.value}
    handed = {answer.head(name) or "" for name, _ in pairs} - {""}
    for token in [*access_tokens(answer), *handed, ""]:
        made = []
        for name, value in pairs:
            if name.lower() == "cookie":
                made.append((name, _cookies(value, jar, token)))
            else:
                word, gap, _ = value.rpartition(" ")
                made.append((name, token if token in handed else f"{word}{gap}{token}" if token else value))
        yield tuple(made)


def _cookies(value: str, jar: dict[str, str], token: str) -> str:
    try:
        old = {name: each.value for name, each in SimpleCookie(value).items()}
    except CookieError:
        old = {}
    fresh = {name: jar.get(name, token if token and not jar else each) for name, each in old.items()}
    return "; ".join(f"{name}={each}" for name, each in fresh.items()) or value
