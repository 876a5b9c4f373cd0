"""What a system says it is, and when its support ends, by Debian's table or ours."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ostiary.audit.gather.machines.release import release
from ostiary.errors import Unanswerable


def made(root: Path, text: str, table: str = "") -> Path:
    (root / "etc").mkdir()
    (root / "etc/os-release").write_text(text, encoding="utf-8")
    if table:
        (root / "usr/share/distro-info").mkdir(parents=True)
        (root / "usr/share/distro-info/debian.csv").write_text(table, encoding="utf-8")
    return root


def test_the_systems_own_table_comes_first(tmp_path: Path) -> None:
    table = "version,codename,series,created,release,eol,eol-lts,eol-elts\n12,Bookworm,bookworm,a,b,2026-07-11,2028-06-30,2033-06-30\n"
    found = release(made(tmp_path, 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"\n', table))
    assert (found.ends, found.extended) == (dt.date(2026, 7, 11), dt.date(2028, 6, 30))
    assert found.source.endswith("debian.csv")


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ('ID="alpine"\nVERSION_ID=3.18.4\n', dt.date(2025, 5, 9)),
        ("ID=centos\nVERSION_ID='7'\n", dt.date(2024, 6, 30)),
        ("ID=rhel\nVERSION_ID=9.4\n", dt.date(2032, 5, 31)),
        ("ID=ubuntu\nVERSION_ID=20.04\n", dt.date(2025, 5, 29)),
        ("ID=nobodys\nVERSION_ID=1\n", None),
    ],
)
def test_others_are_in_our_table_or_nobody_knows(text: str, ends: dt.date | None, tmp_path: Path) -> None:
    assert release(made(tmp_path, text)).ends == ends


def test_a_system_that_does_not_say_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(Unanswerable, match="does not say"):
        release(tmp_path)
