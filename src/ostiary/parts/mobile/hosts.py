"""Addresses among an app's texts: which hosts it speaks to, and which of them are no business of a phone's."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

_URL: Final = re.compile(
    r"\b(https?|wss?|ftp|mqtt|amqp|postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|jdbc:\w{2,12})://([^\s/?#\"'<>\\,;]{1,260})([^\s\"'<>\\]{0,300})"
)
_ADDRESS: Final = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(:\d{2,5})?(/[^\s\"']{0,300})?")
_INTERNAL: Final = re.compile(
    r"(?:^|\.)(?:internal|intranet|corp|lan|cluster\.local|svc|consul|private|home\.arpa|local\.net)$|\.svc\.[\w.-]+$|\.compute\.internal$"
)
_NAME: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,30}")
_BACKENDS: Final = frozenset({"postgres", "postgresql", "mysql", "mongodb", "mongodb+srv", "redis", "amqp"})
_EMULATORS: Final = frozenset({"10.0.2.2", "10.0.3.2"})
# Interfaces whose own documentation is for servers alone: an app that calls them holds what opens them.
FOR_SERVERS: Final = re.compile(
    r"api\.sendgrid\.com/v3/mail|api\.(?:eu\.)?mailgun\.net/v3|api\.twilio\.com/2010|fcm\.googleapis\.com/fcm/send|android\.googleapis\.com/gcm/send|"
    r"api\.postmarkapp\.com|hooks\.slack\.com/services/T|api\.nexmo\.com|rest\.nexmo\.com|api\.plivo\.com|api\.textlocal\.in|management\.azure\.com|"
    r"api\.pagerduty\.com|api\.heroku\.com|api\.digitalocean\.com/v2|api\.cloudflare\.com/client"
)


@dataclass(frozen=True, slots=True)
class Address:
    """A host in a text; ``inner`` says why no phone should know it, empty: nothing tells so."""

    scheme: str
    host: str
    rest: str
    inner: str = ""


def addresses(text: str) -> list[Address]:
    """The addresses in a text, and a text that is nothing but a host of an inner network."""
    found = [_told(each[1].lower(), each[2].rpartition("@")[2], each[3]) for each in _URL.finditer(text[:20_000])]
    if not found and len(text) < 300:  # noqa: PLR2004 - a text that is an address and little more
        whole = _ADDRESS.fullmatch(text.strip())
        if whole and (whole[2] or whole[3]):
            found.append(_told("", whole[1], whole[3] or ""))
        elif _NAME.fullmatch(text) and _INTERNAL.search(text) and text.count(".") > 1:
            found.append(_told("", text, ""))
    return found


def _told(scheme: str, authority: str, rest: str) -> Address:
    host = authority.lower()
    host = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return Address(scheme, host, rest, _inner(scheme, host))


def _inner(scheme: str, host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if _NAME.fullmatch(host) and _INTERNAL.search(host):
            return "a name that only an inner network knows"
        return "a database or queue" if scheme.removeprefix("jdbc:") in _BACKENDS and "." in host else ""
    if (
        host in _EMULATORS
        or not address.is_private
        or address.is_loopback
        or address.is_unspecified
        or address.is_link_local
    ):
        return ""
    if address.version == 4 and address in _HOME:  # noqa: PLR2004 - an IP version
        return ""
    return "a private address" if address.version == 4 and any(address in each for each in _PRIVATE) else ""  # noqa: PLR2004


_HOME: Final = ipaddress.ip_network("192.168.0.0/16")  # devices at home answer there, and apps are made for them
_PRIVATE: Final = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12")))  # RFC 1918
