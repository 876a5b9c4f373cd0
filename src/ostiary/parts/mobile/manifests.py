"""What an Android manifest says: permissions, components that other apps may start, links that open the app."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ostiary.parts.mobile.libraries import is_library
from ostiary.parts.mobile.markup import Element

COMPONENTS: Final = ("activity", "activity-alias", "service", "receiver", "provider")
_SAID_BY_ITSELF: Final = 31  # the SDK from which `exported` must be written where there is an intent filter
_PROVIDERS_OPEN: Final = 17  # up to this minimum SDK below it providers are exported by default
_LAUNCHES: Final = frozenset({"android.intent.category.LAUNCHER", "android.intent.category.LEANBACK_LAUNCHER"})
_SYSTEMS: Final = ("android.", "com.google.android.", "com.android.", "com.google.firebase.")
_WEAK: Final = frozenset({"", "normal", "0", "0x0", "dangerous", "1", "0x1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A permission that is requested."""

    name: str
    most_sdk: int  # the last SDK that it is for, 0 for all
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A part of an app that other apps may start or ask."""

    kind: str
    name: str
    line: int
    permission: str = ""  # what callers need, empty: nothing


def requested(manifest: Element) -> Iterator[Permission]:
    """Permissions that are requested, each once."""
    seen = set()
    for each in manifest.all("uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m"):
        name, most = each.get("android:name"), each.get("android:maxSdkVersion")
        if name and name not in seen and each.get("tools:node") != "remove":
            seen.add(name)
            yield Permission(name=name, most_sdk=int(most) if most.isascii() and most.isdigit() else 0, line=each.line)


def exposed(manifest: Element, *, minimum: int, target: int) -> Iterator[Component]:
    """Components that any other app may use and that do not look meant for that.

    The app's start, links, system broadcasts, what a strong permission guards, and libraries' own components are left out.

    :param minimum: the lowest SDK that the app supports.
    :param target: the SDK that it is made for.
    """
    app = manifest.get("package")
    strong = {each.get("android:name"): not _is_weak(each) for each in manifest.all("permission")}
    for application in manifest.all("application"):
        general = application.get("android:permission")
        for each in application.all(*COMPONENTS):
            name = _full(each.get("android:name"), app)
            if each.get("tools:node") == "remove" or is_library(name, app) or each.get("android:enabled") == "false":
                continue
            if not is_exported(each, minimum=minimum, target=target) or _is_meant(each):
                continue
            guards = _guards(each, general)
            if not guards or any(not strong.get(guard, True) for guard in guards):
                yield Component(kind=each.tag, name=name, line=each.line, permission=", ".join(guards))


def is_exported(component: Element, *, minimum: int, target: int) -> bool:
    """Whether other apps may use a component, by what it says or by Android's default."""
    said = component.get("android:exported")
    if said:
        return said == "true"
    if component.tag == "provider":
        return min(minimum, target) < _PROVIDERS_OPEN
    return target < _SAID_BY_ITSELF and any(component.all("intent-filter"))


def _guards(component: Element, general: str) -> list[str]:
    names = ["android:permission"]
    if component.tag == "provider":
        names += ["android:readPermission", "android:writePermission"]
    return [found for found in (component.get(name) for name in names) if found] or [general] * bool(general)


def _is_weak(permission: Element) -> bool:
    """Whether any app can have a permission that this one declares: for the asking, or without."""
    return permission.get("android:protectionLevel").partition("|")[0].strip() in _WEAK


def _is_meant(component: Element) -> bool:
    """Whether filters say that others are to start it: the launcher, a link, the system."""
    filters = [*component.all("intent-filter")]
    if not filters:
        return False
    return all(_is_for_all(each, component.tag) for each in filters)


def _is_for_all(intents: Element, kind: str) -> bool:
    actions = [each.get("android:name") for each in intents.all("action")]
    categories = {each.get("android:name") for each in intents.all("category")}
    if categories & _LAUNCHES or "android.intent.category.BROWSABLE" in categories:
        return True
    return bool(actions) and kind != "provider" and all(each.startswith(_SYSTEMS) for each in actions)


def _full(name: str, app: str) -> str:
    if name.startswith("."):
        return app + name
    return name if "." in name or not app else f"{app}.{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address that opens the app from a browser."""

    component: str
    scheme: str
    host: str
    path: str
    verified: bool  # Android proves that the address is the app maker's
    line: int


def links(manifest: Element) -> Iterator[Link]:
    """Every address that a browser may open the app by."""
    app = manifest.get("package")
    for application in manifest.all("application"):
        for component in application.all("activity", "activity-alias"):
            for intents in component.all("intent-filter"):
                categories = {each.get("android:name") for each in intents.all("category")}
                if "android.intent.category.BROWSABLE" in categories:
                    yield from _links(_full(component.get("android:name"), app), intents)


def _links(component: str, intents: Element) -> Iterator[Link]:
    parts = [*intents.all("data")]
    hosts = [each.get("android:host") for each in parts if each.get("android:host")] or [""]
    paths = [
        found
        for each in parts
        for name in ("path", "pathPrefix", "pathPattern")
        if (found := each.get(f"android:{name}"))
    ]
    verified = intents.get("android:autoVerify") == "true"
    for each in parts:
        if scheme := each.get("android:scheme"):
            line = each.line or intents.line
            yield Link(
                component=component, scheme=scheme, host=hosts[0], path=" ".join(paths), verified=verified, line=line
            )
