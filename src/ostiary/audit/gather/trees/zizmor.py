"""zizmor, where it is installed, looks at workflows: offline, without the tree's configuration of it, bounded; absent, that is said."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from ostiary.evidence.pipeline import Flaw, Pipeline
from ostiary.parts.printable import on_one_line

SECONDS: Final = 60.0
_LARGEST: Final = 32 * 1024 * 1024  # bytes of its report
_MOST: Final = 2_000  # findings
_OPTIONS: Final = ("--offline", "--no-progress", "--no-config", "--no-exit-codes", "--quiet", "--format", "json-v1")
_KEPT: Final = ("PATH", "HOME", "LANG", "TMPDIR")  # of the environment: no tokens


def looked_at(pipelines: Sequence[Pipeline], root: Path | None) -> Sequence[Pipeline]:
    """The pipelines with what zizmor says of them; those of other systems as they were."""
    if not any(each.system == "github" for each in pipelines):
        return pipelines
    flaws, why = _found(root)
    return [
        dataclasses.replace(each, flaws=tuple(flaws.get(each.file, ())), unchecked=why)
        if each.system == "github"
        else each
        for each in pipelines
    ]


def _found(root: Path | None) -> tuple[dict[str, list[Flaw]], str]:
    program = shutil.which("zizmor")
    if program is None:
        return {}, "zizmor is not installed"
    if root is None:
        return {}, "zizmor looks at folders alone"
    try:
        with tempfile.TemporaryFile() as report:
            done = subprocess.run(  # noqa: S603 - a program of the operator's own path, arguments of ours
                [program, *_OPTIONS, "--", str(root.resolve())],
                stdin=subprocess.DEVNULL,
                stdout=report,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
                cwd="/",
                env={name: value for name, value in os.environ.items() if name in _KEPT},
            )
            report.seek(0)
            data = json.loads(report.read(_LARGEST) or b"null")
    except (OSError, subprocess.TimeoutExpired, ValueError, RecursionError) as error:
        return {}, f"zizmor did not answer: {type(error).__name__}"
    if done.returncode or not isinstance(data, list):
        return {}, f"zizmor failed with exit code {done.returncode}"
    return _by_file(data[:_MOST], root.resolve()), ""


def _by_file(data: Iterable[Any], root: Path) -> dict[str, list[Flaw]]:
    made: dict[str, list[Flaw]] = {}
    for each in data:
        try:
            if each["ignored"]:
                continue
            place = next(one for one in each["locations"] if one["symbolic"]["kind"] == "Primary")
            path = Path(place["symbolic"]["key"]["Local"]["verbatim_path"]).resolve().relative_to(root).as_posix()
            flaw = Flaw(
                rule=str(each["ident"])[:60],
                line=int(place["concrete"]["location"]["start_point"]["row"]) + 1,
                what=on_one_line(str(place["symbolic"]["annotation"]))[:200],
                severity=str(each["determinations"]["severity"]).lower(),
                confidence=str(each["determinations"]["confidence"]).lower(),
            )
        except (KeyError, TypeError, ValueError, StopIteration):
            continue
        made.setdefault(path, []).append(flaw)
    return made
