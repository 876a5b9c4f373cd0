"""Headers of ordinary replies show a network in front that takes floods; nothing is loaded to find out."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, attest, unknown

_SIGNS: Final = (
    ("Cloudflare", "cf-ray", r""),
    ("Cloudflare", "server", r"cloudflare"),
    ("Amazon CloudFront", "x-amz-cf-id", r""),
    ("Akamai", "server", r"akamai"),
    ("Akamai", "x-akamai-transformed", r""),
    ("Akamai", "akamai-grn", r""),
    ("Fastly", "x-served-by", r"cache-"),
    ("Fastly", "x-fastly-request-id", r""),
    ("Azure Front Door", "x-azure-ref", r""),
    ("Google Cloud", "via", r"\bgoogle\b"),
    ("Imperva", "x-iinfo", r""),
    ("Imperva", "x-cdn", r"imperva|incapsula"),
    ("Sucuri", "x-sucuri-id", r""),
    ("Bunny", "server", r"bunnycdn"),
    ("Vercel", "x-vercel-id", r""),
    ("Fly.io", "fly-request-id", r""),
)


async def audit_live(http: Http) -> Finding:
    """Read the samples that all passive checks share; one request of its own at the most."""
    try:
        seen = list(await http.samples()) or [await http.send("GET", "/")]
    except Unanswerable as error:
        return unknown(f"no reply to read: {error}")
    for answer in seen:
        who = _network(answer)
        if who:
            return attest(
                f"Replies come through {who}. Which addresses may reach the origin around it, and when was that last tried?"
            )
    if _internal(http.host):
        return unknown(
            "audited at an address of its own network: what stands before it from outside does not show here"
        )
    return unknown(
        "no reply shows a network in front that absorbs floods; some leave no sign, and no load was made to find out",
        http.show(seen[0], "a typical reply"),
    )


def _network(answer: Answer) -> str:
    for who, name, pattern in _SIGNS:
        if any(re.search(pattern, value, re.IGNORECASE) for value in answer.all(name)):
            return who
    return ""


def _internal(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith((".local", ".internal", ".lan", ".test"))
    return address.is_private or address.is_loopback
