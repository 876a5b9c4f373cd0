"""A lever is pulled where the state is: in the shared store that the policy names, or in the gateway that runs here."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import http.client
import logging
import socket
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from ostiary.cli.policy import policy_alone
from ostiary.config import Config
from ostiary.errors import ConfigError, StoreError
from ostiary.gateway.admin import MARK, check_loopback
from ostiary.gateway.levers import LEVERS, Plain
from ostiary.store.opening import open_store
from ostiary.strict import DecodeError, dumps, loads

_PATIENCE: Final = 5.0  # seconds
_MOST: Final = 1 << 24  # bytes of an answer


def add_reach_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that say which gateway or store is meant."""
    parser.add_argument("--config", metavar="FILE", help="the policy that is served (default: ostiary.toml)")
    parser.add_argument(
        "--admin",
        metavar="HOST:PORT",
        help="ask the gateway here (default: the policy's shared store, or else its admin port)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON; its keys are stable")


def pull(args: argparse.Namespace, lever: str, given: Mapping[str, Any]) -> Plain:
    """Pull a lever of `ostiary.gateway.levers`; what it answers.

    :raises ConfigError: when it cannot obey, or nobody is there to be asked.
    :raises StoreError: when the state is out of reach.
    """
    config = policy_alone(args.config)
    if args.admin is None and config.store != "memory":
        return asyncio.run(_in_store(config, lever, given))
    address = args.admin or config.admin
    if not address:
        raise ConfigError(f"{config.file or 'config'}: admin", "is switched off", "name a shared store, or a port")
    where = "--admin" if args.admin else f"{config.file or 'config'}: admin"
    if not address.rpartition(":")[2].isdecimal():
        raise ConfigError(where, f"{address!r} is not an address and port", 'write "127.0.0.1:9901"')
    check_loopback(address, where)
    return _at_gateway(address, lever, given)


def operator() -> str:
    """Who gives an order, unless told otherwise: the user, at this machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container without a user database
        user = "somebody"
    return f"{user}@{socket.gethostname()}"[:100]


async def _in_store(config: Config, lever: str, given: Mapping[str, Any]) -> Plain:
    where = f"{config.file or 'config'}: store"
    logging.getLogger("ostiary.store").setLevel(logging.CRITICAL)  # the error below says it to whoever gave the order
    store = open_store(config.store, where=where, clock=time.monotonic, now=time.time)
    await store.start()
    try:
        async with asyncio.timeout(_PATIENCE):
            while not store.bans.fresh:  # noqa: ASYNC110 - the store says no other way that its copy has come
                await asyncio.sleep(0.05)
            return await LEVERS[lever](store, {**given, "now": time.time()})
    except TimeoutError:
        raise StoreError(f"{where}: does not answer") from None
    finally:
        await store.stop()


def _at_gateway(address: str, lever: str, given: Mapping[str, Any]) -> Plain:
    method, _, path = lever.partition(" ")
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPConnection(host.strip("[]") or "127.0.0.1", int(port), timeout=_PATIENCE)
    body = None if method == "GET" else dumps(dict(given))
    target = f"{path}?{urlencode(given)}" if method == "GET" and given else path
    try:
        connection.request(method, target, body, {MARK: "1", "content-type": "application/json"})
        reply = connection.getresponse()
        text = reply.read(_MOST)
    except (OSError, http.client.HTTPException) as error:
        hint = "does the gateway run on this machine? with several machines, give the policy a shared store"
        raise ConfigError(
            f"admin port {address}", f"no answer: {getattr(error, 'strerror', None) or error}", hint
        ) from error
    finally:
        connection.close()
    try:
        answer = loads(text)
    except DecodeError:
        answer = None
    if not isinstance(answer, dict):
        raise ConfigError(f"admin port {address}", "what answers there is no gateway of this version")
    if reply.status == 400:  # noqa: PLR2004 - the order is wrong
        where, _, problem = str(answer.get("error", "")).partition(": ")
        raise ConfigError(where, problem)
    if "error" in answer:
        raise StoreError(str(answer["error"]))
    return answer
