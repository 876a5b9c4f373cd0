"""The guard: one exchange through a compiled plan, and the ASGI host of it."""
