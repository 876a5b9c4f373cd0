"""``ostiary serve --identity`` as a child that ends when its input does: whoever started it takes it along.

``python -m ostiary.demo.accounts [OPTION ...]``, with the options that command has besides.
"""

from __future__ import annotations

import contextlib
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ostiary.parts.issuers import Issuer

AUDIENCE: Final = "https://shop.example/api"
STARTS_WITHIN: Final = 60.0  # seconds; it measures how fast this machine hashes, and an audit may run beside it
_POLICY: Final = """\
store = "sqlite:///store.db"  # the gateway's as well: what is revoked here is refused there

[identity]
audience = ["{audience}"]
dynamic-registration = true  # so that the demo's client can register itself

[identity.scopes]
"orders:read" = "See your orders"

[identity.jail]
pause = "1ms"  # the demo asks for two mails at once
"""


class House(NamedTuple):
    """Accounts that run: their issuer, and the folder with the outbox and the store."""

    url: str
    folder: Path

    @property
    def store(self) -> str:
        """The URL of the store that a gateway has to share."""
        return f"sqlite:///{self.folder / 'store.db'}"

    @property
    def issuer(self) -> Issuer:
        """What a policy says to believe their tokens."""
        discovery = f"{self.url}/.well-known/oauth-authorization-server"
        return Issuer(issuer=self.url, audience=(AUDIENCE,), discovery=discovery, private=True)  # on this machine


class Rising:
    """A server of accounts that was told to start; `house` waits until it did."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder

    def house(self) -> House:
        """Where they are.

        :raises TimeoutError: when it does not start, with what it said last.
        """
        late = threading.Timer(STARTS_WITHIN, self._process.kill)
        late.start()
        try:
            for line in self._process.stdout or ():
                if " accounts: " in line:
                    return House(line.partition(" accounts: ")[2].split()[0], self._folder)
        finally:
            late.cancel()
        said = (self._folder / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        msg = f"the accounts did not start: {''.join(said) or 'nothing was said'}"
        raise TimeoutError(msg)


@contextlib.contextmanager
def rising() -> Iterator[Rising]:
    """Accounts on a free port with everything in a folder of their own, gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="ostiary-demo-") as place:
        folder = Path(place).resolve()
        policy = folder / "ostiary.toml"
        policy.write_text(_POLICY.format(audience=AUDIENCE), encoding="utf-8")
        command = [sys.executable, "-m", "ostiary.demo.accounts", "--port", "0", "--config", str(policy)]
        pipe = subprocess.PIPE  # and a group of its own: Ctrl-C is for the parent, which then closes the pipe
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OSTIARY_")}
        with (
            (folder / "log").open("wb") as log,
            subprocess.Popen(  # noqa: S603 - our own module
                command, cwd=folder, env=environment, stdin=pipe, stdout=pipe, stderr=log, text=True, bufsize=1,
                process_group=0,
            ) as process,
        ):  # fmt: skip
            try:
                yield Rising(process, folder)
            finally:
                if process.stdin:
                    process.stdin.close()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()


def main() -> None:
    """Serve until standard input ends."""

    def watch() -> None:
        sys.stdin.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
    sys.argv = ["ostiary", "serve", "--identity", "--dev", *sys.argv[1:]]
    runpy.run_module("ostiary", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
