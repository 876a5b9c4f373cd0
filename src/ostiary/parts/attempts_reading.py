"""Whom a request guesses at is read from wherever it could say so; what names several people counts for all of them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Operation
from ostiary.parts import body as bodies
from ostiary.parts import forms, json_text
from ostiary.parts import role_fields as names
from ostiary.parts.attempts import LONGEST
from ostiary.parts.role_fields import Field
from ostiary.parts.role_words import listed, squeezed
from ostiary.parts.shapes import split_name

MOST_ACCOUNTS: Final = 4  # that one request may name; an honest one names one
MOST_LEAVES: Final = 256
MOST_DEPTH: Final = 4
_SAYS: Final = frozenset(  # these name a person wherever they stand; an "account" beside them is a tenant
    listed("""username login loginname loginid userlogin identifier userprincipalname email emailaddress useremail mail
    emailorusername usernameoremail emailorphone loginoremail phone phonenumber mobile mobilenumber mobilephone telephone
    msisdn benutzername kennung benutzerkennung identifiant nomutilisateur courriel usuario nombreusuario nombredeusuario
    correo correoelectronico nomeutente gebruikersnaam emailadres anvandarnamn brugernavn brukernavn kayttajatunnus
    uzytkownik kullaniciadi eposta логин 用户名 ユーザー名""")
)
_WEAK: Final = frozenset(names.ACCOUNT) - _SAYS
_SECRET: Final = names.PASSWORD | names.CODE | names.BARE_CODE | names.TOKEN
_ONE_EACH: Final = _SECRET | _SAYS  # a request that gives several of one of these tries several
_OF_CLIENTS: Final = frozenset(listed("clientsecret clientassertion"))
_BODIED: Final = frozenset({"POST", "PUT", "PATCH"})


class Guess(NamedTuple):
    """Whom a request names: accounts as sent, a client of OAuth, the challenge that a code answers, where one is sent."""

    accounts: tuple[str, ...] = ()
    machine: bool = False  # whether a client of OAuth asks, and no person's secret is in it
    client: str = ""  # its name, where it proves itself
    challenges: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    proves: bool = False  # whether it holds a password, a code or a token: the second half of a reset


Leaves = list[tuple[tuple[str, ...], Any]]  # names that lead to a value, and the value


class Where(NamedTuple):
    """Where the policy says that an account's name is: ``/user/email``, ``query:user``, ``path:id``, ``header:x``."""

    place: str
    path: tuple[str, ...]


def where_of(text: str, setting: str) -> Where | None:
    """Read the setting; None where it is empty.

    :raises ConfigError: when it is in no such form.
    """
    if not text:
        return None
    if text == "basic":
        return Where("basic", ())
    if text.startswith("/"):
        tokens = tuple(each.replace("~1", "/").replace("~0", "~") for each in text[1:].split("/"))
        if len(tokens) > MOST_DEPTH:
            raise ConfigError(
                setting, f"{text!r} is deeper than bodies are looked into", f"{MOST_DEPTH} names at the most"
            )
        if all(tokens):
            return Where("body", tokens)
    place, colon, name = text.partition(":")
    if colon and name and place in {"query", "path", "header"}:
        return Where(place, (name,))
    hint = 'write a JSON pointer into the body, such as "/user/email", or "query:NAME", "path:NAME", "header:NAME", "basic"'
    raise ConfigError(setting, f"{text!r} is no place in a request", hint)


def has_body(exchange: Exchange) -> bool:
    """Whether the request is looked at again with its body, by all that its head says."""
    return exchange.method in _BODIED and bodies.readable(exchange)


