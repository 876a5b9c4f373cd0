"""What a project's CI runs, and how changes get into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """One thing that runs: a command with its arguments as the shell would see them, or an action with its inputs.

    ``argv`` is empty for an action, ``uses`` for a command; comments, ``echo`` and texts in quotes are nobody's step.
    """

    file: str
    line: int
    job: str
    argv: tuple[str, ...] = ()
    uses: str = ""  # "actions/checkout@v4", a GitLab template or a Jenkins step
    inputs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    stage: str = ""
    image: str = ""
    may_fail: bool = False  # `continue-on-error`, `allow_failure`, `|| true`
    condition: str = ""
    via: str = (
        ""  # the step of the pipeline that leads here, where it stands in a Makefile, a script or an action of its own
    )

    @property
    def place(self) -> str:
        """``.github/workflows/ci.yml:12``: in the pipeline itself."""
        return self.via or f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """What a checker of pipelines found in one."""

    rule: str  # in the checker's own words: "template-injection"
    line: int
    what: str
    severity: str = ""  # "high", "medium", "low"
    confidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pipeline:
    """One workflow or pipeline file."""

    file: str
    system: str  # "github", "gitlab", "jenkins", "circleci", "azure"
    triggers: tuple[str, ...] = ()  # "push", "pull_request", "schedule", "tag", "manual", ...
    steps: tuple[Step, ...] = ()
    elsewhere: tuple[str, ...] = ()  # what it includes and nobody here could read
    broken: str = ""
    flaws: tuple[Flaw, ...] = ()
    unchecked: str = ""  # why no checker of pipelines looked at it; empty: one did


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reviews:
    """How changes got in; counts are of `looked_at` changes, None where nothing tells."""

    source: str  # "git history", "ruleset.json", "api.github.com"
    looked_at: int = 0
    reviewed: int | None = None
    self_approved: int | None = None
    by_request: int | None = None  # came in by a pull or merge request
    rules: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))  # what the platform enforces
    places: tuple[str, ...] = ()  # changes without review, commits or request numbers
