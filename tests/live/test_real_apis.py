"""Two real API servers behind the gateway: their own clients see no difference, and the audit sees the findings go."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from live import real_servers as servers

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]  # its servers and audits have their own limits, which add up

KINTO_POLICY = """
[off]
"auth.no-basic" = "Kinto's accounts plugin signs in with Basic; the gateway serves it over TLS only"
"""

PREFECT_POLICY = """
also = ["GET /api/events/in", "GET /api/events/out", "GET /api/logs/out", "GET /api/task_runs/subscriptions/scheduled"]
"""


CONTACT = """
[people.report-channel]
contact = ["mailto:security@example.com"]
expires = "2099-01-01"
"""


def needs(name: str) -> None:
    if servers.python_of(name) is None:
        pytest.skip(f"{name} is not installed in {servers.VENVS}: `make live` installs it")


def documented(url: str, path: str, file: Path) -> Path:
    status, body = servers.fetch(url + path, 30)
    assert status == 200
    file.write_bytes(body)
    return file


def audited(url: str, document: Path, folder: Path, *options: str) -> dict[str, Any]:
    """The report of `ostiary audit`, as a script would get it; by control id."""
    out = folder / "report.json"
    command = [
        sys.executable,
        "-m",
        "ostiary",
        "audit",
        url,
        "--api",
        str(document),
        "--format",
        "json",
        "-o",
        str(out),
    ]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode in {0, 1}, done.stderr
    report = json.loads(out.read_text())
    return {each["id"]: each for each in report["controls"]}


def test_kinto_works_unchanged_behind_the_gateway(tmp_path: Path) -> None:
    needs("kinto")
    with servers.kinto(tmp_path) as upstream:
        direct = servers.use("kinto_use.py", "kinto", f"{upstream}/v1")
    with servers.kinto(tmp_path) as upstream:  # a fresh one: the store is in memory
        document = documented(upstream, "/v1/__api__", tmp_path / "kinto.json")
        with servers.gateway(tmp_path, upstream, f'api = "{document}"\n{KINTO_POLICY}') as url:
            guarded = servers.use("kinto_use.py", "kinto", f"{url}/v1")
    assert guarded == direct


def test_prefect_works_unchanged_behind_the_gateway(tmp_path: Path) -> None:
    needs("prefect")
    with servers.prefect(tmp_path) as upstream:
        document = documented(upstream, "/api/openapi.json", tmp_path / "prefect.json")
        env = {"PREFECT_HOME": str(tmp_path / "client")}
        direct = servers.use("prefect_use.py", "prefect", "", env | {"PREFECT_API_URL": f"{upstream}/api"})
        with servers.gateway(tmp_path, upstream, f'api = "{document}"\n{PREFECT_POLICY}') as url:
            guarded = servers.use("prefect_use.py", "prefect", "", env | {"PREFECT_API_URL": f"{url}/api"})
    assert guarded == direct


def failed_live(control: dict[str, Any]) -> bool:
    """Whether the running API, not only its document, fails a control."""
    return any(each["kind"] == "live" and each["outcome"] == "FAIL" for each in control["kinds"])


@pytest.mark.parametrize("name", ["kinto", "prefect"])
def test_the_audit_finds_it_and_the_gateway_closes_it(name: str, tmp_path: Path) -> None:
    needs(name)
    start, path, policy = {
        "kinto": (servers.kinto, "/v1/__api__", CONTACT + KINTO_POLICY),
        "prefect": (servers.prefect, "/api/openapi.json", PREFECT_POLICY + CONTACT),
    }[name]
    with start(tmp_path) as upstream:
        document = documented(upstream, path, tmp_path / "api.json")
        before = audited(upstream, document, tmp_path)
        with servers.gateway(tmp_path, upstream, f'api = "{document}"\n{policy}') as url:
            after = audited(url, document, tmp_path, "--config", str(tmp_path / "ostiary.toml"))
    opened = {each for each, found in before.items() if found["guard"] and failed_live(found)}
    assert {"kinto": "output.frame-deny", "prefect": "output.nosniff"}[name] in opened
    still = {each: after[each]["why"] for each in opened if failed_live(after[each])}
    assert still == {}, f"{name}: the gateway left {still}"
    if name == "kinto":
        assert after["auth.no-basic"]["outcome"] == "WAIVED"
        assert "Kinto" in after["auth.no-basic"]["why"]
