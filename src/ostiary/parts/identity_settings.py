"""What a team decides about its accounts: one table, closed, with defaults that are the checklist."""

from __future__ import annotations

from typing import Literal

from ostiary.strict import Duration, Secret, Size, Strict

__all__ = ["Identity", "Jail", "Lifetimes", "Mail", "Passwords", "Texts"]


class Passwords(Strict, frozen=True):
    """How passwords are chosen and kept (NIST SP 800-63B-4 section 3.1.1)."""

    scheme: Literal["bcrypt", "argon2id"] = (
        "bcrypt"  # for new hashes; both are verified, the other is replaced at sign-in
    )
    cost: int = 12  # bcrypt: 2^cost rounds; lowered to what `longest-time` allows at start, never below 10
    longest_time: Duration = Duration("250ms")  # of one hash, on this machine
    memory: Size = Size("19MiB")  # argon2id
    passes: int = 2  # argon2id
    shortest: int = 15  # characters, where the password is the only factor; 8 at the least where a second one is set up
    longest: int = 1024  # bytes
    workers: int = 0  # threads that hash; 0: one less than there are cores, at least one
    queue: int = 32  # sign-ins that may wait for one; beyond them 503 with Retry-After


class Lifetimes(Strict, frozen=True):
    """How long things live."""

    session_idle: Duration = Duration("1h")
    session: Duration = Duration("12h")
    sessions: int = 30  # of one person at once; beyond them those least in use end
    pending: Duration = Duration("10m")  # a session that still owes its second factor
    fresh: Duration = Duration("5m")  # how long after a proof of presence sensitive actions are allowed
    verify: Duration = Duration("24h")  # a link that proves an e-mail address
    reset: Duration = Duration("20m")  # a link that resets a password; at most an hour
    one_time_code: Duration = Duration("10m")
    undo: Duration = Duration("7d")  # "this was not me", sent to a former address
    code: Duration = Duration("60s")  # an authorization code
    access: Duration = Duration("5m")
    id_token: Duration = Duration("5m")
    refresh_idle: Duration = Duration("14d")
    refresh: Duration = Duration("90d")  # a whole family
    grace: Duration = Duration("10s")  # in which the same client gets the same answer for a refresh token used twice
    pushed: Duration = Duration("60s")  # a pushed authorization request
    device: Duration = Duration("10m")
    signing_key: Duration = Duration("90d")  # until the next one takes over
    key_overlap: Duration = Duration("24h")  # how long before and after that both are published


class Jail(Strict, frozen=True):
    """Guesses: per account and source, and per source alone."""

    tries: int = 5  # failures of one account from one source
    source_tries: int = 30  # failures from one source, whatever the account
    account_tries: int = (
        50  # failures of one account, wherever they come from; at most 100 (NIST SP 800-63B-4 section 3.2.2)
    )
    window: Duration = Duration("15m")
    terms: tuple[Duration, ...] = (Duration("1m"), Duration("5m"), Duration("30m"), Duration("2h"))
    captcha_after: int = 3  # failures from one source, then a proof of work is asked for; 0: always
    sends: int = 5  # mails or texts to one destination per hour
    pause: Duration = Duration("60s")  # between two of them
    source_sends: int = 30  # that one source may cause per hour, whomever they go to
    registrations: int = 10  # from one source per hour; the first is free of a proof of work
    knocks: int = 60  # of other things that people do without having signed in, from one source per minute
    calls: int = 12_000  # of clients to the token endpoint and its like, from one source per minute


class Mail(Strict, frozen=True):
    """How mail leaves. Without `server` it stays in the outbox, where operators read it."""

    server: str = ""  # "smtp://host:587" (STARTTLS required), "smtps://host:465"; plain only to loopback
    user: str = ""
    password: Secret | None = None
    sender: str = ""  # "Example <no-reply@example.com>"
    timeout: Duration = Duration("20s")


class Texts(Strict, frozen=True):
    """How text messages leave. Without `url` there are none, and telephone numbers cannot be proven."""

    provider: Literal["twilio"] = "twilio"
    url: str = ""  # the provider's API
    user: str = ""
    password: Secret | None = None
    sender: str = ""  # a number in E.164


class Identity(Strict, frozen=True):
    """Accounts, sign-in and the OAuth 2.1 / OpenID Connect server."""

    issuer: str = ""  # the public URL, without a slash at its end; everything that is sent out is built on it
    title: str = "Ostiary"  # what pages and mails call the service
    database: str = "sqlite:///ostiary-identity.db"  # or "postgresql://..."
    keys: str = "ostiary-identity.keys"  # the folder of the key ring; made at the first start, for its owner alone
    audience: tuple[
        str, ...
    ] = ()  # resource identifiers that access tokens may be for; the first where none is asked for
    scopes: dict[
        str, str
    ] = {}  # besides openid, profile, email, phone, offline_access: each with what people read of it
    registration: bool = True  # whether strangers may make accounts
    unproven: bool = (
        False  # whether accounts may sign in before their address is proven: strangers learn from it who is here
    )
    dynamic_registration: bool = False  # of clients (RFC 7591)
    algorithm: Literal["ES256", "EdDSA"] = "ES256"
    captcha: bool = True  # proof of work where guesses fail
    passwords: Passwords = Passwords()
    lifetimes: Lifetimes = Lifetimes()
    jail: Jail = Jail()
    mail: Mail = Mail()
    texts: Texts = Texts()
