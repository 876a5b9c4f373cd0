"""A rule that could not hold, or would come too late, is a mistake; all of them are found before a request comes."""

from __future__ import annotations

import functools
from typing import Literal, NamedTuple

from ostiary.errors import ConfigError
from ostiary.model import Operation, Place, Site
from ostiary.parts.ownership import Rule, parse
from ostiary.parts.ownership_objects import Source, source_of
from ostiary.parts.ownership_requests import names_of
from ostiary.strict import Strict

CONTROL = "userdata.ownership-check"
_CHANGING = frozenset({"PUT", "PATCH", "DELETE"})


class Settings(Strict, frozen=True):
    """``owner``: one rule, or several that all have to hold, for an operation: ``"path.user_id == token.sub"``.

    A rule compares ``path``, ``query``, ``header``, ``body``, ``response`` or ``object`` with a claim:
    ``"response.owner_id == token.sub"``; ``"response.items[*].owner_id == token.sub"`` drops the items of others;
    ``in`` looks into a list, ``or`` joins alternatives. ``object``: where the object of a write is read first, such as
    ``"GET /orders/{id}"``. ``everywhere``: rules about path parameters, for every operation that has them.

    ``absent``: what a request gets that leaves a ``query`` or ``body`` field out: ``"refuse"``, ``"fill"`` it in from the
    token, or ``"pass"`` (where it cannot change the owner). ``counters``: ``"recount"`` makes totals beside a filtered
    list say what is left of it, ``"keep"`` is for applications that count a caller's own. ``exempt-roles`` and
    ``exempt-scopes`` see everything. ``issuers``: whose tokens can own (default: all of the policy's). ``deny-undeclared``
    refuses operations with an object id in their path and no rule.
    """

    owner: str | tuple[str, ...] = ()
    object: str = ""
    everywhere: tuple[str, ...] = ()
    absent: Literal["refuse", "fill", "pass"] = "refuse"
    counters: Literal["recount", "keep"] = "recount"
    exempt_roles: tuple[str, ...] = ()
    exempt_scopes: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    deny_undeclared: bool = False


class Rules(NamedTuple):
    """The rules of one operation, by when they can be asked."""

    head: tuple[Rule, ...] = ()  # path, query, header
    body: tuple[Rule, ...] = ()
    object: tuple[Rule, ...] = ()
    response: tuple[Rule, ...] = ()
    source: Source | None = None

    def __bool__(self) -> bool:
        return bool(self.head or self.body or self.object or self.response)


_parsed = functools.lru_cache(maxsize=1024)(parse)


def rules_of(settings: Settings, operation: Operation, site: Site) -> Rules:
    """Read the rules that an operation has.

    :raises ConfigError: when one cannot be read, or can never hold here.
    """
    names = names_of(operation)
    found = []
    for text in settings.everywhere:
        rule = _parsed(text, f"{CONTROL} everywhere")
        if rule.place != "path":
            raise ConfigError(
                f"{CONTROL} everywhere", f"{text!r} is about a {rule.place}", "it takes rules about paths"
            )
        if rule.names <= set(names):
            found.append(rule)
    if operation.declared:
        where = f"{CONTROL} owner ({operation.key})"
        for text in (settings.owner,) if isinstance(settings.owner, str) else settings.owner:
            rule = _parsed(text, where)
            _check(rule, operation, site, where)
            found.append(rule)
    own = tuple(dict.fromkeys(found))
    late = {place: tuple(each for each in own if each.place == place) for place in ("body", "object", "response")}
    head = tuple(each for each in own if each.place not in late)
    rules = Rules(head, late["body"], late["object"], late["response"])
    _check_filling(settings, rules, operation)
    if bool(settings.object) != bool(rules.object) and operation.declared:
        problem = "names no object to read" if rules.object else "is read for no rule"
        raise ConfigError(
            f"{CONTROL} object ({operation.key})", problem, 'object = "GET /orders/{id}" goes with "object.."'
        )
    if rules.object:
        rules = rules._replace(
            source=source_of(settings.object, operation, site, f"{CONTROL} object ({operation.key})")
        )
    return rules


def _check(rule: Rule, operation: Operation, site: Site, where: str) -> None:
    names = names_of(operation)
    if rule.place == "path" and not rule.names <= set(names):
        hint = f"it has {', '.join(names)}" if names else "a rule of one operation belongs into its own table"
        raise ConfigError(where, f"the path has no {min(rule.names - set(names))!r}", hint)
    documented = site.api is not None and bool(operation.pointer)
    if rule.place == "query" and documented:
        known = {each.name for each in operation.parameters if each.place is Place.QUERY}
        if not rule.names <= known:
            raise ConfigError(where, f"the document declares no query parameter {min(rule.names - known)!r}")
    if rule.place == "body" and documented and not operation.consumes:
        raise ConfigError(where, "the document declares no body here")
    if rule.place == "header" and not all(name.isascii() for name in rule.names):
        raise ConfigError(where, "this is not the name of a header field")
    if rule.place == "response" and operation.method in _CHANGING:
        hint = 'have it read first: object = "GET .." and a rule about object'
        raise ConfigError(where, f"a {operation.method} has happened before its response can be looked at", hint)


def _check_filling(settings: Settings, rules: Rules, operation: Operation) -> None:
    if settings.absent != "fill":
        return
    for rule in (*rules.head, *rules.body):
        lists = rule.prefix is not None
        if rule.place in {"query", "body"} and (rule.filling is None or lists):
            problem = f"{rule.text!r} does not say which value to fill in"
            raise ConfigError(f"{CONTROL} absent ({operation.key})", problem, "one comparison by == with a claim does")
