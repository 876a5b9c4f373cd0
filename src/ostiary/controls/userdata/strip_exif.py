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

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.INTRUSIVE,
    strength="must",
    attest=(
        "Which step removes metadata from pictures, and can originals be reached by URL (attach the pipeline "
        "settings and one picture before and after)?"
    ),
    reach="cannot: it passes files on unchanged",
    maps=Maps(
        owasp_api=("API3:2023",),
        asvs=("14.2.8",),
        cwe=(1230, 359),
        standards=("EXIF 3.0", "GDPR Art. 25"),
    ),
)
