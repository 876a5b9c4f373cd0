"""Code that lets callers say who they are by HTTP Basic."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Language, Module, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.judging import Fault, judged

_ACCEPTING: Final = (
    "fastapi.security.HTTPBasic",
    "fastapi.security.http.HTTPBasic",
    "flask_httpauth.HTTPBasicAuth",
    "flask_basicauth.BasicAuth",
    "aiohttp_basicauth.BasicAuthMiddleware",
    "sanic_httpauth.HTTPBasicAuth",
    "ninja.security.HttpBasicAuth",
    "rest_framework.authentication.BasicAuthentication",
    "express-basic-auth",
    "basic-auth-connect",
    "passport-http.BasicStrategy",
    "@fastify/basic-auth",
    "koa-basic-auth",
    "*HttpSecurity.httpBasic",
    "*HttpSecurity.*.httpBasic",
    "*ServerHttpSecurity.httpBasic",
    "*ServerHttpSecurity.*.httpBasic",
    "*gin.BasicAuth",
    "*gin.BasicAuthForRealm",
    "*middleware.BasicAuth",
    "*/basicauth.New",
    "net/http.Request.BasicAuth",
    "io.ktor.server.auth.basic",
    "io.ktor.auth.basic",
    "http_basic_authenticate_with",
    "authenticate_or_request_with_http_basic",
    "authenticate_with_http_basic",
)
_BASES: Final = (
    "ninja.security.HttpBasicAuth",
    "rest_framework.authentication.BasicAuthentication",
    "*(passport-http.BasicStrategy)",
    "BasicAuthenticator",
    "AsyncBasicAuthenticator",
)
_CLASSES: Final = ("DEFAULT_AUTHENTICATION_CLASSES", "authentication_classes")
_BASIC: Final = re.compile(r"(?:^|\.)BasicAuthentication$")
_OFF: Final = re.compile(r"disable|::disable|\.disabled")
_FOR_CLIENTS: Final = re.compile(
    r"(?i)token_?endpoint|introspect|revocation|revoke|client_?auth|oauth|client_credentials|metrics|prometheus|health|actuator|swagger|docs|flower"
)
_OTHER: Final = re.compile(r"(?i)auth(?!or)|jwt|token|login|bearer|session|permission|current_?user|oauth|role|secured")
ACCEPTED: Final = "callers may say who they are by HTTP Basic"
DEFAULT: Final = "the REST framework accepts HTTP Basic unless it is told otherwise"


async def audit_source(tree: Tree) -> Finding:
    """Look for authenticators of Basic, and for defaults that include one."""
    faults = [*_calls(tree), *_rest_framework(tree)]
    others = [route for route in tree.code.routes if any(map(_OTHER.search, route.guards))]
    return judged(
        tree,
        faults,
        sound=others,
        holds="something stands guard that is not HTTP Basic",
        nothing="route with an authenticator",
        proof="A password goes with every call, and whoever sees one call has it.",
    )


def _calls(tree: Tree) -> Iterator[Fault]:
    for call in tree.code.calls(*_ACCEPTING):
        around = f"{call.function.name if call.function is not None else ''} {call.text}"
        if any(_OFF.search(each.text) for each in call.args) or _is_disabled(tree, call):
            continue
        yield Fault(call, ACCEPTED, Confidence.TENTATIVE if _FOR_CLIENTS.search(around) else Confidence.FIRM)
    for owner in tree.code.classes(*_BASES):
        yield Fault(owner, ACCEPTED)
    for call in tree.code.calls(".middleware", languages=[Language.PHP]):
        if any(_names_basic(each) for each in call.args):
            yield Fault(call, ACCEPTED)


def _names_basic(value: Value) -> bool:
    """Laravel's ``auth.basic`` and ``auth.basic.once``, alone or in a list."""
    listed = value.literal if isinstance(value.literal, list) else [value.literal]
    return any(isinstance(each, str) and each.startswith("auth.basic") for each in listed)


def _is_disabled(tree: Tree, call: Spot) -> bool:
    """Whether ``httpBasic().disable()`` or ``httpBasic(b -> b.disable())`` stands there."""
    text = tree.line(call.path, call.line) + tree.line(call.path, call.line + 1)
    return (
        re.search(r"httpBasic\s*(?:\(\s*\)\s*\.\s*disable|\([^)]*(?:disable|::disable)|\s*\{\s*(?:it\.)?disable)", text)
        is not None
    )


def _rest_framework(tree: Tree) -> Iterator[Fault]:
    told = False
    for each in tree.code.assignments(*(f".{name}" for name in _CLASSES)):
        told = told or each.last == _CLASSES[0]
        literal = each.value.literal
        names = (
            [str(one) for one in literal]
            if isinstance(literal, (list, tuple))
            else [one.name or one.text for one in each.value.parts]
        )
        if any(_BASIC.search(one) for one in names):
            yield Fault(each, ACCEPTED)
    settings = [module for module in tree.code.modules if _has_framework(module)]
    if settings and not told and tree.code.imports("rest_framework", languages=[Language.PYTHON]):
        for module in settings:
            line = next(each.line for each in module.assignments if each.name == "INSTALLED_APPS")
            yield Fault(Spot(path=module.path, line=line), DEFAULT)


def _has_framework(module: Module) -> bool:
    for each in module.assignments:
        literal = each.value.literal
        if each.name == "INSTALLED_APPS" and isinstance(literal, (list, tuple)) and "rest_framework" in literal:
            return True
    return False
