"""Every error that leaves a module of ours is one of these, and facts about it live on its class.

::

    OstiaryError
    |-- ConfigError     what the user wrote is wrong: where, problem, hint; raised at start only, exit code 2
    |-- Denied          this exchange is refused: status, reason, headers; rendered by problem.py alone
    |-- StoreError      state is unreachable: 503
    `-- Unanswerable    the audited world could not answer: UNKNOWN
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class OstiaryError(Exception):
    """Superclass of all; never raised itself."""


class ConfigError(OstiaryError):
    """What the user wrote cannot be obeyed; says where, what and what to do, in one line.

    :param where: the file and place in it (a TOML path, a JSON pointer), or the command-line option.
    :param problem: what is wrong there, a clause without a full stop.
    :param hint: what to do about it; may be empty.
    """

    def __init__(self, where: str, problem: str, hint: str = "") -> None:
        super().__init__(f"{where}: {problem}" + (f" ({hint})" if hint else ""))
        self.where = where
        self.problem = problem
        self.hint = hint


class Denied(OstiaryError):  # noqa: N818 - a decision, not a fault
    """This exchange is refused.

    :param status: the HTTP status of the refusal.
    :param reason: one clause for the caller and the log; never holds a submitted value.
    :param headers: what the status obliges us to send (``allow``, ``retry-after``, ``accept``), names in lower case.
    :param faults: for validation, (pointer, rule) pairs; never the value.
    :param members: what the caller's program needs to go on, as members of the problem (RFC 9457 section 3.2).
    """

    def __init__(
        self,
        status: int,
        reason: str,
        headers: Mapping[str, str] | None = None,
        *,
        faults: Sequence[tuple[str, str]] = (),
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.headers = headers or {}
        self.faults = faults
        self.members = members


class StoreError(OstiaryError):
    """State is unreachable; callers answer 503, and authentication never reads it as a yes."""


class Unanswerable(OstiaryError):  # noqa: N818 - it is an answer about the world, not a fault of the program
    """The world could not answer an audit's question: no route, no baseline, the budget is spent."""
