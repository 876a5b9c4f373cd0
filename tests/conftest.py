"""What holds for every test: no stopwatch over generated examples, and what is forwarded is what was looked at."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from ostiary.model import Exchange
from ostiary.parts import body, json_text
from ostiary.parts.seen import weak_keys

settings.register_profile("ostiary", deadline=None, max_examples=60)
settings.load_profile("ostiary")

# Shells start what runs in the background with Ctrl-C ignored, and every process from there on would be deaf to it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

collect_ignore = ["twins"]  # samples of projects, some of which have tests


@pytest.fixture(autouse=True, scope="session")
def looked_at() -> Iterator[None]:
    """Whoever changes a document says so (`body.changing`): else the text from before would be forwarded."""
    serialise = body.serialise

    def checked(exchange: Exchange) -> bytes | None:
        text = serialise(exchange)
        if exchange.written is not None:
            assert text == json_text.dumps(exchange.document), "a document was changed, and its old text is forwarded"
        return text

    body.serialise = checked
    yield
    body.serialise = serialise


@pytest.fixture(autouse=True, scope="session")
def fewer_numbers() -> Iterator[None]:
    """A million tries take seconds; every test that has a token would wait for them."""
    most = weak_keys.MOST_NUMBERS
    weak_keys.MOST_NUMBERS = 10_000  # type: ignore[misc]  # in tests it is not final
    yield
    weak_keys.MOST_NUMBERS = most  # type: ignore[misc]