def reader_of(operation: Operation, account: Where | None) -> Callable[[Exchange], Guess]:
    """What reads a request of this operation.

    The reader raises `Denied` (400) for a request that makes several attempts at once: an array of credentials, a field
    given twice.
    """
    note = f"whom:{account}"  # several controls ask the same of one request
    declared = names.account_fields(operation)[:1]
    challenges = names.challenge_fields(operation)
    destinations = frozenset(names.DESTINATION)
    keys = names.keys_of(operation)
    grants = not keys or names.GRANT in keys  # elsewhere a grant type is a decoy

    def read(exchange: Exchange) -> Guess:
        before: tuple[bytes, Guess] | None = exchange.notes.get(note)
        if before is not None and before[0] is exchange.body:
            return before[1]
        found = look(exchange)
        exchange.note(note, (exchange.body, found))
        return found

    def look(exchange: Exchange) -> Guess:
        _check_readable(exchange, operation)
        leaves = _leaves(exchange) if exchange.body else []
        query = _query(exchange)
        _one_each(leaves)
        _one_each(query)
        keyed = [(squeezed(path[-1]), value) for path, value in leaves + query if path]
        sent_on = keyed[: len(leaves)] if grants else []  # RFC 6749 section 3.2: in the body alone
        proves = any(value for name, value in keyed if name in names.PASSWORD | names.NEW_PASSWORD | names.CODE)
        if account is not None:
            found = _at(exchange, operation, account, leaves, query)
        else:
            found = [value for each in declared for value in _declared(exchange, operation, each, leaves, query)]
            found += [value for name, value in keyed if name in _SAYS]
            found = found or [value for name, value in keyed if name in _WEAK]
        client = _client(exchange, sent_on) if not proves else None
        named = account is not None or not client or any(name in _SAYS for name, _ in keyed)
        if client is not None and not (found and named):
            return Guess(machine=True, client=client)
        if account is None:
            granting = any(
                name == names.GRANT for name, _ in sent_on
            )  # then Basic names the client (RFC 6749 section 2.3.1)
            found += [] if granting and found else _basic(exchange)
        dared = [value for name, value in keyed if name in names.CHALLENGE]
        dared += [value for each in challenges for value in _declared(exchange, operation, each, leaves, query)]
        sent = [value for name, value in keyed if name in destinations]
        tokens = names.TOKEN | names.BARE_CODE
        return Guess(
            accounts=_texts(found),
            challenges=_texts(dared),
            destinations=_texts(sent),
            proves=proves or any(value for name, value in keyed if name in tokens),
        )

    return read


def answer_of(exchange: Exchange, header: bytes, where: Where | None) -> str:
    """The answer to a challenge: a request header, or where the policy says; empty when there is none."""
    given = exchange.head(header)
    if given is not None or where is None:
        return (given or b"").decode("latin-1").strip()
    leaves = _leaves(exchange) if exchange.body and where.place == "body" else []
    field = Field(where.place, where.path, "")
    found = _declared(exchange, Operation(method="*", path="*"), field, leaves, _query(exchange))
    return found[0] if len(found) == 1 and isinstance(found[0], str) else ""


def _check_readable(exchange: Exchange, operation: Operation) -> None:
    """Refuse a body that is not read: it could name anybody, and the application may care less what it is called.

    :raises Denied: 415, unless the document has this type here.
    """
    unread = exchange.method in _BODIED and not bodies.readable(exchange)
    if unread and bodies.media_type(exchange) not in operation.consumes:
        raise Denied(415, "who is meant could not be read in a body of this type")


def _client(exchange: Exchange, keyed: list[tuple[str, Any]]) -> str | None:
    """The client of a token request that no person's secret is in; None for other requests, "" for a public client."""
    grants = [value for name, value in keyed if name == names.GRANT and isinstance(value, str)]
    if not grants or any(each.rpartition("/")[2].startswith("password") for each in grants):
        return None
    basic = _basic(exchange)
    if not basic and not any(name in _OF_CLIENTS for name, _ in keyed):
        return ""
    given = basic or [value for name, value in keyed if name == "clientid"]
    return next(iter(_texts(given)), "")


def _basic(exchange: Exchange) -> list[str]:
    """The user of a Basic Authorization (RFC 7617 section 2)."""
    value = exchange.head(b"authorization") or b""
    scheme, _, token = value.partition(b" ")
    if scheme.lower() != b"basic":
        return []
    try:
        user = base64.b64decode(token.strip(), validate=True).partition(b":")[0]
    except (binascii.Error, ValueError):
        return []
    return [user.decode("utf-8", "replace")]


def _texts(values: Iterable[Any]) -> tuple[str, ...]:
    """The values that can be somebody's name, each once.

    :raises Denied: 400 when there are so many, or one so long, that nobody signs in like that.
    """
    found: dict[str, None] = {}
    for each in values:
        text = _written(each) if isinstance(each, (int, float, Decimal)) and not isinstance(each, bool) else each
        if isinstance(text, str) and text.strip():
            if len(text) > LONGEST:
                raise Denied(400, "the account's name is too long")
            found[text] = None
    if len(found) > MOST_ACCOUNTS:
        raise Denied(400, "one attempt in each request")
    return tuple(found)


def _written(number: float | Decimal) -> str:
    """A number as a text; ``17.0`` is ``17`` to most readers."""
    return str(int(number)) if number == int(number) else str(number)


def _at(exchange: Exchange, operation: Operation, where: Where, leaves: Leaves, query: Leaves) -> list[Any]:
    if where.place == "basic":
        return list(_basic(exchange))
    return _declared(exchange, operation, Field(where.place, where.path, ""), leaves, query)


