"""Where a reply sends a browser is read as browsers read it (WHATWG URL): backslashes are slashes, and oddities are faults."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from ostiary.errors import ConfigError
from ostiary.model import Exchange
from ostiary.parts.host_names import split

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,63}):")
_SPECIAL: Final = {"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21"}
_EXECUTING: Final = frozenset(  # what runs or shows content under another's name
    {"javascript", "data", "vbscript", "file", "blob", "filesystem", "about", "view-source", "jar", "livescript", "mhtml"}
)  # fmt: skip
_ENDS: Final = re.compile(r"[/?#]")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")
_REFRESH: Final = re.compile(r"\s*[0-9.][0-9.]*+(?:\s*[;,]|\s)\s*(?:url\s*=\s*)?(.*)", re.IGNORECASE | re.DOTALL)
_BLANKS: Final = "".join(map(chr, range(0x21)))
_NOT_MODIFIED: Final = 304


class Target(NamedTuple):
    """Where a URL reference leads: all empty for a place on the same host.

    `wrong` says why nobody should follow it. `host` is in the spelling of `host_names`, empty where the name is none
    or the scheme has no hosts; `authority` is what was written for it.
    """

    scheme: str = ""
    host: str = ""
    port: str = ""
    authority: str = ""
    wrong: str = ""

    @property
    def local(self) -> bool:
        """Whether it stays on the host that sent it."""
        return not self.scheme and not self.authority and not self.wrong


_LOCAL: Final = Target()


def read(reference: str, scheme: str) -> Target:
    """Read a URL reference that a page of `scheme` (``https``) would follow."""
    text = reference.strip(_BLANKS)
    if _CONTROLS.search(text):  # tabs and line ends vanish in browsers: /<tab>/evil.example is //evil.example
        return Target(wrong="holds control characters")
    match = _SCHEME.match(text)
    if match is not None:
        own = match[1].lower()
        if own in _EXECUTING:
            return Target(scheme=own, wrong="has a scheme that runs or hides content")
        if own not in _SPECIAL:
            return Target(scheme=own)
        return _authority(own, text[match.end() :])
    if text[:2].replace("\\", "/") != "//":
        return _LOCAL
    return _authority(scheme, text)


def _authority(scheme: str, rest: str) -> Target:
    slashed = rest.replace("\\", "/")
    if slashed[:2] != "//" or slashed[2:3] in {
        "/",
        "",
    }:  # http:evil.example and ///evil.example lead there all the same
        return Target(scheme=scheme, wrong="has no readable host")
    whole = _ENDS.split(slashed[2:], maxsplit=1)[0]
    name, port = split(whole.rpartition("@")[2])
    return Target(scheme, name, port or _SPECIAL[scheme], whole)


def places(exchange: Exchange) -> Iterator[str]:
    """Every URL reference that a browser follows from this reply's header fields: Location of a 3xx, Refresh of any."""
    redirects = 300 <= exchange.status < 400 and exchange.status != _NOT_MODIFIED  # noqa: PLR2004
    for name, value in exchange.reply_headers:
        if redirects and name == b"location":
            yield value.decode("utf-8", "replace")
        elif name == b"refresh":
            match = _REFRESH.match(value.decode("utf-8", "replace"))
            if match is not None and match[1]:
                text = match[1].strip()
                quote = text[0] if text[:1] in {"'", '"'} else ""
                yield text[1:].partition(quote)[0] if quote else text


class Allowed:
    """Places outside of this host that replies may lead to.

    :param entries: ``https://pay.example.com``, ``https://*.example.com``, ``myapp:``.
    :param where: the setting they come from, for messages.
    :raises ConfigError: when one is none of these.
    """

    def __init__(self, entries: Iterable[str], where: str) -> None:
        self._exact: set[tuple[str, str, str]] = set()
        self._below: list[tuple[str, str, str]] = []
        self._schemes: set[str] = set()
        for entry in entries:
            wild = "://*." in entry
            target = read(entry.replace("://*.", "://", 1), "https")
            ends = entry.partition("://")[2]
            if target.wrong or target.local or "@" in entry or _ENDS.search(ends) or (ends and not target.host):
                raise ConfigError(where, f"{entry!r} is no place", 'write "https://pay.example.com" or "myapp:"')
            if not ends:
                if not entry.endswith(":"):
                    raise ConfigError(where, f"{entry!r} is no place", f'write "{target.scheme}:"')
                self._schemes.add(target.scheme)
            elif wild:
                self._below.append((target.scheme, "." + target.host, target.port))
            else:
                self._exact.add((target.scheme, target.host, target.port))

    def __contains__(self, target: Target) -> bool:
        if not target.authority:
            return target.scheme in self._schemes
        if (target.scheme, target.host, target.port) in self._exact:
            return True
        return any(
            target.scheme == scheme and target.port == port and target.host.endswith(end)
            for scheme, end, port in self._below
        )
