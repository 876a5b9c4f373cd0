"""What an audit would be lost for is said before it, and a signal ends it with what it has."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from ostiary.cli.asking import check_new, check_writable, interruptible
from ostiary.errors import ConfigError


@pytest.mark.parametrize("name", ["ostiary.toml", "ostiary.api.json"])
def test_neither_a_policy_nor_the_document_beside_it_is_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(ConfigError, match="is there already"):
        check_new(tmp_path / "ostiary.toml", "--output")
    check_new(tmp_path / "ostiary.toml", "--output", force=True)


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "ostiary.toml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="is there already"):
        check_new(tmp_path / "ostiary.toml", "--output")


def test_force_does_not_make_a_folder_a_file(tmp_path: Path) -> None:
    (tmp_path / "ostiary.toml").mkdir()
    with pytest.raises(ConfigError, match="is a folder"):
        check_new(tmp_path / "ostiary.toml", "--output", force=True)


def test_a_folder_that_may_not_be_written_is_seen_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != tmp_path)  # tests may run as root, who may all
    with pytest.raises(ConfigError, match="cannot be written"):
        check_writable(tmp_path / "report.json", "-o")
    with pytest.raises(ConfigError, match="does not exist"):
        check_writable(tmp_path / "no" / "report.json", "-o")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_ends_an_audit_with_what_it_has(number: signal.Signals) -> None:
    async def run() -> bool:
        stop = asyncio.Event()
        with interruptible(stop):
            os.kill(os.getpid(), number)
            async with asyncio.timeout(5):
                await stop.wait()
        return stop.is_set()

    before = signal.signal(number, signal.SIG_IGN)  # the test lives, whatever becomes of the handler
    try:
        assert asyncio.run(asyncio.wait_for(run(), 10))
    finally:
        signal.signal(number, before)
