"""Every cookie that leaves has Secure, HttpOnly and SameSite."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final, Literal

from ostiary.errors import ConfigError
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts import cookies
from ostiary.parts.host_names import is_loopback, name_of
from ostiary.strict import Strict

_SET_COOKIE: Final = b"set-cookie"


class Settings(Strict, frozen=True):
    """``readable``: cookies that scripts read, by name without case, ``*`` at an end: they stay without HttpOnly.

    ``same-site``: what a cookie gets that says nothing. ``leave``: cookies that pass as they came.
    Every other cookie leaves with Secure, HttpOnly and SameSite. Secure is left out towards a loopback host on clear text.
    """

    readable: tuple[str, ...] = (
        "xsrf-token", "csrf-token", "csrftoken", "csrf_token", "x-csrf-token", "__host-csrf*", "__host-xsrf*",
        "lang", "language", "locale", "i18n*", "next_locale", "theme", "color-scheme", "tz", "timezone", "currency",
        "*consent", "euconsent*", "optanonconsent", "optanonalertboxclosed", "_ga", "_ga_*", "_gid", "_fbp",
    )  # fmt: skip
    same_site: Literal["lax", "strict"] = "lax"
    leave: tuple[str, ...] = ()


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Give every cookie that leaves the flags it came without; Domain, Path and lifetime stay the application's."""
    return _hooks(settings, site)


@functools.lru_cache(maxsize=16)
def _hooks(settings: Settings, site: Site) -> Hooks:
    readable = _matcher("readable", settings.readable)
    left = _matcher("leave", settings.leave)
    same_site = b"; SameSite=" + settings.same_site.capitalize().encode()
    now = site.now()

    def reply(exchange: Exchange) -> None:
        headers = exchange.reply_headers
        for name, _ in headers:
            if name == _SET_COOKIE:
                break
        else:
            return
        secure = exchange.scheme == "https" or not is_loopback(name_of(exchange.head(b"host") or b""))
        exchange.reply_headers = [
            (name, flagged(value, secure=secure)) if name == _SET_COOKIE else (name, value) for name, value in headers
        ]

    def flagged(field: bytes, *, secure: bool) -> bytes:
        cookie = cookies.read(field)
        name = cookie.name.lower()
        if cookie.deletes(now) or left(name):
            return field
        given = cookie.attributes
        secure = secure or cookie.prefixed or "secure" in given
        more = b""
        if secure and "secure" not in given:
            more += b"; Secure"
        if "httponly" not in given and not readable(name):
            more += b"; HttpOnly"
        if not cookie.same_site or (cookie.same_site == "none" and not secure):
            field = cookies.without(field, "samesite") if "samesite" in given else field
            more += same_site
        return field.rstrip(b"; \t") + more if more else field

    return Hooks(reply=reply, pure=True)


def _matcher(key: str, patterns: tuple[str, ...]) -> Callable[[str], bool]:
    low = [each.lower() for each in patterns]
    if bad := next((each for each in low if not each.strip("*") or "*" in each[1:-1]), ""):
        raise ConfigError(
            f"account.cookie-flags {key}", f"{bad!r} names no cookie", "write a name, or one with * at an end"
        )
    exact = frozenset(each for each in low if "*" not in each)
    starts = tuple(each[:-1] for each in low if each.endswith("*") and not each.startswith("*"))
    ends = tuple(each[1:] for each in low if each.startswith("*") and not each.endswith("*"))
    inner = tuple(each[1:-1] for each in low if each.startswith("*") and each.endswith("*"))

    @functools.lru_cache(maxsize=256)
    def matches(name: str) -> bool:
        return name in exact or name.startswith(starts) or name.endswith(ends) or any(each in name for each in inner)

    return matches
