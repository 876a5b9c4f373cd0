"""What an operation is for can be read off its method, the last words of its path, and the fields it takes."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any, Final

from ostiary.model import Operation, Place
from ostiary.parts import role_fields as names
from ostiary.parts import role_words as means
from ostiary.parts.role_words import concepts, listed, squeezed, words
from ostiary.parts.seen.privileges import is_privileged

_SELF: Final = frozenset(
    listed(
        "me self whoami profile userinfo currentuser current my myprofile myaccount userprofile session account user"
    )
)
_LOGOUT: Final = frozenset(listed("logout signout logoff signoff logouts abmelden deconnexion cerrarsesion esci"))
_REFRESH: Final = frozenset(listed("refresh renew renewal refreshtoken tokenrefresh renewtoken extend rotate"))
_CHANGE: Final = frozenset(listed("change update set new edit modify"))
_SEARCH: Final = frozenset(listed("search find lookup autocomplete suggest suggestions query typeahead filter"))
_UPLOAD: Final = frozenset(
    listed("upload uploads import attachment attachments file files avatar photo picture image media document")
)
_DEBUG: Final = frozenset(
    listed("debug actuator phpinfo heapdump threaddump dump env environment console trace profiler pprof configprops")
)
_MAKE: Final = frozenset(listed("add create new make insert register post place submit save"))
_GRAPHQL: Final = frozenset({"graphql", "gql", "graphiql"})
_AUTHORIZE: Final = frozenset({"authorize", "authorise", "authorization"})
_AUTHORIZATION: Final = frozenset({"responsetype", "clientid", "redirecturi"})  # RFC 6749 section 4.1.1
_VERSION: Final = re.compile(r"v?[0-9][0-9._]*")
_MOST_REFS: Final = 20


@functools.lru_cache(maxsize=4096)
def purpose(operation: Operation) -> str:
    """What an operation is for, as `ostiary.evidence.Http.purpose` lists it; empty where nothing says so."""
    if not operation.declared or not operation.known_path:
        return ""
    last = _last(operation)
    if operation.role == "login" and names.GRANT in names.keys_of(operation) and not _has_password(operation):
        return "token"
    if operation.role:
        return operation.role
    return _of_session(operation, last) or _of_house(operation, last) or _of_object(operation, last)


def _segments(operation: Operation) -> list[str]:
    return [each for each in operation.path.split("/") if each]


def _last(operation: Operation) -> frozenset[str]:
    """The words of the last segment that is no parameter, one by one and run together."""
    literal = [each for each in _segments(operation) if "{" not in each and not _VERSION.fullmatch(each)]
    found = words(literal[-1]) if literal else ()
    return frozenset({*found, "".join(found)}) if found else frozenset()


def _ends_open(operation: Operation) -> bool:
    return "{" in (_segments(operation) or [""])[-1]


def _has_password(operation: Operation) -> bool:
    return bool(names.keys_of(operation) & names.PASSWORD)


def _of_session(operation: Operation, last: frozenset[str]) -> str:
    """What concerns the caller's own session or account."""
    keys = names.keys_of(operation)
    if last & _GRAPHQL:
        return "graphql"
    if last & _LOGOUT or (
        operation.method == "DELETE" and last & {"session", "sessions"} and not _ends_open(operation)
    ):
        return "logout"
    if last & _AUTHORIZE and (keys & _AUTHORIZATION or {"oauth", "oauth2", "oidc", "connect"} & _all_words(operation)):
        return "authorize"
    if last & {"token", "tokens"} and names.GRANT in keys:
        return "token"
    if _refreshes(operation, last):
        return "refresh"
    if _changes_password(operation, last):
        return "change-password"
    if operation.method == "GET" and not _ends_open(operation) and last and _is_self(operation, last):
        return "me"
    return ""


def _refreshes(operation: Operation, last: frozenset[str]) -> bool:
    if operation.method not in {"POST", "PUT", "GET"} or _ends_open(operation):
        return False
    about = {"token", "tokens", "session", "jwt", "auth", "login"} & {*_all_words(operation), *_told(operation)}
    return bool(last & _REFRESH and about) or names.keys_of(operation) == {"refreshtoken"}


def _changes_password(operation: Operation, last: frozenset[str]) -> bool:
    if operation.method not in {"POST", "PUT", "PATCH"}:
        return False
    keys = names.keys_of(operation)
    if keys & names.CURRENT and keys & (names.NEW_PASSWORD | names.PASSWORD):
        return True
    return means.PASSWORD in concepts(tuple(sorted(last))) and means.RESET not in _concepts(operation)


