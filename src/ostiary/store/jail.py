"""What strikes do to a record, wherever records are kept: reserve, settle, take back, forget.

A reserved try is pending until it is settled; a failed one stays as a strike. Both together may not exceed the tries of
the ladder, so that parallel guesses cannot outrun it; but only failures lead to jail, so that a crowd behind one address
is not jailed because one of them mistypes while the others are being answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ostiary.store.ports import Attempt, Count, Ladder

UNSETTLED = 1.0  # seconds to wait where tries are pending that may still turn out well


class Record:
    """One key's failures, pending tries, when the latest was, until when it is jailed, and its step of the ladder."""

    __slots__ = ("failed", "jailed", "latest", "pending", "step")

    def __init__(
        self, failed: int = 0, pending: int = 0, latest: float = 0.0, jailed: float = 0.0, step: int = 0
    ) -> None:
        self.failed = failed
        self.pending = pending
        self.latest = latest
        self.jailed = jailed
        self.step = step

    @property
    def empty(self) -> bool:
        """Whether nothing is lost when the record is."""
        return not (self.failed or self.pending or self.step)

    def age(self, ladder: Ladder, now: float) -> None:
        """Forget strikes after the window, and the step of the ladder after its time."""
        if self.latest + ladder.window <= now:
            self.failed = self.pending = 0
        if self.step and self.jailed + ladder.forget <= now:
            self.step = 0

    def wait(self, count: Count, now: float, *, vouched: bool) -> float:
        """Seconds until a try would be allowed."""
        if count.spares and vouched:
            return 0.0
        if self.jailed > now:
            return self.jailed - now
        return UNSETTLED if self.failed + self.pending >= count.ladder.tries else 0.0

    def reserve(self, now: float) -> None:
        """Count a try that is about to be made."""
        self.pending += 1
        self.latest = now

    def settle(self, count: Count, now: float, *, good: bool) -> None:
        """Turn a pending try into a strike, or take it back; a strike too many is a term in jail."""
        self.take_back()
        if good:
            if count.clears:
                self.failed = self.pending = self.step = 0
                self.jailed = 0.0
            return
        if self.jailed > now:  # it was let through because somebody vouched for it
            return
        self.failed += 1
        self.latest = max(self.latest, now)
        if self.failed >= count.ladder.tries:
            self.jailed = now + count.ladder.terms[min(self.step, len(count.ladder.terms) - 1)]
            self.step += 1
            self.failed = 0

    def take_back(self) -> None:
        """Forget one pending try."""
        self.pending = max(0, self.pending - 1)

    def lasts(self, ladder: Ladder) -> float:
        """Until when the record says anything."""
        return max(self.latest + ladder.window, self.jailed + ladder.forget if self.step else 0.0)


class Cells:
    """The verbs over whatever can read, write and forget one record: inside what makes them one step."""

    def __init__(
        self,
        read: Callable[[str], Record | None],
        write: Callable[[str, Record, float], None],
        drop: Callable[[str], None],
    ) -> None:
        self._read = read
        self._write = write
        self._drop = drop

    def attempt(self, attempt: Attempt, now: float, *, vouched: bool) -> float:
        """See `Strikes.attempt`."""
        records = [(count, self._aged(count, now) or Record()) for count in attempt.counts]
        wait = max((record.wait(count, now, vouched=vouched) for count, record in records), default=0.0)
        if wait:
            return wait
        for count, record in records:
            record.reserve(now)
            self._keep(count, record)
        return 0.0

    def settle(self, counts: Sequence[Count], now: float, *, good: bool) -> None:
        """See `Strikes.settle`."""
        for count in counts:
            record = self._aged(count, now)
            if record is None:
                if good:
                    continue
                record = Record()  # it was evicted meanwhile; the failure counts all the same
            record.settle(count, now, good=good)
            self._keep(count, record)

    def take_back(self, counts: Sequence[Count], now: float) -> None:
        """See `Strikes.drop`."""
        for count in counts:
            record = self._aged(count, now)
            if record is not None:
                record.take_back()
                self._keep(count, record)

    def _aged(self, count: Count, now: float) -> Record | None:
        record = self._read(count.key)
        if record is not None:
            record.age(count.ladder, now)
        return record

    def _keep(self, count: Count, record: Record) -> None:
        if record.empty:
            self._drop(count.key)
        else:
            self._write(count.key, record, record.lasts(count.ladder))
