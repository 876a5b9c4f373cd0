"""Which folders of a tree hold mobile apps: what their build files say, so that a server beside an app is not taken for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ostiary.errors import Unanswerable
from ostiary.evidence.tree import Role

if TYPE_CHECKING:
    from ostiary.evidence.tree import File, Tree

_MOST: Final = 200  # build files that are read
_ANDROID: Final = re.compile(r"com\.android\.(?:application|library)|androidx?\.|applicationId")
_REACT: Final = re.compile(r'"(?:react-native|expo|nativescript|@capacitor/core|cordova(?:-android|-ios)?)"\s*:')
_FLUTTER: Final = re.compile(r"^\s*flutter:", re.MULTILINE)
_IOS: Final = re.compile(
    r"(?:LSRequiresIPhoneOS|UILaunchStoryboardName|UIMainStoryboardFile|UISupportedInterfaceOrientations|UIApplicationSceneManifest)"
)
_OF_APPS: Final = frozenset(["kt", "kts", "java", "swift", "m", "mm", "h", "xml", "plist", "dart", "js", "jsx", "ts", "tsx", "json", "gradle", "properties", "xcconfig", "strings", "yaml", "yml", "env", "c", "cpp", "cs", "toml", "pbxproj"])  # fmt: skip


def app_folders(tree: Tree) -> tuple[str, ...]:
    """Folders of mobile apps, each with a ``/`` at its end; an empty text is the whole tree."""
    found: dict[str, None] = {}
    names = ("AndroidManifest.xml", "build.gradle", "build.gradle.kts", "package.json", "pubspec.yaml", "Info.plist", "config.xml", "project.pbxproj", "Podfile")  # fmt: skip
    for file in tree.named(*names)[:_MOST]:
        folder = _folder(tree, file)
        if folder is not None:
            found[folder] = None
    whole = [each.path[: -len(each.name)] for each in tree.named("settings.gradle", "settings.gradle.kts")]
    for folder in list(found):  # settings of the build lie above its modules
        found.update(dict.fromkeys(each for each in whole if folder.startswith(each)))
    return tuple(each for each in found if not any(each != one and each.startswith(one) for one in found))


def _folder(tree: Tree, file: File) -> str | None:
    above = file.path[: -len(file.name)]
    if file.name == "AndroidManifest.xml":
        return re.sub(r"src/[^/]+/$", "", above)
    if file.name == "project.pbxproj":
        return re.sub(r"[^/]+\.xcodeproj/$", "", above)
    if file.name == "Podfile":
        return above
    try:
        text = tree.text(file)
    except Unanswerable:
        return None
    if file.name.startswith("build.gradle"):
        return above if _ANDROID.search(text) else None
    if file.name == "package.json":
        return above if _REACT.search(text) else None
    if file.name == "pubspec.yaml":
        return above if _FLUTTER.search(text) else None
    if file.name == "Info.plist":
        return above if _IOS.search(text) else None
    return above if "<widget" in text[:500] else None


def inside(path: str, folders: tuple[str, ...]) -> bool:
    """Whether a file is an app's."""
    return path.startswith(folders) if folders else False


def app_files(tree: Tree, folders: tuple[str, ...]) -> list[File]:
    """The product's files of apps that hold code or settings."""
    return [
        each
        for each in tree.files
        if each.role is Role.PRODUCT and inside(each.path, folders) and each.name.rpartition(".")[2].lower() in _OF_APPS
    ]