def _declared(exchange: Exchange, operation: Operation, field: Field, leaves: Leaves, query: Leaves) -> list[Any]:
    if field.place == "path":
        segments = [each[1:-1] for each in operation.path.split("/") if each.startswith("{") and each.endswith("}")]
        at = segments.index(field.path[0]) if field.path[0] in segments else -1
        return [exchange.path_values[at]] if 0 <= at < len(exchange.path_values) else []
    if field.place == "header":
        return [value.decode("latin-1") for value in exchange.all(field.path[0].lower().encode())]
    given = query if field.place == "query" else leaves
    wanted = [each.casefold() for each in _own(field.path)]  # some readers take names in any case
    return [value for path, value in given if [each.casefold() for each in path] == wanted]


def _own(path: tuple[str, ...]) -> tuple[str, ...]:
    """The names that lead to a value without places in a list behind them: ``user[0]`` and ``user[]`` are ``user``."""
    at = len(path)
    while at > 1 and (not path[at - 1] or path[at - 1].isdecimal()):
        at -= 1
    return path[:at]


def _query(exchange: Exchange) -> Leaves:
    if not exchange.query:
        return []
    try:
        pairs = parse_qsl(exchange.query.decode("latin-1"), max_num_fields=MOST_LEAVES)
    except ValueError:
        raise Denied(400, "the query has too many fields") from None
    return [(_own(split_name(name)), value) for name, value in pairs if name]


def _leaves(exchange: Exchange) -> Leaves:
    """The values of the body and the names that lead to them."""
    document = bodies.document(exchange)
    if isinstance(document, (str, bytes)):  # a type that is not read: what an application could make of it all the same
        document = _guessed(exchange.body)
    if isinstance(document, list) and all(isinstance(each, (tuple, bodies.Part)) for each in document):
        if len(document) > MOST_LEAVES:  # what is not looked at would not be counted
            raise Denied(400, "the body has too many fields")
        return [pair for each in document for pair in _field(each)]
    if isinstance(document, list):
        raise Denied(400, "one attempt in each request")
    if isinstance(document, dict):
        return list(_walk(document, (), MOST_DEPTH))
    return list(_elements(document)) if hasattr(document, "iter") else []


def _guessed(text: bytes) -> Any:
    for parse in (json_text.parse, forms.parse):
        try:
            return parse(text)
        except Denied:
            continue
    return None


def _field(field: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    name, value = (field.name, field.content) if isinstance(field, bodies.Part) else field
    path = tuple(each for each in split_name(name) if each) or (name,)
    yield _own(path), value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _walk(node: dict[str, Any], path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], Any]]:
    secret = bool(path) and squeezed(path[-1]) in _SECRET
    for at, (name, value) in enumerate(node.items()):
        if at >= MOST_LEAVES:
            raise Denied(400, "the body has too many fields")
        here = (*path, str(name))
        if path and here[-1].startswith("$"):  # an operator of a database: it would ask for anybody
            raise Denied(400, "one attempt in each request")
        if isinstance(value, dict):
            if depth > 1:
                yield from _walk(value, here, depth - 1)
        elif isinstance(value, list):
            if secret or squeezed(here[-1]) in _ONE_EACH or any(_holds_secret(each) for each in value[:MOST_LEAVES]):
                raise Denied(400, "one attempt in each request")
        else:
            yield _own(here), value


def _holds_secret(item: Any) -> bool:
    return isinstance(item, dict) and any(squeezed(str(name)) in names.PASSWORD | names.CODE for name in item)


def _elements(document: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The leaves of an XML document, by their local names; attributes, where their name says what they are."""
    for at, element in enumerate(document.iter()):
        if at >= MOST_LEAVES:
            raise Denied(400, "the body has too many fields")
        for name, value in element.attrib.items():
            if squeezed(_local(name)) in _ONE_EACH:
                yield (_local(name),), value
        if element.text and not len(element):
            yield (_local(element.tag),), element.text
        elif any(each.tail and each.tail.strip() for each in element):  # read as one text by most
            yield (_local(element.tag),), _all_text(element)


def _all_text(element: Any) -> str:
    """What is in an element and below, cut where it is longer than any name: elements may nest, and each be asked."""
    found = ""
    for piece in element.itertext():
        found += piece[: LONGEST + 1]
        if len(found) > LONGEST:
            break
    return found


def _local(name: object) -> str:
    return str(name).rpartition("}")[2]


def _one_each(leaves: Leaves) -> None:
    seen: set[tuple[str, ...]] = set()
    for path, _ in leaves:
        operator = any(each.startswith("$") for each in path[1:])
        if operator or (path in seen and squeezed(path[-1]) in _ONE_EACH):
            raise Denied(400, "one attempt in each request")
        seen.add(path)