def _is_self(operation: Operation, last: frozenset[str]) -> bool:
    if last & _SELF and not _lists(operation):
        return len(last) == 1 or bool("".join(sorted(last, key=len)[-1:]) in _SELF) or bool(last & {"me", "my", "self"})
    return squeezed("".join(_segments(operation)[-1:])) in _SELF and not _lists(operation)


def _of_house(operation: Operation, last: frozenset[str]) -> str:
    """What is not for ordinary users, and what takes files or words to look for."""
    every = _all_words(operation)
    if last & _DEBUG or every & {"debug", "actuator"}:
        return "debug"
    if is_privileged(operation):
        return "admin"
    if operation.method in {"GET", "POST"} and last & _SEARCH:
        return "search"
    if operation.method in {"POST", "PUT", "PATCH"} and _takes_file(operation, last):
        return "upload"
    return ""


def _takes_file(operation: Operation, last: frozenset[str]) -> bool:
    for media_type, media in operation.consumes.items():
        if media_type.startswith(("image/", "application/octet-stream", "application/pdf", "video/", "audio/")):
            return True
        if media_type.startswith("multipart/"):
            return bool(last & _UPLOAD) or _is_binary(media.schema.fragment if media.schema is not None else None)
    return bool({"upload", "uploads"} & last)


def _is_binary(fragment: Any) -> bool:
    text = repr(fragment)[:20_000] if isinstance(fragment, Mapping) else ""
    return "'binary'" in text or "contentMediaType" in text or "UploadFile" in text


def _of_object(operation: Operation, last: frozenset[str]) -> str:
    """What is done to the objects of a collection."""
    method, open_end = operation.method, _ends_open(operation)
    if method == "DELETE":
        return "delete"
    if method == "PUT":
        return "replace"
    if method == "PATCH":
        return "update"
    if method == "GET":
        if open_end:
            return "read"
        return "list" if _lists(operation) or "POST" in operation.methods or _is_plural(last) else ""
    if method == "POST":
        if open_end:
            return "update"
        return "create" if last & _MAKE or "GET" in operation.methods or _is_plural(last) else ""
    return ""


def _is_plural(last: frozenset[str]) -> bool:
    longest = max(last, key=len, default="")
    return longest.endswith("s") and not longest.endswith(("ss", "us", "is"))


def _lists(operation: Operation) -> bool:
    """Whether the document says that a success is an array, or an object that holds one of objects."""
    for status, content in operation.replies.items():
        if not status.startswith("2"):
            continue
        for media in content.values():
            if media.schema is not None:
                return _is_array(media.schema.fragment, media.schema.root, inside=True)
    return any(each.place is Place.QUERY and squeezed(each.name) in _PAGES for each in operation.parameters)


_PAGES: Final = frozenset(listed("limit offset page size pagesize perpage skip cursor"))


def _is_array(fragment: Any, root: Mapping[str, Any], *, inside: bool) -> bool:
    fragment = _followed(fragment, root)
    if not isinstance(fragment, Mapping):
        return False
    kind = fragment.get("type")
    if kind == "array" or (isinstance(kind, list) and "array" in kind):
        items = _followed(fragment.get("items"), root)
        return not isinstance(items, Mapping) or items.get("type", "object") in {"object", "array"} or inside
    properties = fragment.get("properties")
    if not inside or not isinstance(properties, Mapping):
        return False
    arrays = [
        each
        for each in properties.values()
        if _is_array(each, root, inside=False) and len(properties) <= 6  # noqa: PLR2004 - an envelope
    ]
    return bool(arrays)


def _followed(fragment: Any, root: Mapping[str, Any]) -> Any:
    for _ in range(_MOST_REFS):
        if not isinstance(fragment, Mapping) or not isinstance(fragment.get("$ref"), str):
            return fragment
        found: Any = root
        for part in fragment["$ref"].removeprefix("#").split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            found = found.get(key) if isinstance(found, Mapping) else None
        fragment = found
    return None


def _all_words(operation: Operation) -> frozenset[str]:
    return frozenset(word for each in _segments(operation) if "{" not in each for word in words(each))


def _told(operation: Operation) -> tuple[str, ...]:
    return words(operation.id) + words(operation.summary)


def _concepts(operation: Operation) -> frozenset[str]:
    return frozenset(c for each in _segments(operation) if "{" not in each for c in concepts(words(each)))
