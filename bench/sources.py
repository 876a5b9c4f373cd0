"""What an audit of source costs and finds beside other scanners, on labelled samples and on code that is sound.

The samples are the Python twins of the tests: lines that must be found are marked, and sound twins hold what is easily
mistaken for a fault. They are this project's own, and its tests keep it to them: the figures of code that nobody wrote for
it are in docs/guide/noise.md. A tool is credited with a marked line whatever it says of it. A sound twin is sound in what it
is the twin of, so that not all that is said of it is false, by whichever tool.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HERE = Path(__file__).parent
ROOT = HERE.parent
PEERS = ROOT / ".venv-peers" / "source"
TWINS = ROOT / "tests" / "twins"
MARK: Final = re.compile(r"\bBAD\b")
SOUND: Final = ("fastapi", "flask", "starlette", "httpx", "jinja2", "click", "anyio", "werkzeug", "pydantic", "uvicorn")
CODE: Final = ("auth", "jwt", "oauth", "access", "input", "processing", "output", "account", "userdata", "beyond")
LIBRARIES: Final = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/bin")
LEAST_LINES = 25_000  # a second and core, Python rules
LEAST_BYTES = 1_000_000  # a second, secrets
LEAST_FILES = 1_000  # a second, headers of programs
MOST_FOUND = 30  # in 100,000 lines of sound code
_MOST_FILES = 2_000
_SECONDS = 600.0

Hits = set[tuple[str, int]]  # a path from the root, and a line


@dataclass(frozen=True)
class Samples:
    """A folder of labelled files: the places that must be found, and the files in which nothing is wrong."""

    folder: Path
    marked: frozenset[tuple[str, int]]
    sound: frozenset[str]


def install() -> None:
    """Install the peers from PyPI into a folder of their own."""
    if (PEERS / ".ready").exists():
        return
    print(f"installing bandit, detect-secrets and ruff into {PEERS} ...", flush=True)
    venv.create(PEERS, with_pip=True, clear=True)
    pip = [str(PEERS / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(HERE / "source.txt")], check=True, timeout=900)
    (PEERS / ".ready").touch()


def measure() -> dict[str, Any]:
    """Every tool on the samples and on sound code, and what the parts of the audit bear."""
    with tempfile.TemporaryDirectory(prefix="ostiary-bench-") as folder:
        samples = labelled(Path(folder) / "twins", TWINS)
        quiet = Path(folder) / "quiet"
        lines = _sound_code(quiet)
        rows = [_measured(name, tool, samples, quiet, lines) for name, tool in TOOLS.items() if _is_here(name)]
        return {
            "rows": rows,
            "marked": len(samples.marked),
            "sound twins": len(samples.sound),
            "sound lines": lines,
            "rates": _rates(quiet),
        }


def labelled(folder: Path, twins: Path) -> Samples:
    """Copy the Python samples to where no folder's name says what they are, and read their marks."""
    marked, sound = set(), set()
    for number, source in enumerate(sorted(twins.glob("*/*.py"))):
        kind = "bad" if source.name.startswith("bad") else "good"
        path = f"app{number}/{source.name.replace(kind, 'views')}"
        text = source.read_text(encoding="utf-8")
        (folder / path).parent.mkdir(parents=True)
        lines = text.split("\n")
        if kind == "bad":
            marked |= {(path, at) for at, line in enumerate(lines, 1) if MARK.search(line)}
        else:
            sound.add(path)
        (folder / path).write_text("\n".join(MARK.sub("", line) for line in lines), encoding="utf-8")
    return Samples(folder, frozenset(marked), frozenset(sound))


def _sound_code(folder: Path) -> int:
    """Copy well-kept libraries that are installed here out of site-packages; how many lines they have."""
    count = 0
    for name in SOUND:
        source = _installed(name)
        if source is not None:
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.so", "test*"))
    for file in folder.rglob("*.py"):
        count += file.read_bytes().count(b"\n")
    return count


