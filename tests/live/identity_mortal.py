"""Accounts served by a process that is there to be killed: `identity_mortal.py PORT FOLDER DATABASE`.

It imports everything, waits for a line, and serves then, so that who takes over from a dead one is there at once. Hashes
are cheap: what is tried is what is kept, not what a guess costs.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

import uvicorn

from ostiary.identity import app as served
from ostiary.identity.opening import open_services
from ostiary.parts.identity_settings import Identity, Jail, Lifetimes, Passwords
from ostiary.store.opening import open_store
from ostiary.strict import Duration

CHEAPEST = 4
MANY = 1_000_000
API = "https://api.example.test"


def settings_of(port: int, folder: Path, database: str) -> Identity:
    """As an operator would write them, but that everything comes from one source, and in haste.

    Within the grace a client may ask again; it lasts longer here than a start on a busy machine.
    """
    jail = Jail(
        tries=100, account_tries=100, source_tries=MANY, sends=MANY, pause=Duration(0.001), source_sends=MANY,
        registrations=MANY, knocks=MANY, calls=MANY,
    )  # fmt: skip
    return Identity(
        issuer=f"http://localhost:{port}", database=database, keys=str(folder / "keys"), audience=(API,), captcha=False, unproven=True,
        passwords=Passwords(cost=CHEAPEST, workers=1, queue=1000), lifetimes=Lifetimes(grace=Duration("2m")), jail=jail,
    )  # fmt: skip


async def serve(port: int, folder: Path, database: str) -> None:
    served.open_services = functools.partial(open_services, cheapest=CHEAPEST)  # type: ignore[attr-defined] # it is the app's own import
    store: Any = open_store(f"sqlite:///{folder}/store.db", where="store", clock=time.monotonic, now=time.time)
    await store.start()
    app = served.Identity(settings_of(port, folder, database), profile="development", store=store)
    config = uvicorn.Config(app, host="127.0.0.1", port=port, lifespan="on", log_config=None, access_log=False)
    await uvicorn.Server(config).serve()
    await store.stop()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    os.umask(0o077)
    sys.stdin.readline()
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
