"""A volume is encrypted when a layer below it is dm-crypt, through LVM and RAID; a guest cannot see its provider's."""

from __future__ import annotations

from pathlib import Path

import pytest

from ostiary.audit.gather.machines.disks import volumes
from ostiary.errors import Unanswerable


def device(system: Path, name: str, *, uuid: str = "", on: tuple[str, ...] = ()) -> None:
    folder = system / "class/block" / name
    (folder / "slaves").mkdir(parents=True)
    if uuid:
        (folder / "dm").mkdir()
        (folder / "dm/uuid").write_text(uuid + "\n", encoding="ascii")
    for each in on:
        (folder / "slaves" / each).touch()


def made(folder: Path, mounts: str, swaps: str = "", vendor: str = "") -> tuple[Path, Path]:
    proc, system = folder / "proc", folder / "sys"
    proc.mkdir()
    (system / "class/dmi/id").mkdir(parents=True)
    (proc / "mounts").write_text(mounts, encoding="utf-8")
    (proc / "swaps").write_text("Filename Type Size Used Priority\n" + swaps, encoding="utf-8")
    (system / "class/dmi/id/sys_vendor").write_text(vendor, encoding="utf-8")
    return proc, system


def test_layers_are_followed_down_to_dm_crypt(tmp_path: Path) -> None:
    proc, system = made(
        tmp_path,
        "/dev/dm-1 / ext4 rw 0 0\n/dev/sdb1 /data\\040old xfs rw 0 0\n/dev/md9 /pool ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/loop3 /snap squashfs ro 0 0\n",
        "/dev/dm-2 partition 1 0 -2\n/dev/zram0 partition 1 0 100\n/swapfile file 1 0 -3\n",
    )
    device(system, "dm-0", uuid="CRYPT-LUKS2-abc", on=("sda2",))
    device(system, "dm-1", uuid="LVM-abc", on=("dm-0",))
    device(system, "dm-2", uuid="CRYPT-PLAIN-x", on=("sda3",))
    device(system, "sdb1")
    device(system, "md9", on=("dm-0", "sdc1"))
    device(system, "sdc1")
    found = {each.mount: each.encrypted for each in volumes(proc, system)}
    assert found == {"/": True, "/data old": False, "/pool": False, "swap": True}


@pytest.mark.parametrize(
    ("vendor", "name", "provided"), [("QEMU", "sda1", True), ("Dell Inc.", "sda1", False), ("", "vda1", True)]
)
def test_a_virtual_disk_may_be_encrypted_by_its_provider(
    *, vendor: str, name: str, provided: bool, tmp_path: Path
) -> None:
    proc, system = made(tmp_path, f"/dev/{name} / ext4 rw 0 0\n", vendor=vendor)
    device(system, name)
    [found] = volumes(proc, system)
    assert (found.encrypted, found.provided) == (False, provided)


def test_a_disk_that_the_kernel_does_not_list_is_not_judged(tmp_path: Path) -> None:
    proc, system = made(tmp_path, "/dev/sdz1 / ext4 rw 0 0\nrpool/root /r zfs rw 0 0\n")
    assert [each.encrypted for each in volumes(proc, system)] == [None, None]


def test_layers_that_run_in_circles_end(tmp_path: Path) -> None:
    proc, system = made(tmp_path, "/dev/dm-7 / ext4 rw 0 0\n")
    device(system, "dm-7", uuid="LVM-x", on=("dm-7",))
    assert [each.encrypted for each in volumes(proc, system)] == [False]


def test_without_a_list_of_mounts_nothing_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unanswerable, match="mounts"):
        volumes(tmp_path, tmp_path)
