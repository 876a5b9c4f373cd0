"""Operators see whom the gate holds, and let them out by the name that they sign in with."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import time
from pathlib import Path

import pytest

from identity.house import ISSUER
from ostiary.cli import main as cli
from ostiary.identity.gate import Gate
from ostiary.identity.keyfolder import open_ring
from ostiary.identity.services import Visit
from ostiary.parts.identity_settings import Identity
from ostiary.store.opening import open_store

VICTIM = "victim@example.com"


def jail(*arguments: str) -> tuple[int, str]:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = cli.main(["jail", *arguments])
    assert "--json" in arguments or all(len(line) <= 80 for line in out.getvalue().splitlines())
    return code, out.getvalue()


async def fails(url: str, keys: Path, account: str, kind: str) -> None:
    """Five wrong guesses."""
    store = open_store(url, where="test", clock=time.monotonic, now=time.time)
    await store.start()
    try:
        settings = Identity(issuer=ISSUER, captcha=False)
        ring = open_ring(keys, os.urandom)
        gate = Gate(settings, store=store, ring=ring, now=time.time, entropy=os.urandom)
        for _ in range(5):
            async with gate.guess(Visit("2001:db8:aaaa:bbbb::1"), kind, account):
                pass
    finally:
        await store.stop()


def test_whom_the_gate_holds_is_listed_and_freed_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, keys, file = f"sqlite:///{tmp_path}/state.db", tmp_path / "keys", tmp_path / "ostiary.toml"
    file.write_text(f'store = "{url}"\n[identity]\nissuer = "{ISSUER}"\nkeys = "{keys}"\n')
    asyncio.run(fails(url, keys, VICTIM, "password"))
    asyncio.run(fails(url, keys, "other@example.com", "password"))
    at = ("--config", str(file))
    code, text = jail("list", *at)
    assert code == 0
    assert text.count("identity sign-in, a") == 2
    assert "victim" not in text
    listed = json.loads(jail("list", "--account", VICTIM.upper(), "--json", *at)[1])
    assert [each["kind"] for each in listed] == ["identity-password:pair"]
    assert jail("free", "--account", "nobody@example.com", *at)[0] == 1
    assert jail("free", "--account", VICTIM, *at) == (0, "1 freed\n")
    assert len(json.loads(jail("list", "--json", *at)[1])) == 1
    assert jail("free", "--source", "2001:db8:aaaa:bbbb::77", *at)[0] == 0
    assert json.loads(jail("list", "--json", *at)[1]) == []
    monkeypatch.chdir(tmp_path)
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text(f'store = "{url}"\n')
    assert jail("list", "--account", VICTIM, "--config", str(elsewhere)) == (0, "nobody is in jail\n")
    assert not (tmp_path / "ostiary-identity.keys").exists(), "looking made keys"
