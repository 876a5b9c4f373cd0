"""Receivers of webhooks whose code verifies no signature, or compares one with ``==``.

A receiver is an operation whose path or name says webhook and that takes a body. Its guards, its handler and what that
calls in the same tree are read; management of webhooks (subscriptions, lists of deliveries) is not a receiver.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Function, Route, Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code import excerpts
from ostiary.parts.code.judging import Fault, judged
from ostiary.parts.code.serving import called, handler_of

_RECEIVES: Final = re.compile(r"(?i)web-?_?hooks?(?![a-z])|(?:^|/)hooks?/(?:stripe|github|gitlab|paypal|slack|twilio|shopify|sendgrid|mailgun)|/ipn(?:/|$)")  # fmt: skip
_MANAGES: Final = re.compile(
    r"(?i)subscri|register|deliver|list|settings|config|test|endpoints?(?:/|$)|create|update|delete|edit|index|\bstore\b|destroy|admin"
)
_VERIFIES: Final = re.compile(
    r"(?i)hmac|signature|construct_?event|verify|timing_?safe|compare_digest|constant_?time|hash_equals|secure_compare|validate_?(?:request|payload)|"
    r"svix|standard_?webhooks|webhooks?\.unwrap|x-hub|svix-|messageDigest\.isEqual|checkSign|signed_?payload|jwt|mtls|ed25519|verif"
)
_CHECKING: Final = re.compile(
    r"(?i)hmac|construct_?event|timing_?safe|compare_digest|hash_equals|verify\w*signature|signature\w*(?:verif|valid)|svix"
)
_MECHANISM: Final = re.compile(
    r"(?i)hmac|construct_?event|timing_?safe|compare_digest|constant_?time|hash_equals|secure_compare|svix|standard_?webhooks|"
    r"webhooks?\.unwrap|messageDigest\.isEqual|ed25519|validate_?request\(|verify\w*(?:signature|header|webhook)|signature\w*\.(?:verify|validate)"
)
_SIGNED_IN: Final = re.compile(r"(?i)auth|login|token|permission|guard|current_?user|secret|api_?key|bearer|basic")
_SIGNATURE: Final = re.compile(
    r"(?i)^\s*(?:(?:if|elif|unless|return|while|assert)\b|[\w.]+\s*=[^=])?.*?(?<![\w])(?P<left>[\w.$@\[\]'\"()-]{2,80})\s*(?:===|!==|==|!=)\s*"
    r"(?P<right>[\w.$@\[\]'\"()-]{2,80})"
)
_NAMED: Final = re.compile(
    r"(?i)(?:^|[._$@\['\"-])(?:\w*_?)(?:signature|hmac|hexdigest|hash_hmac|x_?hub_?\w*)(?:\d*|_?(?:header|value|hex))?(?:\W|$)"
)
_MAC: Final = re.compile(r"(?i)hmac")
_NOTHING: Final = frozenset({"none", "null", "nil", "undefined", "''", '""', "false", "true", "str", "string"})
UNVERIFIED: Final = "a webhook is taken in, and nothing verifies its signature"
COMPARED: Final = (
    "a message's signature is compared with an ordinary comparison, whose time tells how much of it is right"
)


async def audit_source(tree: Tree) -> Finding:
    """Look at receivers, and at comparisons in functions that compute a MAC."""
    faults, sound = list(_comparisons(tree)), list[Spot]()
    named: list[Spot] = []
    elsewhere = any(_CHECKING.search(each.name) for each in tree.code.calls())
    for route in tree.code.routes:
        if not _receives(route):
            continue
        handler = handler_of(tree, route)
        if handler is None:
            faults.append(Fault(route, UNVERIFIED, Confidence.TENTATIVE))
        elif any(map(_MECHANISM.search, texts := [*route.guards, *_texts(tree, handler)])):
            sound.append(handler)
        elif any(map(_VERIFIES.search, texts)):
            named.append(handler)
        else:
            guarded = (route.open_end and elsewhere) or any(map(_SIGNED_IN.search, route.guards))
            faults.append(Fault(handler, UNVERIFIED, Confidence.TENTATIVE if guarded else Confidence.FIRM))
    return judged(
        tree,
        faults,
        sound=sound,
        holds="a webhook's signature is verified",
        nothing="operation that receives webhooks",
        undecided=f"{named[0].place} speaks of a verification, and how it is done was not seen" if named else "",
        proof="Whoever knows the address can send what looks like the sender's message.",
    )


def _receives(route: Route) -> bool:
    if not {"POST", "PUT", "*"} & set(route.methods) or route.parameters[1:]:
        return False
    name = route.function.name if route.function is not None else ""
    path = re.sub(r"[{<:][^/]*", "", route.route)
    about = bool(_RECEIVES.search(path)) or bool(re.search(r"(?i)web_?hook", name))
    behind = _RECEIVES.split(path)[-1] if _RECEIVES.search(path) else ""
    return (
        about and not _MANAGES.search(behind) and not _MANAGES.search(name) and not re.search(r"(?i)webhooks/?$", path)
    )


def _texts(tree: Tree, handler: Function) -> list[str]:
    owner = [each.name for each in handler.owner.decorators] if handler.owner is not None else []
    return [excerpts.text(tree, handler), *owner, *(excerpts.text(tree, each) for each in called(tree, handler))]


def _comparisons(tree: Tree) -> Iterator[Fault]:
    """``==`` with a signature in a function that computes a MAC with a key."""
    for function in tree.code.functions():
        lines = excerpts.lines(tree, function.path, function.line, function.end)
        if not any(map(_MAC.search, lines)):
            continue
        for at, line in enumerate(lines):
            found = _SIGNATURE.search(line.split("#", 1)[0].split("//", 1)[0])
            if found is None or not _is_signature(found["left"], found["right"]):
                continue
            yield Fault(
                Spot(path=function.path, line=function.line + at, language=function.language), COMPARED, Confidence.FIRM
            )


def _is_signature(left: str, right: str) -> bool:
    sides = [each.strip("()").lower() for each in (left, right)]
    if any(
        each in _NOTHING or each.isdigit() or "length" in each or "algorithm" in each or each.startswith("len")
        for each in sides
    ):
        return False
    return any(_NAMED.search(each.strip("()")) for each in (left, right)) and not any(
        each[:1] in "'\"" for each in sides
    )
