"""The first tables."""

from __future__ import annotations

from alembic import op

from ostiary.identity.storage.schema import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


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
    metadata.create_all(op.get_bind())
    for each in _ON_SQLITE if op.get_bind().dialect.name == "sqlite" else _ON_POSTGRES:
        op.execute(each)


def downgrade() -> None:
    """Drop them."""
    metadata.drop_all(op.get_bind())
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION events_are_only_added()")
