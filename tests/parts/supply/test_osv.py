"""An advisory means the versions that its ranges and lists say, and no other."""

from __future__ import annotations

from typing import Any

import pytest

from ostiary.parts.supply import osv


def record(**more: Any) -> dict[str, Any]:
    events = more.pop("events", [{"introduced": "0"}, {"fixed": "2.0"}])
    ecosystem = more.pop("ecosystem", "PyPI")
    affected = {
        "package": {"ecosystem": ecosystem, "name": "Web_Kit"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    affected |= more.pop("affected", {})
    return {"id": "X-1", "modified": "2026-01-02T00:00:00Z", "summary": "bad", "affected": [affected], **more}


def means(version: str, **more: Any) -> bool:
    (one,) = osv.affected(record(**more))
    return osv.means(one, version)


@pytest.mark.parametrize(
    ("events", "inside", "outside"),
    [
        ([{"introduced": "0"}, {"fixed": "2.0"}], ["0.1", "1.9.9", "2.0rc1"], ["2.0", "3"]),
        ([{"introduced": "1.0"}, {"last_affected": "1.5"}], ["1.0", "1.5"], ["0.9", "1.5.1"]),
        (
            [{"fixed": "1.2"}, {"introduced": "1.0"}, {"introduced": "2.0"}, {"fixed": "2.1"}],
            ["1.1", "2.0"],
            ["0.9", "1.2", "1.9", "2.1"],
        ),
        ([{"introduced": "1.0"}], ["1.0", "99"], ["0.9"]),
    ],
)
def test_ranges(events: list[dict[str, str]], inside: list[str], outside: list[str]) -> None:
    assert all(means(each, events=events) for each in inside)
    assert not any(means(each, events=events) for each in outside)


def test_lists_count_beside_ranges() -> None:
    assert means("7.0", affected={"versions": ["7.0"]})
    assert not means("7.1", affected={"versions": ["7.0"]})


def test_git_ranges_alone_say_nothing_of_versions() -> None:
    git = {"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}
    assert not means("1.0", affected=git)


def test_go_versions_are_compared_with_or_without_their_letter() -> None:
    assert means("v1.9.0", ecosystem="Go")
    assert not means("v2.0.0", ecosystem="Go")


def test_withdrawn_records_are_left_out() -> None:
    assert list(osv.affected(record(withdrawn="2026-01-01T00:00:00Z"))) == []


@pytest.mark.parametrize(
    "junk", [None, [], "x", {"id": 3}, {"id": "x", "affected": [{"package": 1}, 7]}, {"id": "x", "affected": {}}]
)
def test_junk_is_nothing(junk: Any) -> None:
    assert list(osv.affected(junk)) == []


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"database_specific": {"severity": "MODERATE"}}, "medium"),
        ({"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]}, "critical"),
        ({"severity": [{"type": "Ubuntu", "score": "low"}]}, "low"),
        ({"affected": {"ecosystem_specific": {"urgency": "unimportant"}}}, "low"),
        ({}, ""),
    ],
)
def test_severity(more: dict[str, Any], word: str) -> None:
    (one,) = osv.affected(record(**more))
    assert one.severity == word


def test_what_is_about_one_flaw_is_one() -> None:
    (first,) = osv.affected({**record(), "id": "PYSEC-1", "aliases": ["CVE-1"]})
    (second,) = osv.affected(
        {
            **record(events=[{"introduced": "0"}, {"fixed": "2.1"}]),
            "id": "GHSA-1",
            "aliases": ["CVE-1"],
            "database_specific": {"severity": "HIGH"},
        }
    )
    (other,) = osv.affected({**record(), "id": "PYSEC-2"})
    found = osv.joined([(each, osv.fixed(each, "1.0")) for each in (first, other, second)])
    assert [(each.id, each.severity, each.fixed) for each in found] == [
        ("GHSA-1", "high", ("2.0", "2.1")),
        ("PYSEC-2", "", ("2.0",)),
    ]
    assert set(found[0].aliases) == {"PYSEC-1", "CVE-1"}


def test_the_fix_is_of_the_line_that_is_used() -> None:
    events = [{"introduced": "0"}, {"fixed": "1.2"}, {"introduced": "2.0"}, {"fixed": "2.3"}]
    (one,) = osv.affected(record(events=events))
    assert (osv.fixed(one, "1.0"), osv.fixed(one, "2.1")) == (("1.2",), ("2.3",))


def test_malware_is_told_from_carelessness() -> None:
    (one,) = osv.affected({**record(), "id": "MAL-2026-1"})
    assert osv.joined([(one, ())])[0].malicious
    (one,) = osv.affected(record())
    assert not osv.joined([(one, ())])[0].malicious
