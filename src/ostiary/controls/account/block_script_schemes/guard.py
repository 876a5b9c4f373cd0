"""Check the operation's links; one that declares none has no stage."""

from __future__ import annotations

import functools
from collections.abc import Callable

from ostiary.errors import Denied
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts.field_words import LINKS, SECRETS, has
from ostiary.parts.texts import Choose, Field, Found, Texts, pointer
from ostiary.parts.urls import is_image, runs_script, scheme_of
from ostiary.strict import Strict

_FORMATS = frozenset({"uri", "uri-reference", "iri", "iri-reference", "url"})
_ACCOUNT = frozenset({"login", "register"})
_ANY: frozenset[str] = frozenset()  # as a mark: whatever scheme does not run or open something


class Settings(Strict, frozen=True):
    """Which schemes a link may have.

    Fields whose ``format`` says that they are links keep to ``schemes``, to those of the document's own examples, and to
    private ones of applications (RFC 8252, with a dot: ``com.example.app``). Fields whose name says so, and every
    text of a sign-up or sign-in but secrets, only must not run or open anything: ``javascript:``, ``vbscript:``,
    ``data:``, ``file:``, ``blob:`` and their kin. ``images``: media types that a ``data:`` URL may have; none of them
    can hold a script. ``fields``: further names of fields that hold links; ``skip``: names of fields that hold none.
    """

    schemes: tuple[str, ...] = ("http", "https", "mailto", "tel", "urn", "ws", "wss", "ftp")
    images: tuple[str, ...] = ("image/png", "image/jpeg", "image/gif", "image/webp")
    fields: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Check the operation's links; one that declares none has no stage."""
    if not operation.declared:
        return None
    texts = Texts(operation, _choosing(settings, account=operation.role in _ACCOUNT))
    wrong = _wrong(frozenset(each.lower() for each in settings.images))
    head = _hook(texts.head, wrong, 400) if texts.asks_head else None
    body = _hook(texts.body, wrong, 422) if texts.asks_body else None
    return Hooks(head=head, body=body) if head is not None or body is not None else None


@functools.cache
def _choosing(settings: Settings, *, account: bool) -> Choose:
    schemes = frozenset(each.lower() for each in settings.schemes)

    def choose(field: Field) -> frozenset[str] | None:
        if field.fixed or field.name in settings.skip:
            return None
        if not _FORMATS.isdisjoint(field.formats):
            return schemes | {scheme_of(each) for each in field.examples}
        if field.name in settings.fields or has(field.name, LINKS):
            return _ANY
        secret = "password" in field.formats or has(field.name, SECRETS)
        return _ANY if account and not secret else None

    return choose


def _wrong(images: frozenset[str]) -> Callable[[str, frozenset[str]], bool]:
    def wrong(text: str, allowed: frozenset[str]) -> bool:
        if text.startswith(("https://", "http://")):  # nearly all
            return allowed is not _ANY and text.partition(":")[0] not in allowed
        if runs_script(text, images):
            return True
        if allowed is _ANY:
            return False
        scheme = scheme_of(text)
        return bool(scheme) and scheme not in allowed and "." not in scheme and not is_image(text, images)

    return wrong


def _hook(
    texts: Callable[[Exchange], list[Found]], wrong: Callable[[str, frozenset[str]], bool], status: int
) -> Callable[[Exchange], None]:
    def hook(exchange: Exchange) -> None:
        found = [at for at, text, allowed in texts(exchange) if wrong(text, allowed)]
        if found:
            faults = [(pointer(at), "a scheme that is not allowed here") for at in found]
            raise Denied(status, "a link has a scheme that is not allowed", faults=faults)

    return hook
