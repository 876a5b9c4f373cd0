"""A message that could not be handed over says whether another try may help, and nothing of what it holds."""

from __future__ import annotations

__all__ = ["Undeliverable"]


class Undeliverable(Exception):  # noqa: N818 - an answer about the world
    """A server did not take a message.

    :param why: a clause without address, text or credentials: it goes to logs.
    :param again: whether another try may help; not where the server said that it never will.
    """

    def __init__(self, why: str, *, again: bool) -> None:
        super().__init__(why)
        self.why = why
        self.again = again
