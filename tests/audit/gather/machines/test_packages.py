"""Updates are read off what apt would do, and what still runs of replaced files off the kernel's maps."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ostiary.audit.gather.machines.packages import updates
from ostiary.errors import Unanswerable

SAID = """Reading package lists...
Building dependency tree...
The following packages will be upgraded:
  bash libssl3 tool
Inst libssl3 [3.0.11-1] (3.0.11-1+deb12u3 Debian:12.15/oldstable, Debian-Security:12/oldstable-security [amd64]) []
Inst bash [5.2.15-2] (5.2.15-3 Debian:12.15/oldstable [amd64])
Inst tool [1.0] (1.1 Ubuntu:22.04/jammy-updates, Ubuntu:22.04/jammy-security [amd64])
Inst brand-new (1.0 Debian:12.15/oldstable [amd64])
Conf bash (5.2.15-3 Debian:12.15/oldstable [amd64])
"""
HISTORY = """
Start-Date: 2026-11-01  10:00:00
Commandline: apt-get install x
Install: x:amd64 (1)
End-Date: 2026-11-01  10:00:05

Start-Date: 2026-10-01  10:00:00
Upgrade: y:amd64 (1, 2)
End-Date: 2026-10-01  10:00:05
"""
MAPS = """55d0-55d1 r--p 00000000 08:01 11 /usr/sbin/served
7f00-7f01 r-xp 00001000 08:01 12 /usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)
7f01-7f02 r--p 00001000 08:01 12 /usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)
7f02-7f03 rw-s 00000000 00:01 13 /memfd:pool (deleted)
7f03-7f04 r-xp 00000000 00:01 14 /tmp/jit-1 (deleted)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in {
        "var/lib/dpkg/status": "Package: libssl3\nStatus: hold ok installed\nVersion: 3\n\nPackage: bash\nStatus: install ok installed\n",
        "var/lib/apt/lists/x_InRelease": "x",
        "var/log/apt/history.log": HISTORY,
        "proc/10/maps": MAPS,
        "proc/10/comm": "served\n",
        "proc/11/maps": MAPS.replace("/usr/lib", "/srv/lib"),
        "proc/self/maps": MAPS,
        "proc/sys/kernel/osrelease": "6.1.0-20-amd64\n",
        "boot/vmlinuz-6.1.0-20-amd64": "",
        "boot/vmlinuz-6.1.0-9-amd64": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.fixture
def apt(tmp_path: Path) -> str:
    """Prints what apt printed, and what it was asked."""
    script = tmp_path / "apt-get"
    script.write_text(
        f"#!{sys.executable}\nimport sys\nassert '-s' in sys.argv and 'dist-upgrade' == sys.argv[-1]\nprint({SAID!r})\n"
    )
    script.chmod(0o755)
    return str(script)


def test_updates_are_told_with_where_they_come_from(root: Path, apt: str) -> None:
    found = updates(root, apt=apt)
    assert [(each.name, each.installed, each.candidate, each.security, each.held) for each in found.pending] == [
        ("libssl3", "3.0.11-1", "3.0.11-1+deb12u3", True, True),
        ("bash", "5.2.15-2", "5.2.15-3", False, False),
        ("tool", "1.0", "1.1", True, False),
    ]
    assert [each.name for each in found.security] == ["libssl3", "tool"]
    assert found.upgraded is not None
    assert found.upgraded.strftime("%Y-%m-%d") == "2026-10-01"
    assert found.listed is not None
    assert time.time() - found.listed.timestamp() < 60


def test_what_runs_of_replaced_files_is_told(root: Path, apt: str) -> None:
    (stale,) = updates(root, apt=apt).stale
    assert (stale.process, stale.pid, stale.files) == ("served", 10, ("/usr/lib/x86_64-linux-gnu/libssl.so.3",))


def test_kernels_and_restarts(root: Path, apt: str) -> None:
    assert updates(root, apt=apt).kernels == ()
    (root / "boot/vmlinuz-6.1.0-21-amd64").touch()
    assert updates(root, apt=apt).kernels == ("6.1.0-21-amd64",)
    (root / "proc/sys/kernel/osrelease").write_text("6.18.0-of-the-host\n")
    assert updates(root, apt=apt).kernels == ()
    assert not updates(root, apt=apt).reboot
    (root / "run").mkdir()
    (root / "run/reboot-required").touch()
    assert updates(root, apt=apt).reboot


def test_unattended_upgrades_have_to_be_installed_and_on(root: Path, apt: str) -> None:
    config = root / "etc/apt/apt.conf.d/20auto-upgrades"
    config.parent.mkdir(parents=True)
    config.write_text('APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";\n')
    assert not updates(root, apt=apt).automatic
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/unattended-upgrade").touch()
    assert updates(root, apt=apt).automatic
    (config.parent / "99off").write_text('// APT::Periodic::Unattended-Upgrade "1";\nAPT::Periodic::Enable "0";\n')
    assert not updates(root, apt=apt).automatic


def test_without_apt_nothing_is_said(root: Path) -> None:
    with pytest.raises(Unanswerable, match="no apt-get here"):
        updates(root, apt="no-such-program-here")


def test_apt_that_fails_is_no_answer(root: Path, tmp_path: Path) -> None:
    script = tmp_path / "failing"
    script.write_text("#!/bin/sh\necho 'E: The list of sources could not be read.' >&2\nexit 100\n")
    script.chmod(0o755)
    with pytest.raises(Unanswerable, match="list of sources"):
        updates(root, apt=str(script))


@pytest.mark.live
def test_this_machines_apt_answers_and_nothing_is_changed() -> None:
    if shutil.which("apt-get") is None:
        pytest.skip("apt-get is not installed")
    before = Path("/var/lib/dpkg/status").stat().st_mtime_ns
    try:
        found = updates()
    except Unanswerable as error:
        pytest.skip(f"apt does not answer here: {error}")
    said = subprocess.run(["apt-get", "-s", "--ignore-hold", "dist-upgrade"], capture_output=True, text=True, check=True, timeout=120, env={**os.environ, "LC_ALL": "C"}).stdout  # fmt: skip
    assert len(found.pending) == sum(
        line.startswith("Inst ") and " [" in line.split("(")[0] for line in said.splitlines()
    )
    assert Path("/var/lib/dpkg/status").stat().st_mtime_ns == before
