"""Of a package: whether anybody may attach a debugger to the app."""

from __future__ import annotations

import re
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.package import Package
from ostiary.model import Confidence, Evidence, Finding, failed, passed, unknown

_PROFILE: Final = "embedded.mobileprovision"
_MAY_ATTACH: Final = re.compile(rb"<key>get-task-allow</key>\s*<true\s*/>")
_MOST: Final = 1 << 20  # bytes of a profile


async def audit_mobile(package: Package) -> Finding:
    """Read what the manifest, or the profile that the app was signed with, says of debuggers."""
    return _of_android(package) if package.android else _of_ios(package)


def _of_android(package: Package) -> Finding:
    for each in package.manifest.all("application"):
        for name in ("debuggable", "testOnly"):
            if each.get(f"android:{name}") == "true":
                place = f"{package.manifest_path}:{each.line}" if each.line else package.manifest_path
                return _failed(
                    package.show(place, f"android:{name} is true: anybody with the device may attach a debugger"), place
                )
    return passed(
        "the manifest does not make the app debuggable",
        package.show(package.manifest_path, "android:debuggable is not true"),
    )


def _of_ios(package: Package) -> Finding:
    for file in package.files:
        if file.name == _PROFILE:
            try:
                allowed = _MAY_ATTACH.search(package.data(file)[:_MOST])
            except Unanswerable as error:
                return unknown(str(error))
            if allowed:
                return _failed(package.show(file.path, "get-task-allow is true: a debugger may be attached"), file.path)
            return passed(
                "the profile that the app is signed with lets no debugger attach",
                package.show(file.path, "no get-task-allow"),
            )
    return unknown("there is no provisioning profile that would tell whether a debugger may be attached")


def _failed(shown: Evidence, place: str) -> Finding:
    return failed(shown.what, shown, places=(place,), confidence=Confidence.CERTAIN)
