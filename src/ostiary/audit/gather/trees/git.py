"""The one place where git is run: on repositories of strangers, so that nothing in their configuration is executed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from ostiary.audit.gather.trees import belonging
from ostiary.errors import Unanswerable

SECONDS: Final = 60.0
MOST: Final = 64 * 1024 * 1024  # bytes of one answer
_SAFE: Final = (
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.sshCommand=false"),
    *("-c", "log.showSignature=false"),
    *("-c", "protocol.allow=never"),
    *("-c", "credential.helper="),
    *("-c", "safe.directory=*"),
    *("-c", "diff.external="),
    *("-c", "core.attributesFile=/dev/null"),
)
_ENVIRONMENT: Final = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",  # what a repository allows for itself (protocol.ext.allow) counts for nothing
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}


def here() -> bool:
    """Whether there is a git to ask."""
    return shutil.which("git") is not None


def is_repository(root: Path) -> bool:
    """Whether a folder is the root of a work tree or a bare repository."""
    return (root / ".git").exists() or ((root / "objects").is_dir() and (root / "HEAD").is_file())


def listed(root: Path) -> list[str] | None:
    """Paths that git knows or would add, from `root` on; None where git cannot say."""
    if not here():
        return None
    try:
        out = run(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    except Unanswerable:
        return None
    return [each.decode("utf-8", "surrogateescape") for each in dict.fromkeys(out.split(b"\0")) if each] or None


def ignored(root: Path) -> list[str]:
    """Files, and folders as a whole, that are there and that git is told to ignore; none where git cannot say."""
    try:
        out = run(root, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
    except Unanswerable:
        return []
    return [each.decode("utf-8", "replace") for each in out.split(b"\0") if each]


def run(root: Path, *words: str, data: bytes | None = None, most: int = MOST) -> bytes:
    """What a git command prints.

    :param words: a plumbing command that neither writes nor fetches, and its arguments.
    :param data: what it reads from its standard input.
    :raises Unanswerable: when there is no git, it fails, takes more than `SECONDS`, prints more than `most` bytes, or would
        tell of a repository that is not the folder's.
    """
    _own(root)
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, arguments of ours
            _command(root, words),
            input=data if data is not None else b"",
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env=_environment(),
        )
    except FileNotFoundError as error:
        raise Unanswerable("git is not installed") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unanswerable(f"git {words[0]}: {type(error).__name__}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Unanswerable(f"git {words[0]}: {said[0][:200] if said else f'exit {done.returncode}'}")
    if len(done.stdout) > most:
        raise Unanswerable(f"git {words[0]} printed more than {most >> 20} MiB")
    return done.stdout


@contextmanager
def piped(root: Path, *words: str) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """A git command that is talked with: its standard input and output; it is ended when the block is left.

    :raises Unanswerable: when there is no git, or it would tell of a repository that is not the folder's.
    """
    _own(root)
    try:
        process = subprocess.Popen(  # noqa: S603 - a fixed program, arguments of ours
            _command(root, words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
    except OSError as error:
        raise Unanswerable("git is not installed") from error
    if process.stdin is None or process.stdout is None:
        raise Unanswerable("git gave no pipes")
    try:
        yield process.stdin, process.stdout
    finally:
        process.kill()
        process.stdin.close()
        process.stdout.close()
        process.wait()


def _own(root: Path) -> None:
    why = belonging.elsewhere(root)
    if why:
        raise Unanswerable(f"git is not asked: {why}")


def _command(root: Path, words: Sequence[str]) -> list[str]:
    return ["git", *_SAFE, "--no-pager", "--no-replace-objects", "-C", str(root), *words]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | _ENVIRONMENT
