"""Which reader makes what of a tree: one line each, so that a reader is found and exchanged in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ostiary.audit.gather.clamd import engine
from ostiary.audit.gather.supply.advisories import Database
from ostiary.audit.gather.trees.dependencies import named_in
from ostiary.audit.gather.trees.installed import held_by
from ostiary.audit.gather.trees.pipelines import pipelines_in
from ostiary.audit.gather.trees.reviews import reviews_of
from ostiary.audit.gather.trees.secrets import read as searched
from ostiary.evidence.code import Code
from ostiary.evidence.deployment import Deployment
from ostiary.evidence.pipeline import Pipeline, Reviews
from ostiary.evidence.supply import Advisories, Dependencies, Scanner
from ostiary.evidence.tree import Searched

if TYPE_CHECKING:
    from ostiary.audit.gather.trees.tree import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator says about reading; the command line and ``[audit]`` of a policy fill it in."""

    history: bool = True  # whether secrets are looked for in the history
    advisories: Path | None = None  # the folder of the database; None: the user's cache
    clamd: str = ""  # "unix:/run/clamav/clamd.ctl" or "tcp:127.0.0.1:3310"; empty: the usual places
    reviews: Path | None = None  # an exported ruleset or list of reviews
    repository: str = ""  # "github:owner/name" or "gitlab:group/name", asked with a token from the environment


def code(tree: Tree) -> Code:
    """What its code does."""
    from ostiary.audit.gather.trees import sources  # noqa: PLC0415 - most audits read no code

    return sources.read(tree)


def deployment(tree: Tree) -> Deployment:
    """What its configuration says."""
    from ostiary.audit.gather.trees import deployments  # noqa: PLC0415 - most audits read no configuration

    return deployments.read(tree)


def pipelines(tree: Tree) -> Sequence[Pipeline]:
    """What its CI runs."""
    return pipelines_in(tree)


def reviews(tree: Tree) -> Reviews:
    """How changes got in."""
    return reviews_of(tree)


def dependencies(tree: Tree) -> Dependencies:
    """What manifests and lock files name."""
    return held_by(tree) if tree.form in {"image", "wheel", "jar"} else named_in(tree)


def advisories(tree: Tree) -> Advisories:
    """Known vulnerabilities."""
    return Database(tree.settings.advisories)


def scanner(tree: Tree) -> Scanner:
    """An engine that knows malware."""
    return engine(tree.settings.clamd)


def secrets(tree: Tree) -> Searched:
    """Credentials in files and history."""
    return searched(tree)
