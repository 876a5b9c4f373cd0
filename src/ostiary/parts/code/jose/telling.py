"""What values and places tell of tokens: names of algorithms, what a token is for, whether code runs in a browser."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ostiary.evidence.code import Call, Language, Value
from ostiary.evidence.tree import Tree

_HEADERS: Final = re.compile(
    r"(?i)get_unverified_headers?$|decodeProtectedHeader$|^jsonwebtoken\.decode$|^jwt-decode|jws\.decode$|^com\.auth0\.jwt\.JWT\.decode|ParseUnverified$"
)
_FROM_HEADER: Final = re.compile(
    r"(?i)(?:header|jwt_?head|unverified)\w*(?:\(\))?\s*(?:\.\s*alg\b|\[\s*['\"]alg['\"]\s*\]|\.get\(\s*['\"]alg['\"])|get\w*Header\(\)\.getAlgorithm"
)


def chain(call: Call) -> Iterator[Call]:
    """A call and those it is called on, from the last to the first."""
    current: Call | None = call
    for _ in range(40):
        if current is None:
            return
        yield current
        current = current.receiver.call if current.receiver is not None else None


def names_of(value: Value | None) -> list[str]:
    """Names of algorithms in a value, as far as they are known."""
    if value is None:
        return []
    literal = value.literal
    if isinstance(literal, str):
        return [literal]
    if isinstance(literal, (list, tuple)):
        return [str(each) for each in literal]
    if value.parts:
        return [name for each in value.parts for name in names_of(each)]
    last = value.name.rpartition(".")[2]
    return [last] if re.fullmatch(r"(?:HS|RS|ES|PS)\d{3}|EdDSA|NONE|none", last) else []


def from_header(value: Value | None) -> bool:
    """Whether a value is what an unverified header says of its algorithm."""
    if value is None or value.known:
        return False
    if _FROM_HEADER.search(value.text) or (value.call is not None and _HEADERS.search(value.call.name)):
        return True
    return any(from_header(each) for each in value.parts)


_FRONT: Final = re.compile(
    r"(?i)(?:^|/)(?:client|frontend|front-end|front|web-?app|webui|ui|public|static|assets|www|components|pages|hooks|views|store|composables|layouts)(?:/|$)"
)
_FRONT_ENDS: Final = ("react", "react-dom", "vue", "@angular/core", "svelte", "react-native", "pinia", "vuex", "redux", "@reduxjs/toolkit", "next/router", "next/navigation", "jquery", "solid-js", "preact")  # fmt: skip
_SERVERS_OF_SWIFT: Final = frozenset({"Vapor", "Hummingbird", "Kitura", "PerfectHTTP", "PerfectHTTPServer"})


def is_front_end(tree: Tree, path: str) -> bool:
    """Whether JavaScript runs in a browser, where reading a token decides nothing."""
    if path.endswith((".tsx", ".jsx", ".vue")):
        return True
    modules: Mapping[str, Any] = tree.remember("jose.modules", lambda: {each.path: each for each in tree.code.modules})
    module = modules.get(path)
    if module is None or module.language not in {Language.JAVASCRIPT, Language.SWIFT}:
        return False
    if module.language is Language.SWIFT:
        return not any(each.partition(".")[0] in _SERVERS_OF_SWIFT for each in module.imports)
    if any(each.partition(".")[0] in _FRONT_ENDS for each in module.imports):
        return True
    return _FRONT.search(path.rpartition("/")[0]) is not None and not any(
        each.startswith("express") for each in module.imports
    )


@functools.lru_cache(maxsize=256)
def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


_OTHER_TOKENS: Final = re.compile(
    r"refresh|reset|verif(?!ied)|confirm|e?mail|invit|activat|remember|magic|unsubscribe|state|csrf|download|upload|share|client_assertion|id_token|service|machine|webhook|apns|push|device|api_key|license"
)


def purpose(call: Call) -> str:
    """What a token that is issued is for, if not for access: by names of its function, the line, and its key."""
    function = call.function
    told = " ".join([function.name if function is not None else "", call.text])
    match = _OTHER_TOKENS.search(_words(told))
    return match[0] if match is not None else ""


_ASKED: Final = re.compile(
    r"(?i)introspect|userinfo|token_?info|(?:token|jwt|signature|identity)\w*[_.]?(?:verif|valid)|verif\w*_?(?:token|jwt|url|response|endpoint)"
)
_CLIENTS: Final = re.compile(
    r"^(?:requests|httpx|aiohttp|urllib|axios|fetch|got|node-fetch|superagent)\b|(?:RestTemplate|WebClient|HttpClient|net/http)\b"
)


def is_delegated(tree: Tree, call: Call) -> bool:
    """Whether the function asks another service about the token before it reads it."""
    function = call.function
    if function is None:
        return False
    calls = tree.remember("jose.clients", lambda: [each for each in tree.code.calls() if _CLIENTS.search(each.name)])
    if not any(each.function is function and each.line <= call.line for each in calls):
        return False
    lines = (tree.line(call.path, number) for number in range(max(function.line, call.line - 60), call.line))
    return any(_ASKED.search(each) for each in lines)
