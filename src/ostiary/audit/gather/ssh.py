"""What a host's SSH offers for signing in is asked once, by the system's own client, as nobody in particular."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from typing import Final

from ostiary.errors import Unanswerable

SECONDS: Final = 10.0
USER: Final = "ostiary"  # whom no host knows: the methods offered to strangers are what counts
_OFFERED: Final = re.compile(r"Authentications that can continue: ([a-z0-9,@.-]+)")
_OPTIONS: Final = (
    "BatchMode=yes", "PreferredAuthentications=none", "PubkeyAuthentication=no", "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null", "ConnectTimeout=5", "ProxyCommand=none",
    "HostKeyAlgorithms=+ssh-rsa", "CanonicalizeHostname=no",
)  # fmt: skip


async def methods(address: str, port: int) -> tuple[str, ...]:
    """The methods that are offered after a try with none (RFC 4252 section 5.2).

    :raises Unanswerable: when there is no client, or no server that speaks SSH.
    """
    client = shutil.which("ssh")
    if client is None:
        raise Unanswerable("no ssh client is installed to ask with (openssh-client)")
    options = [word for each in _OPTIONS for word in ("-o", each)]
    asked = [client, "-v", "-F", os.devnull, *options, "-p", str(port), "-l", USER, address, "true"]
    process = await asyncio.create_subprocess_exec(
        *asked, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(SECONDS):
            _, said = await process.communicate()
    except TimeoutError:
        raise Unanswerable(f"SSH on port {port} took more than {SECONDS:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    found = _OFFERED.search(said.decode("utf-8", "replace"))
    if found is None:
        raise Unanswerable(f"SSH on port {port} did not say how one signs in")
    return tuple(found[1].split(","))
