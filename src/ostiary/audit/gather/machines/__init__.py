"""This machine, or one service of another, as checks of hosts see it: read-only."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable

from ostiary.audit.gather.machines import rights
from ostiary.audit.gather.machines.host import Host
from ostiary.audit.gather.machines.service import Service, addresses_of
from ostiary.audit.recognise import Form, Target
from ostiary.evidence.machine import Machine
from ostiary.evidence.machine_facts import Rights


def machine(target: Target, *, authorized: bool, stop: threading.Event, database: str = "") -> Machine:
    """The port `ostiary.evidence.machine.Machine` for ``--host`` or ``host:port``.

    :param authorized: whether addresses that are neither loopback nor private may be asked.
    :param database: the address of the application's database with its account, as the operator gave it.
    :raises ConfigError: when they may not, or the name does not resolve.
    """
    ask: Callable[[], Awaitable[Rights]] | None = None
    if database:
        account = rights.account(database, authorized=authorized)

        async def ask() -> Rights:
            return await rights.of(account)

    if target.form is Form.HOST:
        return Host(target.name, stop, ask_rights=ask)
    addresses = addresses_of(target.host, target.port, authorized=authorized)
    return Service(target.name, target.host, target.port, addresses, stop, ask_rights=ask)
