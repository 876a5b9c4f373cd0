"""Addresses that are nearly the registered one are given to the authorization server: none may be sent anything."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from ostiary.evidence import Http
from ostiary.model import Confidence, Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.seen import authorizing, authorizing_starts
from ostiary.parts.seen.authorizing import Came, Client, Server

_EVIL = "ostiary.invalid"
_OTHER = f"https://{_EVIL}/callback"


class Mutation(NamedTuple):
    """An address that is not registered; ``far``: another host's."""

    what: str
    redirect: str
    far: bool
    also: tuple[tuple[str, str], ...] = ()


async def audit_live(http: Http) -> Finding:
    """Send authorization requests of a known client with addresses that are nearly its own; at most 20 requests."""
    at = await authorizing.server(http)
    if at.elsewhere:
        return unknown(f"the authorization server is on another host ({urlsplit(at.elsewhere).netloc}): audit it there")
    if not at.authorize:
        return not_applicable("no authorization endpoint is known: neither metadata nor the document names one")
    of = await authorizing.client(http, at, await authorizing_starts.addresses(http))
    if of is None:
        return unknown("no client and registered redirect URI are known ([audit.client] in the policy)")
    usual = await _baseline(http, at, of)
    if isinstance(usual, Finding):
        return usual
    changes, identity, normal, junk = usual
    refused = []
    for each in mutations(of.redirect):
        target = authorizing.request(at, of, *each.also, **{**changes, "redirect_uri": each.redirect})
        came = await authorizing.asked(http, target, of, identity)
        led = _follows(http, came, each, of)
        if led or (not normal.led and came.goes_on and not junk.goes_on):
            return _failed(http, at, (came, normal), each, led=led)
        refused.append(came)
    return passed(
        f"{len(refused)} addresses that are nearly the registered one are refused, and nothing leads there",
        http.show(normal.answer, "the registered address: taken"),
        http.show(refused[0].answer, f"{mutations(of.redirect)[0].what}: refused"),
    )


async def _baseline(http: Http, at: Server, of: Client) -> tuple[dict[str, str | None], str, Came, Came] | Finding:
    """A form of request whose answer tells the registered address from others: what it changes, whose it is, both answers.

    An answer that is handed to the client, if only an error, is the best; else one page for it and another for a stranger.
    """
    tries: list[tuple[dict[str, str | None], str]] = [
        ({}, http.owner),
        ({"prompt": "none"}, ""),
        ({"response_type": "ostiary"}, ""),
        ({}, ""),
    ]
    last: Came | None = None
    for changes, identity in tries:
        came = await authorizing.asked(http, authorizing.request(at, of, **changes), of, identity)
        far = authorizing.request(at, of, **{**changes, "redirect_uri": _OTHER})
        if came.led and _is(came.led, of.redirect):
            return changes, identity, came, came
        if not changes and came.goes_on:
            junk = await authorizing.asked(http, far, of, identity)
            if not junk.goes_on or junk.led:
                return changes, identity, came, junk
        last = came
    told = f": it answered {last.answer.status}" if last is not None else ""
    return unknown(
        "the authorization server treats the registered address like any other until somebody has signed in" + told,
        *([http.show(last.answer, "the registered address")] if last is not None else []),
    )


def _failed(http: Http, at: Server, seen: tuple[Came, Came], mutation: Mutation, *, led: bool) -> Finding:
    came, normal = seen
    return failed(
        f"{mutation.what} is taken for a registered redirect URI",
        http.show(came.answer, f"{mutation.what}: {mutation.redirect}"),
        http.show(normal.answer, "the registered one"),
        severity=None if mutation.far else Severity.HIGH,
        proof=(
            "the answer leads to an address that nobody registered"
            if led
            else "the request goes on as with the registered address, where one of another host is refused"
        ),
        places=at.places[:1],
        confidence=Confidence.CERTAIN if led else Confidence.FIRM,
    )


def mutations(registered: str) -> list[Mutation]:
    """Addresses that a careless comparison takes for this one (RFC 9700 section 4.1)."""
    url = urlsplit(registered)
    host, path = url.netloc, url.path or "/"
    start = f"{url.scheme}://"
    near = [
        Mutation("a registered address with more path", f"{start}{host}{path.rstrip('/')}/ostiary", far=False),
        Mutation("a registered address that climbs out of its path", f"{start}{host}{path}/../ostiary", far=False),
        Mutation("a registered address with an encoded slash", f"{start}{host}{path}%2Fostiary", far=False),
        Mutation("a registered address in other letters", f"{start}{host}{path.swapcase()}", far=False),
        Mutation("a registered address with a query", f"{registered}{'&' if url.query else '?'}ostiary=1", far=False),
    ]
    far = [
        Mutation("an address of another host", _OTHER, far=True),
        Mutation("an address with the registered host as a user", f"{start}{host}@{_EVIL}{path}", far=True),
        Mutation("an address with the registered host as a sub-domain", f"{start}{host}.{_EVIL}{path}", far=True),
        Mutation("an address that ends in the registered one", f"https://{_EVIL}/?u={registered}", far=True),
        Mutation("a second address beside the registered one", registered, far=True, also=(("redirect_uri", _OTHER),)),
    ]
    if not is_loopback(url.hostname or ""):  # there a client may choose its port (RFC 8252 section 7.3)
        far.append(Mutation("a sub-domain of the registered host", f"{start}ostiary.{host}{path}", far=True))
        near.append(Mutation("a registered address on another port", f"{start}{url.hostname}:4443{path}", far=False))
        if url.scheme == "https":
            near.append(Mutation("a registered address in clear text", f"http://{host}{path}", far=False))
    return [each for each in [*far, *near] if each.redirect != registered or each.also]


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine's."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _follows(http: Http, came: Came, mutation: Mutation, of: Client) -> bool:
    """Whether the answer leads to the mutation's address, or to the second one that came along."""
    location = came.answer.head("location") if 300 <= came.answer.status < 400 else None  # noqa: PLR2004
    led = urljoin(http.base + came.answer.asked.target, location) if location is not None else came.led
    if not led:
        return False
    meant = dict(mutation.also).get("redirect_uri", mutation.redirect)
    if mutation.far:
        return urlsplit(led).hostname == urlsplit(meant).hostname
    return not _is(led, of.redirect) and _starts(led, meant)


def _is(led: str, registered: str) -> bool:
    one, other = urlsplit(led), urlsplit(registered)
    extra = {part for part in one.query.split("&") if part.startswith("ostiary=")}
    return (one.scheme, one.netloc, one.path) == (other.scheme, other.netloc, other.path) and not extra


def _starts(led: str, meant: str) -> bool:
    one, other = urlsplit(led), urlsplit(urljoin(meant, meant))
    same = (one.scheme, one.netloc) == (other.scheme, other.netloc)
    return same and one.path in {other.path, urlsplit(meant).path, urlsplit(urljoin(meant, urlsplit(meant).path)).path}
