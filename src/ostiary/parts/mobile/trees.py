"""What the source of a mobile app holds beside its code: manifests, network rules, property lists, texts, SDK numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ostiary.errors import Unanswerable
from ostiary.evidence.tree import File, Tree
from ostiary.parts.mobile import markup, plists
from ostiary.parts.mobile.cutting import Malformed
from ostiary.parts.mobile.markup import Element

MOST_FILES: Final = 5_000  # of one kind
MOST_TEXT: Final = 32 * 1024 * 1024  # characters of all code in one text
CODE: Final = ("*.kt", "*.java", "*.swift", "*.m", "*.mm")
HYBRID: Final = (
    "pubspec.yaml",
    "capacitor.config.*",
    "*.xaml",
    "ionic.config.json",
    "react-native.config.js",
    "metro.config.js",
)
_GRADLE: Final = re.compile(r"\b(min|target)Sdk(?:Version)?\s*(?:=|\()?\s*(\d{1,2})\b")
_OTHER_BUILDS: Final = re.compile(r"(?:^|/)src/(?:debug|mock|staging|benchmark|profile|androidTest)[^/]*/")
_TYPICAL: Final = (26, 34)  # what is assumed where no build file says it
_LITERAL: Final = re.compile(r"\"([^\"\\\n]{3,400})\"")
_COMMENT: Final = re.compile(r"^\s*(?://|\*|/\*|<!--)")
_PLACE: Final = re.compile(r"(?:^|/)res/values[^/]*/[^/]+\.xml$")


def manifests(tree: Tree) -> list[tuple[str, Element]]:
    """Manifests of released builds, by their paths."""
    return _rooted(tree, "AndroidManifest.xml", "manifest")


def network_rules(tree: Tree) -> list[tuple[str, Element]]:
    """Network security configurations of released builds."""
    found: list[tuple[str, Element]] = tree.remember(
        "network rules", lambda: _rooted(tree, "*/res/xml*/*.xml", "network-security-config")
    )
    return found


def infos(tree: Tree) -> Mapping[str, Mapping[str, Any]]:
    """Property lists of iOS apps that describe the app."""
    found = {}
    for file in tree.named("*Info.plist")[:MOST_FILES]:
        try:
            read = plists.dictionary(tree.data(file))
        except Unanswerable:
            continue
        if "CFBundleIdentifier" in read or "NSAppTransportSecurity" in read:
            found[file.path] = read
    return found


def is_app(tree: Tree) -> bool:
    """Whether the tree is of a mobile app."""
    if manifests(tree) or infos(tree) or tree.named("*.pbxproj", "*.xcworkspacedata"):
        return True
    return bool(
        tree.code.imports(
            "UIKit", "SwiftUI", "android.app", "android.os", "android.content", "android.webkit", "androidx"
        )
    )


def sdks(tree: Tree) -> tuple[int, int]:
    """The lowest and the aimed-at SDK that Gradle's files say, as far as they write numbers."""
    said = {"min": 0, "target": 0}
    for file in tree.named("build.gradle", "build.gradle.kts")[:MOST_FILES]:
        for kind, number in _GRADLE.findall(tree.text(file)):
            said[kind] = min(said[kind] or int(number), int(number))
    return said["min"] or _TYPICAL[0], said["target"] or _TYPICAL[1]


def code_texts(tree: Tree, *patterns: str) -> Iterator[tuple[File, str]]:
    """Files of code and their texts, as many as `MOST_TEXT` holds."""
    left = MOST_TEXT
    for file in tree.named(*(patterns or CODE))[:MOST_FILES]:
        text = tree.text(file)
        left -= len(text)
        if left < 0:
            return
        yield file, text


def literals(tree: Tree) -> Iterator[tuple[str, str]]:
    """Places and constant texts of code, of resources' texts, and of property lists; comments are left out."""
    for file, text in code_texts(tree):
        for number, line in enumerate(text.split("\n"), 1):
            if '"' in line and len(line) < 2_000 and not _COMMENT.match(line):  # noqa: PLR2004 - characters that people write in a line
                yield from ((f"{file.path}:{number}", each) for each in _LITERAL.findall(line))
    for file in tree.named("*.xml")[:MOST_FILES]:
        if _PLACE.search(file.path) and (root := _read(tree, file)) is not None:
            yield from ((f"{file.path}:{each.line}", each.text.strip()) for each in root.walk() if each.text.strip())
    for path, read in infos(tree).items():
        yield from ((path, value) for _, value in plists.texts(read))


def _rooted(tree: Tree, pattern: str, root: str) -> list[tuple[str, Element]]:
    files = [each for each in tree.named(pattern)[:MOST_FILES] if not _OTHER_BUILDS.search(each.path)]
    return [(each.path, read) for each in files if (read := _read(tree, each)) is not None and read.tag == root]


def _read(tree: Tree, file: File) -> Element | None:
    try:
        return markup.parse(tree.data(file))
    except Malformed:
        return None
