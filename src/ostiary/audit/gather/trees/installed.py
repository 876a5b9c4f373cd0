"""What images, wheels and jars hold: packages by their own metadata, those of the system by its database."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ostiary.errors import Unanswerable
from ostiary.evidence.supply import Dependencies, Dependency
from ostiary.evidence.tree import File
from ostiary.parts.supply import installed

if TYPE_CHECKING:
    from ostiary.audit.gather.trees.tree import Tree

MOST_FILES: Final = 20_000
MOST_BYTES: Final = 4 * 1024 * 1024
_RELEASES: Final = ("etc/os-release", "usr/lib/os-release")
_DPKG: Final = "var/lib/dpkg/status"
_DISTROLESS: Final = re.compile(r"var/lib/dpkg/status\.d/[^/]+(?<!\.md5sums)")
_APK: Final = ("lib/apk/db/installed", "usr/lib/apk/db/installed")
_RPM: Final = re.compile(r"(?:var/lib|usr/lib/sysimage)/rpm/(?:rpmdb\.sqlite|Packages(?:\.db)?)")
_OF_SYSTEM: Final = re.compile(
    r"usr/lib/python3/dist-packages/|usr/share/(?:nodejs|node_modules|java)/|usr/lib/node_modules_\d"
)
_WHEEL: Final = re.compile(r"(?:.*/)?[^/]+\.(?:dist-info/METADATA|egg-info/PKG-INFO)")
_NODE: Final = re.compile(r".*node_modules/(?:@[^/]+/)?[^/@]+/package\.json")
_POM: Final = re.compile(r"(?:.*/)?META-INF/maven/.+/pom\.properties")
_JAR: Final = re.compile(r".*\.(?:jar|war|ear)")
_BROKEN: Final = (ValueError, KeyError, TypeError, AttributeError, RecursionError, Unanswerable, zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError)  # fmt: skip


@dataclass(slots=True)
class _Found:
    tree: Tree
    items: list[Dependency] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)

    def take(self, file: File, read: Callable[[], Iterable[Dependency | None]]) -> None:
        """Read one file; one that cannot be read is told of."""
        self.read.append(file.path)
        try:
            if file.size > MOST_BYTES:
                raise Unanswerable(f"is larger than {MOST_BYTES >> 20} MiB")
            self.items += [each for each in read() if each is not None]
        except _BROKEN as error:
            self.broken[file.path] = (
                str(error)[:120] if isinstance(error, Unanswerable) else f"cannot be read: {type(error).__name__}"
            )


def held_by(tree: Tree) -> Dependencies:
    """What an image, a wheel or a jar holds."""
    found = _Found(tree)
    files = {each.path: each for each in tree.files}
    _system(found, files)
    owned = _owned(found, files)
    count = 0
    for path, file in files.items():
        reader = _reader(path)
        if reader is None or (owned and (_OF_SYSTEM.match(path) or posixpath.dirname(path) in owned)):
            continue
        count += 1
        if count > MOST_FILES:
            found.broken[path] = f"and those after it: only {MOST_FILES} packages were read"
            break
        found.take(file, lambda file=file, reader=reader: reader(found.tree.data(file), file.path))  # type: ignore[misc] # both are bound here
    return Dependencies(tuple(_once(found.items)), tuple(found.read), found.broken)


def release_of(tree: Tree) -> installed.System:
    """The operating system of an image; empty fields where nothing says it."""
    for path in _RELEASES:
        file = next((each for each in tree.files if each.path == path), None)
        if file is not None:
            return installed.system(tree.text(file))
    return installed.System()


def _reader(path: str) -> Callable[[bytes, str], Iterable[Dependency | None]] | None:
    if _WHEEL.fullmatch(path):
        return lambda data, path: [installed.wheel(_text(data), path)]
    if _NODE.fullmatch(path):
        return lambda data, path: [installed.package_json(_text(data), path)]
    if _POM.fullmatch(path):
        return lambda data, path: [installed.pom_properties(_text(data), path)]
    return _jar if _JAR.fullmatch(path) else None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _system(found: _Found, files: dict[str, File]) -> None:
    """Packages of the operating system."""
    release = release_of(found.tree)
    for path, file in files.items():
        if path == _DPKG or _DISTROLESS.fullmatch(path):
            named = release.ecosystem or "Debian"
            found.take(file, lambda file=file, named=named: installed.dpkg(found.tree.text(file), file.path, named))  # type: ignore[misc] # bound here
        elif path in _APK:
            named = release.ecosystem or "Alpine"
            found.take(file, lambda file=file, named=named: installed.apk(found.tree.text(file), file.path, named))  # type: ignore[misc] # bound here
        elif _RPM.fullmatch(path):
            found.broken[path] = "is a database of RPM, which is not read"


def _owned(found: _Found, files: dict[str, File]) -> frozenset[str]:
    """Folders of packages that the system brought: it ports fixes back under old numbers, and is judged by its own."""
    for path in _APK:
        if path in files and path not in found.broken:
            return installed.apk_folders(found.tree.text(files[path])) or frozenset([path])
    return frozenset([_DPKG]) if _DPKG in files else frozenset()


def _jar(data: bytes, path: str) -> list[Dependency]:
    """What a jar inside says of itself; jars in it are not opened."""
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist()[:MOST_FILES]:
            if _POM.fullmatch(member.filename) and member.file_size < MOST_BYTES:
                with archive.open(member) as stream:
                    text = _text(stream.read(64 * 1024))
                read = installed.pom_properties(text, f"{path}!/{member.filename}")
                found += [read] if read is not None else []
    return found


def _once(items: Iterable[Dependency]) -> list[Dependency]:
    return list({(each.ecosystem, each.name, each.version): each for each in reversed(list(items))}.values())[::-1]
