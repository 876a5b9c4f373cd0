"""Credentials that code reads out of the query or the path of a request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Function, Language, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.judging import Fault, judged

_CREDENTIAL: Final = re.compile(
    r"(?i)^(?:(?:user|client|admin|old|new|current)?[_-]?(?:password|passwd|pwd|passphrase)|(?:x[_-])?api[_-]?(?:key|token|secret)|"
    r"(?:access|auth|bearer|refresh|session|jwt)[_-]?token|client[_-]?secret|secret[_-]?key|jwt|session[_-]?id|private[_-]?key|credit[_-]?card(?:[_-]?number)?|cvv|ssn)$"
)
# Links that are used once, places where no header can be sent, and other sites' own protocols.
_ONCE: Final = re.compile(
    r"(?i)reset|verif|confirm|activat|invit|unsubscrib|magic|forgot|download|signed|callback|oauth|webhook|hook|socket|\bws\b|stream|sse\b|test|recover|otp|email|migrat"
)
_READS: Final = (
    *(
        "flask.request.args.get",
        "flask.request.args.getlist",
        "*.query_params.get",
        "*.GET.get",
        "*.searchParams.get",
        "*.URL.Query().Get",
        "*.Query",
    ),
    *(
        "*.DefaultQuery",
        "*.QueryParam",
        "*.queryParam",
        "*.getQueryParam",
        "*.req.query",
        "*.rel_url.query.get",
        "*.get_query_argument",
        "*.getQueryParams().get",
    ),
)
_NAMED: Final = re.compile(
    r"(?:^|\.)(?:(?:req|request|ctx|ctx\.request)\.query|flask\.request\.args|request\.GET|request\.query_params|queryStringParameters|_GET|request\.query_parameters|query_parameters)\.([\w-]+)$"
)
_HEADERS: Final = (
    ".headers.get",
    ".getHeader",
    ".GetHeader",
    ".Header.Get",
    ".header",
    "fastapi.security.OAuth2PasswordBearer",
    "fastapi.security.HTTPBearer",
    "fastapi.Header",
)
_FAULT: Final = "a credential is taken out of the query of a request"


async def audit_source(tree: Tree) -> Finding:
    """Look for what is read from queries under the name of a credential."""
    faults = [
        Fault(spot, _FAULT, Confidence.TENTATIVE if _ONCE.search(f"{spot.path} {around}") else Confidence.FIRM)
        for spot, around in _read(tree)
    ]
    headers = [
        each
        for each in tree.code.calls(*_HEADERS)
        if each.method in {"OAuth2PasswordBearer", "HTTPBearer"}
        or (each.args and "authorization" in str(each.args[0].literal).lower())
    ]
    return judged(
        tree,
        faults,
        sound=headers,
        holds="credentials are taken out of a header",
        nothing="place where a request's credential is read",
        proof="What stands in a URL is written to logs, histories and other sites' referrers.",
    )


def _read(tree: Tree) -> Iterator[tuple[Spot, str]]:
    code = tree.code
    for call in code.calls(*_READS):
        if call.args and _CREDENTIAL.match(str(call.args[0].literal)):
            yield call, _around(call.function)
    yield from (
        (each, "") for each in code.calls("fastapi.security.APIKeyQuery", "fastapi.security.api_key.APIKeyQuery")
    )
    for each in code.assignments():
        if _is_read(each.value):
            yield each, _around(each.function)
    for call in code.calls():
        if any(_is_read(value) for value in (*call.args, *call.keywords.values())):
            yield call, _around(call.function)
    for route in code.routes:
        function = route.function
        if route.language in {Language.JAVA, Language.KOTLIN} and route.methods == ("GET",) and function is not None:
            names = [name for name in function.parameters if _CREDENTIAL.match(name) and name not in route.parameters]
            marked = [
                each
                for each in code.calls("*RequestParam", "*QueryParam")
                if each.path == route.path and function.line <= each.line <= function.end
            ]
            renamed = [each for each in marked if each.args and _CREDENTIAL.match(str(each.args[0].literal))]
            if renamed or (names and marked):
                yield route, f"{route.route} {function.name}"


def _is_read(value: Value) -> bool:
    found = _NAMED.search(f"{value.tainted}.{value.name}" if value.tainted.endswith("query_parameters") else value.name)
    return found is not None and _CREDENTIAL.match(found.group(1)) is not None


def _around(function: Function | None) -> str:
    return function.name if function is not None else ""
