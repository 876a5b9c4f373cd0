"""Whether the certificates that a server shows can be relied on, as far as they themselves and this machine's trust tell."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Sequence
from typing import NamedTuple

from ostiary.parts.tls.certificates import Certificate, certificate, unlinked


class Judged(NamedTuple):
    """``fault`` is what is wrong for everybody; ``doubt`` what only some clients would refuse; ``notes`` are neither."""

    fault: str = ""
    doubt: str = ""
    notes: tuple[str, ...] = ()
    leaf: Certificate | None = None


def judged(ders: Sequence[bytes], *, host: str, distrust: str | None, now: dt.datetime) -> Judged:
    """Look at time, name, who signed, and the order of what is sent.

    :param host: the name that a client would ask for; an address or empty: names are not compared.
    :param distrust: why this machine's authorities do not vouch for it; empty: they do; None: nobody asked.
    """
    read = [certificate(each) for each in ders]
    chain = [each for each in read if each is not None]
    if not chain or read[0] is None:
        return Judged(doubt="the certificate could not be read")
    leaf = chain[0]
    fault = _time(leaf, now) or _name(leaf, host)
    if not fault and leaf.issued_to_itself and distrust != "":
        fault = f"the certificate of {leaf.subject or 'nobody'} vouches for itself (self-signed)"
    doubt = ""
    if not fault and distrust:
        doubt = f"this machine does not trust who signed it, {leaf.issuer or 'nobody named'} ({distrust})"
        if len(chain) == 1:
            doubt += "; no certificate of an authority between is sent with it"
    elif not fault and distrust is None:
        doubt = "no usual handshake came about, so that nobody can say whether its certificate is trusted"
    notes = []
    broken = unlinked(chain)
    if broken:
        notes.append(f"certificate {broken} of the chain was not signed by the one after it: the order is wrong")
    if leaf.ends is not None and not fault and (days := (leaf.ends - now).days) < 14:  # noqa: PLR2004 - two weeks
        notes.append(f"it ends in {days} days")
    return Judged(fault, doubt, tuple(notes), leaf)


def _time(leaf: Certificate, now: dt.datetime) -> str:
    if leaf.ends is not None and leaf.ends < now:
        return f"the certificate of {leaf.subject} ended on {leaf.ends:%Y-%m-%d}"
    if leaf.begins is not None and leaf.begins > now:
        return f"the certificate of {leaf.subject} begins on {leaf.begins:%Y-%m-%d} only"
    return ""


def _name(leaf: Certificate, host: str) -> str:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        if host and not leaf.is_for(host):
            return f"the certificate is for {', '.join(leaf.names[:3]) or leaf.subject or 'nobody'}, not for {host}"
    return ""
