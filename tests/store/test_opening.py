"""A URL opens a store, or says what is wrong with it before a port opens."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from ostiary.errors import ConfigError
from ostiary.store.opening import open_store
from ostiary.store.ports import Store
from ostiary.store.postgres import read_url as postgres_url
from ostiary.store.redis.address import read_url as redis_url


def opened(url: str) -> Store:
    return open_store(url, where="ostiary.toml: store", clock=time.monotonic, now=time.time)


@pytest.mark.parametrize(
    ("url", "shared"),
    [
        ("memory", False),
        ("sqlite:///state.db", True),
        ("redis://127.0.0.1", True),
        ("rediss://u:p@h:6380/2", True),
        ("unix:///run/redis.sock?db=1", True),
        ("postgresql://u@h/n", True),
        ("postgres://h/n?schema=x", True),
    ],
)
def test_nothing_is_connected_or_made_before_it_is_used(
    url: str, *, shared: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert opened(url).shared is shared
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://x", "no store is called 'mysql'"),
        ("", "no store"),
        ("redis://h/zero", "cannot be used"),
        ("redis://h:port", "cannot be used"),
        ("redis://h?time=1", "no option is called 'time'"),
        ("redis://h?timeout=0", "timeout"),
        ("redis://h?password-env=OSTIARY_NO_SUCH", "OSTIARY_NO_SUCH"),
        ("redis://h?password-file=/no/such/file", "password-file"),
        ("rediss://h?ca=/no/such/file", "cannot be read"),
        ("sqlite://state.db", "sqlite:///"),
        ("sqlite:////no/such/folder/state.db", "no folder"),
        ("postgresql://h/n?schema=a;b", "schema"),
        ("postgresql://h/n?connections=0", "connections"),
        ("postgresql://h/n?timeout=-1", "timeout"),
    ],
)
def test_what_cannot_work_is_a_config_error(url: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        opened(url)
    assert caught.value.where == "ostiary.toml: store"
    assert says in str(caught.value)


@pytest.mark.parametrize(("url", "extra"), [("redis://h", "redis"), ("postgresql://h/n", "postgres")])
def test_a_library_that_is_not_installed_is_named(url: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(f"ostiary.store.{extra}")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "hiredis" if extra == "redis" else "asyncpg", None)
    with pytest.raises(ConfigError, match=rf"pip install 'ostiary\[{extra}\]'"):
        opened(url)


def test_a_redis_url_is_read_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", "from the environment")
    found = redis_url("rediss://us%2Fer:p%40ss@redis.internal:6380/2?timeout=1.5&prefix=p:")
    assert found.tls is not None
    assert found[:6] == ("redis.internal", 6380, "", "us/er", "p@ss", 2)
    assert (found.timeout, found.prefix) == (1.5, "p:")
    assert redis_url("redis://[::1]:1/?password-env=PASSWORD")[:6] == ("::1", 1, "", "", "from the environment", 0)
    assert redis_url("unix:///run/redis%20one.sock?db=4")[:6] == ("127.0.0.1", 6379, "/run/redis one.sock", "", "", 4)


def test_a_postgres_url_keeps_what_is_not_ours() -> None:
    found = postgres_url("postgresql://u:p@h:5433/n?sslmode=require&connections=2&timeout=1&schema=s")
    assert found == ("postgresql://u:p@h:5433/n?sslmode=require", 1.0, "s", 2)
