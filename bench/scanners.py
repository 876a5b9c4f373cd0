"""Tools that look for flaws in a running API: how each is started, and which control each thing that it names is."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEERS = HERE.parent / ".venv-peers"
GRACE = 30.0  # seconds beyond its own limit, after which a tool is ended
ENDED = -1  # the exit code of what was ended

# What each tool names -> the controls that this would be, generously: any of them being broken makes it true.
SCHEMATHESIS = {  # by the code of a failure
    "ST101": ("output.status-codes", "processing.debug-off", "input.validation-schema", "input.injection-sql"),  # 5xx
    "ST201": ("input.validation-schema", "input.body-matches-type", "beyond.mass-assignment"),  # negative data accepted
    "ST202": ("input.validation-schema", "beyond.api-inventory"),  # positive data rejected
    "ST203": ("input.validation-schema",),  # a required header may be missing
    "ST204": ("input.method-405", "input.method-semantics"),
    "ST205": ("input.method-405",),
    "ST206": ("input.method-405",),
    "ST301": ("output.status-codes",),  # use after free
    "ST302": ("output.status-codes",),  # what was made is not there
    "ST401": ("processing.all-endpoints-authenticated", "auth.no-basic"),
    "ST402": ("userdata.ownership-check", "beyond.bola-differential-test"),
}
CONFORMANCE = ("beyond.api-inventory", "output.content-type-forced", "output.no-sensitive-data", "output.status-codes")
WAPITI = {
    "Command execution": ("input.injection-rce",),
    "Path Traversal": ("input.injection-rce",),
    "Log4Shell": ("input.injection-rce",),
    "SQL Injection": ("input.injection-sql",),
    "Blind SQL Injection": ("input.injection-sql",),
    "LDAP Injection": ("input.injection-sql",),
    "Reflected Cross Site Scripting": ("input.injection-xss",),
    "Stored Cross Site Scripting": ("input.injection-xss",),
    "HTML Injection": ("input.injection-xss",),
    "Stored HTML Injection": ("input.injection-xss",),
    "CRLF Injection": ("account.block-crlf",),
    "Open Redirect": ("account.no-open-redirect",),
    "Server Side Request Forgery": ("beyond.ssrf-egress-control",),
    "Unrestricted File Upload": ("userdata.upload-off-server", "userdata.upload-filename"),
    "Content Security Policy Configuration": ("output.csp-none",),
    "Clickjacking Protection": ("output.frame-deny",),
    "MIME Type Confusion": ("output.nosniff",),
    "HTTP Strict Transport Security (HSTS)": ("access.hsts",),
    "Unencrypted Channels": ("access.https-only",),
    "HttpOnly Flag cookie": ("account.cookie-flags",),
    "Secure Flag cookie": ("account.cookie-flags",),
    "Fingerprint web server": ("output.no-fingerprint-headers",),
    "Fingerprint web application framework": ("output.no-fingerprint-headers",),
    "Internal Server Error": ("output.status-codes", "processing.debug-off", "input.validation-schema"),
    "Resource consumption": ("beyond.redos", "processing.async-heavy-work", "input.rate-concurrency"),
    "Htaccess Bypass": ("input.method-semantics", "processing.all-endpoints-authenticated"),
    "HTTP Methods": ("input.method-405",),
    "Backup file": ("beyond.secret-scanning",),
    "Potentially dangerous file": ("beyond.api-inventory",),
}
NIKTO = (
    (r"X-Frame-Options", ("output.frame-deny",)),
    (r"X-Content-Type-Options", ("output.nosniff",)),
    (r"X-Powered-By|^Server banner|appears to be outdated", ("output.no-fingerprint-headers",)),
    (r"HTTP TRACE|Allowed HTTP Methods|HTTP method", ("input.method-405", "input.method-semantics")),
    (r"[Dd]irectory indexing", ("access.no-directory-listing",)),
    (r"[Cc]ookie .*flag", ("account.cookie-flags",)),
    (r"[Cc]ross.?[Ss]ite [Ss]cripting|XSS", ("input.injection-xss",)),
    (r"SQL", ("input.injection-sql",)),
    (r"remote file inclusion|RFI|retrieve (?:any|arbitrary) file|/etc/passwd", ("input.injection-rce",)),
    (r"phpinfo|debug|console|trace", ("processing.debug-off",)),
    (r"", ("beyond.api-inventory",)),  # whatever else is "interesting" is a place that the document does not name
)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A running target as a tool gets it: everything that it may know."""

    url: str
    document: Path  # OpenAPI, as JSON
    tokens: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)  # name:password, where the API has a login
    seconds: float = 90.0
    folder: Path


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one run of a tool came to; `named` maps what it named to the controls that this would be."""

    seconds: float
    named: Mapping[str, Sequence[str]]
    flags: int  # as the tool counts
    code: int = 0
    note: str = ""


def install() -> None:
    """Install the peers from PyPI, each into a folder of its own: they do not agree on their libraries."""
    for name in ("schemathesis", "wapiti"):
        folder = PEERS / name
        if (folder / ".ready").exists():
            continue
        print(f"installing {name} into {folder} ...", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", str(HERE / f"{name}.txt")], check=True, timeout=900)
        (folder / ".ready").touch()


def absent() -> dict[str, str]:
    """The tools that are not here, and how to get each."""
    found = {
        name: "python bench/run.py audit (installs it)"
        for name in ("schemathesis", "wapiti")
        if not (PEERS / name / ".ready").exists()
    }
    if not _nikto():
        found["nikto"] = "apt-get install nikto (Debian, non-free), or OSTIARY_NIKTO='command'"
    return found


def ostiary(subject: Subject, *more: str) -> Said:
    """`ostiary audit` as anybody would call it."""
    report = subject.folder / "ostiary.json"
    command = [sys.executable, "-m", "ostiary", "audit", subject.url, "--api", str(subject.document), "-q"]
    command += ["-o", str(report), *more]
    for name, value in subject.users.items():
        command += ["--user", f"{name}={value}"]
    for name, value in subject.tokens.items() if not subject.users else ():
        command += ["--identity", f"{name}={value}"]
    seconds, code = _run(command, subject)
    told = _told(report)
    if told is None:
        return Said(seconds=seconds, named={}, flags=0, code=code, note="no report")
    named = {each["id"]: (each["id"],) for each in told["controls"] if each["outcome"] == "FAIL"}
    return Said(seconds=seconds, named=named, flags=len(named), code=code)


def intrusive(subject: Subject) -> Said:
    """The same with leave to lock, to upload and to load."""
    return ostiary(subject, "--intrusive")


def schemathesis(subject: Subject) -> Said:
    """All its checks, with both users' credentials (WFC), until its time is over."""
    report = subject.folder / "schemathesis.json"
    command = [
        str(PEERS / "schemathesis" / "bin" / "st"),
        "--no-color",
        "run",
        str(subject.document),
        "--url",
        subject.url,
    ]
    command += ["--checks", "all", "--max-time", f"{subject.seconds:.0f}", "--continue-on-failure"]
    command += ["--report", "json", "--report-json-path", str(report), "--suppress-health-check", "all"]
    if subject.tokens:
        known = subject.folder / "wfc.json"
        headers = {
            name: [{"name": "Authorization", "value": f"Bearer {each}"}] for name, each in subject.tokens.items()
        }
        known.write_text(json.dumps({"auth": [{"name": name, "fixedHeaders": each} for name, each in headers.items()]}))
        command += ["--auth-wfc", str(known)]
    seconds, code = _run(command, subject)
    told = _told(report)
    if told is None:
        return Said(seconds=seconds, named={}, flags=0, code=code, note="no report")
    failures = told["failures"]
    named = {each["code"]: SCHEMATHESIS.get(each["code"], CONFORMANCE) for each in failures}
    flags = sum(len(each["operations"]) for each in failures)
    return Said(seconds=seconds, named=named, flags=flags, code=code)


