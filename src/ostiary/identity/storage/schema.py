"""Tables: secrets only hashed, personal fields only sealed, times in seconds since the epoch, ids UUIDs of version 4."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

__all__ = ["metadata"]

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id(name: str = "id") -> Column[str]:
    return Column(name, Text, primary_key=True)


def _user(*, nullable: bool = False, index: bool = True) -> Column[str]:
    return Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=nullable, index=index)


def _time(name: str, *, nullable: bool = True, index: bool = False) -> Column[float]:
    return Column(name, Float(53), nullable=nullable, index=index)


def _sealed(name: str, *, nullable: bool = True) -> Column[bytes]:
    """Sealed by the key ring for the place ``<table>.<column>:<primary key>``; see `sealed`, which renews all of them."""
    return Column(name, LargeBinary, nullable=nullable, info={"sealed": True})


def _hash(name: str = "hash") -> Column[bytes]:
    return Column(name, LargeBinary, primary_key=True)


users: Final = Table(
    "users",
    metadata,
    _id(),
    Column("email_key", LargeBinary, unique=True),  # a keyed digest of the normalised address: found, not read
    _sealed("email"),  # as all that says who somebody is
    _time("email_verified_at"),
    Column("phone_key", LargeBinary, unique=True),
    _sealed("phone"),
    _time("phone_verified_at"),
    _sealed("name"),
    Column("password_hash", Text),  # NULL: passkeys alone
    _time("password_changed_at"),
    Column("must_change_password", Boolean, nullable=False, default=False),
    Column("role", Text, nullable=False, default="user"),  # or "operator"
    Column("failures", Integer, nullable=False, default=0),  # of the password in a row; a hundred disable it
    _time("created_at", nullable=False),
    _time("disabled_at"),
    Column("disabled_why", Text),
    _time("tokens_not_before", nullable=False),  # what was issued earlier is dead
    _sealed("avatar"),
    Column("avatar_type", Text),
)

sessions: Final = Table(
    "sessions",
    metadata,
    _id(),  # public: what lists show and `sid` says
    Column("hash", LargeBinary, nullable=False, unique=True),  # SHA-256 of the cookie's 256 random bits
    _user(),
    _time("created_at", nullable=False),
    _time("seen_at", nullable=False),
    _time("expires_at", nullable=False, index=True),
    _time("authenticated_at", nullable=False),  # the latest proof of presence: `auth_time`
    Column("factors", Text, nullable=False),  # RFC 8176 `amr` values with spaces: "pwd otp"
    Column("pending", Boolean, nullable=False),  # owes a second factor, and may do nothing else
    _sealed("agent"),
    _sealed("source"),
    _time("ended_at"),
    Column("ended_why", Text),
)

tickets: Final = Table(  # links in mails
    "tickets",
    metadata,
    _hash(),  # SHA-256 of 256 random bits
    _user(nullable=True, index=False),
    Column("purpose", Text, nullable=False),  # "verify-email", "reset-password", "change-email", "undo", ...
    _sealed("payload"),  # the new address, say
    _time("created_at", nullable=False),
    _time("expires_at", nullable=False, index=True),
    _time("used_at"),
    Index("ix_tickets_user_purpose", "user_id", "purpose"),
)

challenges: Final = Table(  # short codes, and WebAuthn ceremonies
    "challenges",
    metadata,
    _id(),
    _user(nullable=True),
    Column("session_id", Text, index=True),  # or of the browser, before anybody is signed in
    Column("purpose", Text, nullable=False),
    Column("mac", LargeBinary),  # of the code, keyed, bound to id and purpose
    _sealed("payload"),
    Column("tries_left", Integer, nullable=False),
    _time("created_at", nullable=False),
    _time("expires_at", nullable=False, index=True),
    _time("used_at"),
)

totp: Final = Table(
    "totp",
    metadata,
    _id(),
    _user(),
    _sealed("secret", nullable=False),
    _time("created_at", nullable=False),
    _time("confirmed_at"),
    Column("last_step", Integer, nullable=False, default=-1),  # RFC 6238 section 5.2: a step counts once
    Column("failures", Integer, nullable=False, default=0),
)

passkeys: Final = Table(
    "passkeys",
    metadata,
    Column("id", LargeBinary, primary_key=True),  # credential id
    _user(),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", Integer, nullable=False),
    _sealed("name"),
    Column("transports", Text, nullable=False, default=""),
    Column("backed_up", Boolean, nullable=False, default=False),
    _time("created_at", nullable=False),
    _time("used_at"),
)

recovery_codes: Final = Table(
    "recovery_codes", metadata, _hash("mac"), _user(), _time("created_at", nullable=False), _time("used_at")
)

events: Final = Table(  # append-only: triggers refuse UPDATE and DELETE
    "events",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    _time("at", nullable=False, index=True),
    Column("user_id", Text, index=True),  # no foreign key: a deleted account leaves its events, which name nobody
    Column("actor", Text, nullable=False),  # a user's id, "client:<id>", "operator:<id>", "system"
    Column("what", Text, nullable=False),  # "session.opened", "password.reset", ...
    _sealed("source"),  # for a place of its own: the id is not known before
    Column("details", Text, nullable=False, default="{}"),  # JSON without secrets or personal data
)

outbox: Final = Table(
    "outbox",
    metadata,
    _id(),
    Column("channel", Text, nullable=False),  # "mail", "text" or "nobody"
    _sealed("message", nullable=False),  # JSON: to, subject, body; empty once it was sent
    _time("created_at", nullable=False, index=True),
    _time("due_at", nullable=False, index=True),
    Column("tries", Integer, nullable=False, default=0),
    _time("sent_at"),
    _time("claimed_until"),
)

once: Final = Table(  # what may be seen a single time: jti of proofs and assertions, captcha solutions
    "once", metadata, _hash(), _time("expires_at", nullable=False, index=True)
)

clients: Final = Table(
    "clients",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("uri", Text),
    Column("method", Text, nullable=False),  # "none", "client_secret_basic", "client_secret_post", "private_key_jwt"
    Column("secret_hash", LargeBinary),  # SHA-256 of 256 random bits of ours
    Column("jwks", Text),
    Column("redirect_uris", Text, nullable=False),  # JSON lists
    Column("logout_uris", Text, nullable=False),
    Column("grants", Text, nullable=False),  # JSON list of grant types
    Column("scopes", Text, nullable=False),  # JSON list: allowed
    Column("default_scopes", Text, nullable=False),
    Column("audience", Text, nullable=False),  # JSON list: resources it may ask tokens for
    Column("token_format", Text, nullable=False),  # "jwt" or "opaque"
    Column("dpop", Boolean, nullable=False),  # whether its tokens must be bound to a key
    Column("pushed_only", Boolean, nullable=False),  # whether it must push its authorization requests
    Column("first_party", Boolean, nullable=False),  # no consent asked
    Column("introspects", Boolean, nullable=False),  # whether it is a resource server that may ask about tokens
    _time("created_at", nullable=False),
    _time("disabled_at"),
)

consents: Final = Table(
    "consents",
    metadata,
    _user(index=False),
    Column("client_id", Text, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False),
    Column("scopes", Text, nullable=False),  # sorted, with spaces
    _time("created_at", nullable=False),
    Index("uq_consents", "user_id", "client_id", unique=True),
)

requests: Final = Table(  # authorization requests that wait: pushed ones, and those of people who have to sign in first
    "requests",
    metadata,
    _hash(),
    Column("client_id", Text, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False),
    _sealed("parameters", nullable=False),  # JSON
    Column("kind", Text, nullable=False),  # "pushed" or "waiting"
    _time("created_at", nullable=False),
    _time("expires_at", nullable=False, index=True),
    _time("used_at"),
)

families: Final = Table(  # everything that one authorization led to
    "families",
    metadata,
    _id(),
    Column("client_id", Text, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False, index=True),
    _user(nullable=True),
    Column("session_id", Text, index=True),
    Column("scopes", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("jkt", Text),  # RFC 9449: the key it is bound to
    Column("offline", Boolean, nullable=False, default=False),  # outlives the browser's session
    Column("auth_time", Float(53)),
    Column("amr", Text, nullable=False, default=""),
    Column("nonce", Text),
    _time("created_at", nullable=False),
    _time("expires_at", nullable=False, index=True),
    _time("revoked_at"),
    Column("revoked_why", Text),
)

codes: Final = Table(
    "codes",
    metadata,
    _hash(),
    Column("family_id", Text, ForeignKey("families.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("client_id", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("redirect_uri_sent", Boolean, nullable=False),
    Column("challenge", Text, nullable=False),  # S256
    _time("created_at", nullable=False),
    _time("expires_at", nullable=False, index=True),
    _time("used_at"),
)

refresh_tokens: Final = Table(
    "refresh_tokens",
    metadata,
    _hash(),
    Column("family_id", Text, ForeignKey("families.id", ondelete="CASCADE"), nullable=False, index=True),
    _time("created_at", nullable=False),
    _time("expires_at", nullable=False, index=True),
    _time("used_at"),
    _sealed("answer"),  # what the first use was told, for the grace
)

access_tokens: Final = Table(
    "access_tokens",
    metadata,
    _id("jti"),
    Column(
        "hash", LargeBinary, nullable=False, unique=True
    ),  # of an opaque one, or of what is signed: in orders for the guard
    Column("family_id", Text, ForeignKey("families.id", ondelete="CASCADE"), index=True),
    Column("client_id", Text, nullable=False),
    Column("user_id", Text),
    Column("scopes", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("jkt", Text),
    _time("created_at", nullable=False),
    _time("expires_at", nullable=False, index=True),
    _time("revoked_at"),
)

devices: Final = Table(
    "devices",
    metadata,
    _hash(),  # of the device code
    Column("user_code", LargeBinary, nullable=False, unique=True),  # MAC
    Column("client_id", Text, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("jkt", Text),
    Column("state", Text, nullable=False),  # "pending", "allowed", "denied"
    Column("family_id", Text),
    Column("interval", Float(53), nullable=False),
    _sealed(
        "source"
    ),  # for a place of its own: the id is not known before, as `agent`: where it stands, for the person who is asked to let it in
    _sealed("agent"),
    _time("polled_at"),
    _time("created_at", nullable=False),
    _time("expires_at", nullable=False, index=True),
    _time("used_at"),
)

signing_keys: Final = Table(
    "signing_keys",
    metadata,
    _id("kid"),
    Column("algorithm", Text, nullable=False),
    _sealed("private", nullable=False),  # JWK
    Column("public", Text, nullable=False),  # JWK
    _time("created_at", nullable=False),
    _time("active_at", nullable=False),
    _time("retired_at"),  # signs no more
    _time("gone_at"),  # published no more
)

ring_marks: Final = Table(  # which keys the sealed columns need, so that a wrong folder of keys is noticed at start
    "ring_marks",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # 0: the pepper
    Column("mark", LargeBinary, nullable=False),  # HMAC of the key
    _time("created_at", nullable=False),
)
