"""Operations for administrators, by their path or name, whose code never asks for a role or permission.

Looked at are the guards of an operation, the handler, and what the handler calls in the same tree. Rules that name paths
elsewhere (Spring's filter chain, a router that is mounted behind a guard) count for the paths below theirs.
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

_AREA: Final = re.compile(
    r"(?i)(?:^|[/_-])(?:admins?|administration|administrators?|super-?admin|sysadmin|superusers?|back-?office)(?:[/_-]|$)"
)
_DEED: Final = re.compile(
    r"(?i)^(?:admin_\w+|\w+_as_admin|(?:set|change|update|assign)_?(?:user_?)?roles?|(?:make|promote_?to|grant)_?admin|ban_?user|"
    r"impersonate(?:_?user)?|promote_?user|delete_?all_?users|grant_?(?:role|permission)s?)$"
)
_ROLE: Final = re.compile(
    r"(?i)role|admin|superuser|is_?staff|permission|permit|scope|authority|authori[sz]e(?!(?:d|r)\b)|ability|\bcan\b|can[A-Z_]\w|policy|privilege|"
    r"\bgate\b|secured|rbac|\bacl\b|\bis_?(?:owner|manager|chef|root)|allowed_?(?:users|to)|entitle|clearance|group|rights|forbidden|40[13]\b|"
    r"\bhas_?access|check_?access|api_?key|internal_?(?:key|token|secret)|remote_addr|client\.host|127\.0\.0\.1|ip_?allow"
)
_SURELY: Final = re.compile(
    r"(?i)(?:has|is|require\w*|check|ensure|verify|need|must|allow|only|get|current)_?\w*(?:role|admin|super_?user|staff|permission|scope|authority|"
    r"privilege)|\.(?:\w*role\w*|is_?admin|admin|is_staff|is_superuser|permissions?|groups?|scopes)\b|(?:pre|post)_?authorize|secured|roles_?allowed|"
    r"roles?\w*(?:checker|guard|required|middleware)|permission\w*(?:checker|guard|required|middleware|classes)|\bcan[A-Z(]|authorize!?\s*[( ]|"
    r"\bpolicy|\bacl\b|rbac|\[['\"](?:role|is_?admin|admin|permissions|scope)"
)
_AUTHENTICATES: Final = re.compile(
    r"(?i)(?:^|[._])(?:get_?)?(?:current_?(?:active_?)?user|login_?required|is_?(?:logged_?in|authenticated)|require_?(?:login|auth|user|token)|"
    r"authenticated?|verify_?(?:token|jwt)|jwt_required|token_required|check_?token|ensure_?(?:logged_?in|authenticated)|auth(?:\.required)?|"
    r"isauthenticated|get_current_user_authorizer|passport\.authenticate)$"
)
_EXEMPT: Final = re.compile(
    r"(?i)log-?(?:in|out)|sign-?(?:in|out)|static|assets|health|docs|forgot|password-?reset|token|session|2fa|mfa"
)
_RULES: Final = (".requestMatchers", ".antMatchers", ".mvcMatchers", ".securityMatcher", ".use", ".include_router", ".register_blueprint",
                 ".group", ".Group", ".prefix", ".Use", ".Route", ".mount", "scope", "namespace", ".route", ".PathPrefix")  # fmt: skip
_HEADERS: Final = re.compile(r"(?i)(?:feature|permissions|referrer|origin|security)-?_?policy|helmet")
MISSING: Final = "an operation for administrators never asks for a role or permission"

UNCLEAR: Final = "whether an operation for administrators asks for a role is not clear from its code"


async def audit_source(tree: Tree) -> Finding:
    """Look at each operation for administrators."""
    faults, sound = [], list[Spot]()
    rules = _rules(tree)
    for route in _privileged(tree):
        if _asks(tree, route, _SURELY) or any(rule in route.route for rule in rules):
            sound.append(route)
        elif _asks(tree, route, _ROLE):
            faults.append(Fault(route, UNCLEAR, Confidence.TENTATIVE))
        else:
            faults.append(Fault(route, MISSING, _sure(tree, route, rules)))
    return judged(
        tree,
        faults,
        sound=sound,
        holds="an operation for administrators whose guards or handler ask for a role or permission",
        nothing="operation that is for administrators by its path or name",
        proof="Neither its guards nor its handler, nor what the handler calls here, name a role, a permission or a group.",
    )


def _privileged(tree: Tree) -> Iterator[Route]:
    for route in tree.code.routes:
        named = route.function is not None and _DEED.search(route.function.name)
        if (_AREA.search(route.route) or named) and not _EXEMPT.search(route.route) and "admin.site" not in route.text:
            yield route


def _asks(tree: Tree, route: Route, words: re.Pattern[str]) -> bool:
    """Whether a role is named by its guards, by its handler or by what that calls, in one of these words."""
    if any(words.search(each) for each in route.guards if not _HEADERS.search(each)):
        return True
    handler = handler_of(tree, route)
    if handler is None:
        return False
    followed = called(tree, handler)
    text = _body(tree, handler, route)
    for each in followed:
        text = text.replace(each.name, "")  # what they ask is read instead of what they are called
    owner = "\n".join(each.name for each in handler.owner.decorators) if handler.owner is not None else ""
    return bool(words.search(text) or words.search(owner)) or any(
        words.search(_body(tree, each, route)) for each in followed
    )


def _body(tree: Tree, function: Function, route: Route) -> str:
    """A function as it is written, without its own name and the route's path, which say what it is for and ask nothing."""
    text = excerpts.text(tree, function).replace(function.name, "")
    for each in sorted({route.route, *route.route.split("/")}, key=len, reverse=True):
        if _ROLE.search(each):
            text = re.sub(rf"(['\"/]){re.escape(each.strip('/'))}(?=['\"/])", r"\1", text)
    return text


def _rules(tree: Tree) -> set[str]:
    """Starts of paths for which a role is asked for where they are mounted or matched."""
    found: set[str] = set()
    for call in tree.code.calls(*_RULES):
        paths = [
            path.rstrip("*/").strip("/")
            for value in (*call.args, *call.keywords.values())
            for path in _literals(value.literal)
            if _AREA.search(path)
        ]
        near = " ".join(excerpts.lines(tree, call.path, call.line, call.line + 3)) if paths else ""
        for path in paths:
            near = near.replace(path, "")
        found |= {path for path in paths if path and _ROLE.search(near)}
    return found


def _literals(literal: object) -> tuple[str, ...]:
    if isinstance(literal, str):
        return (literal,)
    return tuple(each for each in literal if isinstance(each, str)) if isinstance(literal, list | tuple) else ()


def _sure(tree: Tree, route: Route, rules: set[str]) -> Confidence:
    """How sure it is that no guard stands elsewhere: one that only signs callers in stands where a role's guard would."""
    if handler_of(tree, route) is None:
        return Confidence.TENTATIVE
    signs_in = any(_AUTHENTICATES.search(each) for each in route.guards)
    if signs_in and not rules:
        return Confidence.CERTAIN if not route.open_end else Confidence.FIRM
    if route.framework == "spring":
        return (
            Confidence.FIRM if tree.code.calls(".authorizeHttpRequests", ".authorizeRequests") else Confidence.TENTATIVE
        )
    return Confidence.TENTATIVE if route.open_end else Confidence.FIRM
