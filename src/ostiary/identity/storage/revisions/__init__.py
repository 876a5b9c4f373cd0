"""The history of the tables, for Alembic: one script per change, each with its way back."""
