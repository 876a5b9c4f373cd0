"""User files are stored and processed away from any host that could execute them.

Why
    A file on the application host is one misconfiguration away from being run as code.

Fix
    Keep uploads in a private object store (S3, GCS, Azure Blob, MinIO) with public access blocked, for example with
    ``django-storages``, Active Storage or pre-signed ``PUT`` URLs. Convert and scan files in a separate worker or
    function without network access and secrets. If a local spool is needed, put it outside the web root on a
    ``noexec`` mount and delete files after use.

Traps
    - A mounted bucket (FUSE) inside the web root defeats the point.
    - On-premises object stores are fine: 'S3' is an example.
    - Temporary spooling to /tmp during the request is normal.
"""

from __future__ import annotations

import re
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Control, Evidence, Finding, Kind, Maps, Probe, Severity, failed, passed, unknown
from ostiary.parts.seen import uploads
from ostiary.parts.seen.uploads import Desk, Kept

_MARK: Final = "ostiaryactive7c1"
_ACTIVE: Final = frozenset({"text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml"})
_BLOCKED: Final = re.compile(r"(?:^|;)\s*(?:script|default)-src\s+'none'\s*(?:;|$)", re.IGNORECASE)
_SANDBOX: Final = re.compile(r"(?:^|;)\s*sandbox\b(?![^;]*allow-scripts)", re.IGNORECASE)
_FILES: Final = (
    uploads.File("ostiary.html", "text/html", f"<!doctype html><title>ostiary</title><p>{_MARK}".encode(), _MARK),
    uploads.File(
        "ostiary.svg",
        "image/svg+xml",
        f'<svg xmlns="http://www.w3.org/2000/svg"><text>{_MARK}</text></svg>'.encode(),
        _MARK,
    ),
    uploads.File("ostiary.php", "application/x-php", b"<?php echo 'ostiary'.'active7c1'; ?>", _MARK),
)


async def audit_live(http: Http) -> Finding:
    """Hand in a page, a drawing and a script that do nothing, and see how the API's own host serves them."""
    if not http.intrusive:
        return unknown("needs --intrusive: files are handed in")
    operations = uploads.taking(http)
    if not operations:
        return uploads.none_taken(http)
    desk, harmless, refused = Desk(http), list[Kept](), list[Answer]()
    try:
        for operation in operations:
            for file in _FILES:
                try:
                    kept = await desk.hand_in(operation, file)
                except Unanswerable:
                    continue
                if isinstance(kept, Answer):
                    refused.append(kept)
                elif fault := _fault(kept):
                    return _failed(http, kept, fault)
                elif kept.reads or kept.elsewhere:
                    harmless.append(kept)
    finally:
        await desk.clear()
    return await _unharmed(http, harmless, refused)


def _fault(kept: Kept) -> str:
    """How a browser, or the server, would run what was handed in; or an empty string."""
    read = kept.read
    if read is None:
        return ""
    if kept.file.name.endswith(".php"):
        ran = read.text.strip() == _MARK
        return "is run by the server" if ran else ""
    attached = (read.head("content-disposition") or "").lower().startswith("attachment")
    policies = read.all("content-security-policy")
    if attached or read.media_type not in _ACTIVE or any(_SANDBOX.search(each) for each in policies):
        return ""
    return f"is served as {read.media_type}"


def _failed(http: Http, kept: Kept, fault: str) -> Finding:
    read = kept.read or kept.answer
    scripts = not any(_BLOCKED.search(each) for each in read.all("content-security-policy"))
    ran = "run" in fault
    return failed(
        f"a file named {kept.file.name} that is handed in at {kept.operation.key} {fault} from the API's own origin",
        http.show(kept.answer, "the file was taken"),
        http.show(read, f"it {fault}" + ("" if scripts or ran else ", though scripts in it would not run")),
        severity=Severity.CRITICAL if ran else None if scripts else Severity.LOW,
        proof="what was fetched is what was handed in, with its own type and not as an attachment"
        if not ran
        else "the text that was fetched stands nowhere in the script that was handed in",
        places=(kept.operation.key,),
        facts={"types": [kept.file.media]},
    )


async def _unharmed(http: Http, harmless: list[Kept], refused: list[Answer]) -> Finding:
    if harmless:
        first = harmless[0]
        where = f"on {', '.join(first.elsewhere)}" if first.elsewhere else "as something to keep, not to show"
        return passed(f"files that could run are served {where}", http.show(first.read or first.answer, "as served"))
    if refused:
        taken = await _plain(http)
        if taken is not None:
            return passed(
                "files that could run are refused, and a text is taken", http.show(refused[0], "refused"), taken
            )
    return unknown("no file was taken and found again: where are files kept and served?")


async def _plain(http: Http) -> Evidence | None:
    desk = Desk(http)
    try:
        for operation in uploads.taking(http):
            for file in (uploads.text(_MARK), uploads.picture(_MARK)):
                kept = await desk.hand_in(operation, file)
                if isinstance(kept, Kept):
                    return http.show(kept.answer, "taken")
    except Unanswerable:
        return None
    finally:
        await desk.clear()
    return None


control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.INTRUSIVE,
    strength="should",
    audits={Kind.LIVE: audit_live},
    attest=(
        "Where are user files stored, and how is their processing isolated from the API (attach the bucket policy "
        "and the worker configuration)?"
    ),
    reach="cannot: where files are stored is the application's",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("5.3.1", "15.2.5", "5.2.2"),
        cwe=(434, 552),
        standards=("OWASP File Upload Cheat Sheet",),
    ),
)
