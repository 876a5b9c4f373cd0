"""Program headers, whatever the class and byte order, and whatever nonsense stands in them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elves import LOAD, STACK, elf_file
from ostiary.parts import elf

RW, RWX, RX = 6, 7, 5


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("big", [True, False])
@pytest.mark.parametrize(("flags", "stack"), [(RW, False), (RWX, True), (None, None)])
def test_the_stack_is_read_in_every_form(*, wide: bool, big: bool, flags: int | None, stack: bool | None) -> None:
    headers = [(LOAD, RX), *([(STACK, flags)] if flags is not None else [])]
    found = elf.of(elf_file(headers, wide=wide, big=big))
    assert found is not None
    assert (found.stack, found.mixed) == (stack, False)


def test_memory_that_is_loaded_writable_and_executable_is_told() -> None:
    found = elf.of(elf_file([(LOAD, RWX), (STACK, RW)]))
    assert found is not None
    assert found.mixed


def test_headers_far_behind_are_not_guessed() -> None:
    data = bytearray(elf_file([(STACK, RWX)]))
    struct.pack_into("<Q", data, 32, 1 << 40)
    assert elf.of(bytes(data)) is None
    assert elf.table(bytes(data[:64])) is not None, "it is a program all the same"


@pytest.mark.parametrize("kind", [1, 4])
def test_objects_and_core_dumps_are_no_programs(kind: int) -> None:
    assert elf.of(elf_file([(STACK, RWX)], kind=kind)) is None


@given(st.binary(max_size=200))
def test_nonsense_is_survived(tail: bytes) -> None:
    elf.of(b"\x7fELF" + tail)
    data = bytearray(elf_file([(STACK, RW), (LOAD, RX)]))
    data[16 : 16 + len(tail)] = tail
    elf.of(bytes(data))
