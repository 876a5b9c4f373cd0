"""The vocabulary: every other module speaks in these words, and this one imports none of ours but exchange and verdict."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from ostiary.exchange import UNPARSED, Exchange, Principal, Reply
from ostiary.verdict import (
    Confidence,
    Evidence,
    Finding,
    Kind,
    Maps,
    Outcome,
    Probe,
    Severity,
    attest,
    failed,
    not_applicable,
    passed,
    unknown,
)

if TYPE_CHECKING:
    from ostiary.parts.tokens import Tokens
    from ostiary.store.ports import Counters, Store


__all__ = [
    "UNPARSED",
    "Api",
    "Ask",
    "Asked",
    "Audit",
    "Confidence",
    "Control",
    "Evidence",
    "Exchange",
    "Finding",
    "GuardHalf",
    "Hook",
    "Hooks",
    "Kind",
    "Maps",
    "Media",
    "Operation",
    "Outcome",
    "Parameter",
    "Place",
    "Principal",
    "Probe",
    "Reply",
    "Schema",
    "Severity",
    "Site",
    "Upstream",
    "attest",
    "failed",
    "not_applicable",
    "passed",
    "unknown",
]


class Place(enum.StrEnum):
    """Where a parameter travels (OpenAPI ``in``)."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Schema:
    """One JSON Schema of a document.

    ``fragment`` is the schema, already translated to JSON Schema 2020-12; its references start with ``#/`` and are
    resolved in ``root``, the translated document. ``pointer`` says where it stands in the file (RFC 6901).
    """

    fragment: Mapping[str, Any] | bool
    root: Mapping[str, Any]
    pointer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parameter:
    """A parameter of an operation; ``style`` and ``explode`` as in OpenAPI 3, defaults already filled in."""

    name: str
    place: Place
    required: bool = False
    schema: Schema | None = None
    style: str = "simple"
    explode: bool = False
    media_type: str = ""  # set when the document gives `content` instead of `schema`
    allow_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Media:
    """One entry of a `content` map: the schema, and for forms how each property is encoded."""

    schema: Schema | None = None
    encoding: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operation:
    """One method on one path, as declared; or what stands for a request that nothing declares.

    ``path`` is the template with the server's base path in front (``/v1/items/{id}``). An undeclared method on a
    declared path is an operation with method ``*``, and a path that nothing declares is one with method ``*`` and
    path ``*``: both are compiled like any other, so that refusals keep their order.
    """

    method: str
    path: str
    id: str = ""
    summary: str = ""
    tags: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    consumes: Mapping[str, Media] = field(default_factory=lambda: MappingProxyType({}))
    body_required: bool = False
    replies: Mapping[str, Mapping[str, Media]] = field(default_factory=lambda: MappingProxyType({}))  # "200" | "4XX"
    security: tuple[Mapping[str, tuple[str, ...]], ...] | None = None  # None: the document says nothing; (): public
    methods: frozenset[str] = frozenset()  # every method declared on this path
    deprecated: bool = False
    extensions: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))  # x-* of the operation
    pointer: str = ""
    role: str = (
        ""  # "login", "otp-verify", "otp-send", "reset", "register": what it is to an attacker; "": nothing special
    )
    alias_of: str = ""  # the template that requests for this one are rewritten to; `parameters` are that one's

    @property
    def key(self) -> str:
        """How settings and reports name it: ``GET /items/{id}``."""
        return f"{self.method} {self.path}"

    @property
    def known_path(self) -> bool:
        """Whether some operation of the document has this path."""
        return self.path != "*"

    @property
    def declared(self) -> bool:
        """Whether the document (or the policy's `also`) names this very operation."""
        return self.method != "*"

    @property
    def produces(self) -> frozenset[str]:
        """The media types of all declared replies."""
        return frozenset(media for content in self.replies.values() for media in content)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Api:
    """A document, read: its operations, and what it says of the whole."""

    operations: tuple[Operation, ...]
    source: str = ""  # the file or URL it was read from
    title: str = ""
    version: str = ""
    dialect: str = ""  # "2.0", "3.0", "3.1", "3.2"; a word where it was made from something else (`inferred`)
    servers: tuple[str, ...] = ()
    document: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))  # as written, before translation
    security_schemes: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()  # what the reader had to guess, a sentence each

    @property
    def inferred(self) -> bool:
        """Whether nobody wrote it as a description: made from recordings, a collection or links, so that what it leaves
        out may exist all the same, and what it says of schemas and credentials is an observation, no promise.
        """
        return bool(self.dialect) and not self.dialect[0].isdigit()


