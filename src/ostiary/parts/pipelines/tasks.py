"""What a step can do for a product's safety: the words that checks of pipelines speak in."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Task(enum.StrEnum):
    """What a step does."""

    TESTS = "tests"
    COVERAGE = "coverage"
    LINT = "lint"  # security rules only if its configuration says so
    SAST = "sast"
    DAST = "dast"
    CONTRACT = "contract"  # requests made from the API's document
    FUZZ = "fuzz"
    DEPENDENCIES = "dependencies"  # known vulnerabilities of packages
    SECRETS = "secrets"
    MALWARE = "malware"
    SBOM = "sbom"
    SIGNING = "signing"
    PROVENANCE = "provenance"
    VERIFYING = "verifying"  # of signatures and provenance
    IAC = "iac"
    CONTAINER = "container"  # known vulnerabilities of an image
    PIPELINE = "pipeline"  # the pipelines themselves are looked at
    PUBLISH = "publish"  # to a registry of packages or images
    DEPLOY = "deploy"
    PROVISION = "provision"
    ROLLBACK = "rollback"
    MIGRATION_BACK = "migration-back"  # of a database's schema


@dataclass(frozen=True, slots=True)
class Doing:
    """One thing a step does, and what with.

    ``ignored`` is what makes its result count for nothing (``--exit-zero``), empty: it stops the job, as far as the
    step itself tells (`Step.may_fail` and conditions are beside it). ``languages`` are those a SAST tool reads, empty:
    most of them. ``guessed``: only a name says so (``make test``, where no Makefile was found).
    """

    task: Task
    tool: str
    ignored: str = ""
    languages: frozenset[str] = frozenset()
    guessed: bool = False
