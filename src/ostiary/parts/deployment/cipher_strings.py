"""Cipher strings are expanded by the library that is installed, and what it no longer knows is judged by its words."""

from __future__ import annotations

import re
import ssl
from typing import Any, Final

from ostiary.evidence.deployment import Deployment
from ostiary.parts.deployment.opinion import Opinion
from ostiary.parts.deployment.servers import servers
from ostiary.verdict import Severity

_MOST: Final = 4_000  # characters
_WEAK_WORDS: Final = re.compile(
    r"(?:^|[-_+])(?:e?NULL|aNULL|ADH|AECDH|EXP(?:ORT)?\d*|LOW|RC4|RC2|DES|3DES|CBC3|MD5|IDEA|SEED|COMPLEMENTOFALL|ALL)(?:$|[-_+])"
)
_WORD: Final = re.compile(r"[:, ]+")


def weak(text: str) -> tuple[list[str], list[str]]:
    """Suites that nobody should offer, and suites without forward secrecy or authenticated encryption.

    :param text: OpenSSL's list format (ciphers(1)).
    :returns: (broken, ageing); both empty when all is well.
    """
    words = [each for each in _WORD.split(text[:_MOST]) if each]
    removed = {each[1:].upper() for each in words if each[0] in "!-"}
    broken = [
        each
        for each in words
        if each[0] not in "!-@"
        and _WEAK_WORDS.search(each.lstrip("+"))
        and each[0] != "+"
        and each.upper() not in removed
        and not (each == "ALL" and removed & {"ANULL", "ADH"})
    ]
    ageing = []
    for suite in _expanded(text[:_MOST]):
        if suite["auth"] == "auth-null" or suite["symmetric"] in {None, "enc-null", "null"} or "DES" in suite["name"]:
            broken.append(suite["name"])
        elif suite["kea"] == "kx-rsa" or not suite["aead"]:
            ageing.append(suite["name"])
    return list(dict.fromkeys(broken)), list(dict.fromkeys(ageing))


def _expanded(text: str) -> list[dict[str, Any]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.set_ciphers(text if "@SECLEVEL" in text.upper() else f"{text}:@SECLEVEL=0")
    except (ssl.SSLError, ValueError):
        return []
    return [dict(each) for each in context.get_ciphers() if not str(each["name"]).startswith("TLS_")]


def strings(deployment: Deployment) -> Opinion:
    """What nginx, Apache, HAProxy and ingress controllers are told to offer."""
    opinion = Opinion()
    for each in deployment.settings("nginx", "ssl_ciphers"):
        judge(opinion, each.place, "nginx", ":".join(str(word) for word in each.value), each.unresolved)
    for each in deployment.settings("apache", "sslciphersuite"):
        words = [str(word) for word in each.value]
        if words[:1] != ["TLSv1.3"]:
            judge(opinion, each.place, "Apache", words[-1] if words else "", each.unresolved)
    _haproxy(opinion, deployment)
    for each in deployment.settings("kubernetes", "ssl-ciphers", "nginx.ingress.kubernetes.io/ssl-ciphers"):
        if isinstance(each.value, str):
            judge(opinion, each.place, "the ingress controller", each.value, ())
    for server in servers(deployment):
        name = "ssl_ciphers" if server.tool == "nginx" else "sslciphersuite"
        if (
            server.tls
            and not server.block.effective(name)
            and not _newest_alone(server.block.effective("ssl_protocols"))
        ):
            opinion.undecided(server.place, f"a server of {server.tool} ends TLS and says nothing of ciphers here")
    return opinion


def _haproxy(opinion: Opinion, deployment: Deployment) -> None:
    for each in deployment.settings("haproxy", "ssl-default-bind-ciphers", "bind"):
        words = [str(word) for word in each.value]
        if each.name == "bind":
            words = words[words.index("ciphers") + 1 :] if "ciphers" in words else []
        if words:
            judge(opinion, each.place, "HAProxy", words[0], each.unresolved)


def _newest_alone(settings: Any) -> bool:
    return bool(settings) and all(each.value == ("TLSv1.3",) for each in settings)


def judge(opinion: Opinion, place: str, who: str, text: str, unresolved: tuple[str, ...]) -> None:
    """Say of one string what it lets in."""
    if unresolved or "PROFILE=" in text:
        opinion.undecided(place, f"the ciphers of {who} rest on {', '.join(unresolved) or 'a profile of the system'}")
        return
    broken, ageing = weak(text)
    if broken:
        opinion.fault(place, f"{who} offers broken ciphers ({_some(broken)})")
    elif ageing:
        static = [each for each in ageing if not each.startswith(("ECDHE", "DHE"))]
        what = f"ciphers without forward secrecy ({_some(static)})" if static else f"CBC ciphers ({_some(ageing)})"
        opinion.fault(place, f"{who} offers {what}", severity=Severity.MEDIUM if static else Severity.LOW)
    elif _expanded(text):
        opinion.good(place, f"{who} offers forward secrecy and authenticated encryption alone")
    else:
        opinion.undecided(place, f"no suite in the list of {who} is known to the library here")


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")  # noqa: PLR2004 - three are shown
