"""What a check may ask a live API: one port through which it sends, and what it is given of accounts and objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ostiary.model import Api, Evidence, Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it was sent; `target` is the raw request target (path and query), `identity` whose it was."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    identity: str = ""  # "" for nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reply as it came; header names in lower case, duplicates kept, `body` cut at the gatherer's bound."""

    asked: Asked
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    seconds: float = 0.0  # from the request's last byte to the reply's last
    truncated: bool = False
    wire: Answer | None = None  # the exchange as it was, where its check sees it translated (a GraphQL field)

    def head(self, name: str) -> str | None:
        """The first value of a header, or None; `name` in lower case."""
        return next((value for key, value in self.headers if key == name), None)

    def all(self, name: str) -> list[str]:
        """Every value of a header, in order; `name` in lower case."""
        return [value for key, value in self.headers if key == name]

    @property
    def media_type(self) -> str:
        """The Content-Type without parameters, lower case; empty when there is none."""
        return (self.head("content-type") or "").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body as text, undecodable bytes replaced."""
        return self.body.decode("utf-8", "replace")

    @property
    def accepted(self) -> bool:
        """Whether the API did what was asked: a 2xx (bodies that say otherwise are the check's business)."""
        return 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110 section 15.3


class Listener(Protocol):
    """Our own server on an address that the target can reach; what it saw proves that the target called."""

    def url(self, mark: str) -> str:
        """A URL to hand to the target; `mark` (letters and digits) tells which probe it was."""
        ...

    def says(self, mark: str) -> str:
        """What a call with this mark is answered with; nothing in its URL tells, so a reply that has it was fetched."""
        ...

    def serve(
        self,
        mark: str,
        body: bytes,
        *,
        media: str = "text/plain",
        status: int = 200,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> str:
        """Answer calls with this mark so, instead of with `says`; gives the URL."""
        ...

    async def heard(self, mark: str, seconds: float = 1.0) -> str:
        """The request line and header fields of a call with this mark, waiting up to `seconds`; empty: nobody called."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody the audit can be; ``name`` is what `Http.send` takes as ``identity``.

    ``user`` and ``password`` are empty where only a token was given. ``throwaway``: registered by this audit, so that a
    check may rename it, lock it, change its password or lose it. ``privileged``: more than an ordinary user, as the
    operator says.
    """

    name: str
    user: str = ""
    password: str = field(default="", repr=False)
    throwaway: bool = False
    privileged: bool = False
    registered: Mapping[str, Any] = field(default_factory=dict, repr=False)  # the body that registered it


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthClient:
    """A client registered at the target's authorization server; a public one has no ``secret``."""

    id: str
    redirect: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Thing:
    """An object of the API with a known owner, and the operations that act on it.

    ``kind`` is the path of its collection (``/books``); ``holes`` are the path parameters that aim an operation at it.
    ``marker`` is an unguessable text that stands in it (empty where none could be placed). ``ours``: this audit created
    it, so that a check may change it, and delete it if it made it for that (`Http.make`).
    """

    kind: str
    id: str
    owner: str  # the identity
    holes: Mapping[str, str]
    marker: str = ""
    ours: bool = False
    seen: Answer | None = None  # the reply that showed it to its owner
    create: Operation | None = None
    read: Operation | None = None
    reads: tuple[Operation, ...] = ()  # further GETs on its path
    lists: Operation | None = None
    writes: tuple[Operation, ...] = ()  # PUT, PATCH and POST on its path
    delete: Operation | None = None


class Http(Protocol):
    """A live API. Equal requests are sent once and shared, unless `fresh`; every request counts against the budget.

    Methods that send raise `Unanswerable` when the target does not answer or the budget is spent.
    """

    @property
    def base(self) -> str:
        """Scheme, host and port, without a path: ``http://127.0.0.1:8000``."""
        ...

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        ...

    @property
    def host(self) -> str:
        """The host name or address of the target, as the user wrote it, without port or brackets."""
        ...

    @property
    def port(self) -> int:
        """The port of the target."""
        ...

    @property
    def certificate_fault(self) -> str:
        """Why the target's certificate does not verify (the reason in words), or empty: it does, or there is no TLS."""
        ...

    @property
    def certificate(self) -> bytes:
        """The certificate that the target showed last, in DER; empty where there was no TLS."""
        ...

    @property
    def api(self) -> Api | None:
        """The document, when one was given or found."""
        ...

    @property
    def operations(self) -> Sequence[Operation]:
        """The document's operations that are not excluded as dangerous; empty without a document."""
        ...

    @property
    def identities(self) -> Sequence[str]:
        """Names of the credentials the operator gave, the first being the default; may be empty."""
        ...

    @property
    def development(self) -> bool:
        """Whether the operator declared the target a development environment."""
        ...

    @property
    def intrusive(self) -> bool:
        """Whether the operator allowed intrusive probes."""
        ...

    async def send(
        self,
        method: str,
        target: str,
        *,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        identity: str | None = None,
        fresh: bool = False,
    ) -> Answer:
        """Send one request and return the reply, redirects not followed.

        Host, Accept (``*/*``), User-Agent and Content-Length are added unless `headers` names them; a header given
        twice is sent twice. `identity` None: the default credentials if any; ``""``: nobody.
        """
        ...

    async def send_to(self, operation: Operation, **changes: Any) -> Answer:
        """Send a valid request for an operation, made from its schemas and examples.

        :param changes: ``method``, ``target``, ``headers`` (added; a name already there is replaced), ``body``,
            ``identity``, ``fresh``, ``drop`` (names of headers to leave out), ``timed`` (as `timed` does).
        """
        ...

    async def baseline(self, operation: Operation) -> Answer:
        """The shared reply to a valid request; raises `Unanswerable` when it was not a 2xx: then nothing is proved."""
        ...

    @property
    def owner(self) -> str:
        """The identity that owns: an ordinary user if one is known; empty when there are no credentials."""
        ...

    @property
    def other(self) -> str:
        """A second ordinary user, proven to be somebody else than `owner`; empty when there is none."""
        ...

    def account(self, identity: str) -> Account | None:
        """What is known of an identity: how it signs in, whether it may be lost."""
        ...

    @property
    def oauth_client(self) -> OAuthClient | None:
        """The OAuth client that the operator gave, registered with the target's own authorization server; or None."""
        ...

    async def throwaway(self, **members: Any) -> Account:
        """A fresh account, signed in, that a check may rename, lock or lose. Removed at the end where that is possible.

        :param members: what to send along when it registers, besides what the registration asks for.
        :raises Unanswerable: when the API lets nobody register, or its registration was not understood.
        """
        ...

    async def sign_in(self, user: str, password: str, *, fresh: bool = True) -> Answer:
        """Try to sign in, once, through the API's own login operation; `signed_in` says whether it worked.

        :raises Unanswerable: when no login operation is known.
        """
        ...

    def signed_in(self, answer: Answer) -> bool:
        """Whether the reply to a login let somebody in: it carries the credential that logins of this API give."""
        ...

    async def renew(self, identity: str) -> None:
        """Sign an identity in again, for new credentials; the old ones stay valid if the API lets them.

        :raises Unanswerable: when it cannot sign in.
        """
        ...

    def purpose(self, operation: Operation) -> str:
        """What an operation is for: one of the roles of `Operation`, or "logout", "refresh", "change-password", "me",
        "list", "read", "create", "replace", "update", "delete", "search", "upload", "admin", "debug", "token" (OAuth),
        "authorize", "graphql"; empty where nothing says so.
        """
        ...

    async def things(self) -> Sequence[Thing]:
        """Objects with known owners: what the audit created as `owner` and `other`, and what their own lists show."""
        ...

    async def make(self, kind: str, identity: str, **members: Any) -> Thing:
        """Create a fresh object of a kind that `things` knows, for changing or deleting; removed at the end.

        :param members: body members to set.
        :raises Unanswerable: when it cannot be created.
        """
        ...

    def aim(self, operation: Operation, thing: Thing, identifier: str | None = None) -> str:
        """The request target of an operation that acts on a thing (or on another id of the same kind)."""
        ...

    def listener(self) -> Listener:
        """Where the target may call the audit back, for checks that make it fetch something.

        :raises Unanswerable: when the target could not reach us.
        """
        ...

    async def samples(self) -> Sequence[Answer]:
        """A few typical replies, shared by all passive checks: successes, a 404, a 405, a client error, a redirect."""
        ...

    async def timed(self, method: str, target: str, **rest: Any) -> Answer:
        """Like `send`, fresh, with nothing else of this audit under way, so that ``seconds`` can be compared."""
        ...

    async def elsewhere(self, source: int, method: str, target: str, **rest: Any) -> Answer:
        """Like `send`, fresh, from another address of this machine than usual: the first (1), the second (2), ...

        :raises Unanswerable: when there is none from which the target could be reached: only loopback has others.
        """
        ...

    async def raw(self, data: bytes, *, tls: bool | None = None, port: int | None = None, seconds: float = 5) -> bytes:
        """Open a connection, send these bytes as they are, and return what comes back until close or `seconds`."""
        ...

    async def ssh_methods(self, port: int) -> Sequence[str]:
        """How a stranger may sign in by SSH on the target's host (RFC 4252 section 5.2), asked once, with no credentials.

        :raises Unanswerable: when there is no client to ask with, or nobody who answers.
        """
        ...

    def target_of(self, operation: Operation) -> str:
        """The request target of a valid request: path and query filled in."""
        ...

    def body_of(self, operation: Operation) -> tuple[str, bytes] | None:
        """Media type and bytes of a valid body, or None when the operation takes none that can be made."""
        ...

    def show(self, answer: Answer, what: str) -> Evidence:
        """Evidence of one exchange: extracts with secrets masked, and the curl command that repeats it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A document, for checks that read it."""

    api: Api
    notes: tuple[str, ...] = field(default_factory=tuple)

    @property
    def document(self) -> Mapping[str, Any]:
        """The document as written."""
        return self.api.document

    def at(self, pointer: str, what: str) -> Evidence:
        """Evidence at a JSON pointer of the document."""
        return Evidence(what=what, where=f"{self.api.source}#{pointer}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(Evidence):
    """Evidence of one exchange that a program can repeat; credentials are left out, ``identity`` names whose they were."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    identity: str = ""
    status: int = 0
    reply_headers: tuple[tuple[str, str], ...] = ()
    whole: bool = True  # False: the body was too large to be kept, or held a secret; the request cannot be repeated
