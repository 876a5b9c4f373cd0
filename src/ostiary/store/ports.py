"""State is reached by verbs: what two processes could interleave is one call.

A verb answers at once where the state is in this process, and returns an awaitable where it has to ask: callers look at
the type (`isinstance(found, Awaitable)` is slow; ``type(found) is Taken`` is not). Awaiting one raises `StoreError` when
the state cannot be reached in time. Verbs without an answer (`settle`, `finish`, `drop`) never wait: they are sent behind
those before them, and one that is lost errs towards refusing. Times are seconds; `until` is since the epoch.

Keys are texts that callers make from what clients send: a store bounds their number, and hashes what is long.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import NamedTuple, Protocol


class Rate(NamedTuple):
    """A permitted rate: `amount` units per `per` seconds, of which `burst` may come at once."""

    amount: int
    per: float
    burst: int


class Taken(NamedTuple):
    """What `Counters.take` answers: `wait` seconds until the units would fit (0.0: they were taken), `left` units."""

    wait: float
    left: int


class Counters(Protocol):
    """Rate limits, by the generic cell rate algorithm: one verb, so that no two callers can both take the last unit."""

    def take(self, key: str, rate: Rate, cost: int = 1) -> Taken | Awaitable[Taken]:
        """Take `cost` units from the key's allowance, or none of them when they do not fit."""
        ...


class Quotas(Protocol):
    """Allowances over a calendar window, exact and durable."""

    def spend(self, key: str, limit: int, until: float, cost: int = 1) -> Taken | Awaitable[Taken]:
        """Spend `cost` of the `limit` units that the key has until the window's end, or none when they do not fit.

        A key that is spent with another `until` begins anew. `wait` is the time until `until`.
        """
        ...


class Ladder(NamedTuple):
    """How failures count for one key: `tries` until it is jailed, for ``terms[0]`` seconds, the next time ``terms[1]``...

    The last term repeats. Strikes are forgotten `window` seconds after the latest, the step of the ladder `forget`
    seconds after the end of a term.
    """

    tries: int
    window: float
    terms: tuple[float, ...]
    forget: float


class Count(NamedTuple):
    """One thing that an attempt counts against."""

    key: str
    ladder: Ladder
    clears: bool = False  # whether a success clears the key; if not, it only takes back its own strike
    spares: bool = False  # whether a caller known to be good for `Attempt.good` passes although this key is jailed


class Attempt(NamedTuple):
    """One guess at a secret, before it is made: everything it counts against, and what would vouch for its sender."""

    counts: tuple[Count, ...]
    good: str = ""  # the key under which a success is remembered (an account and a source); "": nothing vouches
    good_for: float = 0.0  # seconds


class Prisoner(NamedTuple):
    """A jailed key: until when (since the epoch), at which step of its ladder (1: the first term)."""

    key: str
    until: float
    step: int


class Strikes(Protocol):
    """Failed attempts, and the jail they lead to."""

    def attempt(self, attempt: Attempt) -> float | Awaitable[float]:
        """Reserve one try on every count, or on none: 0.0, or the seconds until one would be allowed.

        A reserved try counts as a strike until `settle` says otherwise, so that parallel guesses cannot outrun the
        count. Refused where a key is jailed, or has `tries` strikes that may still turn out to be failures (then the
        answer is at least one second).
        """
        ...

    def settle(self, attempt: Attempt, *, good: bool) -> None:
        """Say how an attempt that was allowed ended.

        Good: its strikes are taken back, keys that ``clears`` are cleared, and `good` is remembered for `good_for`.
        Bad: the strikes stay, and a key that has `tries` of them goes to jail for its next term.
        """
        ...

    def drop(self, attempt: Attempt) -> None:
        """Take back an attempt that was never made (the application did not answer); nothing is learnt from it."""
        ...

    def prisoners(self, prefix: str = "", most: int = 1000) -> list[Prisoner] | Awaitable[list[Prisoner]]:
        """Jailed keys that start with `prefix`, the longest to serve first."""
        ...

    def free(self, prefix: str) -> int | Awaitable[int]:
        """Release every jailed key that starts with `prefix`, strikes and steps forgotten; how many there were."""
        ...


class Once(Protocol):
    """What may be used a single time: a proof's jti, a captcha's solution, a webhook's id."""

    def first(self, key: str, seconds: float) -> bool | Awaitable[bool]:
        """Whether this is the key's first use within `seconds`; of parallel callers exactly one hears yes.

        A store that is full says no: a replay that is waved through would be worse than a refusal.
        """
        ...


class Begun(NamedTuple):
    """What `Replies.begin` answers: "new" (run it), "busy" (it is being run), "other", "done" with the stored reply.

    "other": the key is taken by a request that is not this one.
    """

    state: str
    reply: bytes = b""


class Replies(Protocol):
    """Replies to requests with an idempotency key."""

    def begin(self, key: str, fingerprint: str, seconds: float, lock: float) -> Begun | Awaitable[Begun]:
        """Claim the key for a request with this fingerprint; the claim lapses after `lock` seconds without `finish`."""
        ...

    def finish(self, key: str, fingerprint: str, reply: bytes, seconds: float) -> None:
        """Store the reply of a claimed key for `seconds`; without effect when the claim has lapsed and been taken anew."""
        ...

    def drop(self, key: str, fingerprint: str) -> None:
        """Give the claim back: the request may be tried again."""
        ...


class Ban(NamedTuple):
    """An operator's order: what (``source:192.0.2.0/24``, ``identity:...``), until when, and why."""

    what: str
    until: float
    why: str


class Bans(Protocol):
    """Operators' orders and revoked tokens: few, asked on every request, so every process keeps a copy of them all."""

    def current(self) -> dict[str, Ban]:
        """All orders in force, by `what`; at once, from a copy that is at most a few seconds old (`fresh` tells)."""
        ...

    @property
    def fresh(self) -> bool:
        """Whether the copy is recent; stale for longer than a minute, authentication must not rest on it."""
        ...

    @property
    def changes(self) -> int:
        """Counts up whenever `current` changed; what was compiled from it is compiled again."""
        ...

    def order(self, ban: Ban) -> Awaitable[None] | None:
        """Put an order in force, or replace the one about the same."""
        ...

    def lift(self, what: str) -> bool | Awaitable[bool]:
        """End an order; whether there was one."""
        ...


class Store(Protocol):
    """Everything that a policy remembers, in one place; `store.opening.open_store` makes one from a URL."""

    @property
    def counters(self) -> Counters:
        """They may work with leases: within 5 % over all processes, and no round trip for most calls."""
        ...

    @property
    def exact(self) -> Counters:
        """Counters that never lease."""
        ...

    @property
    def quotas(self) -> Quotas:
        """Allowances over calendar windows."""
        ...

    @property
    def strikes(self) -> Strikes:
        """Failed attempts, and the jail."""
        ...

    @property
    def once(self) -> Once:
        """What may be used a single time."""
        ...

    @property
    def replies(self) -> Replies:
        """Replies to requests with an idempotency key."""
        ...

    @property
    def bans(self) -> Bans:
        """Operators' orders and revoked tokens."""
        ...

    @property
    def shared(self) -> bool:
        """Whether other processes see the same state."""
        ...

    async def start(self) -> None:
        """Connect and begin whatever goes on in the background; called in the loop that will use it, after a fork.

        Does not raise when the state is out of reach: verbs will, until it is back.
        """
        ...

    async def stop(self) -> None:
        """Send what is still to be sent, for a second at most, and disconnect."""
        ...
