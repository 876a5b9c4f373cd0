"""The bookshelf of tests/apps, served by Flask, Express or Go: the same API with the same faults in three stacks."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    "enumeration": "output.status-codes",
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


def use(url: str) -> None:
    """What any reader does: each step must succeed, whatever the faults."""

    def ask(method: str, path: str, status: int, value: Any = None, token: str = "") -> Any:
        body = None if value is None else json.dumps(value).encode()
        headers = {"content-type": "application/json"} if body else {}
        headers |= {"authorization": f"Bearer {token}"} if token else {}
        with urllib.request.urlopen(
            urllib.request.Request(url + path, body, headers, method=method), timeout=10
        ) as reply:
            assert reply.status == status, (method, path)
            text = reply.read()
        return json.loads(text) if text else None

    for name, password in READERS.items():
        token = ask("POST", "/login", 200, {"username": name, "password": password})["token"]
        assert ask("GET", "/me", 200, token=token)["username"] == name
        assert ask("PATCH", "/me", 200, {"about": f"{name} reads"}, token)["about"] == f"{name} reads"
        book = ask("POST", "/books", 201, {"title": "It's tea", "secret": ""}, token)
        assert ask("GET", f"/books/{book['id']}", 200, token=token) == book
        assert ask("GET", "/books/search?q=tea", 200, token=token) == [book]
        changed = ask("PUT", f"/books/{book['id']}", 200, {"title": "Coffee", "secret": "p. 3"}, token)
        assert [each["title"] for each in ask("GET", "/books", 200, token=token)] == ["Coffee", f"{name}'s diary"]
        assert changed["secret"] == "p. 3"
        ask("DELETE", f"/books/{book['id']}", 204, token=token)
        assert {"alice", "bob"} <= {each["username"] for each in ask("GET", "/users", 200, token=token)}
        assert len(ask("GET", "/reports/lending", 200, token=token)) == 2
        assert ask("POST", "/tools/check", 200, {"host": "shelf.example"}, token) == {
            "output": "checking shelf.example\n"
        }


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
