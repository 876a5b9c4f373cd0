"""All SQL is here: verbs by domain over SQLAlchemy Core; what two processes could interleave is one statement."""