Hook = Callable[[Exchange], Reply | Awaitable[Reply | None] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What a control does for one operation; a part left out costs nothing.

    ``head`` sees the request before its body is read; ``body`` sees it whole and bounded (``exchange.body``); both
    refuse by raising `Denied`, answer by returning a `Reply`, pass by returning None. A hook that has to ask remote state
    returns an awaitable instead, which does the same; one that can answer from memory must not: awaiting costs more than
    most hooks. ``caller`` is a second head hook, for what is asked again once the caller is known (``order.REQUEST``
    names it ``"<control>/caller"``). ``reply`` sees status and
    headers of every reply, refusals too. ``reply_body`` sees the reply whole, if ``inspects`` says so for it.
    ``sets`` and ``drops`` are header changes without conditions: the plan folds those of all controls into one pass,
    before the reply hooks run, so that a hook may drop the application's header by ``drops`` and append its own.

    ``pure`` promises that a plan may remember verdicts (``caller`` never is): where there is no query, ``head`` depends
    on nothing but method, peer, client, scheme and header fields, and ``reply`` on those and on the reply's status and
    header fields; ``pure_reply`` promises the latter alone. Of a Content-Length it may be the number of digits that is
    remembered: a request that is too large is refused again when its body is read or counted. ``by_caller`` promises of ``head`` and ``caller`` that they
    depend on nothing else but what pure hooks may look at and the principal, for as long as its token is believed; callers
    whose token is bound to a key are asked each time.
    ``reads`` says which media types (lower case, without parameters; empty: none was named) ``body`` has to look at.
    ``inspects`` always depends on nothing but method, status and reply header fields. Pure reply hooks run before others.
    """

    head: Hook | None = None
    caller: Hook | None = None
    body: Hook | None = None
    reply: Callable[[Exchange], None] | None = None
    reply_body: Callable[[Exchange], None] | None = None
    inspects: Callable[[Exchange], bool] | None = None
    sets: tuple[tuple[bytes, bytes], ...] = ()
    drops: frozenset[bytes] = frozenset()
    pure: bool = False
    pure_reply: bool = False
    by_caller: bool = False
    reads: Callable[[str], bool] | None = None
    body_limit: int | None = None  # bytes; the smallest of all controls counts while the body is read


Asked = tuple[int, list[tuple[bytes, bytes]], bytes]  # status, header fields, body


class Ask(Protocol):
    """Sends a request past the policy and returns the reply, whole."""

    def __call__(
        self,
        method: str,
        target: bytes,
        headers: list[tuple[bytes, bytes]],
        /,
        *,
        client: str = "",
        scheme: str = "http",
    ) -> Awaitable[Asked]:
        """Ask for `target` (path and query as on the wire); `client` and `scheme` are those of the exchange that needs it.

        :raises StoreError: when there is no reply in time, or one that is too large.
        """
        ...


class Upstream:
    """The application behind a policy, for the rare control that has to ask it something of its own; the host sets it."""

    __slots__ = ("ask",)

    def __init__(self) -> None:
        self.ask: Ask | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """What a control may know of its surroundings when it is compiled; one object per policy, a key for caches."""

    api: Api | None
    counters: Counters
    clock: Callable[[], float]  # monotonic seconds, for limits
    now: Callable[[], float]  # seconds since the epoch, for dates
    store: Store
    tokens: Tokens | None = None  # None: no issuer is configured, so nobody can be told from anybody
    upstream: Upstream = field(default_factory=Upstream)
    profile: str = "production"  # or "development"
    listen: str = ""  # where the gateway listens, host and port; empty inside another server, who knows it alone
    operations: tuple[Operation, ...] = ()  # all that are served: the document's and the policy's own (`also`)
    section: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


class GuardHalf(Protocol):
    """Compiles a control for one operation, at start; None: not for this one."""

    def __call__(self, settings: Any, operation: Operation, site: Site, /) -> Hooks | None:
        """Return the hooks, or None; raise `ConfigError` when the settings cannot work."""
        ...


Audit = Callable[[Any], Awaitable[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One line of the checklist, as data; its module's docstring is its page, its module's path its id."""

    severity: Severity
    probe: Probe = Probe.NONE  # class of the live check
    strength: str = "must"  # must | should | may: the force of the checklist's wording
    attest: str = ""  # the question for a person, where one must answer
    settings: type[Any] | None = None
    guard: GuardHalf | None = None
    audits: Mapping[Kind, Audit] = field(default_factory=lambda: MappingProxyType({}))
    reach: str = ""  # "in part: ..." or "cannot: ...", where the guard does not close all that an audit may find
    enforced_by: str = ""  # dotted path, where enforcement is a property of a flow instead of a hook
    maps: Maps = field(default_factory=Maps)
    wants_issuers: bool = False  # asked for by name, it is a mistake in a policy without an [issuers.NAME] table

    @property
    def closing(self) -> tuple[str, str]:
        """What a gateway does about it: "closes", "in part" or "cannot", and why not more (empty for "closes")."""
        if self.reach:
            word, _, why = self.reach.partition(": ")
            return word, why
        closes = self.guard is not None
        return ("closes", "") if closes else ("cannot", "it does not show in requests and replies")

    @property
    def by_attestation(self) -> bool:
        """Whether a person's answer is all there is: no check is built and none could look from outside."""
        return bool(self.attest) and not self.audits and self.probe is Probe.NONE
