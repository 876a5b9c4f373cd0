"""A security.txt is what RFC 9116 says it is; a page that answers 200 to everything is not one."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from ostiary.evidence import Answer, Http
from ostiary.model import Finding, failed, not_applicable, passed, unknown

WELL_KNOWN = "/.well-known/security.txt"
_FIELD = re.compile(r"([A-Za-z0-9-]+):[ \t]*+(\S.*)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")  # RFC 3339 section 5.6
_SIGNED = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\r?\n(?:[A-Za-z-]+: .*\r?\n)*\r?\n(.*?)\r?\n-----BEGIN PGP SIGNATURE-----",
    re.DOTALL,
)


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
    signed = _SIGNED.search(text)
    fields: dict[str, list[str]] = {}
    for line in (signed[1] if signed else text).splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        match = _FIELD.fullmatch(line.rstrip(" \t"))
        if match is None:
            return "security.txt has a line that is neither a field nor a comment"
        fields.setdefault(match[1].lower(), []).append(match[2])
    return _fault_of_fields(fields, now)


def _fault_of_fields(fields: dict[str, list[str]], now: float) -> str:
    contacts = fields.get("contact", [])
    if not contacts:
        return "security.txt has no Contact"
    for contact in contacts:
        scheme, colon, rest = contact.partition(":")
        if not colon or not rest or " " in contact:
            return "a Contact in security.txt is not a URI (an address needs mailto:)"
        if scheme.lower() == "http":
            return "a Contact in security.txt is a clear-text page"
    for name in ("expires", "preferred-languages"):
        if len(fields.get(name, [])) > 1:
            return f"security.txt has {name.title()} twice"
    expires = fields.get("expires")
    if not expires:
        return "security.txt has no Expires"
    if _MOMENT.fullmatch(expires[0]) is None:
        return "Expires in security.txt is not a date and time of RFC 3339"
    try:
        moment = dt.datetime.fromisoformat(expires[0].upper())
    except ValueError:
        return "Expires in security.txt is no date of the calendar"
    return "security.txt has expired" if moment.timestamp() <= now else ""
