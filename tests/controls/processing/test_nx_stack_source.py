"""Programs and libraries of a tree, a wheel or an image are judged by their headers; other files are left alone."""

from __future__ import annotations

import asyncio
import zipfile
from pathlib import Path

import pytest

from elves import LOAD, STACK, elf_file
from ostiary.audit.answering import answered
from ostiary.audit.gather.trees.archive import Zip
from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.tree import Tree
from ostiary.controls.processing.nx_stack.source import audit_source
from ostiary.model import Finding, Outcome

GOOD, BAD, SILENT = (elf_file([(LOAD, 5), *more]) for more in ([(STACK, 6)], [(STACK, 7)], []))


def asked(folder: Path) -> Finding:
    return asyncio.run(answered(audit_source, Tree("it", Folder(folder), root=folder)))


@pytest.mark.parametrize(
    ("files", "outcome", "words"),
    [
        ({"app/_fast.so": BAD, "bin/tool": GOOD}, Outcome.FAIL, "app/_fast.so"),
        ({"node_modules_copy/x.node": BAD}, Outcome.FAIL, "x.node"),
        ({"app/_fast.so": GOOD, "lib/old.so.2": SILENT}, Outcome.PASS, "lib/old.so.2 does not say"),
        ({"lib/old.so.2": SILENT}, Outcome.UNKNOWN, "the loader of each system decides"),
        ({"app/main.py": b"print(1)\n" * 20}, Outcome.NOT_APPLICABLE, "no program or library"),
        ({"tests/samples/bad.so": BAD, "app/main.py": b"x"}, Outcome.NOT_APPLICABLE, "no program or library"),
        (
            {"app/obj.o": elf_file([(STACK, 7)], kind=1), "x": b"\x7fELF" + b"\xff" * 90},
            Outcome.NOT_APPLICABLE,
            "no program",
        ),
    ],
)
def test_a_tree(files: dict[str, bytes], outcome: Outcome, words: str, tmp_path: Path) -> None:
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    found = asked(tmp_path)
    assert (found.outcome, words in found.why) == (outcome, True), found.why


def test_a_wheel(tmp_path: Path) -> None:
    wheel = tmp_path / "x-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("x/_native.cpython-311-x86_64-linux-gnu.so", BAD)
        archive.writestr("x-1.dist-info/METADATA", "Name: x\n")
    found = asyncio.run(answered(audit_source, Tree("it", Zip(wheel, "wheel"))))
    assert found.outcome is Outcome.FAIL
    assert found.places == ("x/_native.cpython-311-x86_64-linux-gnu.so",)


def test_headers_beyond_what_is_read_are_no_pass(tmp_path: Path) -> None:
    data = bytearray(GOOD)
    data[32:40] = (64 * 1024 * 1024).to_bytes(8, "little")
    (tmp_path / "huge.so").write_bytes(bytes(data))
    assert asked(tmp_path).outcome is Outcome.UNKNOWN
