"""A list of components as CycloneDX 1.6 has it (ECMA-424): packages with their hashes, and what is known against them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ostiary.evidence.supply import Advisory, Dependency
from ostiary.parts.supply.purl import purl

_ALGORITHMS: Final = {
    "md5": ("MD5", 32),
    "sha1": ("SHA-1", 40),
    "sha256": ("SHA-256", 64),
    "sha384": ("SHA-384", 96),
    "sha512": ("SHA-512", 128),
}
_HASH: Final = re.compile(r"(?P<kind>md5|sha1|sha256|sha384|sha512)[:-](?P<digest>\S+)")
_MOST_HASHES: Final = 20
_RATED: Final = frozenset({"critical", "high", "medium", "low"})


def document(
    name: str,
    dependencies: Iterable[Dependency],
    *,
    tool: str,
    made: str,
    form: str = "folder",
    known: Mapping[tuple[str, str, str], Sequence[Advisory]] | None = None,
) -> dict[str, Any]:
    """A list of components.

    :param name: of what is listed.
    :param tool: ``ostiary 1.2``.
    :param made: when, in RFC 3339.
    :param form: as `Tree.form`.
    :param known: what is known against a package, by ecosystem, name and version; None: nobody looked.
    """
    components: dict[str, dict[str, Any]] = {}
    of_package: dict[tuple[str, str, str], str] = {}
    for each in dependencies:
        component = _component(each)
        reference = component["bom-ref"]
        of_package[each.ecosystem, each.name, each.version] = reference
        before = components.setdefault(reference, component)
        if before is not component:
            _merged(before, component)
    tool_name, _, version = tool.partition(" ")
    found: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{_serial(name, made, components)}",
        "version": 1,
        "metadata": {
            "timestamp": made,
            "tools": {"components": [{"type": "application", "name": tool_name, "version": version}]},
            "component": {"type": "container" if form == "image" else "application", "name": name, "bom-ref": "root"},
        },
        "components": list(components.values()),
        "dependencies": [{"ref": "root", "dependsOn": list(components)}],
    }
    if known is not None:
        found["vulnerabilities"] = list(_vulnerabilities(known, of_package))
    return found


def _component(each: Dependency) -> dict[str, Any]:
    url = purl(each)
    namespace, _, last = each.name.rpartition(":" if each.ecosystem == "Maven" else "/")
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": url or f"{each.ecosystem}/{each.name}@{each.version}",
        "name": last or each.name,
        "scope": "excluded" if each.development else "required",
        "properties": [{"name": "ostiary:place", "value": each.place}],
    }
    if namespace:
        found["group"] = namespace
    if each.version:
        found["version"] = each.version
    elif each.wanted:
        found["properties"].append({"name": "ostiary:wanted", "value": each.wanted})
    if url:
        found["purl"] = url
    hashes = _hashes(each.hashes)
    if hashes:
        found["hashes"] = hashes
    return found


def _merged(before: dict[str, Any], other: dict[str, Any]) -> None:
    """The same package from a second file."""
    before["properties"] += [each for each in other["properties"] if each not in before["properties"]]
    if other["scope"] == "required":
        before["scope"] = "required"
    if "hashes" not in before and "hashes" in other:
        before["hashes"] = other["hashes"]


def _hashes(texts: Iterable[str]) -> list[dict[str, str]]:
    found: dict[tuple[str, str], None] = {}
    for text in texts:
        match = _HASH.fullmatch(text)
        if match is None:
            continue  # of a form of its own, as Go's
        name, length = _ALGORITHMS[match["kind"]]
        digest = _hex(match["digest"], length)
        if digest:
            found[name, digest] = None
    return [{"alg": name, "content": digest} for name, digest in list(found)[:_MOST_HASHES]]


def _hex(digest: str, length: int) -> str:
    """A digest in hexadecimal; Subresource Integrity has it in base 64."""
    if re.fullmatch(rf"[0-9a-fA-F]{{{length}}}", digest):
        return digest.lower()
    try:
        raw = base64.b64decode(digest, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return raw.hex() if len(raw) * 2 == length else ""


def _serial(name: str, made: str, components: Iterable[str]) -> uuid.UUID:
    """The same list gets the same number."""
    text = "\n".join([name, made, *components])
    return uuid.UUID(bytes=hashlib.sha256(text.encode("utf-8", "replace")).digest()[:16], version=4)


def _vulnerabilities(
    known: Mapping[tuple[str, str, str], Sequence[Advisory]], of_package: Mapping[tuple[str, str, str], str]
) -> Iterable[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for package, advisories in known.items():
        for each in advisories:
            one = found.setdefault(each.id, _vulnerability(each))
            reference = of_package.get(package)
            if reference is not None and {"ref": reference} not in one["affects"]:
                one["affects"].append({"ref": reference})
    return found.values()


def _vulnerability(each: Advisory) -> dict[str, Any]:
    found: dict[str, Any] = {
        "bom-ref": each.id,
        "id": each.id,
        "source": {"name": "OSV", "url": f"https://osv.dev/vulnerability/{each.id}"},
        "ratings": [{"severity": each.severity if each.severity in _RATED else "unknown"}],
        "affects": [],
    }
    if each.aliases:
        found["references"] = [
            {"id": one, "source": {"name": "OSV", "url": f"https://osv.dev/vulnerability/{one}"}}
            for one in each.aliases
        ]
    if each.summary:
        found["description"] = each.summary
    if each.fixed:
        found["recommendation"] = f"update to {', '.join(each.fixed[:5])}"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", each.published):
        found["published"] = f"{each.published}T00:00:00Z"
    return found
