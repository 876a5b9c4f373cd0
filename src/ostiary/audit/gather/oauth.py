"""Tokens from an authorization server, by the grant that the credentials at hand allow (RFC 6749)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode, urlsplit

from ostiary.audit import target as targets
from ostiary.audit.gather.grants import Pairs
from ostiary.audit.gather.wire import Came, Wire
from ostiary.errors import Unanswerable
from ostiary.parts.accounts import Account as Settings
from ostiary.parts.seen.bodies import parse

if TYPE_CHECKING:
    from ostiary.audit.gather.live import Live

WHO: Final = "the survey"  # whose account pays
_OK: Final = 200


class Grant:
    """One account's way to tokens; a refresh token that is replaced is used from then on."""

    def __init__(self, live: Live, given: Settings) -> None:
        if given.oauth is None:
            raise Unanswerable("no token endpoint is given")
        self._live = live
        self._oauth = given.oauth
        self._user = given.user
        self._password = given.password.reveal() if given.password is not None else ""
        self._secret = given.oauth.client_secret.reveal() if given.oauth.client_secret is not None else ""
        self._refresh = given.oauth.refresh.reveal() if given.oauth.refresh is not None else ""

    async def pairs(self) -> Pairs:
        """Ask for a token; the header field that carries it.

        :raises Unanswerable: when none is given, with the error that the server names (RFC 6749 section 5.2).
        """
        came = await self._asked()
        document = parse(came.body)
        told = document if isinstance(document, dict) else {}
        token = told.get("access_token")
        if came.status != _OK or not isinstance(token, str) or not token:
            raise Unanswerable(f"the token endpoint answered {came.status} {str(told.get('error', ''))[:60]}".strip())
        if isinstance(told.get("refresh_token"), str) and self._refresh:
            self._refresh = told["refresh_token"]
        return (("Authorization", f"Bearer {token}"),)

    def _form(self) -> list[tuple[str, str]]:
        if self._refresh:
            found = [("grant_type", "refresh_token"), ("refresh_token", self._refresh)]
        elif self._user:
            found = [("grant_type", "password"), ("username", self._user), ("password", self._password)]
        else:
            found = [("grant_type", "client_credentials")]
        found += [
            (name, value) for name, value in (("scope", self._oauth.scope), ("resource", self._oauth.resource)) if value
        ]
        if not self._oauth.basic and self._oauth.client:
            found.append(("client_id", self._oauth.client))
            found += [("client_secret", self._secret)] if self._secret else []
        return found

    async def _asked(self) -> Came:
        live, url = self._live, self._oauth.token
        own = url.startswith("/")
        path = (
            url if own else urlsplit(url).path or "/"
        )  # as it is written: Django knows no token endpoint without its slash
        target = live.target if own else targets.parse(url)
        body = urlencode(self._form()).encode()
        headers = [
            ("Host", target.authority),
            ("User-Agent", live.user_agent),
            ("Accept", "application/json"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Content-Length", str(len(body))),
        ]
        if self._oauth.basic:
            headers.append(("Authorization", _basic(self._oauth.client, self._secret)))
        live.budget.spend(WHO)
        same = (target.scheme, target.host, target.port) == (live.target.scheme, live.target.host, live.target.port)
        if own or same:
            return await live.wire.send("POST", path, tuple(headers), body)
        pinned = await targets.pin(target, authorized=True)  # the operator named it
        wire = Wire(pinned, concurrency=1, timeout=live.wire.timeout)
        try:
            return await wire.send("POST", path, tuple(headers), body)
        finally:
            await wire.close()


def _basic(client: str, secret: str) -> str:
    pair = f"{quote(client, safe='')}:{quote(secret, safe='')}"  # RFC 6749 section 2.3.1
    return "Basic " + base64.b64encode(pair.encode()).decode()
