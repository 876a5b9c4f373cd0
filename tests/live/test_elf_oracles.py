"""Our reader of ELF headers says what lief and pyelftools say, of this system's libraries and of hand-made ones, and is fast."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from elves import LOAD, STACK, elf_file
from live.real_servers import VENVS
from ostiary.audit.gather.machines.binaries import of_file

pytestmark = pytest.mark.live
PYTHON = VENVS / "oracles" / "bin" / "python"
ORACLE = """
import json, sys
import lief
from elftools.elf.elffile import ELFFile
found = {}
for path in sys.stdin.read().splitlines():
    parsed = lief.ELF.parse(path)
    with open(path, "rb") as file:
        flags = [each["p_flags"] for each in ELFFile(file).iter_segments() if each["p_type"] == "PT_GNU_STACK"]
    found[path] = [bool(parsed.has_nx), [bool(each & 1) for each in flags]]
print(json.dumps(found))
"""


def system_files() -> list[str]:
    folders = ("/usr/bin", "/usr/sbin", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu")
    places = [place for folder in folders for place in Path(folder).glob("*")]
    return [str(each) for each in places if each.is_file() and not each.is_symlink() and os.access(each, os.R_OK)]


def test_we_agree_with_lief_and_pyelftools(tmp_path: Path) -> None:
    if not PYTHON.exists():
        pytest.skip("NOT TESTED: lief and pyelftools are not installed (make live)")
    samples = {
        "good.so": elf_file([(LOAD, 5), (STACK, 6)]), "bad.so": elf_file([(LOAD, 5), (STACK, 7)]), "silent.so": elf_file([(LOAD, 5)]),
        "small.so": elf_file([(LOAD, 5), (STACK, 7)], wide=False, machine=3),
    }  # fmt: skip
    for name, data in samples.items():
        (tmp_path / name).write_bytes(data + bytes(64))
    ours = {}
    for path in [*(str(tmp_path / name) for name in samples), *system_files()[:600]]:
        found = of_file(path)
        if found is not None:
            ours[path] = found.stack
    done = subprocess.run(
        [str(PYTHON), "-c", ORACLE], input="\n".join(ours), capture_output=True, text=True, timeout=300, check=True
    )
    theirs = json.loads(done.stdout)
    assert len(ours) > 100
    assert {path: [stack] if stack is not None else [] for path, stack in ours.items()} == {
        path: each[1] for path, each in theirs.items()
    }
    # lief calls a file without the header unprotected; the kernel and the loader decide by architecture: we say neither.
    assert {path for path, stack in ours.items() if stack is False} == {
        path for path, each in theirs.items() if each[0]
    }


def test_a_thousand_files_take_less_than_a_second() -> None:
    files = system_files()
    for path in files:
        of_file(path)  # from here on they are in the page cache
    started = time.process_time()
    read = sum(of_file(path) is not None for path in files)
    spent = time.process_time() - started
    assert read > 100
    assert read / spent > 1_000, f"{read / spent:.0f} files/s"
