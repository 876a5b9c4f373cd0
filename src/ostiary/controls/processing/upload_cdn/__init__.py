"""Files uploaded by users are served from a separate CDN host, never from the API origin.

Why
    A user file served from the API host can run script with the origin and cookies of the API, and heavy file
    traffic can exhaust the service.

Fix
    Store uploads in a private bucket and serve them through a CDN on its own registrable domain that carries no
    cookies. Let clients upload and download with short-lived signed URLs. Send ``Content-Disposition: attachment``,
    ``X-Content-Type-Options: nosniff`` and ``Content-Security-Policy: sandbox`` with every file.

Traps
    - A CDN in front of the same hostname does not isolate origins.
    - Private files need signed URLs: a public CDN path is worse than none.
    - Internal tools with tiny files: severity low.
"""

from __future__ import annotations

from typing import Final

from ostiary.controls.processing.upload_cdn.pipeline import audit_ci
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http, Spec
from ostiary.model import (
    Control,
    Finding,
    Kind,
    Maps,
    Operation,
    Probe,
    Severity,
    attest,
    failed,
    not_applicable,
    passed,
    unknown,
)
from ostiary.parts.seen import uploads
from ostiary.parts.seen.purposes import purpose
from ostiary.parts.seen.uploads import Desk, Kept

_MARK: Final = "ostiarycdn3e9"


async def audit_live(http: Http) -> Finding:
    """Hand in a text or a picture and see from which host it comes back, and how."""
    if not http.intrusive:
        return unknown("needs --intrusive: files are handed in")
    operations = uploads.taking(http)
    if not operations:
        return uploads.none_taken(http)
    desk = Desk(http)
    try:
        kept = [each for operation in operations if (each := await _handed_in(desk, operation)) is not None]
    finally:
        await desk.clear()
    inline = [each for each in kept if any(_is_inline(each, read) for read in each.reads)]
    if inline:
        return _failed(http, inline)
    away = [each for each in kept if each.elsewhere]
    if away:
        return passed(
            f"files are served from {', '.join(away[0].elsewhere)}", http.show(away[0].answer, "where the file is")
        )
    if any(each.reads for each in kept):
        return attest(f"Files come from the API's own origin, as attachments. {control.attest}")
    return unknown("no file was taken and found again: from which host are files served?")


async def _handed_in(desk: Desk, operation: Operation) -> Kept | None:
    for file in (uploads.text(_MARK), uploads.picture(_MARK)):
        try:
            kept = await desk.hand_in(operation, file)
        except Unanswerable:
            continue
        if isinstance(kept, Kept) and (kept.reads or kept.elsewhere):
            return kept
    return None


def _is_inline(kept: Kept, read: Answer) -> bool:
    """Whether it would be shown, not kept: a file as it is, not one inside a JSON document."""
    attached = (read.head("content-disposition") or "").lower().startswith("attachment")
    sandboxed = any("sandbox" in each.lower() for each in read.all("content-security-policy"))
    return uploads.is_file(read, kept.file) and not attached and not sandboxed


def _failed(http: Http, inline: list[Kept]) -> Finding:
    first = inline[0]
    return failed(
        f"files that users hand in are served inline from the API's own origin ({first.target.rpartition('/')[0] or '/'})",
        http.show(first.answer, "the file was taken"),
        http.show(first.read or first.answer, "served inline by the API"),
        proof="what was handed in came back from the same scheme, host and port, without Content-Disposition: attachment",
        places=tuple(each.operation.key for each in inline),
    )


async def audit_spec(spec: Spec) -> Finding:
    """Say where files are taken; where they are kept, a document does not promise."""
    found = [each.key for each in spec.api.operations if each.declared and purpose(each) == "upload"]
    if not found:
        return not_applicable("no operation takes files")
    return unknown(f"{', '.join(found[:5])} take files: a document does not say from which host they are served")


control = Control(
    severity=Severity.LOW,
    probe=Probe.INTRUSIVE,
    strength="should",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.CI: audit_ci},
    attest=(
        "Which CDN and host name serve user files, who can reach the origin bucket, and how is a file purged "
        "(attach the CDN and bucket configuration)?"
    ),
    reach="cannot: where files are served from is decided when they are stored",
    maps=Maps(
        owasp_api=("API4:2023", "API8:2023"),
        asvs=("3.5.4", "3.2.1", "5.3.1"),
        cwe=(434, 79),
        standards=("RFC 9111", "RFC 6266"),
    ),
)