def wapiti(subject: Subject) -> Said:
    """Its usual modules and five more, with one user's token; documents of OpenAPI 3.0, as it reads no newer ones."""
    report = subject.folder / "wapiti.json"
    older = json.loads(subject.document.read_text())
    older = older | {"openapi": "3.0.3"} if "openapi" in older else older
    document = subject.folder / "older.json"
    document.write_text(json.dumps(older))
    modules = "common,crlf,ldap,methods,timesql,xxe"
    each = max(1, int(subject.seconds * 0.8 / 16))
    command = [str(PEERS / "wapiti" / "bin" / "wapiti"), "-u", f"{subject.url}/", "--swagger", str(document)]
    command += ["-m", modules, "--flush-session", "--no-bugreport", "-v", "0", "-f", "json", "-o", str(report)]
    command += ["--max-scan-time", f"{subject.seconds * 0.2:.0f}", "--max-attack-time", str(each)]
    command += ["--store-session", str(subject.folder), "--store-config", str(subject.folder)]
    for token in list(subject.tokens.values())[:1]:
        command += ["-H", f"Authorization: Bearer {token}"]
    seconds, code = _run(command, subject)
    told = _told(report)
    if told is None:
        return Said(seconds=seconds, named={}, flags=0, code=code, note="no report")
    counted = {name: len(each) for part in ("vulnerabilities", "anomalies", "additionals") for name, each in told.get(part, {}).items() if each}  # fmt: skip
    named = {name: WAPITI.get(name, ()) for name in counted}
    return Said(seconds=seconds, named=named, flags=sum(counted.values()), code=code)


def nikto(subject: Subject) -> Said:
    """Everything it knows, until its time is over; it takes neither a document nor a token."""
    report = subject.folder / "nikto.csv"
    command = [*_nikto(), "-host", f"{subject.url}/", "-ask", "no", "-nointeractive"]
    command += ["-maxtime", f"{subject.seconds:.0f}", "-Format", "csv", "-output", str(report)]
    seconds, code = _run(command, subject)
    if not report.exists():
        return Said(seconds=seconds, named={}, flags=0, code=code, note="no report")
    lines = [row[-1] for row in csv.reader(report.read_text().splitlines()) if len(row) > 5 and row[-1][:4] != "Base"]
    lines = [each for each in lines if each.strip() and "Nikto" not in each and not re.match(r"[\w.-]+/\d", each)]
    named = {each[:60]: next(ids for shape, ids in NIKTO if re.search(shape, each)) for each in lines}
    return Said(seconds=seconds, named=named, flags=len(lines), code=code)


def _told(report: Path) -> Any:
    """What a report says; None: there is none, or it was not written to its end."""
    try:
        return json.loads(report.read_text())
    except (OSError, ValueError):
        return None


def _nikto() -> list[str]:
    return shlex.split(os.environ.get("OSTIARY_NIKTO", "")) or [each for each in (shutil.which("nikto"),) if each]


def _run(command: Sequence[str], subject: Subject) -> tuple[float, int]:
    """Wall seconds and the exit code; what does not end by itself is ended."""
    start = time.monotonic()
    with (subject.folder / "said.txt").open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, cwd=subject.folder)
        try:
            code = process.wait(subject.seconds + GRACE)
        except subprocess.TimeoutExpired:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            code = ENDED
    return time.monotonic() - start, code


TOOLS = {
    "ostiary audit": ostiary,
    "ostiary audit --intrusive": intrusive,
    "schemathesis": schemathesis,
    "wapiti": wapiti,
    "nikto": nikto,
}
