"""A desk for tests of commands about accounts: a folder with a policy, and what was said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from identity.people import GOOD
from ostiary.cli.main import main

ANN = "ann@example.com"


class Desk:
    """A folder with accounts, and commands in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        (folder / "ostiary.toml").write_text(
            f'[identity]\nissuer = "https://accounts.example.com"\ndatabase = "sqlite:///{folder}/a.db"\n'
            f'keys = "{folder}/keys"\n[identity.passwords]\ncost = 10\nworkers = 1\n'
        )

    @classmethod
    def open(cls, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
        """With tables, and nobody in them."""
        monkeypatch.setenv("OSTIARY_USER_PASSWORD", GOOD)
        made = cls(folder, capsys)
        made.run("identity", "migrate")
        return made

    def run(self, *arguments: str, code: int = 0) -> str:
        got = main([arguments[0], arguments[1], "--config", str(self.folder / "ostiary.toml"), *arguments[2:]])
        said = self._capsys.readouterr()
        assert got == code, said
        assert "Traceback" not in said.err
        return said.out if code == 0 else said.err

    def user(self, *arguments: str) -> Any:
        return json.loads(self.run("user", *arguments, "--json"))
