"""What a mobile package holds: its manifest or property lists, its code's strings and calls, its network rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from ostiary.evidence.tree import File, Searched, Secret
from ostiary.model import Evidence

if TYPE_CHECKING:
    from ostiary.parts.mobile.macho import Slice
    from ostiary.parts.mobile.markup import Element
    from ostiary.parts.mobile.resources import Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A constant text of the app: of its own code, a resource, a property list, a script or a native library.

    ``name`` is the field, resource or key that has it (empty: none); ``where`` tells member and class, resource or line.
    """

    value: str = field(repr=False)
    where: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCall:
    """A call that the app's own code makes, libraries that are known by their names left out.

    ``name`` is ``okhttp3.CertificatePinner$Builder.add``; ``args`` begin with the receiver, texts and whole numbers where
    they are constant, else None.
    """

    name: str
    args: tuple[str | int | None, ...]
    where: str  # "classes.dex:com.example.Login"
    method: str = ""  # the method that calls

    @property
    def texts(self) -> tuple[str, ...]:
        """Those of its arguments that are constant texts."""
        return tuple(each for each in self.args if isinstance(each, str))


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeClass:
    """A class of the app's own code; ``bodies`` are its methods that do nothing but give a constant (or nothing)."""

    name: str
    where: str
    parent: str = ""
    interfaces: tuple[str, ...] = ()
    bodies: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({})
    )  # "verify" -> "true", "false", "nothing", "null"


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    """A native program or library of an iOS app, with what each of its slices holds."""

    path: str
    slices: Sequence[Slice] = field(repr=False)
    main: bool = False  # the app's own program
    own: bool = True  # False: a framework that is known by its name

    @property
    def encrypted(self) -> bool:
        """Whether texts and code of it cannot be read, as in what the App Store delivers."""
        return any(each.encrypted for each in self.slices)


class Package(Protocol):
    """An ``.apk``, ``.aab`` or ``.ipa``; ``Kind.MOBILE`` checks see this. Its owner adds what the checks ask."""

    @property
    def name(self) -> str:
        """The target as the user wrote it."""
        ...

    @property
    def form(self) -> str:
        """``apk``, ``aab`` or ``ipa``."""
        ...

    @property
    def android(self) -> bool:
        """Whether it is for Android; else it is for iOS."""
        ...

    @property
    def files(self) -> Sequence[File]:
        """Every member."""
        ...

    def data(self, file: File) -> bytes:
        """A member's bytes, up to the reader's bound.

        :raises Unanswerable: when it cannot be read.
        """
        ...

    @property
    def manifest(self) -> Element:
        """The merged manifest of an Android app, references to resources resolved.

        :raises Unanswerable: when there is none that can be read.
        """
        ...

    @property
    def manifest_path(self) -> str:
        """The manifest's member."""
        ...

    @property
    def resources(self) -> Resources:
        """An Android app's resources by name; empty where there is no table that can be read."""
        ...

    @property
    def network_security(self) -> Sequence[tuple[str, Element]]:
        """Android's network security configurations by member, the one that the manifest names first."""
        ...

    @property
    def info(self) -> Mapping[str, Any]:
        """The ``Info.plist`` of an iOS app.

        :raises Unanswerable: when there is none that can be read.
        """
        ...

    @property
    def plists(self) -> Mapping[str, Any]:
        """Every property list of an iOS app by its member."""
        ...

    @property
    def binaries(self) -> Sequence[Binary]:
        """The programs and libraries of an iOS app."""
        ...

    def texts(self) -> Sequence[Text]:
        """Constant texts of the app's own code and of resources, property lists and scripts."""
        ...

    def calls(self, *names: str) -> Sequence[CodeCall]:
        """Calls of the app's own code, by patterns of names (``okhttp3.*``, ``*.putString``).

        Kept are calls of networking, storage, cryptography and sign-in, and all that get a constant text.
        """
        ...

    def refers(self, *names: str) -> Sequence[str]:
        """Which methods any code in the package names that fit these patterns, libraries' code included."""
        ...

    def words(self) -> Sequence[str]:
        """Texts and types that any code of an Android app names, libraries' code included."""
        ...

    def classes(self) -> Sequence[CodeClass]:
        """Classes of the app's own code."""
        ...

    @property
    def complete(self) -> str:
        """Why not all code could be looked at, a clause; empty: it was."""
        ...

    def secrets(self) -> Searched:
        """Credentials in code, resources and other members."""
        ...

    def public_keys(self) -> Sequence[Secret]:
        """Keys that are made to be seen by anybody, and should be restricted where they were issued."""
        ...

    def show(self, place: str, what: str, extract: str = "") -> Evidence:
        """Evidence at a member of the package, secrets masked."""
        ...

    def remember(self, key: str, make: Callable[[], Any]) -> Any:
        """What `make` gave the first time it was called under this key."""
        ...

    @property
    def facts(self) -> Mapping[str, Any]:
        """Application id, versions, minimum and target SDK."""
        ...
