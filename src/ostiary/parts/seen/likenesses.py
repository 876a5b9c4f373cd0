"""Names and passwords that nobody has look like those that somebody has, and a request is sent again with them in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

from ostiary.evidence import Answer, Http

_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz"
_HEX: Final = "abcdef"  # an id of these stays one
_TAIL: Final = 6  # characters that change in a name: what it begins with may have to be as it is (a country's code)
_DEEPEST: Final = 6
_OURS: Final = frozenset({"host", "user-agent", "content-length"})
_FORM: Final = "application/x-www-form-urlencoded"
_CLAIMS: Final = ("x-forwarded-for", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip")


def like(text: str, turn: int) -> str:
    """Another text of the same form: its last letters and digits are others, the rest is as it was; the same for a `turn`.

    Of an address, what follows the ``@`` stays, so that a name is unknown and its domain is not.
    """
    name, at, domain = text.partition("@")
    return _changed(name, turn, _TAIL) + at + domain


def wrong(password: str, turn: int) -> str:
    """A password of the same form that is not the right one."""
    return _changed(password, turn, len(password)) or f"x{turn}"


def _changed(text: str, turn: int, most: int) -> str:
    digest = hashlib.shake_256(f"{turn}:{text}".encode()).digest(max(len(text), 1))
    letters = _HEX if all(each in "abcdef" for each in text.lower() if each.isalpha()) else _LETTERS
    chars = list(text)
    places = [at for at, char in enumerate(chars) if char.isascii() and char.isalnum()][-most:]
    for at in places:
        chars[at] = _other(chars[at], digest[at], letters)
    return "".join(chars)


def _other(char: str, byte: int, letters: str) -> str:
    if char.isdigit():
        return str((int(char) + 1 + byte % 8) % 10)  # never the same digit
    found = letters[byte % len(letters)]
    found = found if found != char.lower() else letters[(byte + 1) % len(letters)]
    return found.upper() if char.isupper() else found


def swapped(answer: Answer, swaps: Mapping[str, str]) -> tuple[str, bytes]:
    """Target and body of the request that got an answer, with whole values replaced by others: JSON, form, query, path."""
    target, body = answer.asked.target, answer.asked.body
    path, mark, query = target.partition("?")
    path = "/".join(_segment(each, swaps) for each in path.split("/"))
    if query:
        query = urlencode([(name, swaps.get(value, value)) for name, value in parse_qsl(query, keep_blank_values=True)])
    return f"{path}{mark}{query}", _body(answer, body, swaps)


def _segment(text: str, swaps: Mapping[str, str]) -> str:
    plain = unquote(text)
    return quote(swaps[plain], safe="@:~!$'()*,;") if plain in swaps else text


def _body(answer: Answer, body: bytes, swaps: Mapping[str, str]) -> bytes:
    kind = next((value for name, value in answer.asked.headers if name.lower() == "content-type"), "")
    if kind.lower().startswith(_FORM):
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        return urlencode([(name, swaps.get(value, value)) for name, value in pairs]).encode()
    try:
        return json.dumps(_walk(json.loads(body), swaps, 0), separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        for old, new in swaps.items():
            body = body.replace(old.encode(), new.encode()) if old else body
        return body


def _walk(node: Any, swaps: Mapping[str, str], depth: int) -> Any:
    if isinstance(node, str):
        return swaps.get(node, node)
    if depth > _DEEPEST:
        return node
    if isinstance(node, dict):
        return {key: _walk(value, swaps, depth + 1) for key, value in node.items()}
    return [_walk(value, swaps, depth + 1) for value in node] if isinstance(node, list) else node


async def again(
    http: Http,
    answer: Answer,
    swaps: Mapping[str, str],
    headers: Sequence[tuple[str, str]] = (),
    *,
    timed: bool = False,
    source: int = 0,
) -> Answer:
    """Send the request that got an answer once more, as the same caller, with other values and more header fields.

    :param timed: alone, so that its time compares with others'.
    :param source: from which other address of this machine; 0: the usual one.
    """
    asked = answer.asked
    named = {name.lower() for name, _ in headers} | _OURS
    kept = [pair for pair in asked.headers if pair[0].lower() not in named]
    target, body = swapped(answer, swaps)
    if source:
        return await http.elsewhere(
            source, asked.method, target, headers=[*kept, *headers], body=body, identity=asked.identity
        )
    if timed:
        return await http.timed(asked.method, target, headers=[*kept, *headers], body=body, identity=asked.identity)
    return await http.send(
        asked.method, target, headers=[*kept, *headers], body=body, identity=asked.identity, fresh=True
    )


def disguises(turn: int) -> tuple[tuple[str, str], ...]:
    """Header fields that claim another address of the documentation network, under every name that limiters believe."""
    claimed = f"203.0.113.{turn % 250 + 1}"
    return (*((name, claimed) for name in _CLAIMS), ("forwarded", f"for={claimed}"))
