"""An Android package: manifest, resources, network rules and code, as an APK's binary forms or a bundle's protocol buffers."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import translate
from typing import Any, ClassVar, Final

from ostiary.audit.gather.packages.android_code import AndroidCode
from ostiary.audit.gather.packages.opened import Opened, runs
from ostiary.errors import Unanswerable
from ostiary.evidence.package import CodeCall, CodeClass, Text
from ostiary.parts.mobile import arsc, axml, bundle, markup
from ostiary.parts.mobile.markup import Element
from ostiary.parts.mobile.resources import Resources

_MOST_XML: Final = 5_000  # members that may be a network security configuration
_NSC: Final = "network-security-config"
_NATIVE_OF_OTHERS: Final = (
    "libc++_shared", "libhermes", "libreact", "libjsc", "libfbjni", "libflutter", "libfolly", "libglog", "libyoga", "libmono",
    "libxamarin", "libSystem", "libunity", "libil2cpp", "libsqlcipher", "librealm", "libcrashlytics", "libconscrypt", "libjsi",
    "libturbomodule", "libimagepipeline", "libgifimage", "libnative-filters", "libnative-imagetranscoder", "libstatic-webp",
)  # fmt: skip


class AndroidPackage(Opened):
    """The port `ostiary.evidence.package.Package` for an ``.apk`` or ``.aab``."""

    android: ClassVar[bool] = True

    @property
    def _base(self) -> str:
        return "base/" if self.form == "aab" else ""

    @property
    def manifest_path(self) -> str:
        """Where its manifest lies."""
        return "base/manifest/AndroidManifest.xml" if self.form == "aab" else "AndroidManifest.xml"

    @functools.cached_property
    def resources(self) -> Resources:
        """Its resources by name."""
        path, read = ("base/resources.pb", bundle.read_resources) if self._base else ("resources.arsc", arsc.read)
        try:
            found = read(self.member(path))
        except Unanswerable as error:
            found = Resources(broken=str(error))
        if found.broken:
            self.left_out.append(f"{path} {found.broken}.")
        return found

    @functools.cached_property
    def manifest(self) -> Element:
        """Its manifest, references resolved."""
        return self._resolved(read_xml(self.member(self.manifest_path)))

    def _resolved(self, root: Element) -> Element:
        for each in root.walk():
            if any(value.startswith("@") for value in each.attributes.values()):
                each.attributes = {name: self.resources.meant(value) for name, value in each.attributes.items()}
        return root

    @functools.cached_property
    def network_security(self) -> Sequence[tuple[str, Element]]:
        """The configuration that the manifest names; where its name leads nowhere, whatever is one by its root."""
        named = next((each.get("android:networkSecurityConfig") for each in self.manifest.all("application")), "")
        if not named:
            return ()
        for path in (named, self._base + named):
            if path in self.by_path:
                return ((path, self._resolved(read_xml(self.member(path)))),)
        return tuple(self._by_root())

    def _by_root(self) -> Iterator[tuple[str, Element]]:
        marks = (_NSC.encode(), _NSC.encode("utf-16-le"))
        members = [
            each for each in self.files if each.path.startswith(f"{self._base}res/") and each.path.endswith(".xml")
        ]
        for file in members[:_MOST_XML]:
            data = self.data(file)
            if any(mark in data for mark in marks):
                root = read_xml(data)
                if root.tag == _NSC:
                    yield file.path, self._resolved(root)

    @functools.cached_property
    def code(self) -> AndroidCode:
        """What its code says."""
        folders = re.compile(r"[\w-]+/dex/classes\d*\.dex" if self._base else r"classes\d*\.dex")
        members = [each for each in self.files if folders.fullmatch(each.path)]
        return AndroidCode(((each.path, self.data(each)) for each in members), self.id, self._stop)

    @property
    def id(self) -> str:
        """The application's id; empty when no manifest tells."""
        try:
            return self.manifest.get("package")
        except Unanswerable:
            return ""

    @property
    def complete(self) -> str:
        """Why not all code could be looked at."""
        if not self.code.files:
            return "there is no code in the package"
        return "; ".join(self.code.broken)

    def texts(self) -> Sequence[Text]:
        """Constant texts of code, resources, scripts and native libraries."""
        found: Sequence[Text] = self.remember("texts", lambda: tuple(self._texts()))
        return found

    def _texts(self) -> Iterator[Text]:
        yield from self.code.texts
        for each in self.resources:
            if each.type in {"string", "array"}:
                where = f"{self._base}resources:{each.type}/{each.name}"
                yield from (Text(value=value, where=where, name=each.name) for value in each.values)
        yield from self._metadata()
        yield from self.literals()
        for file in self.files:
            if "lib/" in file.path and file.path.endswith(".so") and not file.name.startswith(_NATIVE_OF_OTHERS):
                yield from (Text(value=each, where=file.path) for each in runs(self.data(file)))

    def _metadata(self) -> Iterator[Text]:
        try:
            entries = [each for each in self.manifest.walk() if each.tag == "meta-data"]
        except Unanswerable:
            return
        for each in entries:
            where = f"{self.manifest_path}:{each.line}" if each.line else self.manifest_path
            yield Text(value=each.get("android:value"), where=where, name=each.get("android:name").rpartition(".")[2])

    def calls(self, *names: str) -> Sequence[CodeCall]:
        """Calls of the app's own code."""
        wanted = _patterns(names)
        return [each for each in self.code.calls if wanted.fullmatch(each.name)]

    def refers(self, *names: str) -> Sequence[str]:
        """Methods that any code names."""
        wanted = _patterns(names)
        return sorted(each for each in self.code.named if wanted.fullmatch(each))

    def words(self) -> Sequence[str]:
        """Texts and types that any code names."""
        return sorted(self.code.words)

    def classes(self) -> Sequence[CodeClass]:
        """Classes of the app's own code."""
        return self.code.classes

    @property
    def info(self) -> Mapping[str, Any]:
        """Only iOS apps have one."""
        raise Unanswerable("an Android app has no Info.plist")

    @property
    def plists(self) -> Mapping[str, Any]:
        """None."""
        return {}

    @property
    def binaries(self) -> Sequence[Any]:
        """None that are Mach-O."""
        return ()

    @property
    def facts(self) -> Mapping[str, Any]:
        """Application id, versions, SDKs."""
        sdk = next(self.manifest.all("uses-sdk"), Element(tag=""))
        return {
            "id": self.id,
            "version": self.manifest.get("android:versionName"),
            "minimum SDK": number(sdk.get("android:minSdkVersion"), 1),
            "target SDK": number(sdk.get("android:targetSdkVersion"), number(sdk.get("android:minSdkVersion"), 1)),
        }


def read_xml(data: bytes) -> Element:
    """XML in any of its three forms.

    :raises Malformed: when it is none of them.
    """
    if axml.is_axml(data):
        return axml.read(data)
    return markup.parse(data) if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else bundle.read_xml(data)


def number(text: str, otherwise: int) -> int:
    """A whole number that is written, or something else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise  # noqa: PLR2004 - digits


def _patterns(names: Sequence[str]) -> Any:
    return re.compile("|".join(translate(each) for each in names) or "(?!)")
