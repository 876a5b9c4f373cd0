"""What a connection may cost us at most; the policy's own limits (beyond.payload-limits) are tighter where they are on."""

from __future__ import annotations

from typing import Final

KIB: Final = 1024
MOST_LINE: Final = 8000  # bytes of a request line: 414 (what RFC 9112 section 3 asks for at least), or of a field: 431
MOST_HEAD: Final = 32 * KIB  # bytes of a whole request head: 431; a reply's may be twice that
MOST_HEADERS: Final = 100  # fields of a request: 431; a reply may have twice that
MOST_OVERHEAD: Final = 16 * KIB  # bytes of chunk sizes, extensions and trailers beyond eight per byte of data: 400
MOST_AHEAD: Final = 64 * KIB  # bytes of pipelined requests kept before the connection is no longer read
MOST_REPLAY: Final = 64 * KIB  # bytes of a streamed body kept for a second try on a fresh connection
MOST_LINGER: Final = 1024 * KIB  # bytes read and thrown away after a refusal, so that its sender gets to see it
LINGER: Final = 2.0  # seconds of the same
MOST_WAITING: Final = 1024  # exchanges waiting for an upstream connection; one more is a 503
MOST_INSPECTED: Final = 8 * KIB * KIB  # bytes of a reply held back for inspection; what is larger is refused
LEAST_RATE: Final = 500  # bytes per second on average while a body that we hold is sent, after the stall time
IDLE_UPSTREAM: Final = 55.0  # seconds until an unused upstream connection is closed; under most servers' own 60 to 75
FRESH: Final = 1.0  # seconds since last use; an older pooled connection is not trusted with what cannot be repeated
MOST_REMEMBERED: Final = (
    2 * KIB
)  # bytes of a header section that a connection remembers while it waits for the next request
MOST_REFUSED: Final = (
    128  # connections beyond the allowed that are told so at once; further ones are cut without a word
)
LAST_REQUESTS: Final = 1.0  # seconds after SIGTERM in which kept connections may bring one more request
