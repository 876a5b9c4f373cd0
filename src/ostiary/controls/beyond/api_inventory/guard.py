"""What the document does not name is not there; what it calls deprecated says so; what is past its date is gone."""

from __future__ import annotations

import datetime as dt
import functools

from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.strict import Strict

_WHERE = "beyond.api-inventory"


class Settings(Strict, frozen=True):
    """Dates such as ``"2027-01-31"``, for operations that the document calls deprecated.

    ``deprecated``: so does the policy, for one that the document forgot. ``deprecated-since``: sent as Deprecation (default: the day the policy was loaded). ``sunset``: sent as Sunset; from
    that day on the operation answers 410. Paths beyond the document are named in the policy's ``also``.
    """

    deprecated: bool = False
    deprecated_since: str = ""
    sunset: str = ""


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """404 for paths that nothing declares, dates for what is on its way out; None for the rest."""
    if not operation.known_path:
        return _NOWHERE if site.api is not None else None
    if operation.declared and (operation.deprecated or settings.deprecated):
        return _leaving(settings, site)
    return None


_SECURITY_TXT = b"/.well-known/security.txt"  # RFC 9116 section 3


def _unknown(exchange: Exchange) -> None:
    if exchange.raw_path == _SECURITY_TXT and exchange.method in {"GET", "HEAD"}:
        return  # people.report-channel asks every API for it, and no document mentions it
    raise Denied(404, "nothing is here")


_NOWHERE = Hooks(head=_unknown)


@functools.lru_cache(maxsize=64)
def _leaving(settings: Settings, site: Site) -> Hooks:
    today = int(site.now() // 86400 * 86400)
    since = _timestamp("deprecated-since", settings.deprecated_since) if settings.deprecated_since else today
    sets = [(b"deprecation", b"@%d" % since)]  # RFC 9745 section 2.1
    if not settings.sunset:
        return Hooks(sets=tuple(sets))
    end = _timestamp("sunset", settings.sunset)
    if end < since and settings.deprecated_since:
        raise ConfigError(f"{_WHERE} sunset", "is before deprecated-since")
    date = dt.datetime.fromtimestamp(end, dt.UTC)
    sets.append((b"sunset", date.strftime("%a, %d %b %Y %H:%M:%S GMT").encode()))  # RFC 8594 section 3
    now = site.now

    def head(_: Exchange) -> None:
        if now() >= end:
            raise Denied(410, "this operation has been retired")

    return Hooks(head=head, sets=tuple(sets))


def _timestamp(name: str, date: str) -> int:
    try:
        day = dt.date.fromisoformat(date)
    except ValueError:
        raise ConfigError(f"{_WHERE} {name}", f"{date!r} is not a date", 'write it as "2027-01-31"') from None
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp())
