"""An operator's order names what it is about, ends by itself, and says who gave it, when and why."""

from __future__ import annotations

import datetime as dt
import ipaddress
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from ostiary.errors import ConfigError
from ostiary.parts.networks import Address, address_of
from ostiary.store.ports import Ban, Bans, Store
from ostiary.strict import Duration

logger = logging.getLogger("ostiary.orders")

KINDS: Final = {
    "source": "an address or a network: 192.0.2.7, 192.0.2.0/24, 2001:db8::/64",
    "identity": "a caller, as tokens name it: the identity, or the subject alone",
    "tenant": "everybody whose token has this value in the claim that infra.abuse-readiness names",
    "operation": 'a route, closed to all: "GET /reports", "* /reports", or "*" for every one',
    "challenge": 'a role of operations that asks for a captcha: "login", "register", or "*"',
}
ROLES: Final = ("login", "otp-verify", "otp-send", "reset", "register", "*")
LONGEST: Final = 366 * 86400.0  # seconds: what has to hold for longer belongs into the policy
MOST_ABOUT: Final = 500  # characters
MOST_WHY: Final = 200
_MOST_REMEMBERED: Final = 8192  # addresses whose order is known; a full memory starts anew
_SIGNED: Final = re.compile(r"(?P<why>.*) \[by (?P<by>.*) at (?P<at>[0-9TZ:-]+)\]", re.DOTALL)
_OPERATION: Final = re.compile(r"\*|(?:\*|[A-Z]{1,20}) /\S*")


# how an order is written


def subject_of(kind: str, about: str) -> str:
    """What an order is about, in the one spelling under which it is kept: ``source:192.0.2.0/24``.

    :raises ConfigError: for a kind that there is not, or something that it cannot be about.
    """
    if kind not in KINDS:
        raise ConfigError(kind or "kind", "is nothing that an order can be about", f"one of {', '.join(KINDS)}")
    where = f"{kind} {about!r}"[:100]
    if not about or len(about) > MOST_ABOUT or not about.isprintable() or about != about.strip():
        raise ConfigError(where, f"expected up to {MOST_ABOUT} printable characters", KINDS[kind])
    if kind == "source":
        about = _network(about, where)
    elif kind == "operation" and _OPERATION.fullmatch(about) is None:
        raise ConfigError(where, "is no operation", KINDS[kind])
    elif kind == "challenge" and about not in ROLES:
        raise ConfigError(where, "is no role of operations", f"one of {', '.join(ROLES)}")
    return f"{kind}:{about}"


def _network(text: str, where: str) -> str:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        pass
    else:
        mapped = address_of(str(network.network_address))
        if mapped is not None and mapped.version != network.version:
            network = ipaddress.ip_network(f"{mapped}/{max(network.prefixlen - 96, 0)}")
        if not network.prefixlen:
            raise ConfigError(where, "is everybody", 'close the operations instead: operation "*"')
        return str(network.network_address) if network.num_addresses == 1 else str(network)
    try:
        hint = f"did you mean {str(ipaddress.ip_network(text, strict=False))!r}?"
    except ValueError:
        hint = KINDS["source"]
    raise ConfigError(where, "is not an address or a network", hint)


