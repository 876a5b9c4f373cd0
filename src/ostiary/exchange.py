"""One request and its reply are one object, and every hook reads and writes the same one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ostiary.model import Operation


@dataclass(slots=True, kw_only=True)
class Reply:
    """An answer made by us instead of the application: a refusal, a preflight, a served document."""

    status: int
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""


class _Unparsed:
    """The body has not been parsed; `None` is a legitimate document."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNPARSED"

    def __bool__(self) -> bool:
        return False


UNPARSED = _Unparsed()
_NO_NOTES: dict[str, Any] = {}  # shared and always empty: most exchanges write none
_NO_ENDING: list[Callable[[], None]] = []  # as above


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who calls, as a verified token says; made by parts.tokens alone, and only after the signature was checked.

    ``wrong`` names the static claims and header fields that are not as the issuer's settings want them (``"aud"``):
    the controls that answer for them refuse. Times are seconds since the epoch; `expires` is 0.0 where the token has none.
    """

    subject: str  # "" where the token names none
    issuer: str  # the issuer's name in the policy, not its URL
    client: str = ""  # client_id or azp
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    claims: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    wrong: frozenset[str] = frozenset()
    issued: float = 0.0
    starts: float = 0.0
    expires: float = 0.0
    confirmation: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # cnf: jkt, x5t#S256
    key: str = ""  # a digest of the token: a name for it that tells nothing
    identity: str = ""  # issuer and subject (or client) in one: what limits and bans are counted by


class Exchange:
    """One request and its reply on their way through a plan.

    Header names are lower-case bytes. Hooks read everything; what a hook may write is narrow: `client`, `scheme`
    (beyond.host-and-proxy-trust), `allowance` (access.throttling), `principal` (token controls), `document` (the body
    part), `status`, `reply_headers` and `reply_body` (reply hooks), and `headers` where a request header must not reach the application.
    """

    __slots__ = (
        "_ending", "allowance", "body", "certificate", "client", "document", "fits", "headers", "id", "inspectors", "known",
        "media_type", "method", "notes", "operation", "ours", "over", "path", "path_values", "peer", "principal", "query", "raw_path", "reply_body",
        "reply_headers", "rewritten", "scheme", "status", "told", "unpacked", "verbatim", "websocket", "written",
    )  # fmt: skip

    def __init__(
        self,
        method: str,
        raw_path: bytes,
        query: bytes,
        headers: list[tuple[bytes, bytes]],
        *,
        peer: str = "",
        scheme: str = "http",
        websocket: bool = False,
    ) -> None:
        """Take a request as it arrived.

        :param method: the method token, as sent (case-sensitive).
        :param raw_path: the path of the request target before any decoding, without the query.
        :param query: the query without the question mark, undecoded.
        :param headers: (lower-case name, value) pairs in order, duplicates kept.
        :param peer: the address of the socket's other end; empty when unknown (a UNIX socket).
        :param scheme: ``http`` or ``https`` as this hop saw it.
        """
        self.method = method
        self.raw_path = raw_path
        self.query = query
        self.headers = headers
        self.peer = peer
        self.client = peer
        self.certificate = b""  # the client's own in this TLS connection, verified, DER; empty where it showed none
        self.scheme = scheme
        self.websocket = websocket
        self.path = ""  # decoded; set by routing
        self.path_values: tuple[str, ...] = ()  # decoded segments for the template's {names}, in their order
        self.operation: Operation | None = None
        self.principal: Principal | None = None  # who calls; set by parts.tokens, None for the anonymous
        self.allowance = -1  # units left of the source's rate limit (access.throttling); -1: none was asked
        self.media_type = ""  # of the request body, lower case, without parameters; set by the body part
        self.body = b""
        self.document: Any = UNPARSED
        self.written: tuple[bytes, bool] | None = (
            None  # the body part's own: the document as we write it, and whether that says all that was sent
        )
        self.unpacked = False  # the body part's own: whether `body` is known to have no content coding (any more)
        self.fits: Any = (
            None  # the Schema that the document was found to fit, as it is written; None: not asked, or not so
        )
        self.status = 0
        self.reply_headers: list[tuple[bytes, bytes]] = []
        self.reply_body = b""
        self.id = ""  # uuid4; made when first needed (a refusal, a log line)
        self.known: Any = None  # the plan's own: what it remembers of such a request
        self.notes: dict[str, Any] = (
            _NO_NOTES  # what a control's hooks tell each other, by control id; write with `note`
        )
        self.rewritten = False  # whether `raw_path`, `path` or `query` are not what came (`rewrite`)
        self.inspectors: tuple[Any, ...] | None = (
            None  # the plan's own: who wants to see the reply whole; None: not asked
        )
        self.ours = False  # whether the reply under way is one of ours and not the application's
        self.told = 0  # the application's own status, where one of ours took the place of its reply; 0: it gave none
        self.verbatim = False  # whether the request body is forwarded as it came: its sender signed these very bytes
        self.over = False  # whether the exchange has ended, in whatever way
        self._ending: list[Callable[[], None]] = _NO_ENDING

    def head(self, name: bytes) -> bytes | None:
        """The first value of a request header, or None; `name` in lower case."""
        for key, value in self.headers:
            if key == name:
                return value
        return None

    def all(self, name: bytes) -> list[bytes]:
        """Every value of a request header in order; `name` in lower case."""
        return [value for key, value in self.headers if key == name]

    def note(self, control: str, value: Any) -> None:
        """Leave something for a later hook of the same control (`notes`)."""
        if self.notes is _NO_NOTES:
            self.notes = {}
        self.notes[control] = value

    def rewrite(self, *, raw_path: bytes | None = None, path: str | None = None, query: bytes | None = None) -> None:
        """Have the application asked for another target than the client named."""
        self.rewritten = True
        self.raw_path = self.raw_path if raw_path is None else raw_path
        self.path = self.path if path is None else path
        self.query = self.query if query is None else query

    def when_over(self, release: Callable[[], None]) -> None:
        """Have `release` called exactly once when the exchange ends: replied to, refused, abandoned or crashed.

        It must not raise and not wait. Where the exchange is over already, it is called now.
        """
        if self.over:
            release()
        elif self._ending is _NO_ENDING:
            self._ending = [release]
        else:
            self._ending.append(release)

    def end(self) -> None:
        """The exchange is over: hosts call it once for each, whatever happened; more often does no harm."""
        self.over = True
        if self._ending:
            releases, self._ending = self._ending, _NO_ENDING
            for release in reversed(releases):
                release()

    def reply_head(self, name: bytes) -> bytes | None:
        """The first value of a reply header, or None; `name` in lower case."""
        for key, value in self.reply_headers:
            if key == name:
                return value
        return None
