"""An iOS package: property lists, and what its programs and libraries import and hold."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from ostiary.audit.gather.packages.opened import Opened
from ostiary.errors import Unanswerable
from ostiary.evidence.package import Binary, CodeCall, CodeClass, Text
from ostiary.parts.mobile import macho, plists
from ostiary.parts.mobile.cutting import Malformed
from ostiary.parts.mobile.libraries import is_framework
from ostiary.parts.mobile.markup import Element
from ostiary.parts.mobile.resources import Resources

_INFO: Final = re.compile(r"Payload/[^/]+\.app/Info\.plist")
_MOST_BINARIES: Final = 60
_MOST_PLISTS: Final = 2_000


class ApplePackage(Opened):
    """The port `ostiary.evidence.package.Package` for an ``.ipa``."""

    android: ClassVar[bool] = False

    @functools.cached_property
    def app(self) -> str:
        """The folder of the app: ``Payload/Name.app/``."""
        found = next((each.path for each in self.files if _INFO.fullmatch(each.path)), "")
        return found.removesuffix("Info.plist")

    @functools.cached_property
    def info(self) -> Mapping[str, Any]:
        """Its ``Info.plist``."""
        return plists.dictionary(self.member(f"{self.app}Info.plist"))

    @functools.cached_property
    def plists(self) -> Mapping[str, Any]:
        """Every property list that can be read."""
        found = {}
        for file in [each for each in self.files if each.path.endswith((".plist", ".strings", ".entitlements"))][
            :_MOST_PLISTS
        ]:
            data = self.data(file)
            if not plists.is_plist(data):
                continue
            try:
                found[file.path] = plists.read(data)
            except Malformed as error:
                self.left_out.append(f"{file.path} {error}.")
        return found

    @functools.cached_property
    def binaries(self) -> Sequence[Binary]:
        """Its programs and libraries, its own first."""
        try:
            main = self.app + str(self.info.get("CFBundleExecutable", ""))
        except Unanswerable:
            main = ""
        members = [each for each in self.files if _may_be_program(each.name, each.path == main)]
        found = []
        for file in sorted(members, key=lambda each: (each.path != main, is_framework(each.path)))[:_MOST_BINARIES]:
            data = self.data(file)
            if not macho.is_macho(data):
                continue
            try:
                slices = macho.read(data)
            except Malformed as error:
                self.left_out.append(f"{file.path} {error}.")
                continue
            found.append(Binary(path=file.path, slices=slices, main=file.path == main, own=not is_framework(file.path)))
        return tuple(found)

    @property
    def complete(self) -> str:
        """Why not all code could be looked at."""
        locked = [each.path for each in self.binaries if each.own and each.encrypted]
        if locked:
            return f"{locked[0]} is encrypted, as the App Store delivers it"
        return "" if any(each.main for each in self.binaries) else "the app's own program is not there"

    def texts(self) -> Sequence[Text]:
        """Constant texts of code, property lists and scripts."""
        found: Sequence[Text] = self.remember("texts", lambda: tuple(self._texts()))
        return found

    def _texts(self) -> Iterator[Text]:
        for binary in self.binaries:
            if binary.own:
                seen = dict.fromkeys(text for one in binary.slices if not one.encrypted for text in one.texts())
                yield from (Text(value=each, where=binary.path) for each in seen)
        for path, content in self.plists.items():
            for name, value in plists.texts(content):
                yield Text(value=value, where=f"{path}:{name}" if name else path, name=name.rpartition(".")[2])
        yield from self.literals()

    def calls(self, *names: str) -> Sequence[CodeCall]:  # noqa: ARG002 - the port's
        """Machine code is not followed."""
        return ()

    def refers(self, *names: str) -> Sequence[str]:  # noqa: ARG002 - the port's
        """As `calls`."""
        return ()

    def words(self) -> Sequence[str]:
        """As `calls`."""
        return ()

    def classes(self) -> Sequence[CodeClass]:
        """As `calls`."""
        return ()

    @property
    def manifest(self) -> Element:
        """Only Android apps have one."""
        raise Unanswerable("an iOS app has no manifest")

    @property
    def manifest_path(self) -> str:
        """Where what stands for a manifest lies."""
        return f"{self.app}Info.plist"

    @property
    def resources(self) -> Resources:
        """None."""
        return Resources()

    @property
    def network_security(self) -> Sequence[tuple[str, Element]]:
        """None."""
        return ()

    @property
    def facts(self) -> Mapping[str, Any]:
        """Application id, version, lowest system."""
        return {
            "id": str(self.info.get("CFBundleIdentifier", "")),
            "version": str(self.info.get("CFBundleShortVersionString", "")),
            "minimum iOS": str(self.info.get("MinimumOSVersion", "")),
        }


def _may_be_program(name: str, main: bool) -> bool:  # noqa: FBT001 - whether it is the app's own
    return main or "." not in name or name.endswith(".dylib")