def order_of(given: Mapping[str, Any]) -> Ban:
    """An order from plain data: ``kind``, ``about``, ``for`` ("1h"), ``why``, ``by`` and ``now`` (since the epoch).

    :raises ConfigError: when one is missing or cannot be obeyed.
    """
    what = subject_of(_text(given, "kind", 20), _text(given, "about", MOST_ABOUT))
    why, by = _text(given, "why", MOST_WHY), _text(given, "by", 100)
    try:
        seconds = Duration(_text(given, "for", 20))
    except ValueError as error:
        raise ConfigError("for", str(error)) from error
    if not 1 <= seconds <= LONGEST:
        raise ConfigError("for", "expected from 1 s to 366 days", "what holds for longer belongs into the policy")
    now = float(given["now"])
    at = dt.datetime.fromtimestamp(now, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Ban(what, now + seconds, f"{why} [by {by} at {at}]")


def _text(given: Mapping[str, Any], name: str, most: int) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > most or not value.isprintable():
        raise ConfigError(name, f"expected a text of up to {most} printable characters")
    return value.strip()


def plain(ban: Ban) -> dict[str, Any]:
    """An order as plain data, its signature taken apart."""
    kind, _, about = ban.what.partition(":")
    signed = _SIGNED.fullmatch(ban.why)
    why, by, at = signed.group("why", "by", "at") if signed else (ban.why, "", "")
    return {"kind": kind, "about": about, "until": round(ban.until), "why": why, "by": by, "at": at}


# what an operator does with them; see gateway.levers


async def listed(store: Store, given: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - a lever's signature
    """All orders in force, the next to end first."""
    found = [ban for ban in store.bans.current().values() if ban.what.partition(":")[0] in KINDS]
    return {"bans": [plain(ban) for ban in sorted(found, key=lambda each: each.until)], "stale": not store.bans.fresh}


async def ordered(store: Store, given: Mapping[str, Any]) -> dict[str, Any]:
    """Put an order in force; see `order_of` for what is given."""
    ban = order_of(given)
    asked = store.bans.order(ban)
    if asked is not None:
        await asked
    return {"order": plain(ban)}


async def lifted(store: Store, given: Mapping[str, Any]) -> dict[str, Any]:
    """End the order about ``kind`` and ``about``; whether there was one."""
    answer = store.bans.lift(subject_of(_text(given, "kind", 20), _text(given, "about", MOST_ABOUT)))
    return {"lifted": await answer if isinstance(answer, Awaitable) else answer}


# how they are obeyed


class Orders:
    """Orders in force, compiled: what is asked on every request is a look into a dict."""

    __slots__ = ("_exact", "_known", "_masks", "_networks", "closed", "identities", "sources", "tenants")

    def __init__(self, bans: Mapping[str, Ban]) -> None:
        self.identities: dict[str, Ban] = {}
        self.tenants: dict[str, Ban] = {}
        self.closed: dict[str, Ban] = {}
        self._exact: dict[Address, Ban] = {}
        self._networks: dict[tuple[int, int, int], Ban] = {}  # IP version, bits to shift out, what is left
        self._known: dict[str, Ban | None] = {}
        groups = {"identity": self.identities, "tenant": self.tenants, "operation": self.closed}
        for ban in bans.values():
            kind, _, about = ban.what.partition(":")
            if kind == "source":
                self._add(about, ban)
            elif kind in groups:
                groups[kind][about] = ban
        self._masks = sorted({(version, shift) for version, shift, _ in self._networks})  # the longest prefix first
        self.sources = bool(self._exact or self._networks)

    def __bool__(self) -> bool:
        return bool(self.sources or self.identities or self.tenants or self.closed)

    def _add(self, about: str, ban: Ban) -> None:
        try:
            network = ipaddress.ip_network(about)
        except ValueError:
            return  # not written here: nobody it could be about
        shift = network.max_prefixlen - network.prefixlen
        if shift:
            self._networks[network.version, shift, int(network.network_address) >> shift] = ban
        else:
            self._exact[network.network_address] = ban

    def of_source(self, client: str) -> Ban | None:
        """The order about an address, or about the narrowest network around it."""
        if client in self._known:
            return self._known[client]
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        ban = self._known[client] = self._look(client)
        return ban

    def _look(self, client: str) -> Ban | None:
        address = address_of(client)
        if address is None:
            return None
        ban = self._exact.get(address)
        number = int(address)
        for version, shift in self._masks:
            if ban is None and version == address.version:
                ban = self._networks.get((version, shift, number >> shift))
        return ban


class Book:
    """The orders of a store, compiled anew when they change; what begins and ends goes to the log.

    Ask ``bans.changes != book.seen`` before `orders` is believed, and call `read` when it is so.
    """

    __slots__ = ("_in_force", "bans", "now", "orders", "seen")

    def __init__(self, bans: Bans, now: Callable[[], float]) -> None:
        self.bans = bans
        self.now = now
        self.seen = -1
        self.orders: Orders | None = None  # None: there is none
        self._in_force: dict[str, Ban] = {}

    def read(self) -> Orders | None:
        """Compile what is in force now."""
        current = self.bans.current()
        self.seen = self.bans.changes
        in_force = {what: ban for what, ban in current.items() if what.partition(":")[0] in KINDS}
        for what, ban in in_force.items():
            if self._in_force.get(what) != ban:
                end = dt.datetime.fromtimestamp(ban.until, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
                logger.warning("in force until %s: %s: %s", end, what, ban.why)
        for what in self._in_force.keys() - in_force.keys():
            logger.warning("over: %s", what)
        self._in_force = in_force
        orders = Orders(in_force)
        self.orders = orders or None
        return self.orders

    def holds(self, ban: Ban) -> bool:
        """Whether an order has not come to its end; if it has, the rest is compiled anew."""
        if ban.until > self.now():
            return True
        self.read()
        return False
