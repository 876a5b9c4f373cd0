"""Options of an audit that say how source trees are read, and where answers about them lie."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ostiary.errors import ConfigError

if TYPE_CHECKING:
    from ostiary.audit.gather.trees.readers import Settings

_REPOSITORY: Final = re.compile(r"(?:github|gitlab):[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+){1,8}")
_CLAMD: Final = re.compile(r"unix:/.+|tcp:[^\s/]+:[0-9]{1,5}")


def add_trees(parser: argparse.ArgumentParser) -> None:
    """Options for folders, histories, archives and images."""
    group = parser.add_argument_group("source trees")
    group.add_argument("--no-history", action="store_true", help="look for secrets in files alone, not in the history")
    group.add_argument("--advisories", type=Path, metavar="DIR", help="the database of known vulnerabilities (default: the user's cache)")  # fmt: skip
    group.add_argument("--clamd", default="", metavar="unix:PATH|tcp:HOST:PORT", help="where clamd listens (default: the usual places)")  # fmt: skip
    group.add_argument("--reviews", type=Path, metavar="FILE.json", help="an exported ruleset, branch protection or list of reviews")  # fmt: skip
    group.add_argument("--repository", default="", metavar="github:OWNER/NAME|gitlab:GROUP/NAME",
                       help="ask the forge how changes are reviewed, with GITHUB_TOKEN or GITLAB_TOKEN")  # fmt: skip


def tree_settings(args: argparse.Namespace) -> Settings:
    """What the options say.

    :raises ConfigError: for a repository or an address of another form, or a file that is not there.
    """
    from ostiary.audit.gather.trees.readers import Settings as Made  # noqa: PLC0415 - readers are of the extra "audit"

    if args.repository and _REPOSITORY.fullmatch(args.repository) is None:
        raise ConfigError(f"--repository {args.repository}", "names no repository", "write github:owner/name")
    if args.clamd and _CLAMD.fullmatch(args.clamd) is None:
        raise ConfigError(
            f"--clamd {args.clamd}", "is no address", "write unix:/run/clamav/clamd.ctl or tcp:127.0.0.1:3310"
        )
    if args.reviews is not None and not args.reviews.is_file():
        raise ConfigError(f"--reviews {args.reviews}", "is not there")
    return Made(
        history=not args.no_history,
        advisories=args.advisories,
        clamd=args.clamd,
        reviews=args.reviews,
        repository=args.repository,
    )
