"""Each check of a machine, by facts: the fault beside its sound twin, and what cannot be seen beside both."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from machines import Facts
from ostiary import catalogue
from ostiary.audit.answering import answered
from ostiary.evidence.machine import Database, Listening, Process
from ostiary.evidence.machine_facts import Binaries, Rights, Secured, Ssh, SshRules, Volume
from ostiary.model import Finding, Kind, Outcome, Severity

PASS, FAIL, UNKNOWN, NA, ATTEST = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE, Outcome.ATTEST
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
GOOD_SUITES: Mapping[int, tuple[int, ...]] = {0x0303: (0xC02F, 0xC030), 0x0304: (0x1301,)}
KEYS = {"passwordauthentication": "no", "kbdinteractiveauthentication": "no", "usepam": "yes"}
PAM = "@include common-auth\n"


def asked(control: str, **facts: Any) -> Finding:
    return asyncio.run(answered(catalogue.control(control).audits[Kind.HOST], Facts(**facts)))


def port(number: int, address: str = "0.0.0.0", process: str = "app", **more: Any) -> Listening:
    return Listening(address=address, port=number, process=process, user="app", pid=7, pids=(7,), **more)


def tls(suites: Mapping[int, tuple[int, ...]] = GOOD_SUITES, **more: Any) -> Secured:
    refused = tuple(each for each in (0x0300, 0x0301, 0x0302) if each not in suites)
    facts: dict[str, Any] = {
        "address": "192.0.2.1",
        "port": 443,
        "suites": suites,
        "refused": refused,
        "at": NOW,
        **more,
    }
    return Secured(**facts)


def ssh(options: Mapping[str, str] | None = None, *more: SshRules, offered: tuple[str, ...] = ("publickey",)) -> Ssh:
    rules = () if options is None else (SshRules(who="everybody", options=options), *more)
    return Ssh(running=True, rules=rules, offered={22: offered})


CASES: dict[str, tuple[str, dict[str, Any], Outcome, str]] = {
    "a database for everybody": ("infra.open-ports", {"sockets": [port(5432, process="postgres")]}, FAIL, "5432 (postgres of app"),
    "a store on an odd port": ("infra.open-ports", {"sockets": [port(7000, "::", "redis-server")]}, FAIL, "7000"),
    "the same in a container": ("infra.open-ports", {"sockets": [port(5432)], "container": "Docker"}, UNKNOWN, "published"),
    "a database for itself": ("infra.open-ports", {"sockets": [port(5432, "127.0.0.1"), port(6379, "::1")]}, PASS, "none is bound"),
    "an API": ("infra.open-ports", {"sockets": [port(443)]}, ATTEST, "443 (app of app"),
    "one port of another machine": ("infra.open-ports", {"local": False, "port": 5432}, NA, "one port"),
    "an open store": (
        "infra.db-credentials", {"stores": [Database(engine="redis", address="0.0.0.0", port=6379, opened="without a password")]},
        FAIL, "redis on 0.0.0.0:6379 opens without a password",
    ),
    "a shut store": (
        "infra.db-credentials", {"stores": [Database(engine="redis", address="10.0.0.1", port=6379, tried=("no password",))]}, PASS, "redis",
    ),
    "a store that did not decide": (
        "infra.db-credentials", {"stores": [Database(engine="mysql", address="::", port=3306, undecided="it wants TLS")]}, UNKNOWN, "TLS",
    ),
    "no store": ("infra.db-credentials", {}, NA, "no data store"),
    "keys alone": ("infra.ssh-keys-only", {"signing": ssh(KEYS)}, PASS, "no password alone"),
    "passwords": ("infra.ssh-keys-only", {"signing": ssh({"passwordauthentication": "yes"})}, FAIL, "takes passwords"),
    "passwords for one": (
        "infra.ssh-keys-only", {"signing": ssh(KEYS, SshRules(who="Match User deploy", options={"passwordauthentication": "yes"}))},
        FAIL, "Match User deploy",
    ),
    "a block that could not be asked": (
        "infra.ssh-keys-only", {"signing": ssh(KEYS, SshRules(who="Match Group x", options={}, undecided="nobody is in it"))}, UNKNOWN, "nobody",
    ),
    "a password by PAM": (
        "infra.ssh-keys-only", {"signing": ssh({**KEYS, "kbdinteractiveauthentication": "yes"}), "files": {"/etc/pam.d/sshd": PAM}}, FAIL, "PAM",
    ),
    "a code by PAM, or what it may be": (
        "infra.ssh-keys-only",
        {"signing": ssh({**KEYS, "kbdinteractiveauthentication": "yes"}), "files": {"/etc/pam.d/sshd": "auth required pam_google_authenticator.so\n"}},
        UNKNOWN, "may be a password",
    ),
    "PAM that may not be read": (
        "infra.ssh-keys-only", {"signing": ssh({**KEYS, "kbdinteractiveauthentication": "yes"}), "files": {"/etc/pam.d/sshd": "forbidden"}},
        UNKNOWN, "may be a password",
    ),
    "a key and a code": (
        "infra.ssh-keys-only",
        {"signing": ssh({**KEYS, "kbdinteractiveauthentication": "yes", "authenticationmethods": "publickey,keyboard-interactive"})}, PASS, "no password",
    ),
    "the wire says otherwise": ("infra.ssh-keys-only", {"signing": ssh(KEYS, offered=("publickey", "password"))}, FAIL, "ort 22 offers publickey, password"),
    "sshd that may not be asked": (
        "infra.ssh-keys-only", {"signing": Ssh(running=True, offered={22: ("publickey",)}, undecided=("it tells root alone",))}, UNKNOWN, "root alone",
    ),
    "no SSH": ("infra.ssh-keys-only", {}, NA, "nobody listens"),
    "a plain disk": (
        "infra.volumes-encrypted", {"disks": [Volume(device="/dev/sda1", mount="/", kind="ext4", encrypted=False)]}, FAIL, "/ (ext4 on /dev/sda1)",
    ),
    "plain swap beside an encrypted disk": (
        "infra.volumes-encrypted",
        {"disks": [Volume(device="/dev/dm-0", mount="/", kind="ext4", encrypted=True), Volume(device="/dev/sda2", mount="swap", kind="swap", encrypted=False)]},
        FAIL, "swap on /dev/sda2",
    ),
    "encrypted but for its start": (
        "infra.volumes-encrypted",
        {"disks": [Volume(device="/dev/dm-0", mount="/", kind="ext4", encrypted=True), Volume(device="/dev/sda1", mount="/boot", kind="ext4", encrypted=False)]},
        PASS, "all 1 volumes",
    ),
    "a provider's disk": (
        "infra.volumes-encrypted", {"disks": [Volume(device="/dev/vda", mount="/", kind="ext4", encrypted=False, provided=True)]}, UNKNOWN, "provider",
    ),
    "a container's disk": (
        "infra.volumes-encrypted", {"container": "Docker", "disks": [Volume(device="/dev/sda", mount="/", kind="ext4", encrypted=False)]}, UNKNOWN, "container",
    ),
    "logs leave by an agent": (
        "infra.logging", {"runs": [Process(pid=1, name="fluent-bit"), Process(pid=2, name="chronyd")]}, PASS, "kept by chrony",
    ),
    "logs leave by rsyslog": (
        "infra.logging", {"runs": [Process(pid=1, name="rsyslogd")], "files": {"/etc/rsyslog.conf": "", "/etc/rsyslog.d/x.conf": "*.* @@logs.test:6514\n"}},
        PASS, "rsyslog",
    ),
    "logs stay": (
        "infra.logging", {"runs": [Process(pid=1, name="rsyslogd")], "files": {"/etc/rsyslog.conf": "# *.* @@logs.test\nmail.* -/var/log/mail\n"}},
        ATTEST, "nothing is seen that carries them off",
    ),
    "somebody is woken": (
        "infra.monitoring",
        {"runs": [Process(pid=1, name="alertmanager")], "files": {"/etc/alertmanager/config.yml": "receivers:\n- name: x\n  pagerduty_configs:\n"}}, PASS, "receivers",
    ),
    "nobody is woken": (
        "infra.monitoring", {"runs": [Process(pid=1, name="alertmanager")], "files": {"/etc/alertmanager/config.yml": "receivers:\n- name: x\n"}}, ATTEST, "Who",
    ),
    "an exporter alone": ("infra.monitoring", {"runs": [Process(pid=1, name="node_exporter")]}, ATTEST, "Prometheus node exporter runs"),
    "a ruler": ("people.user-db-access", {"account": Rights(engine="postgresql", user="postgres", superuser=True)}, FAIL, "may do everything"),
    "who sees past rows": (
        "people.user-db-access", {"account": Rights(engine="postgresql", user="app", powers=("sees past row security",))}, FAIL, "row security",
    ),
    "who migrates": (
        "people.user-db-access", {"account": Rights(engine="postgresql", user="app", powers=("creates and changes tables in public",))}, FAIL, "migrations",
    ),
    "who reads and writes": ("people.user-db-access", {"account": Rights(engine="postgresql", user="app", others=("dba",))}, PASS, "1 other accounts"),
    "no address": ("people.user-db-access", {}, UNKNOWN, "no database was named"),
    "a library that asks for it": ("processing.nx-stack", {"programs": Binaries(read=9, executable=("/opt/x.so",))}, FAIL, "/opt/x.so"),
    "a stack that is": ("processing.nx-stack", {"programs": Binaries(read=9, stacks=("app (7)",))}, FAIL, "app (7) has one"),
    "a compiler": ("processing.nx-stack", {"programs": Binaries(read=9, mixed=("java (7)",))}, PASS, "java (7) compiles as it runs"),
    "what may be one": ("processing.nx-stack", {"programs": Binaries(read=9, mixed=("app (7)",))}, UNKNOWN, "so does an attack"),
    "sound programs": ("processing.nx-stack", {"programs": Binaries(read=9, silent=("/opt/y",))}, PASS, "1 do not say"),
    "nothing may be read": ("processing.nx-stack", {"programs": Binaries(read=0, unread=40)}, UNKNOWN, "root"),
    "debugging for everybody": (
        "processing.debug-off", {"sockets": [port(8000)], "runs": [Process(pid=7, name="python", environment={"FLASK_DEBUG": "1"})]}, FAIL, "FLASK_DEBUG=1",
    ),
    "a server for developers": (
        "processing.debug-off",
        {"sockets": [port(8000)], "runs": [Process(pid=7, name="python", argv=("python", "manage.py", "runserver", "0.0.0.0:8000"), environment={})]},
        FAIL, "Django's development server",
    ),
    "a server for real": (
        "processing.debug-off",
        {"sockets": [port(8000)], "runs": [
            Process(pid=7, name="gunicorn", argv=("gunicorn", "app:app"), environment={"DEBUG": "0", "NODE_ENV": "production"}),
            Process(pid=8, name="bash", environment={"DEBUG": "1"}),
        ]},
        PASS, "1 processes that listen",
    ),
    "an environment that may not be read": (
        "processing.debug-off", {"sockets": [port(8000)], "runs": [Process(pid=7, name="python", environment=None)]}, UNKNOWN, "root",
    ),
    "old versions": ("access.tls-floor", {"tls": [tls({0x0301: (0x002F,), **GOOD_SUITES})]}, FAIL, "TLS 1.0"),
    "old versions for who names nobody": ("access.tls-floor", {"tls": [tls(nameless=(0x0302,))]}, FAIL, "TLS 1.1"),
    "silence to old versions": ("access.tls-floor", {"tls": [tls(refused=(0x0300, 0x0301))]}, UNKNOWN, "stayed silent"),
    "new versions": ("access.tls-floor", {"tls": [tls()]}, PASS, "refused"),
    "1.2 alone": ("access.tls-floor", {"tls": [tls({0x0303: (0xC02F,)})]}, PASS, "does not offer TLS 1.3"),
    "a server that refuses all": ("access.tls-floor", {"tls": [tls({}, refused=(0x0300, 0x0303, 0x0304))]}, UNKNOWN, "agreed to nothing"),
    "no suite at all": ("access.tls-ciphers", {"tls": [tls({}, refused=(0x0303,))]}, UNKNOWN, "agreed to nothing"),
    "no certificate at all": ("access.https-only", {"tls": [tls({}, refused=(0x0303,))]}, UNKNOWN, "agreed to nothing"),
    "no TLS": ("access.tls-floor", {"tls": [Secured(address="::", port=80, clear="HTTP/1.1 400")]}, NA, "speaks TLS"),
    "null": ("access.tls-ciphers", {"tls": [tls({0x0303: (0x003B, 0xC02F)})]}, FAIL, "null"),
    "a small group": ("access.tls-ciphers", {"tls": [tls(prime=1024)]}, FAIL, "1024 bits"),
    "compression": ("access.tls-ciphers", {"tls": [tls(compressed=True)]}, FAIL, "compression"),
    "good suites": ("access.tls-ciphers", {"tls": [tls(prime=3072)]}, PASS, "all 3 suites"),
    "an unreadable certificate": ("access.https-only", {"tls": [tls(chain=(b"0\x00",), distrust="")]}, UNKNOWN, "could not be read"),
    "HTTP for everybody": ("access.https-only", {"tls": [Secured(address="0.0.0.0", port=8000, clear="HTTP/1.1 400 Bad")]}, UNKNOWN, "without TLS"),
    "HTTP for itself": ("access.https-only", {"tls": [Secured(address="127.0.0.1", port=8000, clear="HTTP/1.1 400 Bad")]}, NA, "loopback"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_facts_decide(name: str) -> None:
    control, facts, outcome, words = CASES[name]
    found = asked(control, **facts)
    assert (found.outcome, words in found.why) == (outcome, True), found.why
    if outcome in {PASS, FAIL}:
        assert found.evidence or control in {
            "infra.open-ports",
            "infra.volumes-encrypted",
            "processing.nx-stack",
            "processing.debug-off",
        }


@pytest.mark.parametrize(
    ("address", "severity"),
    [("127.0.0.1", Severity.MEDIUM), ("10.0.0.5", None), ("::", None), ("::ffff:127.0.0.1", Severity.MEDIUM)],
)
def test_what_only_this_machine_reaches_is_less_severe(address: str, severity: Severity | None) -> None:
    store = Database(engine="redis", address=address, port=6379, opened="without a password")
    assert asked("infra.db-credentials", stores=[store]).severity is severity


def test_weak_suites_are_less_severe_than_broken_ones() -> None:
    assert asked("access.tls-ciphers", tls=[tls({0x0303: (0xC013,)})]).severity is None
    assert asked("access.tls-ciphers", tls=[tls({0x0303: (0x0005,)})]).severity is Severity.HIGH
