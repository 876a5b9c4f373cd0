"""Configuration of servers and code: nothing below TLS 1.2 is let in or spoken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.deployment import tls_versions
from ostiary.parts.deployment.opinion import Opinion, finding, unread

_OLD: Final = re.compile(
    r"(?:.*[._])?(?:SSLv2|SSLv3|SSLv23|SSL_?3(?:_0)?|TLSv1|TLSv1_0|TLSv1_1|TLSv1\.0|TLSv1\.1|VersionTLS1[01]|VersionSSL30|"
    r"TLS_?1_[01]|TLSv1[01]|tlsProtocol1[01]?|SSL3_VERSION|TLS1_VERSION|TLS1_1_VERSION)(?:_(?:client_|server_)?method)?"
)
_NEW: Final = re.compile(
    r"(?:.*[._])?(?:TLSv1_[23]|TLSv1\.[23]|VersionTLS1[23]|TLS_?1_[23]|TLSv1[23]|tlsProtocol1[23]|TLS1_[23]_VERSION)"
    r"(?:_(?:client_|server_)?method)?"
)
_MEMBERS: Final = re.compile(
    r"(?:minimum_?version|min_?version|ssl_?version|secure_?protocol|default_min_version|tls_?min_?version|"
    r"minimumtlsversion|tlsminimumsupportedprotocol(?:version)?|ssl_minimum_version)",
    re.IGNORECASE,
)
_TAKING: Final = frozenset(
    "SSLContext wrap_socket setEnabledProtocols setProtocols tlsVersions tlsVersion create_urllib3_context".split()  # noqa: SIM905 - a list of names
)
_FLAGS: Final = frozenset(["SSLv23", "PROTOCOL_SSLv23"])  # means "the best that both know"


async def audit_source(tree: Tree) -> Finding:
    """What servers are told, and what code asks of its library."""
    opinion = tls_versions.versions(tree.deployment)
    for module in tree.code.modules:
        for each in module.assignments:
            if _MEMBERS.fullmatch(each.last):
                _judge(opinion, each.path, each.value.line or each.line, each.value)
        for call in module.calls:
            for value in _versions(call):
                _judge(opinion, call.path, value.line or call.line, value)
    unread(opinion, tree.deployment, "servers")
    return finding(
        opinion, tree.show, nothing="no TLS version in configuration of servers or in code", holds="configured"
    )


def _versions(call: Call) -> Iterator[Value]:
    """Values of a call that name a version of TLS."""
    for name, value in call.keywords.items():
        if _MEMBERS.fullmatch(name):
            yield value
    for argument in call.args:
        yield from (value for name, value in argument.pairs.items() if _MEMBERS.fullmatch(name))
    taking = call.method in _TAKING or call.name.endswith("SSLContext.getInstance")
    for value in call.args if taking else ():
        yield value
        yield from value.parts


def _judge(opinion: Opinion, path: str, line: int, value: Value) -> None:
    place = f"{path}:{line}"
    named = value.literal if isinstance(value.literal, str) else value.name
    if not named or named.rpartition(".")[2] in _FLAGS:
        return
    if _OLD.fullmatch(named):
        opinion.fault(
            place, f"code lets in an old version of TLS ({named.rpartition('.')[2] if value.name else named})"
        )
    elif _NEW.fullmatch(named):
        opinion.good(place, "code begins at TLS 1.2 or 1.3")
