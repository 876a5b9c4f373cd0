"""Which operations of a document take XML, also as a picture or an office document in an upload."""

from __future__ import annotations

from typing import Final

from ostiary.evidence import Spec
from ostiary.model import Finding, not_applicable, unknown

_XML: Final = ("/xml", "+xml", "openxmlformats", "opendocument", "multipart/form-data", "application/octet-stream")


async def audit_spec(spec: Spec) -> Finding:
    """Name them; how they are parsed, no document says."""
    found = [each for each in spec.api.operations if any(sign in media for media in each.consumes for sign in _XML)]
    if not found:
        return not_applicable("no operation declares XML or an upload")
    shown = [spec.at(each.pointer, f"{each.key} takes {', '.join(each.consumes)}") for each in found]
    return unknown(f"{len(found)} operations take XML or uploads; how they are parsed, no document says", *shown[:4])
