"""security.txt is served from the policy, whatever else answers below that path."""

from __future__ import annotations

import datetime as dt
import functools
import logging
import re

from ostiary.errors import ConfigError
from ostiary.model import Exchange, Hooks, Operation, Reply, Site
from ostiary.strict import Strict

logger = logging.getLogger("ostiary.guard")

PATH = "/.well-known/security.txt"
_WHERE = "people.report-channel"
_URI = re.compile(
    r"(?:https://[^\s/?#]+\S*|mailto:[^\s@]+@[^\s@]+|tel:\+?[0-9\-.() ]+|dns:\S+|openpgp4fpr:[0-9A-Fa-f]+)"
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_SOON = dt.timedelta(days=30)
_LONG = dt.timedelta(days=366)


class Settings(Strict, frozen=True):
    """The fields of RFC 9116; without ``contact`` nothing is served.

    ``contact``: ``"mailto:security@example.com"`` or an https page, best first. ``expires``: a day or a moment such as
    ``"2027-06-30"``, required with it. The others are https addresses, ``preferred-languages`` such as ``"en"``.
    """

    contact: tuple[str, ...] = ()
    expires: str = ""
    encryption: tuple[str, ...] = ()
    acknowledgments: tuple[str, ...] = ()
    preferred_languages: tuple[str, ...] = ()
    canonical: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    hiring: tuple[str, ...] = ()


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Answer GET and HEAD for the well-known path, on every operation that a request for it could be taken for."""
    if not settings.contact or not _may_be(operation):
        return None
    return _serve(settings, site)


def _may_be(operation: Operation) -> bool:
    """A template such as /{tenant}/{file} would have the request, and the application would answer it."""
    if operation.method not in {"GET", "HEAD", "*"}:
        return False
    if not operation.known_path:
        return True
    parts = operation.path.split("/")
    ours = PATH.split("/")
    return len(parts) == len(ours) and all("{" in part or part == own for part, own in zip(parts, ours, strict=True))


@functools.lru_cache(maxsize=16)
def _serve(settings: Settings, site: Site) -> Hooks:
    body = render(settings, site.now()).encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    reply = Reply(status=200, headers=headers, body=body)

    def head(exchange: Exchange) -> Reply | None:
        return reply if exchange.path == PATH and exchange.method in {"GET", "HEAD"} else None

    return Hooks(head=head)


def render(settings: Settings, now: float) -> str:
    """The file.

    :raises ConfigError: when a field is not what RFC 9116 asks for, or the date is past.
    """
    expires = _expires(settings.expires, now)
    lines = []
    for name in ("contact", "encryption", "acknowledgments", "canonical", "policy", "hiring"):
        for value in getattr(settings, name):
            if _URI.fullmatch(value) is None:
                hint = 'write "mailto:security@example.com" or an https address'
                raise ConfigError(f"{_WHERE} {name}", f"{value!r} is not a URI that RFC 9116 allows", hint)
            lines.append(f"{name.capitalize()}: {value}")
        if name == "contact":
            lines.append(f"Expires: {expires.strftime('%Y-%m-%dT%H:%M:%SZ')}")
    for language in settings.preferred_languages:
        if _LANGUAGE.fullmatch(language) is None:
            raise ConfigError(f"{_WHERE} preferred-languages", f"{language!r} is not a language tag", 'write "en"')
    if settings.preferred_languages:
        lines.append(f"Preferred-Languages: {', '.join(settings.preferred_languages)}")
    return "\n".join(lines) + "\n"


def _expires(text: str, now: float) -> dt.datetime:
    where = f"{_WHERE} expires"
    hint = 'write a day less than a year ahead, such as "2027-06-30"'
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(where, "is missing" if not text else f"{text!r} is not a date", hint) from None
    found = found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
    left = found - dt.datetime.fromtimestamp(now, dt.UTC)
    if left <= dt.timedelta():
        raise ConfigError(where, "is past: readers must ignore the file", hint)
    if left < _SOON:
        logger.warning("%s: security.txt expires in %d days; check the contacts and renew it", _WHERE, left.days)
    if left > _LONG:
        logger.warning("%s: security.txt expires in more than a year, which RFC 9116 advises against", _WHERE)
    return found
