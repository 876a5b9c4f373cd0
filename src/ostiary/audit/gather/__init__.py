"""Gatherers: the only part of the audit that touches the world, one module per kind of target."""
