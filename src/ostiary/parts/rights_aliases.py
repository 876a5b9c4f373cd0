"""A path that names nobody stands for the caller's own: ``/me/orders`` is ``/users/{his id}/orders`` to the application."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote

from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Operation, Principal
from ostiary.parts.ownership import claim_reader, text_of

_CLAIM: Final = re.compile(r"\{token((?:\.[A-Za-z_$@][A-Za-z0-9_$@-]*)+)\}")
_NAME: Final = re.compile(r"\{[^{}/]+\}")
_LONGEST: Final = 200  # characters of a claim that becomes a segment
_MOST_KNOWN: Final = 4096  # callers whose place is remembered; emptied when full
# Between segments, in front of parameters, or about to be decoded twice: one segment must stay one to every reader.
_UNSAFE: Final = re.compile(r"[/\\%;?#\x00-\x20\x7f-\x9f]")
_HINT: Final = '"/me" = "/users/{token.sub}"'


class Alias(NamedTuple):
    """``path`` stands for `target`: literal segments, and readers of the claims that take the place of the others."""

    path: str
    target: tuple[str | Callable[[Principal], Any], ...]
    text: str

    def leads_to(self, template: str, *, whole: bool = True) -> bool:
        """Whether a template is the target or below it.

        :param whole: the claims stand for whole segments; else ``{id}.json`` is below too.
        """
        segments = template.split("/")[1:]
        return len(segments) >= len(self.target) and all(
            segment == part
            if isinstance(part, str)
            else bool(_NAME.fullmatch(segment) or (not whole and "{" in segment))
            for segment, part in zip(segments, self.target, strict=False)
        )

    def path_of(self, template: str) -> str:
        """The alias of a template at or below the target."""
        rest = template.split("/")[1 + len(self.target) :]
        return "/".join([self.path, *rest])


def read_aliases(aliases: Mapping[str, str], where: str) -> tuple[Alias, ...]:
    """Read the aliases of a policy.

    :raises ConfigError: for an alias with names, or a target without a claim or with something else than claims.
    """
    return tuple(_read(path, target, where) for path, target in aliases.items())


def _read(path: str, target: str, where: str) -> Alias:
    if not re.fullmatch(r"(?:/[A-Za-z0-9._~-]+)+", path):
        raise ConfigError(where, f"{path!r} is not a path without names", _HINT)
    parts: list[str | Callable[[Principal], Any]] = []
    for segment in target.split("/")[1:]:
        claim = _CLAIM.fullmatch(segment)
        if claim is None and (not segment or "{" in segment or "}" in segment):
            raise ConfigError(where, f"{target!r} holds what is neither a plain segment nor a claim", _HINT)
        parts.append(segment if claim is None else claim_reader(tuple(claim[1].split(".")[1:])))
    if not target.startswith("/") or all(isinstance(part, str) for part in parts):
        raise ConfigError(where, f"{target!r} names no claim: it would be the same for everybody", _HINT)
    return Alias(path, tuple(parts), target)


def with_aliases(operations: Sequence[Operation], aliases: Iterable[Alias], where: str) -> list[Operation]:
    """The operations, and behind them an alias of each at or below a target; what is declared already stays as it is.

    :raises ConfigError: when nothing is there for an alias to lead to.
    """
    found = list(operations)
    taken = {(each.method, _NAME.sub("{}", each.path)) for each in operations}
    for alias in aliases:
        below = [each for each in operations if alias.leads_to(each.path)]
        if not below:
            raise ConfigError(
                where, f"no operation is at or below {alias.text!r}", "write the path as the document does"
            )
        for each in below:
            path = alias.path_of(each.path)
            if (each.method, _NAME.sub("{}", path)) not in taken:
                taken.add((each.method, _NAME.sub("{}", path)))
                found.append(replace(each, path=path, alias_of=each.path, id=""))
    return found


class Rewriter:
    """Makes requests for an alias requests for what it stands for.

    :param operations: all that are served: a claim that spells a segment of one of them must not lead there.
    """

    __slots__ = ("_alias", "_claims", "_depth", "_known", "_shadows")

    def __init__(self, alias: Alias, operations: Iterable[Operation]) -> None:
        self._alias = alias
        self._depth = alias.path.count("/") + 1
        self._claims = tuple(part for part in alias.target if not isinstance(part, str))
        self._known: dict[tuple[Any, ...], tuple[bytes, tuple[str, ...]]] = {}
        paths = [(each.alias_of or each.path).split("/")[1:] for each in operations]
        self._shadows = tuple(
            re.compile("|".join(_shadows(alias, at, paths)) or r"(?!)", re.IGNORECASE)
            for at, part in enumerate(alias.target)
            if not isinstance(part, str)
        )

    def own(self, principal: Principal) -> tuple[bytes, tuple[str, ...]]:
        """The target for this caller, as it is written and as decoded values of its names.

        :raises Denied: 403 when a claim is missing or cannot be one segment that belongs to the caller alone.
        """
        texts = tuple([text_of(read(principal)) for read in self._claims])
        known = self._known.get(texts)
        if known is None:
            known = self._read(texts)
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[texts] = known
        return known

    def _read(self, texts: tuple[str | None, ...]) -> tuple[bytes, tuple[str, ...]]:
        found = []
        for text, shadow in zip(texts, self._shadows, strict=True):
            if (
                text is None
                or len(text) > _LONGEST
                or not text.strip(".")
                or _UNSAFE.search(text) is not None
                or shadow.fullmatch(text) is not None
                or not _encodable(text)
            ):
                raise Denied(403, "this token names nobody who has a place here")
            found.append(text)
        left = iter(found)
        segments = [quote(part if isinstance(part, str) else next(left), safe="") for part in self._alias.target]
        return "/".join(["", *segments]).encode("ascii"), tuple(found)

    def rewrite(self, exchange: Exchange, principal: Principal) -> bytes:
        """Rewrite the path of a request; returns the raw path of the target.

        :raises Denied: as `own`.
        """
        raw, values = self.own(principal)
        rest = exchange.raw_path.split(b"/", self._depth)[self._depth :]
        exchange.path_values = (*values, *exchange.path_values)
        raw_path = b"/".join([raw, *rest])
        exchange.rewrite(raw_path=raw_path, path=unquote(raw_path.decode("ascii")))
        return raw


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can write
        return False
    return True


def _shadows(alias: Alias, at: int, paths: Iterable[list[str]]) -> Iterator[str]:
    """What stands at this place of other paths and is no name: the application would take it for theirs."""
    for segments in paths:
        if len(segments) <= at or _NAME.fullmatch(segments[at]):
            continue
        before = zip(segments[:at], alias.target, strict=False)
        if all(
            "{" in segment or not isinstance(part, str) or segment.lower() == part.lower() for segment, part in before
        ):
            yield ".+".join(re.escape(piece) for piece in _NAME.split(segments[at]))


def led_back(value: bytes, own: bytes, alias: bytes) -> bytes | None:
    """A reference (Location) to the caller's own place, by its alias; None for one to elsewhere."""
    start = re.match(rb"(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[^/?#]*)?", value)
    at = start.end() if start is not None else 0
    path = value[at:]
    if not path.startswith(own) or path[len(own) : len(own) + 1] not in {b"", b"/", b"?", b"#"}:
        return None
    return value[:at] + alias + path[len(own) :]
