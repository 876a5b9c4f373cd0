"""What a server agrees to is found by taking away, from each next offer, what it chose; who connects is another's matter."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Final

from ostiary.parts.tls.hello import TLS13, Greeting, client_hello, read
from ostiary.parts.tls.suites import NEWEST, OLD

_AT_ONCE: Final = 120  # suites in an offer: some servers stumble over more
Talk = Generator[bytes, bytes | None, "Agreed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What became of all offers in one version; ``first`` is the first answer that agreed."""

    version: int
    suites: tuple[int, ...] = ()  # in the order in which they were chosen
    first: Greeting = Greeting()  # noqa: RUF009 - frozen
    prime: int = 0  # bits of the smallest Diffie-Hellman group
    lower: int = 0  # the version that was answered instead, where it was a lower one
    undecided: bool = False  # an offer got no answer at all


def offers(version: int, *, host: str = "", suites: Sequence[int] = ()) -> Talk:
    """Yield one greeting after the other, be sent what came back (None: nothing in time), and return what was agreed to.

    :param suites: what to offer; all that there are for this version when empty.
    """
    whole = tuple(suites) or (NEWEST if version == TLS13 else OLD)
    chosen: list[int] = []
    first, prime, lower, undecided = Greeting(), 0, 0, False
    for start in range(0, len(whole), _AT_ONCE):
        left = list(whole[start : start + _AT_ONCE])
        while left:
            said = yield client_hello(version, left, host=host)
            answer = read(said or b"")
            undecided |= said is None
            if answer.version and answer.version != version:
                lower = lower or answer.version
                break
            if answer.suite not in left or not answer.version:
                break
            first = first if first.version else answer
            prime = min(each for each in (prime, answer.prime) if each) if prime or answer.prime else 0
            chosen.append(answer.suite)
            left.remove(answer.suite)
    return Agreed(version=version, suites=tuple(chosen), first=first, prime=prime, lower=lower, undecided=undecided)
