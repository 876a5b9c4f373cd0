"""The first tables, as they were then: what `schema` says later is not known here."""

from __future__ import annotations

from typing import Final

from alembic import op
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

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_tables: Final = MetaData(
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
    return Column(name, LargeBinary, nullable=nullable)


def _hash(name: str = "hash") -> Column[bytes]:
    return Column(name, LargeBinary, primary_key=True)


Table(
    "users",
    _tables,
    _id(),
    Column("email_key", LargeBinary, unique=True),
    _sealed("email"),
    _time("email_verified_at"),
    Column("phone_key", LargeBinary, unique=True),
    _sealed("phone"),
    _time("phone_verified_at"),
    _sealed("name"),
    Column("password_hash", Text),
    _time("password_changed_at"),
    Column("must_change_password", Boolean, nullable=False, default=False),
    Column("role", Text, nullable=False, default="user"),
    Column("failures", Integer, nullable=False, default=0),
    _time("created_at", nullable=False),
    _time("disabled_at"),
    Column("disabled_why", Text),
    _time("tokens_not_before", nullable=False),
    _sealed("avatar"),
    Column("avatar_type", Text),
)

Table(
    "sessions",
    _tables,
    _id(),
    Column("hash", LargeBinary, nullable=False, unique=True),
    _user(),
    _time("created_at", nullable=False),
    _time("seen_at", nullable=False),
    _time("expires_at", nullable=False, index=True),
    _time("authenticated_at", nullable=False),
    Column("factors", Text, nullable=False),
    Column("pending", Boolean, nullable=False),
    _sealed("agent"),
    _sealed("source"),
    _time("ended_at"),
    Column("ended_why", Text),
)

Table(
    "tickets",
    _tables,
    _hash(),
    _user(nullable=True, index=False),
    Column("purpose", Text, nullable=False),
    _sealed("payload"),
    _time("created_at", nullable=False),
    _time("expires_at", nullable=False, index=True),
    _time("used_at"),
    Index("ix_tickets_user_purpose", "user_id", "purpose"),
)

Table(
    "challenges",
    _tables,
    _id(),
    _user(nullable=True),
    Column("session_id", Text, index=True),
    Column("purpose", Text, nullable=False),
    Column("mac", LargeBinary),
    _sealed("payload"),
    Column("tries_left", Integer, nullable=False),
    _time("created_at", nullable=False),
    _time("expires_at", nullable=False, index=True),
    _time("used_at"),
)

Table(
    "totp",
    _tables,
    _id(),
    _user(),
    _sealed("secret", nullable=False),
    _time("created_at", nullable=False),
    _time("confirmed_at"),
    Column("last_step", Integer, nullable=False, default=-1),
    Column("failures", Integer, nullable=False, default=0),
)

Table(
    "passkeys",
    _tables,
    Column("id", LargeBinary, primary_key=True),
    _user(),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", Integer, nullable=False),
    _sealed("name"),
    Column("transports", Text, nullable=False, default=""),
    Column("backed_up", Boolean, nullable=False, default=False),
    _time("created_at", nullable=False),
    _time("used_at"),
)

Table("recovery_codes", _tables, _hash("mac"), _user(), _time("created_at", nullable=False), _time("used_at"))

Table(
    "events",
    _tables,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    _time("at", nullable=False, index=True),
    Column("user_id", Text, index=True),
    Column("actor", Text, nullable=False),
    Column("what", Text, nullable=False),
    _sealed("source"),
    Column("details", Text, nullable=False, default="{}"),
)

Table(
    "outbox",
    _tables,
    _id(),
    Column("channel", Text, nullable=False),
    _sealed("message", nullable=False),
    _time("created_at", nullable=False, index=True),
    _time("due_at", nullable=False, index=True),
    Column("tries", Integer, nullable=False, default=0),
    _time("sent_at"),
    _time("claimed_until"),
)

Table("once", _tables, _hash(), _time("expires_at", nullable=False, index=True))

Table(
    "clients",
    _tables,
    _id(),
    Column("name", Text, nullable=False),
    Column("uri", Text),
    Column("method", Text, nullable=False),
    Column("secret_hash", LargeBinary),
    Column("jwks", Text),
    Column("redirect_uris", Text, nullable=False),
    Column("logout_uris", Text, nullable=False),
    Column("grants", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("default_scopes", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("token_format", Text, nullable=False),
    Column("dpop", Boolean, nullable=False),
    Column("pushed_only", Boolean, nullable=False),
    Column("first_party", Boolean, nullable=False),
    Column("introspects", Boolean, nullable=False),
    _time("created_at", nullable=False),
    _time("disabled_at"),
)

Table(
    "consents",
    _tables,
    _user(index=False),
    Column("client_id", Text, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False),
    Column("scopes", Text, nullable=False),
    _time("created_at", nullable=False),
    Index("uq_consents", "user_id", "client_id", unique=True),
)

Table(
    "requests",
    _tables,
    _hash(),
    Column("client_id", Text, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False),
    _sealed("parameters", nullable=False),
    Column("kind", Text, nullable=False),
    _time("created_at", nullable=False),
    _time("expires_at", nullable=False, index=True),
    _time("used_at"),
)

Table(
    "families",
    _tables,
    _id(),
    Column("client_id", Text, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False, index=True),
    _user(nullable=True),
    Column("session_id", Text, index=True),
    Column("scopes", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("jkt", Text),
    Column("offline", Boolean, nullable=False, default=False),
    Column("auth_time", Float(53)),
    Column("amr", Text, nullable=False, default=""),
    Column("nonce", Text),
    _time("created_at", nullable=False),
    _time("expires_at", nullable=False, index=True),
    _time("revoked_at"),
    Column("revoked_why", Text),
)

Table(
    "codes",
    _tables,
    _hash(),
    Column("family_id", Text, ForeignKey("families.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("client_id", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("redirect_uri_sent", Boolean, nullable=False),
    Column("challenge", Text, nullable=False),
    _time("created_at", nullable=False),
    _time("expires_at", nullable=False, index=True),
    _time("used_at"),
)

Table(
    "refresh_tokens",
    _tables,
    _hash(),
    Column("family_id", Text, ForeignKey("families.id", ondelete="CASCADE"), nullable=False, index=True),
    _time("created_at", nullable=False),
    _time("expires_at", nullable=False, index=True),
    _time("used_at"),
    _sealed("answer"),
)

Table(
    "access_tokens",
    _tables,
    _id("jti"),
    Column("hash", LargeBinary, nullable=False, unique=True),
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

Table(
    "devices",
    _tables,
    _hash(),
    Column("user_code", LargeBinary, nullable=False, unique=True),
    Column("client_id", Text, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("jkt", Text),
    Column("state", Text, nullable=False),
    Column("family_id", Text),
    Column("interval", Float(53), nullable=False),
    _sealed("source"),
    _sealed("agent"),
    _time("polled_at"),
    _time("created_at", nullable=False),
    _time("expires_at", nullable=False, index=True),
    _time("used_at"),
)

Table(
    "signing_keys",
    _tables,
    _id("kid"),
    Column("algorithm", Text, nullable=False),
    _sealed("private", nullable=False),
    Column("public", Text, nullable=False),
    _time("created_at", nullable=False),
    _time("active_at", nullable=False),
    _time("retired_at"),
    _time("gone_at"),
)

Table(
    "ring_marks",
    _tables,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("mark", LargeBinary, nullable=False),
    _time("created_at", nullable=False),
)

_ON_SQLITE = (
    """CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
    WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'events are only added'); END""",
    """CREATE TRIGGER events_stay BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are only added'); END""",
    """CREATE TRIGGER events_do_not_change BEFORE UPDATE ON events
    WHEN NEW.id IS NOT OLD.id OR NEW.at IS NOT OLD.at OR NEW.user_id IS NOT OLD.user_id OR NEW.actor IS NOT OLD.actor
      OR NEW.what IS NOT OLD.what OR NEW.details IS NOT OLD.details OR OLD.source IS NULL OR NEW.source IS NULL
      OR length(NEW.source) <> length(OLD.source) OR substr(NEW.source, 1, 1) <= substr(OLD.source, 1, 1)
    BEGIN SELECT RAISE(ABORT, 'events are only added'); END""",
)
_ON_POSTGRES = (
    """CREATE FUNCTION events_are_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.at, NEW.actor, NEW.what, NEW.details) = (OLD.id, OLD.at, OLD.actor, OLD.what, OLD.details)
          AND NEW.user_id IS NOT DISTINCT FROM OLD.user_id AND length(NEW.source) = length(OLD.source)
          AND substr(NEW.source, 1, 1) > substr(OLD.source, 1, 1)
        THEN RETURN NEW; END IF;
      END IF;
      RAISE EXCEPTION 'events are only added';
    END $$""",
    """CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION events_are_only_added()""",
    """CREATE TRIGGER events_stay_all BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_are_only_added()""",
)


def upgrade() -> None:
    """Make them. An event may be sealed anew under a newer key, and is otherwise as it was written."""
    _tables.create_all(op.get_bind())
    for each in _ON_SQLITE if op.get_bind().dialect.name == "sqlite" else _ON_POSTGRES:
        op.execute(each)


def downgrade() -> None:
    """Drop them."""
    _tables.drop_all(op.get_bind())
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION events_are_only_added()")
