"""State by verbs, and the places where it lives."""
