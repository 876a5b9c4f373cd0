"""Public profile pictures are stored and served without camera, GPS or similar metadata.

Why
    Photo metadata reveals where and when a person was, and it can carry attack payloads.

Fix
    Re-encode each picture on upload: apply the orientation, then drop EXIF, XMP, IPTC, comments and embedded
    thumbnails. sharp strips metadata by default (call ``rotate()`` first); Pillow: ``ImageOps.exif_transpose`` and
    save without ``exif``; ImageMagick: ``-auto-orient -strip``. Cover JPEG, PNG, WebP and HEIC, and delete the
    original or keep it unreachable by URL.

Traps
    - CDN variants may be clean while the original remains reachable.
    - Colour profiles (ICC) may stay.
    - Some products need metadata (photo archives): require consent and scope.
"""

from __future__ import annotations

from typing import Final

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
    failed,
    not_applicable,
    passed,
    unknown,
)
from ostiary.parts.seen import pictures, uploads
from ostiary.parts.seen.purposes import purpose
from ostiary.parts.seen.uploads import Desk, Kept

_MARK: Final = "ostiaryexif5b2"


async def audit_live(http: Http) -> Finding:
    """Hand in a picture with an invented place in it, and look for that in every rendition."""
    if not http.intrusive:
        return unknown("needs --intrusive: pictures are handed in")
    operations = [each for each in uploads.taking(http) if uploads.takes_pictures(each)]
    if not operations:
        return uploads.none_taken(http)
    desk, clean = Desk(http, everywhere=True), list[Answer]()
    try:
        for operation in operations:
            kept = await _handed_in(desk, operation)
            for read in kept.reads if kept is not None else ():
                left = pictures.remains(read, _MARK)
                if left and kept is not None:
                    return _failed(http, kept, read, left)
                clean.append(read)
    finally:
        await desk.clear()
    if clean:
        return passed(
            f"a picture with coordinates came back without them from {len(clean)} place{'s' if len(clean) > 1 else ''}",
            http.show(clean[0], "the picture, as served"),
        )
    return unknown("no picture was taken and found again: where are pictures served?")


async def _handed_in(desk: Desk, operation: Operation) -> Kept | None:
    for name, media, content in (
        ("ostiary.jpg", "image/jpeg", pictures.jpeg(_MARK)),
        ("ostiary.png", "image/png", pictures.png(_MARK)),
    ):
        try:
            kept = await desk.hand_in(operation, uploads.File(name, media, content, _MARK))
        except Unanswerable:
            continue
        if isinstance(kept, Kept) and kept.reads:
            return kept
    return None


def _failed(http: Http, kept: Kept, read: Answer, left: list[str]) -> Finding:
    return failed(
        f"a picture handed in at {kept.operation.key} is served with {' and '.join(left)} that stood in its metadata",
        http.show(kept.answer, "the picture was taken"),
        http.show(read, "the picture, as served"),
        proof="the same coordinates were in the picture that was sent and in the one that was fetched",
        places=(kept.operation.key,),
        facts={"left": left},
    )


async def audit_spec(spec: Spec) -> Finding:
    """Say where to test."""
    found = [
        each.key
        for each in spec.api.operations
        if each.declared and purpose(each) == "upload" and uploads.takes_pictures(each)
    ]
    if not found:
        return not_applicable("no operation takes pictures")
    return unknown(f"{', '.join(found[:5])} take pictures: a document does not say what becomes of their metadata")


control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.INTRUSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    attest=(
        "Which step removes metadata from pictures, and can originals be reached by URL (attach the pipeline "
        "settings and one picture before and after)?"
    ),
    reach="cannot: it passes files on unchanged",
    enforced_by="ostiary.identity.flows.avatars",
    maps=Maps(
        owasp_api=("API3:2023",),
        asvs=("14.2.8",),
        cwe=(1230, 359),
        standards=("EXIF 3.0", "GDPR Art. 25"),
    ),
)