def _installed(name: str) -> Path | None:
    return next((Path(each) / name for each in sys.path if (Path(each) / name / "__init__.py").exists()), None)


def _measured(name: str, tool: Callable[[Path], Hits], samples: Samples, quiet: Path, lines: int) -> dict[str, Any]:
    print(f"  {name} ...", flush=True)
    hits, seconds = _timed(tool, samples.folder)
    noise, quiet_seconds = _timed(tool, quiet)
    return {
        "tool": name,
        "twins seconds": seconds,
        **counted(hits, samples),
        "quiet seconds": quiet_seconds,
        "quiet hits": len(noise),
        "quiet per 100k": len(noise) / max(lines, 1) * 100_000,
    }


def counted(hits: Hits, samples: Samples) -> dict[str, int]:
    """How many marked lines a tool named, and of how many lines of sound twins it said something."""
    return {"found": len(hits & samples.marked), "said of sound": sum(path in samples.sound for path, _ in hits)}


def _timed(tool: Callable[[Path], Hits], folder: Path) -> tuple[Hits, float]:
    start = time.monotonic()
    hits = tool(folder)
    return hits, time.monotonic() - start


def ostiary(folder: Path) -> Hits:
    """`ostiary audit` of the sections that read code."""
    report = json.loads(
        _said([sys.executable, "-m", "ostiary", "audit", ".", "-q", "--format", "json", *_only()], folder)
    )
    places = [
        place
        for control in report["controls"]
        for kind in control.get("kinds", ())
        if kind["outcome"] == "FAIL"
        for place in kind["places"]
    ]
    return {(path, int(line)) for path, _, line in (each.rpartition(":") for each in places) if line.isdigit()}


def _only() -> Iterator[str]:
    for section in CODE:
        yield from ("--only", section)


def bandit(folder: Path) -> Hits:
    """All its tests."""
    told = json.loads(_said([_peer("bandit"), "-r", ".", "-f", "json", "-q"], folder))
    return {(_relative(each["filename"]), each["line_number"]) for each in told["results"]}


def bandit_sure(folder: Path) -> Hits:
    """What it is sure of: severity and confidence high."""
    told = json.loads(_said([_peer("bandit"), "-r", ".", "-f", "json", "-q", "-lll", "-iii"], folder))
    return {(_relative(each["filename"]), each["line_number"]) for each in told["results"]}


def ruff(folder: Path) -> Hits:
    """Its rules of security (S)."""
    command = [_peer("ruff"), "check", ".", "--select", "S", "--isolated", "--no-cache", "--output-format", "json"]
    root = folder.resolve()
    return {
        (Path(each["filename"]).resolve().relative_to(root).as_posix(), each["location"]["row"])
        for each in json.loads(_said(command, folder))
    }


def detect_secrets(folder: Path) -> Hits:
    """All its detectors; it looks for credentials alone."""
    told = json.loads(_said([_peer("detect-secrets"), "scan", "--all-files", "."], folder))
    return {(_relative(path), each["line_number"]) for path, found in told["results"].items() for each in found}


TOOLS: Final[Mapping[str, Callable[[Path], Hits]]] = {
    "ostiary audit": ostiary,
    "bandit": bandit,
    "bandit, high severity and confidence": bandit_sure,
    "ruff S": ruff,
    "detect-secrets": detect_secrets,
}


def _is_here(name: str) -> bool:
    return name == "ostiary audit" or (PEERS / ".ready").exists()


def _peer(name: str) -> str:
    return str(PEERS / "bin" / name)


def _relative(path: str) -> str:
    return path.removeprefix("./")


