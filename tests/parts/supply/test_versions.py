"""Versions sort as each ecosystem's own tools sort them."""

from __future__ import annotations

import itertools
import shutil
import subprocess

import pytest

from ostiary.parts.supply.cvss import base_score, rated
from ostiary.parts.supply.versions import known, order

RISING = {
    "npm": ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.9.0", "1.10.0"],
    "Go": ["v0.0.0-20210101000000-abcdef123456", "0.0.0-20220314234659-1baeb1ce4c0b", "v0.1.0", "v1.2.3-pre", "1.2.3", "v2.0.0+incompatible"],
    "Maven": ["1-alpha-1", "1-alpha-2", "1-beta-1", "1-m1", "1-rc1", "1-SNAPSHOT", "1", "1-sp", "1-abc", "1-1", "1.1", "1.2.3", "1.10"],
    "RubyGems": ["1.0.a", "1.0.b1", "1.0.rc1", "1.0", "1.0.1", "1.9", "1.10"],
    "Packagist": ["1.0.0-dev", "1.0.0-alpha1", "1.0.0-beta2", "1.0.0-RC1", "1.0.0", "1.0.0-patch1", "1.0.1", "v1.10.0"],
    "Alpine": ["1.0_alpha1", "1.0_beta", "1.0_rc1-r3", "1.0", "1.0-r1", "1.0_p1", "1.0a", "1.0.1", "1.2", "1.10"],
    "Debian:12": ["1.0~rc1-1", "1.0-1~bpo1", "1.0-1", "1.0-1+deb12u1", "1.0-1.1", "1.0-10", "1.0+b", "1.0.1-1", "1.9", "1.10", "1:0.5-1"],
    "PyPI": ["1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1", "1.1", "1.10", "1!0.1"],
}  # fmt: skip
SAME = [("Maven", "1.0", "1"), ("Maven", "1.0.0.Final", "1.0.0"), ("Maven", "2.0-GA", "2"), ("RubyGems", "1.0.0", "1"), ("Go", "v2.0.0+incompatible", "2.0.0"),
        ("Packagist", "v1.0", "1.0.0.0"), ("PyPI", "1.0", "1.0.0"), ("npm", "v1.0.0", "1.0.0+build")]  # fmt: skip


@pytest.mark.parametrize("ecosystem", RISING)
def test_versions_rise(ecosystem: str) -> None:
    for (i, one), (j, other) in itertools.product(enumerate(RISING[ecosystem]), repeat=2):
        assert (order(ecosystem, one) < order(ecosystem, other)) == (i < j), (one, other)


@pytest.mark.parametrize(("ecosystem", "one", "other"), SAME)
def test_versions_are_the_same(ecosystem: str, one: str, other: str) -> None:
    assert order(ecosystem, one) == order(ecosystem, other)


@pytest.mark.parametrize("version", ["", "latest", "^1.2", "1.2.x", "a" * 400, "1" * 301])
@pytest.mark.parametrize("ecosystem", ["npm", "PyPI", "Packagist"])
def test_what_is_no_version_is_not_compared(ecosystem: str, version: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of its kind
        order(ecosystem, version)


def test_an_order_that_is_not_known_is_said() -> None:
    assert not known("CRAN")
    with pytest.raises(ValueError, match="CRAN"):
        order("CRAN", "1.0")


@pytest.mark.live
def test_debian_versions_sort_as_dpkg_sorts_them() -> None:
    dpkg = shutil.which("dpkg")
    if dpkg is None:
        pytest.skip("dpkg is not installed")
    versions = ["1.0", "1.0~rc1-1", "1:0.5-1", "1.0-1", "1.0-1+deb12u1", "1.0a", "1.0+b", "2:1", "1.10", "0.0~git2020-1", "1.2.3+dfsg-4", "1.0-0", "1.0-1~", "7.88.1-10+deb12u5"]  # fmt: skip
    for one, other in itertools.product(versions, repeat=2):
        less = subprocess.run([dpkg, "--compare-versions", one, "lt", other], check=False).returncode == 0
        assert (order("Debian", one) < order("Debian", other)) == less, (one, other)


@pytest.mark.parametrize(
    ("vector", "score", "word"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8, "critical"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1, "medium"),
        ("CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 9.9, "critical"),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:L", 3.3, "low"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0, "low"),
    ],
)
def test_vectors_come_to_the_published_scores(vector: str, score: float, word: str) -> None:
    assert base_score(vector) == score
    assert rated(vector) == word


@pytest.mark.parametrize(
    "vector", ["", "CVSS:4.0/AV:N", "CVSS:3.1/AV:N", "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"]
)
def test_what_is_no_vector_is_not_rated(vector: str) -> None:
    assert rated(vector) == ""
