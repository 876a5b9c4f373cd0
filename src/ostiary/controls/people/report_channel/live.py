"""A security.txt is what RFC 9116 says it is; a page that answers 200 to everything is not one."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from ostiary.evidence import Answer, Http
from ostiary.model import Finding, failed, not_applicable, passed, unknown
from ostiary.parts.security_txt import fault

WELL_KNOWN = "/.well-known/security.txt"


async def audit_live(http: Http, *, now: Callable[[], float] = time.time) -> Finding:
    """Fetch the file and read it strictly."""
    info = http.api.document.get("info") if http.api is not None else None
    audience = info.get("x-audience", "") if isinstance(info, dict) else ""
    if isinstance(audience, str) and ("internal" in audience or audience == "private"):
        return not_applicable(f"the document says that the API is {audience}: a named internal contact suffices")
    answer = await http.send("GET", WELL_KNOWN)
    if _redirects(answer):
        there = urlsplit(answer.head("location") or "")
        if there.hostname in {None, http.host}:  # some redirect everything below one prefix, what is not there too
            answer = await http.send("GET", there.path or "/")
    if _redirects(answer):
        return unknown(f"it redirects to {answer.head('location')}: audit that host", http.show(answer, "redirect"))
    if answer.status in {401, 403, 429} or answer.status >= 500:  # noqa: PLR2004 - RFC 9110 section 15.6
        why = f"nobody can read security.txt: {answer.status}"
        return failed(why, http.show(answer, why)) if answer.status < 429 else unknown(why)  # noqa: PLR2004 - not now
    if not answer.accepted:
        return failed(f"no security.txt ({answer.status})", http.show(answer, "asked for security.txt"))
    fault = fault_of(answer, now())
    if fault:
        return failed(fault, http.show(answer, fault))
    return passed("security.txt names a contact and has not expired", http.show(answer, "security.txt"))


def _redirects(answer: Answer) -> bool:
    return 300 <= answer.status < 400  # noqa: PLR2004 - RFC 9110 section 15.4


def fault_of(answer: Answer, now: float) -> str:
    """What is wrong with a file, or an empty string."""
    if answer.media_type != "text/plain":
        return f"what is served as security.txt is {answer.media_type or 'of no type'}, not text/plain"
    try:
        text = answer.body.decode("utf-8")
    except UnicodeDecodeError:
        return "security.txt is not UTF-8"
    found = fault(text, now)
    return found.what if found is not None else ""
