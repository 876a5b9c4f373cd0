"""Components have their package URL, their hashes and what is known against them."""

from __future__ import annotations

import base64
import hashlib

import pytest

from ostiary.evidence.supply import Advisory, Dependency
from ostiary.parts.supply.cyclonedx import document
from ostiary.parts.supply.purl import purl


@pytest.mark.parametrize(
    ("ecosystem", "name", "version", "url"),
    [
        ("PyPI", "web-kit", "1.0", "pkg:pypi/web-kit@1.0"),
        ("npm", "@team/kit", "1.0.3", "pkg:npm/%40team/kit@1.0.3"),
        ("Maven", "org.kit:core", "4.2", "pkg:maven/org.kit/core@4.2"),
        ("Go", "example.net/kit/v2", "v2.0.0+incompatible", "pkg:golang/example.net/kit/v2@v2.0.0%2Bincompatible"),
        ("Packagist", "Team/Kit", "1", "pkg:composer/team/kit@1"),
        ("RubyGems", "kit", "1", "pkg:gem/kit@1"),
        ("crates.io", "kit", "", "pkg:cargo/kit"),
        ("Debian:12", "libssl3", "1:3.0-1", "pkg:deb/debian/libssl3@1:3.0-1?distro=debian-12"),
        ("Alpine:v3.19", "musl", "1-r1", "pkg:apk/alpine/musl@1-r1?distro=alpine-3.19"),
        ("CRAN", "x", "1", ""),
    ],
)
def test_package_urls(ecosystem: str, name: str, version: str, url: str) -> None:
    assert purl(Dependency(ecosystem=ecosystem, name=name, version=version)) == url


def made(*dependencies: Dependency, known: object = None) -> dict[str, list[dict[str, object]]]:
    return document("shop", dependencies, tool="ostiary 1", made="2026-11-22T07:00:00Z", known=known)  # type: ignore[arg-type] # shortened


def test_hashes_are_hexadecimal_whatever_the_lock_has() -> None:
    digest = hashlib.sha512(b"x").digest()
    texts = (f"sha512-{base64.b64encode(digest).decode()}", f"sha256:{'A' * 64}", "h1:abc=", "sha256:short", "md5-!!")
    (one,) = made(Dependency(ecosystem="npm", name="kit", version="1", hashes=texts))["components"]
    assert one["hashes"] == [{"alg": "SHA-512", "content": digest.hex()}, {"alg": "SHA-256", "content": "a" * 64}]


def test_a_package_named_twice_is_one_component_that_is_required_where_any_needs_it() -> None:
    found = made(
        Dependency(ecosystem="PyPI", name="kit", version="1", file="a", line=1, development=True),
        Dependency(ecosystem="PyPI", name="kit", version="1", file="b", line=2),
        Dependency(ecosystem="PyPI", name="kit", version="2", file="b", line=3, development=True),
    )["components"]
    assert [(each["purl"], each["scope"]) for each in found] == [
        ("pkg:pypi/kit@1", "required"),
        ("pkg:pypi/kit@2", "excluded"),
    ]
    assert found[0]["properties"] == [
        {"name": "ostiary:place", "value": "a:1"},
        {"name": "ostiary:place", "value": "b:2"},
    ]


def test_flaws_name_the_components_they_are_in_and_are_absent_when_nobody_looked() -> None:
    kit = Dependency(ecosystem="PyPI", name="kit", version="1")
    flaw = Advisory(
        id="GHSA-1", aliases=("CVE-1",), severity="high", fixed=("2",), published="2026-01-02", summary="bad"
    )
    (one,) = made(kit, known={("PyPI", "kit", "1"): [flaw]})["vulnerabilities"]
    assert (one["id"], one["affects"], one["ratings"]) == (
        "GHSA-1",
        [{"ref": "pkg:pypi/kit@1"}],
        [{"severity": "high"}],
    )
    assert "vulnerabilities" not in made(kit)
