"""Our own audit of our own accounts, with two people whose addresses are proven: no finding."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from live import identity_server
from live.identity_server import CALLBACK, PERSON, Person, Server

pytestmark = pytest.mark.live

BOB = ("bob@example.com", "a kettle in violet 75 fields")
PLAIN = identity_server.POLICY
# An audit registers and guesses more in a minute than people in a day, all from one address.
MORE = """
[identity.jail]
registrations = 500
sends = 100
source-sends = 1000
source-tries = 5000
knocks = 5000

[auth.login-jail]
source-tries = 5000

[access.throttling]
requests = 12000
burst = 2000

[people.report-channel]
contact = ["mailto:security@example.com"]
expires = "{expires}"
"""
# What a finding would have to be named here for, with the reason why it is lived with.
ALLOWED: dict[str, str] = {}
# Growth of time is not told from other work on a busy machine.
TIMED = {"beyond.redos"}
# What the audit proves of this server, so that a check which quietly stops deciding is seen.
PROVEN = {
    "auth.no-basic", "jwt.algorithm-pinned", "jwt.verify-before-use", "jwt.strong-secret", "jwt.no-sensitive-claims", "jwt.size-bounded", "oauth.code-flow-only", "oauth.redirect-uri-exact", "oauth.default-scope", "beyond.pkce-required", "access.throttling",
    "input.accept-406", "input.body-matches-type", "input.content-type-415", "input.credentials-in-header",
    "input.injection-xss", "input.method-405", "input.validation-schema", "processing.all-endpoints-authenticated",
    "processing.debug-off", "output.content-type-forced", "output.csp-none", "output.frame-deny",
    "output.no-fingerprint-headers", "output.no-sensitive-data", "output.nosniff", "output.status-codes",
    "account.cookie-flags", "people.report-channel", "beyond.api-inventory", "beyond.cache-no-store",
    "beyond.function-level-authorization", "beyond.host-and-proxy-trust", "beyond.payload-limits", "beyond.redos",
    "beyond.secret-scanning",
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Accounts with two people, and clients that an operator registered."""
    expires = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=200)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity_server, "POLICY", identity_server.POLICY + MORE.format(expires=expires))
        with identity_server.identity(tmp_path_factory.mktemp("audited")) as running:
            _register(running, *BOB)
            yield running


def _register(server: Server, email: str, password: str) -> None:
    person = Person(server, email, password)
    told = {"email": email, "password": password, "name": "Bob"}
    assert person.send("POST", f"{server.url}/accounts", json=told).status_code == httpx.codes.ACCEPTED
    proof = {"token": _mailed(server, email), "password": password}
    assert person.send("POST", f"{server.url}/accounts/verification", json=proof).status_code == httpx.codes.NO_CONTENT
    person.close()


def _mailed(server: Server, email: str) -> str:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for each in (server.folder / "ostiary-identity.outbox").glob("*.txt"):
            text = each.read_text(encoding="utf-8")
            if email in text and "/verify?token=" in text:
                return text.partition("/verify?token=")[2].split()[0]
        time.sleep(0.1)
    raise AssertionError("no mail came")


def _token(server: Server) -> str:
    """An access token of Ann's, for the checks that ask about tokens."""
    client = server.clients["post"]
    verifier = secrets.token_urlsafe(40)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asking = {
        "response_type": "code", "client_id": client["client_id"], "redirect_uri": CALLBACK, "scope": "openid profile email",
        "state": "a-state-of-some-length", "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    ann = Person(server)
    led = ann.visit(f"{server.url}/oauth/authorize?{urlencode(asking)}")
    ann.close()
    code = dict(parse_qsl(urlsplit(led["location"]).query))["code"]
    given = {
        "grant_type": "authorization_code", "client_id": client["client_id"], "client_secret": client["client_secret"],
        "code": code, "redirect_uri": CALLBACK, "code_verifier": verifier,
    }  # fmt: skip
    reply = httpx.post(f"{server.url}/oauth/token", data=given, trust_env=False, timeout=30)
    return str(reply.json()["access_token"])


def audited(server: Server, folder: Path, *options: str) -> dict[str, Any]:
    """The report of ``ostiary audit``, as JSON, and its exit code as ``rc``."""
    policy, report = folder / "audit.toml", folder / "report.json"
    policy.write_text(
        f"""
[audit.accounts.ann]
user = "{PERSON[0]}"
password = {{ env = "ANN" }}

[audit.accounts.bob]
user = "{BOB[0]}"
password = {{ env = "BOB" }}

[audit.accounts.app]
bearer = {{ env = "APP" }}

[audit.client]
id = "{server.clients["post"]["client_id"]}"
redirect = "{CALLBACK}"
secret = {{ env = "SECRET" }}
""",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "ostiary", "audit", server.url, "--api", f"{server.url}/openapi.json"]
    command += ["--config", str(policy), "--fail-on", "info", "--seed", "1", "--format", "json", "-o", str(report)]
    secret = {"ANN": PERSON[1], "BOB": BOB[1], "APP": _token(server)}
    secret["SECRET"] = server.clients["post"]["client_secret"]
    done = subprocess.run(
        [*command, *options], cwd=folder, env={**os.environ, **secret}, capture_output=True, text=True, timeout=250,
        check=False,
    )  # fmt: skip
    assert report.exists(), done.stderr[-2000:]
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found | {"rc": done.returncode}


def findings(report: dict[str, Any]) -> dict[str, str]:
    return {each["id"]: each["why"] for each in report["controls"] if each["outcome"] == "FAIL"}


def test_our_own_audit_has_no_finding(server: Server, tmp_path: Path) -> None:
    report = audited(server, tmp_path)
    assert {each: why for each, why in findings(report).items() if each not in ALLOWED} == {}
    assert report["rc"] == 0
    outcomes = {each["id"]: each["outcome"] for each in report["controls"]}
    open_ones = {each: outcomes[each] for each in PROVEN if outcomes[each] != "PASS"}
    assert {each for each in open_ones if (each, open_ones[each]) not in {(one, "UNKNOWN") for one in TIMED}} == set()
    log = (server.folder / "ostiary.log").read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in log


def test_nobody_to_report_to_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server without the operator's contact gets: the test above could fail."""
    monkeypatch.setattr(identity_server, "POLICY", PLAIN)
    other = tmp_path / "other"
    other.mkdir()
    with identity_server.identity(other) as bare:
        _register(bare, *BOB)
        report = audited(bare, tmp_path, "--only", "people.report-channel")
    assert report["rc"] == 1
    assert [*findings(report)] == ["people.report-channel"]
