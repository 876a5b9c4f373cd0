"""The bookshelf of tests/apps, served by Flask, Express or Go: the same API with the same faults in three stacks."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from live.real_servers import VENVS, free_port, started

APPS = Path(__file__).parents[1] / "apps"
STACKS = ("flask", "express", "go")
READERS = {"alice": "teapots-under-the-stairs", "bob": "six-ladders-and-a-rope"}

# What each fault breaks.
FAULTS = {
    "bola-read": "userdata.ownership-check",
    "bola-write": "userdata.ownership-check",
    "bola-delete": "userdata.ownership-check",
    "missing-auth": "processing.all-endpoints-authenticated",
    "bfla": "beyond.function-level-authorization",
    "mass-assignment": "beyond.mass-assignment",
    "excessive-data": "output.no-sensitive-data",
    "sql-injection": "input.injection-sql",
    "enumeration": "account.auth-endpoint-limits",
    "jwt-unsigned": "jwt.algorithm-pinned",
    "jwt-weak": "jwt.strong-secret",
    "verbose-errors": "processing.debug-off",
    "cors": "beyond.cors-allowlist",
    "open-redirect": "account.no-open-redirect",
    "headers": "output.nosniff",
    "command": "input.injection-rce",
    "no-rate-limit": "auth.login-max-retry",
}


def command(stack: str, port: int) -> list[str] | None:
    """What starts a stack; None where it is not installed."""
    if stack == "flask":
        python = VENVS / "flask" / "bin" / "python"
        return [str(python), "-W", "ignore", str(APPS / "flask_app.py"), str(port)] if python.exists() else None
    if stack == "express":
        there = (VENVS / "express" / "node_modules" / "express").is_dir()
        return ["node", str(APPS / "express_app.js"), str(port)] if there else None
    binary = VENVS / "go" / "bookshelf"
    return [str(binary), str(port)] if binary.exists() else None


@contextlib.contextmanager
def serving(stack: str, folder: Path, *faults: str) -> Iterator[str]:
    """Serve the bookshelf with these faults (``all`` for every one, none for none); gives its URL."""
    port = free_port()
    starts = command(stack, port)
    if starts is None:
        raise FileNotFoundError(stack)
    env = {"FAULTS": ",".join(faults) or "none", "NODE_PATH": str(VENVS / "express" / "node_modules")}
    url = f"http://127.0.0.1:{port}"
    with started(starts, f"{url}/openapi.json", folder / f"{stack}.log", seconds=20, env=env):
        yield url


def main() -> None:
    """``python tests/live/bookshelf.py STACK [FAULT ...]``: serve one for looking at, until Ctrl-C."""
    port = free_port()
    starts = command(sys.argv[1], port)
    if starts is None:
        sys.exit(f"{sys.argv[1]} is not installed in {VENVS}: `make live` installs it")
    sys.stdout.write(f"http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    node = str(VENVS / "express" / "node_modules")
    os.execvpe(starts[0], starts, {**os.environ, "FAULTS": ",".join(sys.argv[2:]) or "all", "NODE_PATH": node})


if __name__ == "__main__":
    main()
