"""The virtual servers of nginx and Apache: where they listen, what TLS they end, what holds in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.deployment import Block, Deployment, Setting

_SERVING: Final = frozenset(
    [
        "proxy_pass",
        "fastcgi_pass",
        "uwsgi_pass",
        "scgi_pass",
        "grpc_pass",
        "root",
        "alias",
        "try_files",
        "proxypass",
        "proxypassmatch",
        "documentroot",
        "wsgiscriptalias",
    ]
)
_ADDRESS: Final = re.compile(r"(?:(?P<host>\[[^\]]+\]|[^:\s]*):)?(?P<port>\d{1,5})")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Server:
    """A ``server`` of nginx or a ``VirtualHost`` of Apache."""

    tool: str
    block: Block
    names: tuple[str, ...]
    ports: tuple[int, ...]
    tls: bool  # on some port
    clear: bool  # on some port

    @property
    def place(self) -> str:
        """Where it begins."""
        return self.block.place

    @property
    def root(self) -> Block:
        """The configuration that it is part of."""
        block = self.block
        while block.parent is not None:
            block = block.parent
        return block

    @property
    def serves(self) -> Setting | None:
        """A directive by which it answers with content; None: it does not, or only redirects."""
        for block in self.block.walk():
            for each in block.settings:
                if each.name in _SERVING and not _challenge(block):
                    return each
        return None

    def redirects(self) -> Setting | None:
        """The directive that sends every caller to https, if there is one."""
        for block in self.block.walk():
            if block is not self.block and not _catches_all(block):
                continue
            for each in block.settings:
                if _to_https(each):
                    return each
        return None


def servers(deployment: Deployment) -> Iterator[Server]:
    """All of them, in order."""
    for root in deployment.roots("nginx"):
        for block in root.walk():
            if block.kind == "server" and not any(each.startswith("stream") for each in block.path):
                yield _nginx(block)
    for root in deployment.roots("apache"):
        for block in root.walk():
            if block.kind == "virtualhost":
                yield _apache(block)


def _nginx(block: Block) -> Server:
    ports, tls, clear = [], False, False
    for each in block.own("listen"):
        if not each.value or str(each.value[0]).startswith("unix:"):
            continue
        found = _ADDRESS.fullmatch(each.value[0])
        port = int(found["port"]) if found else 80
        ports.append(port)
        ends = "ssl" in each.value or "quic" in each.value or _is_on(block, "ssl")
        tls, clear = tls or ends, clear or not ends
    if not ports:
        ports, clear = [80], True
    names = tuple(str(name) for each in block.own("server_name") for name in each.value)
    return Server(tool="nginx", block=block, names=names, ports=tuple(ports), tls=tls, clear=clear)


def _is_on(block: Block, name: str) -> bool:
    return any(each.value == ("on",) for each in block.effective(name))


def _apache(block: Block) -> Server:
    ports = tuple(int(found["port"]) for each in block.args if (found := _ADDRESS.fullmatch(each)))
    engine = [each for inner in block.walk() for each in inner.own("sslengine")] or block.effective("sslengine")
    tls = any(str(each.value[0]).lower() == "on" for each in engine if each.value)
    names = tuple(
        str(name) for inner in block.walk() for each in inner.own("servername", "serveralias") for name in each.value
    )
    return Server(tool="apache", block=block, names=names, ports=ports, tls=tls, clear=not tls)


def _challenge(block: Block | None) -> bool:
    """Whether a section is where certificate authorities ask, which is clear text by design."""
    while block is not None:
        if "acme-challenge" in block.label or "/.well-known" in block.label:
            return True
        block = block.parent
    return False


def _catches_all(block: Block) -> bool:
    if block.kind == "location":
        return block.args[-1:] == ("/",)
    if block.kind == "if":
        return any("https" in each or "scheme" in each for each in block.args)
    return block.kind in {"ifmodule", "ifdefine", "if", "location", "directory"}


def _to_https(setting: Setting) -> bool:
    values = [str(each).lower() for each in setting.value or ()]
    if setting.name in {"return", "rewrite", "redirect", "redirectpermanent", "redirectmatch"}:
        return any(each.startswith(("https:", '"https:')) for each in values)
    return setting.name == "rewriterule" and len(values) > 1 and values[1].startswith("https:")
