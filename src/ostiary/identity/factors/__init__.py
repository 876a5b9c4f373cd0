"""Second factors: each code has five tries, one use, and belongs to one purpose, account and session."""
