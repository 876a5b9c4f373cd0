"""Real data stores, open and shut: what opens to a stranger is found, and what does not is left alone."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from live.machine_servers import mariadb, memcached, postgres, psql, redis
from ostiary.audit.answering import answered
from ostiary.audit.gather.machines import machine
from ostiary.audit.recognise import recognise
from ostiary.controls.infra.db_credentials.host import audit_host
from ostiary.controls.people.user_db_access.host import audit_host as audit_rights
from ostiary.evidence.machine import Machine
from ostiary.model import Finding, Outcome, Severity

pytestmark = pytest.mark.live
LONG = "kJ2-8fhs_Q0vLr7tWm3x"


@pytest.fixture
def room() -> Iterator[Path]:
    """A folder that other users may be given: those of pytest are closed to them."""
    with tempfile.TemporaryDirectory(prefix="ostiary-machine-") as name:
        yield Path(name)


def at(port: int, database: str = "") -> Machine:
    return machine(recognise(f"127.0.0.1:{port}"), authorized=False, stop=threading.Event(), database=database)


def asked(port: int) -> Finding:
    return asyncio.run(answered(audit_host, at(port)))


def rights(port: int, url: str) -> Finding:
    return asyncio.run(answered(audit_rights, at(port, url)))


@pytest.mark.parametrize(
    ("options", "outcome", "words"),
    [
        ((), Outcome.FAIL, "opens without a password"),
        (("--requirepass", "foobared"), Outcome.FAIL, "its example configuration"),
        (("--requirepass", LONG), Outcome.PASS, "nobody gets in"),
        (("--user", "default", "on", "nopass", "+ping", "-@all", "+ping"), Outcome.PASS, "nobody gets in"),
    ],
)
def test_redis(options: tuple[str, ...], outcome: Outcome, words: str, room: Path) -> None:
    with redis(room, *options) as port:
        found = asked(port)
    assert (found.outcome, words in found.why) == (outcome, True), found.why
    if outcome is Outcome.FAIL:
        assert found.severity is Severity.MEDIUM, "only this machine reaches it"


def test_memcached(room: Path) -> None:
    with memcached(room) as port:
        found = asked(port)
    assert found.outcome is Outcome.FAIL
    assert "memcached" in found.why


@pytest.mark.parametrize(
    ("method", "password", "encryption", "outcome", "words"),
    [
        ("trust", "", "scram-sha-256", Outcome.FAIL, "as postgres without a password"),
        ("scram-sha-256", "postgres", "scram-sha-256", Outcome.FAIL, "as postgres with the password postgres"),
        ("md5", "postgres", "md5", Outcome.FAIL, "as postgres with the password postgres"),
        ("password", "postgres", "scram-sha-256", Outcome.FAIL, "as postgres with the password postgres"),
        ("scram-sha-256", LONG, "scram-sha-256", Outcome.PASS, "nobody gets in"),
        ("md5", LONG, "md5", Outcome.PASS, "nobody gets in"),
        ("reject", "", "scram-sha-256", Outcome.PASS, "nobody gets in"),
    ],
)
def test_postgresql(  # noqa: PLR0917 - a table
    method: str, password: str, encryption: str, outcome: Outcome, words: str, room: Path
) -> None:
    with postgres(room, method, password=password, encryption=encryption) as port:
        found = asked(port)
    assert (found.outcome, words in found.why) == (outcome, True), found.why


def test_what_an_account_may_do_in_postgresql(room: Path) -> None:
    with postgres(room, "scram-sha-256", password=LONG) as port:
        psql(
            room, port, f"create role app_bad login superuser password '{LONG}'",
            f"create role app_roles login createrole password '{LONG}'", f"create role app_ddl login password '{LONG}'",
            f"create role app_good login password '{LONG}'", "grant create on schema public to app_ddl",
        )  # fmt: skip
        said = {
            name: rights(port, f"postgresql://{name}:{LONG}@127.0.0.1:{port}/postgres")
            for name in ("app_bad", "app_roles", "app_ddl", "app_good", "nobody")
        }
    assert [each.outcome.value for each in said.values()] == ["FAIL", "FAIL", "FAIL", "PASS", "UNKNOWN"]
    assert "creates roles" in said["app_roles"].why
    assert said["app_ddl"].severity is Severity.MEDIUM
    assert LONG not in repr(said)


@pytest.mark.parametrize(
    ("statements", "outcome", "words"),
    [
        ((), Outcome.FAIL, "as root without a password"),
        (("alter user root@localhost identified by 'root'",), Outcome.FAIL, "as root with the password root"),
        ((f"alter user root@localhost identified by '{LONG}'",), Outcome.PASS, "nobody gets in"),
        (("alter user root@localhost identified via unix_socket",), Outcome.PASS, "nobody gets in"),
    ],
)
def test_mariadb(statements: tuple[str, ...], outcome: Outcome, words: str, room: Path) -> None:
    with mariadb(room, *statements) as port:
        found = asked(port)
    assert (found.outcome, words in found.why) == (outcome, True), found.why


def test_what_an_account_may_do_in_mariadb(room: Path) -> None:
    statements = (
        f"alter user root@localhost identified by '{LONG}'", "create database shop",
        f"create user app_good@localhost identified by '{LONG}'", "grant select, insert, update on shop.* to app_good@localhost",
        f"create user app_ddl@localhost identified by '{LONG}'", "grant all privileges on shop.* to app_ddl@localhost",
    )  # fmt: skip
    with mariadb(room, *statements) as port:
        said = {
            name: rights(port, f"mysql+pymysql://{name}:{LONG}@127.0.0.1:{port}/shop")
            for name in ("root", "app_ddl", "app_good")
        }
    assert [each.outcome.value for each in said.values()] == ["FAIL", "FAIL", "PASS"], said
    assert LONG not in repr(said)
