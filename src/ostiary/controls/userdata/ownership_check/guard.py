"""Path, query and header are asked at once, the body when it is read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ostiary.controls.userdata.ownership_check.objects import EXEMPT, asking, hide, leaving, showing
from ostiary.controls.userdata.ownership_check.settings import CONTROL, Rules, Settings, rules_of
from ostiary.errors import ConfigError
from ostiary.model import Exchange, Hook, Hooks, Operation, Principal, Reply, Site
from ostiary.parts import body as bodies
from ostiary.parts import ownership_replies as replies
from ostiary.parts import ownership_requests as requests
from ostiary.parts.ownership import Finder, Rule, Steps, text_of
from ostiary.parts.ownership_gaps import names_object
from ostiary.parts.reply import has_body
from ostiary.parts.rights import anonymous, nothing_here, rights_of

Check = Callable[[Principal, Exchange], bool]


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Compile the operation's rules; None where there are none."""
    if not operation.known_path:
        if not site.operations and settings != Settings():
            raise ConfigError(
                CONTROL, "there is no operation to which a rule could apply", "give the document: api = .."
            )
        return None
    rules = rules_of(settings, operation, site)
    if not rules and not (settings.deny_undeclared and operation.declared and names_object(operation)):
        return None
    if site.tokens is None:
        raise ConfigError(CONTROL, "nobody owns anything where no issuer is known", "add a table [issuers.NAME]")
    exempt = _exempt(settings, site)
    if not rules:
        return Hooks(head=_refuse(exempt))
    head = _head(settings, rules, operation, site, exempt)
    body = _body(settings, rules) if rules.body else None
    if rules.response:
        return Hooks(
            head=head,
            body=body,
            reply=leaving(settings, rules),
            reply_body=showing(settings, rules),
            inspects=has_body,
        )
    return Hooks(head=head, body=body, reply=hide)


def _exempt(settings: Settings, site: Site) -> Callable[[Exchange], bool]:
    """Whether the caller may see everything; notes it if so, and refuses those who are nobody."""
    rights = rights_of(site)
    roles, scopes, issuers = (
        frozenset(each) for each in (settings.exempt_roles, settings.exempt_scopes, settings.issuers)
    )

    if not (roles or scopes or issuers):
        return _known

    def exempt(exchange: Exchange) -> bool:
        principal = exchange.principal
        if principal is None:
            raise anonymous()
        if issuers and principal.issuer not in issuers:
            raise nothing_here()
        if (roles and not roles.isdisjoint(principal.roles)) or (
            scopes and not scopes.isdisjoint(rights.scopes(principal))
        ):
            exchange.note(CONTROL, EXEMPT)
            return True
        return False

    return exempt


def _known(exchange: Exchange) -> bool:
    if exchange.principal is None:
        raise anonymous()
    return False


def _refuse(exempt: Callable[[Exchange], bool]) -> Hook:
    def head(exchange: Exchange) -> None:
        if not exempt(exchange):
            raise nothing_here()  # nobody said whose objects these are

    return head


def _head(
    settings: Settings, rules: Rules, operation: Operation, site: Site, exempt: Callable[[Exchange], bool]
) -> Hook:
    checks = tuple(_check(rule, operation, settings.absent) for rule in rules.head)
    later = asking(rules, site)
    shown = bool(rules.response)
    asks_first = bool(rules.object)
    reads = bool(rules.body)

    def head(exchange: Exchange) -> Reply | Awaitable[Reply | None] | None:
        if exempt(exchange):
            return None
        principal: Any = exchange.principal
        for check in checks:
            if not check(principal, exchange):
                raise nothing_here()
        if reads:
            requests.check_readable(exchange)
        if shown:
            if exchange.websocket:
                raise nothing_here()  # what goes through a tunnel cannot be read
            headers = exchange.headers
            if not replies.CONDITIONAL.isdisjoint(dict(headers)):
                exchange.headers = [pair for pair in headers if pair[0] not in replies.CONDITIONAL]
        if asks_first or (shown and exchange.method == "HEAD"):
            return later(exchange)
        return None

    return head


def _check(rule: Rule, operation: Operation, absent: str) -> Check:
    def path(steps: Steps) -> Finder:
        return requests.path_finder(operation, steps)

    if rule.place == "path":
        simple = rule.simple
        if simple is not None:
            return _same(requests.names_of(operation).index(simple[0][0]), simple[1])
        in_path = rule.against(path)
        return lambda principal, exchange: in_path(principal)(exchange.path_values)
    if rule.place == "header":
        in_headers = rule.against(requests.header_finder)
        return lambda principal, exchange: in_headers(principal)(exchange.headers)
    holds = rule.against(requests.query_finder)
    finders = [requests.query_finder(test.place.steps) for test in rule.tests]
    filling = rule.filling

    def query(principal: Principal, exchange: Exchange) -> bool:
        if absent != "refuse" and not any(find(exchange.query) for find in finders):
            return (
                filling is None
                or absent == "pass"
                or requests.fill_query(exchange, filling[0][0], filling[1](principal))
            )
        return holds(principal)(exchange.query)

    return query


def _same(at: int, read: Callable[[Principal], Any]) -> Check:
    """The commonest rule, asked on every request."""

    def path(principal: Principal, exchange: Exchange) -> bool:
        own = text_of(read(principal))
        return own is not None and exchange.path_values[at] == own

    return path


def _body(settings: Settings, rules: Rules) -> Hook:
    in_json = [(rule.prefix, rule.against(requests.json_finder), rule) for rule in rules.body]
    in_form = [(rule.prefix, rule.against(requests.form_finder), rule) for rule in rules.body]
    absent = settings.absent

    def body(exchange: Exchange) -> None:
        if exchange.notes.get(CONTROL) is EXEMPT:
            return
        principal: Any = exchange.principal
        document = bodies.document(exchange)
        is_json = bodies.is_json(bodies.media_type(exchange))
        for prefix, holds, rule in in_json if is_json else in_form:
            finder = requests.json_finder if is_json else requests.form_finder
            contents = [document] if prefix is None else _items(document, prefix)
            for content in contents:
                if absent != "refuse" and not any(finder(test.place.steps)(content) for test in rule.tests):
                    filling = rule.filling if absent == "fill" else None
                    if filling is None or requests.fill_body(exchange, filling[0], filling[1](principal)):
                        continue
                if not holds(principal)(content):
                    raise nothing_here()

    return body


def _items(document: Any, prefix: Steps) -> list[Any]:
    """The items of a list in a body; nobody's thing where there is no list."""
    found = requests.json_finder(prefix)(document)
    return found[0] if len(found) == 1 and isinstance(found[0], list) else [None]
