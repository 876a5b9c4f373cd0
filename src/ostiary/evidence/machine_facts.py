"""What can be learnt of a machine, thing by thing; what may not be read is said in words and never left out in silence."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


def is_loopback(address: str) -> bool:
    """Whether an address, as bound or connected to, is this machine's alone."""
    try:
        found = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return address.rstrip(".").lower() == "localhost"
    mapped = getattr(found, "ipv4_mapped", None)
    return found.is_loopback or (mapped is not None and mapped.is_loopback)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secured:
    """What a port agrees to when greeted in TLS; ``suites`` is empty where nothing was, and ``clear`` then shows what came.

    Versions and suites are numbers as on the wire; ``chain`` holds certificates in DER, as served. ``refused`` are versions
    that were turned down in so many words (an alert, or the connection closed); what is in neither got no answer.
    """

    address: str
    port: int
    host: str = ""  # the name that was asked for
    process: str = ""
    suites: Mapping[int, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    nameless: tuple[int, ...] = ()  # versions that are agreed to only where no name is asked for
    refused: tuple[int, ...] = ()
    chain: tuple[bytes, ...] = ()
    compressed: bool = False
    prime: int = 0  # bits of the smallest Diffie-Hellman group
    distrust: str | None = (
        None  # why this machine's authorities do not vouch for it; empty: they do; None: was not asked
    )
    clear: str = ""  # the first line of an answer that is no TLS: "HTTP/1.1 400 Bad Request"
    at: dt.datetime | None = None  # when it was asked

    @property
    def where(self) -> str:
        """``127.0.0.1:443``."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine itself can reach it."""
        return is_loopback(self.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class SshRules:
    """What sshd does for one kind of caller: options in lower case as ``sshd -T`` prints them."""

    who: str  # "everybody", "Match User deploy"
    options: Mapping[str, str] = field(hash=False)
    undecided: str = ""  # why it could not be asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Ssh:
    """How one signs in by SSH: by its configuration and, by port, by the methods that it offers on the wire."""

    running: bool
    rules: tuple[SshRules, ...] = ()
    offered: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    undecided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A file system, or swap space, on a disk."""

    device: str  # "/dev/mapper/vg-root"
    mount: str  # "/", or "swap"
    kind: str  # "ext4"
    encrypted: bool | None  # None: cannot be told here
    provided: bool = False  # the disk is a virtual one: its provider may encrypt it, and a guest cannot see that


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """Programs that run and the libraries in them, by their headers and by what is mapped."""

    read: int  # how many files
    executable: tuple[str, ...] = ()  # they ask for an executable stack
    silent: tuple[str, ...] = ()  # they do not say: the loader decides
    stacks: tuple[str, ...] = ()  # processes whose stack is executable, "name (pid)"
    mixed: tuple[str, ...] = ()  # processes with other memory that is writable and executable
    unread: int = 0  # processes that may not be looked into
    machine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The operating system; ``ends`` is the last day of its usual support, ``extended`` of what follows free of charge."""

    name: str
    ends: dt.date | None = None
    extended: dt.date | None = None
    source: str = ""  # what said so


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What the application's own account may do in its database."""

    engine: str
    user: str
    superuser: bool = False
    powers: tuple[str, ...] = ()  # "creates roles", "sees past row security", "changes the schema public"
    others: tuple[str, ...] = ()  # further superusers that can sign in, by name
    tls: bool | None = None
