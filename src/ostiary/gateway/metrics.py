"""Counts of one process, and what Prometheus reads of all: every label value is fixed by the document and the policy."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from ostiary.guard.plan import Plan

if TYPE_CHECKING:
    from ostiary.gateway.shared import Core

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
Snapshot = dict[str, Any]  # plain data: it travels between processes as JSON


class Stats:
    """What one process counts; bounded by operations x statuses."""

    __slots__ = ("_exchanges", "buckets", "connections", "seconds", "upstream_errors")

    def __init__(self) -> None:
        self._exchanges: defaultdict[tuple[Plan, int], int] = defaultdict(int)
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0
        self.connections = 0  # accepted so far
        self.upstream_errors: Counter[str] = Counter()

    def count(self, plan: Plan, status: int, seconds: float) -> None:
        """An exchange has been answered."""
        self._exchanges[plan, status] += 1
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    def exchanges(self) -> Counter[tuple[str, int]]:
        """Answers by operation and status."""
        found: Counter[tuple[str, int]] = Counter()
        for (plan, status), number in self._exchanges.items():
            found[plan.operation.key, status] += number
        return found


def snapshot(core: Core) -> Snapshot:
    """One process's counts: ``totals`` only grow, ``levels`` are as of now."""
    stats = core.stats
    exchanges = [[key, status, number] for (key, status), number in stats.exchanges().items()]
    return {
        "totals": {
            "exchanges": exchanges,
            "refusals": [[*label, number] for label, number in core.compiled.journal.refusals.items()],
            "upstream_errors": [[kind, number] for kind, number in stats.upstream_errors.items()],
            "connections": [["", stats.connections]],
            "seconds": [["", stats.seconds]],
            "buckets": [[str(at), number] for at, number in enumerate(stats.buckets)],
        },
        "levels": {"clients": len(core.clients), "upstream": core.pool.open},
    }


class Sum:
    """Counts of several processes added up; what a process that ended had counted stays."""

    def __init__(self) -> None:
        self._totals: dict[str, Counter[tuple[Any, ...]]] = defaultdict(Counter)
        self.levels: Counter[str] = Counter()

    def add(self, taken: Snapshot, *, alive: bool = True) -> None:
        """Add one process's counts."""
        for name, rows in taken["totals"].items():
            for *label, number in rows:
                self._totals[name][tuple(label)] += number
        if alive:
            self.levels.update(taken["levels"])

    def merge(self, other: Sum) -> None:
        """Add what another sum has."""
        for name, counts in other._totals.items():
            self._totals[name].update(counts)
        self.levels.update(other.levels)

    def __getitem__(self, name: str) -> Mapping[tuple[Any, ...], float]:
        """One family's numbers by label."""
        return self._totals[name]


def exposition(counts: Sum, *, workers: int) -> str:
    """The counts in Prometheus's text format, version 0.0.4."""
    lines: list[str] = []

    def family(name: str, kind: str, words: str, rows: Iterable[tuple[Mapping[str, Any], float]]) -> None:
        lines.append(f"# HELP {name} {words}")
        lines.append(f"# TYPE {name} {kind}")
        lines.extend(f"{name}{_labels(label)} {_number(value)}" for label, value in rows)

    family(
        "ostiary_requests_total", "counter", "Requests answered, by operation and status.",
        (({"operation": key, "status": status}, n) for (key, status), n in sorted(counts["exchanges"].items())),
    )  # fmt: skip
    family(
        "ostiary_refusals_total", "counter", "Requests refused, or in monitor mode noted, by the control that did.",
        (
            ({"control": control or "gateway", "operation": key, "status": status, "mode": mode}, n)
            for (control, key, status, mode), n in sorted(counts["refusals"].items())
        ),
    )  # fmt: skip
    family(
        "ostiary_upstream_errors_total", "counter", "Exchanges that the upstream spoilt, by how.",
        (({"kind": kind}, n) for (kind,), n in sorted(counts["upstream_errors"].items())),
    )  # fmt: skip
    _histogram(lines, counts)
    plain = [("connections_total", "counter", "Client connections accepted.", counts["connections"].get(("",), 0))]
    plain += [
        ("open_connections", "gauge", "Client connections now.", counts.levels["clients"]),
        ("upstream_connections", "gauge", "Connections to the upstream now.", counts.levels["upstream"]),
        ("workers", "gauge", "Processes that serve.", workers),
    ]
    for name, kind, words, value in plain:
        family(f"ostiary_{name}", kind, words, [({}, value)])
    return "\n".join(lines) + "\n"


def _histogram(lines: list[str], counts: Sum) -> None:
    name = "ostiary_request_seconds"
    lines += [f"# HELP {name} Time from a request's head to the end of its reply.", f"# TYPE {name} histogram"]
    so_far = 0.0
    for at, bound in enumerate([*map(str, BOUNDS), "+Inf"]):
        so_far += counts["buckets"].get((str(at),), 0)
        lines.append(f'{name}_bucket{{le="{bound}"}} {_number(so_far)}')
    lines += [f"{name}_sum {counts['seconds'].get(('',), 0.0):.6f}", f"{name}_count {_number(so_far)}"]


def _labels(label: Mapping[str, Any]) -> str:
    if not label:
        return ""
    quoted = (f'{name}="{_escaped(str(value))}"' for name, value in label.items())
    return "{" + ",".join(quoted) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
