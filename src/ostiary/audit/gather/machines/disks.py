"""Whether file systems and swap lie on encrypted disks, by the kernel's own list of what is stacked on what."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.machine_facts import Volume

_DEEPEST: Final = 8  # layers: a file system on LVM on LUKS on RAID has four
_VIRTUAL: Final = re.compile(
    r"(?i)amazon|google|microsoft|openstack|qemu|kvm|vmware|xen|virtualbox|digitalocean|hetzner|alibaba|oracle|bochs"
)
_GUEST: Final = re.compile(r"(?:vd|xvd)[a-z]+\d*")
_OTHER: Final = frozenset({"zfs", "bcachefs"})  # they encrypt by themselves, and say so elsewhere
_TWICE: Final = frozenset({"ecryptfs", "fuse.gocryptfs", "fuse.encfs"})


def volumes(proc: Path = Path("/proc"), system: Path = Path("/sys")) -> list[Volume]:
    """Everything that is mounted from a disk, and swap on disks; memory and networks are none.

    :raises Unanswerable: where mounts cannot be listed.
    """
    try:
        mounts = (proc / "mounts").read_text("utf-8", "replace").splitlines()[:10_000]
    except OSError as error:
        raise Unanswerable("mounts cannot be listed (/proc/mounts)") from error
    guest = _is_guest(system)
    found: dict[str, Volume] = {}
    for line in mounts:
        device, mount, kind = [*(each.replace("\\040", " ") for each in line.split()), "", "", ""][:3]
        if kind in _OTHER and device not in found:
            found[device] = Volume(device=device, mount=mount, kind=kind, encrypted=None, provided=guest)
        elif device.startswith("/dev/") and not _is_image(device) and device not in found:
            found[device] = _volume(device, mount, kind, system, guest=guest)
    for device in _swaps(proc):
        found[f"{device} swap"] = _volume(device, "swap", "swap", system, guest=guest)
    return list(found.values())


def _is_image(device: str) -> bool:
    return Path(device).name.startswith(("loop", "ram", "zram", "sr", "fuse"))


def _swaps(proc: Path) -> list[str]:
    try:
        lines = (proc / "swaps").read_text("utf-8", "replace").splitlines()[1:]
    except OSError:
        return []
    devices = [line.split()[0] for line in lines if line.split()]
    return [each for each in devices if each.startswith("/dev/") and not _is_image(each)]  # a file lies on a volume


def _is_guest(system: Path) -> bool:
    for name in ("sys_vendor", "product_name", "chassis_vendor", "bios_vendor"):
        try:
            if _VIRTUAL.search((system / "class/dmi/id" / name).read_text("utf-8", "replace")):
                return True
        except OSError:
            continue
    return (system / "hypervisor/type").exists()


def _volume(device: str, mount: str, kind: str, system: Path, *, guest: bool) -> Volume:
    name = Path(os.path.realpath(device)).name
    crypt = kind in _TWICE or _encrypted(name, system)
    return Volume(
        device=device,
        mount=mount,
        kind=kind,
        encrypted=crypt,
        provided=not crypt and (guest or _GUEST.fullmatch(name) is not None),
    )


def _encrypted(name: str, system: Path, depth: int = 0) -> bool | None:
    """Whether a block device, or all that it lies on, is a layer of dm-crypt; None: the kernel does not list it here."""
    folder = system / "class/block" / name
    if not folder.exists():
        return None
    try:
        if (folder / "dm/uuid").read_text("ascii", "replace").startswith("CRYPT-"):
            return True
    except OSError:
        pass  # no mapped device
    try:
        below = sorted(each.name for each in (folder / "slaves").iterdir())
    except OSError:
        below = []
    if not below or depth >= _DEEPEST:
        return False
    answers = [_encrypted(each, system, depth + 1) for each in below]
    return None if None in answers and False not in answers else all(answers)
