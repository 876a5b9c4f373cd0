"""A document that lets any text say where to go promises more than a sound redirect can keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ostiary.evidence import Spec
from ostiary.model import Finding, Operation, Parameter, Place, Severity, failed, passed, unknown
from ostiary.parts.seen.inputs import words

_NAMES: Final = frozenset({
    "next", "return", "returnto", "returnurl", "returnuri", "redirect", "redirecturl", "redirecturi", "redirectto", "continue",
    "goto", "destination", "target",
})  # fmt: skip
_BOUNDS: Final = ("pattern", "enum", "const")


async def audit_spec(spec: Spec) -> Finding:
    """Look for parameters of redirecting operations that say where to go, without a pattern or a list."""
    places = [
        (operation, each)
        for operation in spec.api.operations
        if _redirects(operation)
        for each in operation.parameters
        if each.place is Place.QUERY and not _NAMES.isdisjoint(words(each.name))
    ]
    registered = [(operation, each) for operation, each in places if _is_registered(operation, each)]
    places = [each for each in places if each not in registered]
    if registered and not places:
        operation, each = registered[0]
        return unknown(
            f"{each.name} of {operation.key} names an address that a client registered (oauth.redirect-uri-exact)"
        )
    if not places:
        return unknown("no redirecting operation has a parameter that is called like a place to go to")
    free = []
    for operation, each in places:
        fragment = each.schema.fragment if each.schema is not None else {}
        if not isinstance(fragment, Mapping) or not any(word in fragment for word in _BOUNDS):
            free.append((operation, each))
    if free:
        shown = [
            spec.at(one.pointer, f"{each.name} of {one.key} may lead anywhere: no pattern, no list")
            for one, each in free
        ]
        return failed(
            f"{shown[0].what} ({len(free)} in all)",
            *shown[:4],
            severity=Severity.LOW,
            places=tuple(dict.fromkeys(one.key for one, _ in free)),
            facts={"fields": list(dict.fromkeys(each.name for _, each in free))},
        )
    return passed(f"{len(places)} parameters that say where to go are bounded by a pattern or a list")


def _is_registered(operation: Operation, parameter: Parameter) -> bool:
    """Whether it is OAuth's: compared with what the client named beside it has registered, which no pattern can say.

    Authorization requests (RFC 6749 section 4.1.1) and OpenID Connect RP-Initiated Logout 1.0, section 2.
    """
    names = {each.name for each in operation.parameters if each.place is Place.QUERY}
    if parameter.name == "redirect_uri":
        return {"client_id", "response_type"} <= names
    return parameter.name == "post_logout_redirect_uri" and not names.isdisjoint({"client_id", "id_token_hint"})


def _redirects(operation: Operation) -> bool:
    return any(code.startswith("3") and code != "304" for code in operation.replies)
