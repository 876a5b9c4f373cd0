"""A target is recognised by what it is, never by an option: a URL, a folder, a package, an image, a service."""

from __future__ import annotations

import enum
import re
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ostiary.errors import ConfigError


class Form(enum.StrEnum):
    """What a target can be."""

    URL = "url"
    FOLDER = "folder"
    HISTORY = "history"  # a bare repository
    APK = "apk"
    AAB = "aab"
    IPA = "ipa"
    WHEEL = "wheel"
    JAR = "jar"
    IMAGE = "image"
    DOCUMENT = "document"  # an API description
    SERVICE = "service"  # host:port
    HOST = "host"  # this machine


@dataclass(frozen=True, slots=True)
class Target:
    """A recognised target; ``name`` is what the user wrote."""

    form: Form
    name: str
    path: Path | None = None
    host: str = ""
    port: int = 0


_SERVICE: Final = re.compile(r"\[?(?P<host>[0-9A-Za-z._:-]+?)\]?:(?P<port>[0-9]{1,5})")
_DOCUMENTS: Final = frozenset({".json", ".yaml", ".yml"})
_HIGHEST: Final = 65_535
THIS_MACHINE: Final = Target(Form.HOST, "this machine")
_HINT: Final = "give a URL, a folder, an .apk, .aab, .ipa, .whl or .jar, an image's tar, an API document, or host:port"


def recognise(text: str) -> Target:
    """What a target is.

    :raises ConfigError: when it is nothing that can be audited, or is not there.
    """
    if "://" in text:
        return Target(Form.URL, text)
    path = Path(text)
    try:
        if path.is_dir():
            return Target(_folder(path), text, path)
        if path.is_file():
            return Target(_file(path), text, path)
    except (OSError, ValueError) as error:
        raise ConfigError(text, f"cannot be read: {error}") from error
    found = _SERVICE.fullmatch(text)
    if found is not None and "/" not in text:
        port = int(found["port"])
        if not 0 < port <= _HIGHEST:
            raise ConfigError(text, f"{port} is no port", "ports are 1 to 65535")
        return Target(Form.SERVICE, text, None, found["host"], port)
    if re.fullmatch(r"[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)+(/.*)?", text) and path.suffix.lower() not in _SUFFIXES:
        raise ConfigError(text, "is no file or folder here", f"a URL begins with a scheme: https://{text}")
    raise ConfigError(text, "is not there", _HINT)


_SUFFIXES: Final = frozenset(
    [".apk", ".aab", ".ipa", ".whl", ".jar", ".tar", ".json", ".yaml", ".yml", ".sarif", ".toml", ".py", ".zip"]
)


_ARCHIVES: Final = frozenset(
    [".apk", ".aab", ".ipa", ".whl", ".jar", ".war", ".zip", ".tar", ".tgz", ".gz", ".xz", ".bz2"]
)


def _folder(path: Path) -> Form:
    bare = (path / "objects").is_dir() and (path / "HEAD").is_file() and not (path / ".git").exists()
    return Form.HISTORY if bare else Form.FOLDER


def _file(path: Path) -> Form:
    if zipfile.is_zipfile(path):
        return _zip(path)
    if tarfile.is_tarfile(path):
        return Form.IMAGE
    if path.suffix.lower() in _DOCUMENTS:
        return Form.DOCUMENT
    if path.suffix.lower() == ".sarif":
        raise ConfigError(str(path), "holds another tool's results", "add it with --import, beside a target")
    if path.suffix.lower() in _ARCHIVES:
        raise ConfigError(str(path), f"is no archive, or a damaged one, though its name ends in {path.suffix}")
    raise ConfigError(str(path), "is no target that is known", _HINT)


def _zip(path: Path) -> Form:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ConfigError(str(path), f"is a damaged archive: {error}") from error
    known = set(names)
    if "AndroidManifest.xml" in known:
        return Form.APK
    if "base/manifest/AndroidManifest.xml" in known:
        return Form.AAB
    if any(re.fullmatch(r"Payload/[^/]+\.app/Info\.plist", each) for each in names):
        return Form.IPA
    if any(each.endswith(".dist-info/METADATA") for each in names) or path.suffix == ".whl":
        return Form.WHEEL
    if "META-INF/MANIFEST.MF" in known or any(each.endswith(".class") for each in names):
        return Form.JAR
    raise ConfigError(str(path), "is an archive of nothing that is known", "unpack it, and give the folder")
