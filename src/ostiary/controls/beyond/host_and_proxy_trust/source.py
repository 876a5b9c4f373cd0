"""Settings that believe every Host and every proxy, and links that are built on the Host of a request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Assignment, Call, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.diagnostics import is_for_development
from ostiary.parts.code.judging import Fault, judged

_HOSTS: Final = re.compile(
    r"(?i)request\.(?:host|url_root|host_url|base_url|get_host|build_absolute_uri)|req\.(?:hostname|get\(['\"]host)|"
    r"\br\.host\b|HTTP_HOST|getServerName|fromCurrentRequest|getHeader\(['\"]host['\"]|getHttpHost|"
    r"headers(?:\.host\b|\.get\(['\"]host['\"]|\[['\"]host['\"]|\.first\(name: \.host)"
)
_MAIL: Final = re.compile(r"(?i)reset|confirm|verif|activat|invite|magic|mail")
BELIEVED: Final = "every Host is taken for one's own"
PROXIES: Final = "forwarding headers are believed from whoever sends them"
LINKS: Final = "a link for a mail is built on the Host that the request claims"


async def audit_source(tree: Tree) -> Finding:
    """Read host lists, proxy trust, and where links in mails come from."""
    faults, sound = [], list[Spot]()
    for each, bad, what in _settings(tree):
        if bad:
            faults.append(Fault(each, what))
        else:
            sound.append(each)
    faults += _links(tree)
    return judged(
        tree,
        faults,
        sound=sound,
        holds="hosts or proxies are listed",
        nothing="list of hosts or proxies",
        proof="Whoever sends the request chooses the host or address that the application believes.",
    )


def _settings(tree: Tree) -> Iterator[tuple[Call | Assignment, bool, str]]:
    code = tree.code
    for each in code.assignments("ALLOWED_HOSTS"):
        listed = each.value.literal
        if isinstance(listed, (list, tuple)) and listed and not is_for_development(each.path):
            yield each, "*" in listed, BELIEVED
    for call in code.calls(".add_middleware", "*.Middleware", "*TrustedHostMiddleware", "*ProxyHeadersMiddleware"):
        kind = call.args[0].name if call.args and not call.name.endswith("Middleware") else call.name
        if kind.endswith("TrustedHostMiddleware") and (hosts := call.argument(None, "allowed_hosts")) is not None:
            yield call, _every(hosts), BELIEVED
        trusted = call.argument(None, "trusted_hosts")
        if kind.endswith("ProxyHeadersMiddleware") and trusted is not None and trusted.known:
            yield call, _every(trusted), PROXIES
    yield from _servers(tree)


def _servers(tree: Tree) -> Iterator[tuple[Call | Assignment, bool, str]]:
    """What servers and routers are told of proxies."""
    code = tree.code
    for call in code.calls("uvicorn.run", "uvicorn.Config", "hypercorn.run"):
        trusted = call.argument(None, "forwarded_allow_ips")
        if trusted is not None and trusted.known:
            yield call, _every(trusted), PROXIES
    for call in code.calls(".set", ".enable"):
        first = call.args[0].literal if call.args else None
        if first == "trust proxy":
            value = call.args[1] if len(call.args) > 1 else None
            yield call, value is None or value.literal is True, PROXIES
    for each in code.assignments("forwarded_allow_ips"):  # gunicorn's file
        if each.value.known:
            yield each, _every(each.value), PROXIES
    for call in code.calls(".SetTrustedProxies"):
        if call.args and call.args[0].known:
            yield call, _every(call.args[0]) or "0.0.0.0/0" in str(call.args[0].literal), PROXIES


def _links(tree: Tree) -> Iterator[Fault]:
    for each in tree.code.assignments("*"):
        function = each.function.name if each.function is not None else ""
        if not _MAIL.search(f"{each.last} {function}") or not each.value.built:
            continue
        if any(_HOSTS.search(part.text) for part in (each.value, *each.value.parts)):
            yield Fault(each, LINKS, Confidence.FIRM)
    for call in tree.code.calls(".build_absolute_uri"):
        function = call.function.name if call.function is not None else ""
        if re.search(r"(?i)reset|magic", function):
            yield Fault(call, LINKS, Confidence.TENTATIVE)


def _every(value: Value) -> bool:
    literal = value.literal
    return literal == "*" or (isinstance(literal, (list, tuple, set)) and "*" in literal)
