"""Accept is read whole: ranges, weights, exclusions; what cannot be read is ignored (RFC 9110 section 12.5.1)."""

from __future__ import annotations

from typing import Final, NamedTuple

from ostiary.model import Operation

MOST_RANGES: Final = 100  # of one request; each is held against every declared type


class Offer(NamedTuple):
    """Whether a declared type is acceptable, and the Accept to pass on instead; None: the client's own."""

    acceptable: bool
    forward: bytes | None


class _Range(NamedTuple):
    name: str  # "application/json", "text/*", "*/*"
    weight: float


def offered(operation: Operation) -> frozenset[str]:
    """The media types of an operation's successes, without parameters; errors may come as they like."""
    found: set[str] = set()
    for status, content in operation.replies.items():
        if status.startswith(("2", "d")):
            found.update(media.partition(";")[0].strip().lower() for media in content)
    return frozenset(found)


def _ranges(value: str) -> list[_Range]:
    found = []
    for element in value.lower().split(",", MOST_RANGES)[:MOST_RANGES]:
        name, *parameters = [piece.strip() for piece in element.split(";")]
        if name == "*":
            name = "*/*"  # what Java's HttpURLConnection sends
        if name.count("/") != 1 or not all(name.split("/")):
            continue
        weight = 1.0
        for parameter in parameters:
            key, _, text = parameter.partition("=")
            if key.strip() == "q":
                weight = _weight(text.strip())
        found.append(_Range(name, weight))
    return found


def _weight(text: str) -> float:
    try:
        weight = float(text) if text.replace(".", "", 1).isdigit() else 1.0
    except ValueError:
        return 1.0
    return min(weight, 1.0)


def _fit(name: str, media: str) -> int:
    """How specifically a range names a type: 4 exactly, 3 as its JSON kin, 2 by type, 1 as anything, 0 not at all."""
    if name == media:
        return 4
    if name == "*/*" or media == "*/*":
        return 1
    if name.endswith("/*"):
        return 2 if media.startswith(name[:-1]) else 0
    if media.endswith("/*"):
        return 2 if name.startswith(media[:-1]) else 0
    for plain, suffix in (("application/json", "+json"), ("application/xml", "+xml")):
        if (name == plain and media.endswith(suffix)) or (media == plain and name.endswith(suffix)):
            return 3  # clients name a dialect, documents the syntax, and the other way round: api.github.com does
    return 0


def weigh(value: bytes, produced: frozenset[str]) -> Offer:
    """Hold an Accept value against the types an operation produces; the most specific range decides on each.

    The value passed on names declared types only, in the client's order of liking, when the client's own names others.
    """
    ranges = _ranges(value.decode("latin-1"))
    if not ranges:
        return Offer(acceptable=True, forward=None)
    liked: list[tuple[float, str]] = []
    for media in produced:
        best = max(ranges, key=lambda each: (_fit(each.name, media), each.weight))
        if _fit(best.name, media) and best.weight > 0:
            liked.append((-best.weight, media))
    named = all(any(_fit(each.name, media) for media in produced) or each.weight == 0 for each in ranges)
    if not liked:
        return Offer(acceptable=False, forward=", ".join(sorted(produced)).encode("latin-1"))
    if named:
        return Offer(acceptable=True, forward=None)
    return Offer(acceptable=True, forward=", ".join(media for _, media in sorted(liked)).encode("latin-1"))