def _said(command: list[str], folder: Path) -> str:
    """What a tool writes; all of these exit with 1 when they found something."""
    env = os.environ | {"PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False, env=env)
    if done.returncode not in {0, 1}:
        raise RuntimeError(f"{Path(command[0]).name}: {done.stderr.strip()[-300:]}")
    return done.stdout


def _rates(quiet: Path) -> dict[str, float]:
    """Lines, bytes and files a second of CPU: the Python reader with its rules, the search for secrets, headers of programs."""
    import asyncio  # noqa: PLC0415 - as below

    from ostiary import catalogue  # noqa: PLC0415 - the subject is imported where it is measured
    from ostiary.audit.answering import answered  # noqa: PLC0415
    from ostiary.audit.gather.trees.folder import Folder  # noqa: PLC0415
    from ostiary.audit.gather.trees.readers import Settings  # noqa: PLC0415
    from ostiary.audit.gather.trees.tree import Tree  # noqa: PLC0415
    from ostiary.model import Kind  # noqa: PLC0415

    tree = Tree("quiet", Folder(quiet), root=quiet, settings=Settings(history=False))
    checks = [catalogue.control(each).audits.get(Kind.SOURCE) for each in catalogue.ids() if each.split(".")[0] in CODE]
    start = time.process_time()
    searched = tree.secrets()
    secrets = time.process_time() - start
    start = time.process_time()
    for check in checks:
        if check is not None:
            asyncio.run(answered(check, tree))
    code = time.process_time() - start
    files, headers = _headers()
    found = {"lines": tree.code.lines() / code, "bytes": searched.bytes / secrets, "files": files / headers}
    tree.close()
    return found


def _headers() -> tuple[int, float]:
    """How many programs and libraries of this machine were read, and how long it took."""
    from ostiary.parts import elf  # noqa: PLC0415 - as above

    paths = [each for folder in LIBRARIES if Path(folder).is_dir() for each in Path(folder).iterdir() if each.is_file()]
    count, start = 0, time.process_time()
    for path in paths[:_MOST_FILES]:
        try:
            with path.open("rb") as file:
                count += elf.of(file.read(65_536)) is not None
        except OSError:
            continue
    return count, max(time.process_time() - start, 1e-9)


def kept(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was promised, as times that must not be exceeded."""
    rates = found["rates"]
    ours = found["rows"][0]
    return [
        {"what": "Audit of source: Python, us of CPU a line", "at_most": 1e6 / LEAST_LINES, "measured": 1e6 / rates["lines"]},
        {"what": "Audit of source: secrets, s of CPU a MB", "at_most": 1e6 / LEAST_BYTES, "measured": 1e6 / rates["bytes"]},
        {"what": "Audit of source: ELF headers, ms of CPU a file", "at_most": 1e3 / LEAST_FILES, "measured": 1e3 / rates["files"]},
        {"what": "Audit of source: findings in 100,000 lines of sound code", "at_most": MOST_FOUND, "measured": ours["quiet per 100k"]},
    ]  # fmt: skip


def table(found: Mapping[str, Any]) -> list[str]:
    """The comparison, for people; times also as ratios, since all ran on one machine."""
    ours, rates = found["rows"][0], found["rates"]
    about = (
        f"{found['marked']} marked lines and {found['sound twins']} sound files of Python (this project's own samples), and"
        f" {found['sound lines']:,} lines of installed libraries. Wall seconds, each tool started anew."
    )
    speed = (
        f"One core: {rates['lines']:,.0f} lines of Python a second with every rule, {rates['bytes'] / 1e6:.1f} MB a second of"
        f" secrets, {rates['files']:,.0f} ELF headers a second."
    )
    lines = [
        about,
        "",
        "| tool | marked lines found | lines of sound twins named | s | libraries: lines named | per 100k | s | times ours |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in found["rows"]:
        share = row["found"] / max(found["marked"], 1)
        times = row["quiet seconds"] / max(ours["quiet seconds"], 1e-9)
        lines.append(
            f"| {row['tool']} | {row['found']} ({share:.0%}) | {row['said of sound']} | {row['twins seconds']:.1f} |"
            f" {row['quiet hits']} | {row['quiet per 100k']:.1f} | {row['quiet seconds']:.1f} | {times:.2f} |"
        )
    return [*lines, "", speed]
