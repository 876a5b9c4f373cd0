"""Source code becomes facts: each language has a reader, and all facts go into one index."""
