"""A user's browser at an authorization server, as far as it takes: redirects, cookies, a sign-in form, a consent form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

from ostiary.evidence import Account, Answer, Http
from ostiary.parts.role_fields import ACCOUNT, PASSWORD
from ostiary.parts.role_words import squeezed
from ostiary.parts.seen import cookies
from ostiary.parts.seen.authorizing import Came, Client, came

_MOST_STEPS: Final = 12
_YES: Final = re.compile(r"allow|accept|approve|authori[sz]e|consent|confirm|continue|grant|yes|agree|submit|sign.?in|log.?in|next|ok", re.IGNORECASE)  # fmt: skip
_NO: Final = re.compile(r"deny|cancel|reject|decline|refuse|abort|\bno\b|forgot|register", re.IGNORECASE)
_UNNAMED: Final = frozenset({"login", "user", "email", "username", "account"})
_FORM: Final = "application/x-www-form-urlencoded"


class Form(HTMLParser):
    """The first form of a page that posts something; its fields as a browser would send them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.method = ""
        self.fields: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self.buttons: list[tuple[str, str, str]] = []  # name, value, what it says
        self._open = self._done = False
        self._label = False
        self.feed(page[:500_000])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect a form and its controls."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self._done:
            self._open = True
            self.action, self.method = given.get("action", ""), given.get("method", "get").lower()
        if not self._open:
            return
        kind = given.get("type", "text").lower()
        name = given.get("name", "")
        if tag == "button" or (tag == "input" and kind in {"submit", "image"}):
            self.buttons.append((name, given.get("value", ""), given.get("value", "")))
            self._label = tag == "button"
        elif name and tag in {"input", "select", "textarea"}:
            if kind != "radio" or "checked" in given or name not in self.fields:
                self.fields[name] = given.get("value", "on" if kind == "checkbox" else "")
            self.kinds[name] = kind

    def handle_data(self, data: str) -> None:
        """A button's words."""
        if self._label and self.buttons and data.strip():
            name, value, said = self.buttons[-1]
            self.buttons[-1] = (name, value, f"{said} {data.strip()}")

    def handle_endtag(self, tag: str) -> None:
        """One form is enough."""
        if tag == "button":
            self._label = False
        if tag == "form" and self._open:
            self._open, self._done = False, True

    @property
    def password(self) -> str:
        """The name of the password field; empty: it asks for none."""
        return next((name for name, kind in self.kinds.items() if kind == "password" or squeezed(name) in PASSWORD), "")

    def filled(self, account: Account | None) -> dict[str, str]:
        """The fields as the account's owner would send them, saying yes."""
        sent = dict(self.fields)
        if account is not None and self.password:
            sent[self.password] = account.password
            names = [name for name, kind in self.kinds.items() if kind in {"text", "email"}]
            named = [name for name in names if squeezed(name) in ACCOUNT or squeezed(name) in _UNNAMED]
            for name in (named or names)[:1]:
                sent[name] = account.user
        willing = [each for each in self.buttons if _YES.search(f"{each[0]} {each[2]}") and not _NO.search(each[2])]
        chosen = next(iter(willing), None) or next((each for each in self.buttons if not _NO.search(each[2])), None)
        if chosen is not None and chosen[0]:
            sent[chosen[0]] = chosen[1]
        return sent


async def led(http: Http, target: str, of: Client, identity: str) -> Came:
    """Follow an authorization request as an identity would in a browser, to the client's address or as far as it goes.

    At most 12 requests; the identity's own credentials go along, and its password is typed into one form at most.
    """
    account = http.account(identity) if identity else None
    jar: dict[str, str] = {}
    method, body, typed = "GET", b"", False
    for _ in range(_MOST_STEPS):
        headers = _headers(jar, form=bool(body))
        answer = await http.send(method, target, headers=headers, body=body, identity=identity, fresh=True)
        jar = jar or _own(answer)
        _keep(jar, answer)
        result = came(http, answer, of)
        if result.led:
            return result
        location = answer.head("location") if 300 <= answer.status < 400 else None  # noqa: PLR2004
        if location is not None:
            url = urlsplit(urljoin(http.base + target, location))
            method, body, target = "GET", b"", url.path + (f"?{url.query}" if url.query else "")
            continue
        form = Form(answer.text) if answer.accepted and b"<form" in answer.body.lower() else None
        if (
            form is None
            or form.method != "post"
            or (form.password and (typed or account is None or not account.password))
        ):
            return result
        typed = typed or bool(form.password)
        url = urlsplit(urljoin(http.base + target, form.action or target))
        target = url.path + (f"?{url.query}" if url.query else "")
        method, body = "POST", urlencode(form.filled(account)).encode()
    return result


def _headers(jar: Mapping[str, str], *, form: bool) -> list[tuple[str, str]]:
    headers = [("Accept", "text/html,*/*")]
    if jar:  # with the identity's own in it, which this field replaces
        headers.append(("Cookie", "; ".join(f"{name}={value}" for name, value in jar.items())))
    return [*headers, ("Content-Type", _FORM)] if form else headers


def _own(answer: Answer) -> dict[str, str]:
    """The cookies that the identity came with."""
    sent = "; ".join(value for name, value in answer.asked.headers if name.lower() == "cookie")
    pairs = [each.strip().partition("=") for each in sent.split(";")]
    return {name: value for name, _, value in pairs if name}


def _keep(jar: dict[str, str], answer: Answer) -> None:
    for each in map(cookies.read, answer.all("set-cookie")):
        if each.value and each.attributes.get("max-age") != "0":
            jar[each.name] = each.value
        else:
            jar.pop(each.name, None)
