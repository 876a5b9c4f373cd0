"""Measure Ostiary beside its peers on this machine; ratios within one run are what counts.

    .venv/bin/python bench/run.py            about ten minutes
    .venv/bin/python bench/run.py --quick    about three
    .venv/bin/python bench/run.py --only inprocess --only gateway --only compile
    .venv/bin/python bench/run.py identity   sign-ins beside bcrypt, tokens beside oidc-provider: about five minutes (accounts.py)
    .venv/bin/python bench/run.py audit      the audit beside other scanners: about a quarter of an hour (audits.py)
    .venv/bin/python bench/run.py source     the audit of source beside other scanners: about two minutes (sources.py)

Writes bench/results.json and bench/results.md. The peers are installed, pinned, into .venv-bench the first time; those of
the audits into .venv-peers when they are asked for by name, and without them these are left out of everything else.
"""

# ruff: noqa: PLC0415 - a part imports only what it needs

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
PEERS = ROOT / ".venv-bench"
PARTS = ("inprocess", "full", "replies", "stores", "gateway", "compile", "identity", "audit", "source")
AUDIT_SECONDS = 90.0  # for each tool and target
QUICK_AUDIT_SECONDS = 20.0

sys.path.insert(0, str(HERE))


def peers() -> Path:
    """The interpreter that has the peers; made once per content of requirements.txt."""
    python = PEERS / "bin" / "python"
    wanted = hashlib.sha256((HERE / "requirements.txt").read_bytes()).hexdigest()
    stamp = PEERS / ".installed"
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    print("installing the peers into .venv-bench ...", flush=True)
    venv.create(PEERS, with_pip=True, clear=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, "-r", str(HERE / "requirements.txt")], check=True, timeout=600)
    stamp.write_text(wanted)
    return python


def main() -> int:
    """Run the chosen parts and write the results; 1 when a part could not be measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"as --only: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: under three minutes")
    parser.add_argument("--only", action="append", choices=PARTS, help="measure this part only; may be given again")
    parser.add_argument("--python", type=Path, help="an interpreter that has bench/requirements.txt already")
    args = parser.parse_args()
    if unknown := set(args.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    chosen = [*args.parts, *(args.only or ())]
    start = time.monotonic()
    parts = chosen or _usual()
    python = args.python or (Path(sys.executable) if set(parts) <= {"audit", "source", "identity"} else peers())
    results: dict[str, Any] = {"machine": _machine(), "quick": args.quick}
    sections: list[str] = []
    targets: list[dict[str, Any]] = []
    code = 0
    for part in parts:
        print(f"{part} ...", flush=True)
        try:
            lines = _part(part, python, results, targets, quick=args.quick)
        except Exception as error:  # one part that cannot run here does not take the others with it
            print(f"  {part}: {error}", file=sys.stderr)
            results[part] = {"error": str(error)}
            lines = [f"Not measured: {error}"]
            code = 1
        sections += [f"## {_TITLES[part]}", "", *lines, ""]
    results["seconds"] = round(time.monotonic() - start, 1)
    results["targets"] = targets
    (HERE / "results.json").write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    text = "\n".join(_page(results, targets, sections))
    (HERE / "results.md").write_text(text)
    print(text)
    return code


_TITLES = {
    "inprocess": "In-process: CPU microseconds per request, least (median) of the rounds",
    "gateway": "Gateway: CPU microseconds per request of the proxy, and requests per second",
    "full": "Everything on: a token, limits by source and identity, a quota, places, ownership by reply, the reply filter",
    "replies": "The reply filter, by size",
    "stores": "Stores: what each verb costs",
    "compile": "Compiling a large document",
    "identity": "Identity: sign-ins beside bcrypt alone, tokens beside node's oidc-provider",
    "audit": "The audit beside other scanners",
    "source": "The audit of source beside other scanners",
}


def _usual() -> list[str]:
    """What is measured where nobody says what: all, and the audit where its peers are."""
    import scanners
    import sources

    out = set()
    if {"schemathesis", "wapiti"} & scanners.absent().keys():
        out.add("audit")
    if not (sources.PEERS / ".ready").exists():
        out.add("source")
    for each in sorted(out):
        print(
            f"LEFT OUT: {each}, as its peers are not installed (python bench/run.py {each} installs them)", flush=True
        )
    return [each for each in PARTS if each not in out]


def _part(part: str, python: Path, results: dict[str, Any], targets: list[dict[str, Any]], *, quick: bool) -> list[str]:
    if part == "inprocess":
        import inprocess

        rounds, seconds, most = (5, 0.05, 25) if quick else (9, 0.1, 120)
        found = inprocess.measure(python, rounds=rounds, seconds=seconds, quick=quick, most_seconds=most)
        targets += inprocess.targets(found)
        lines = inprocess.table(found)
    elif part == "gateway":
        import gateway

        found = gateway.measure(python, rounds=1 if quick else 3, quick=quick, most_seconds=100)
        targets += gateway.targets(found)
        lines = gateway.table(found)
    elif part == "full":
        import full

        rounds, seconds, most = (5, 0.05, 25) if quick else (9, 0.1, 90)
        found = full.measure(python, rounds=rounds, seconds=seconds, most_seconds=most)
        targets += full.targets(found)
        lines = full.table(found)
    elif part in {"replies", "stores"}:
        found, lines = _script(part, python if part == "replies" else Path(sys.executable))
        if part == "stores":
            targets += _leased(found)
    elif part == "identity":
        import accounts

        found = accounts.measure(quick=quick)
        targets += accounts.targets(found)
        lines = accounts.table(found)
    elif part == "audit":
        import audits
        import scanners

        scanners.install()
        found = audits.measure(most_seconds=QUICK_AUDIT_SECONDS if quick else AUDIT_SECONDS)
        targets += audits.kept(found)
        lines = audits.table(found)
    elif part == "source":
        import sources

        sources.install()
        found = sources.measure()
        targets += sources.kept(found)
        lines = sources.table(found)
    else:
        found, lines = _compile(python)
    results[part] = found
    return lines


def _script(part: str, python: Path) -> tuple[dict[str, Any], list[str]]:
    """A part that is a script of its own: what it says, as JSON and as a table."""
    import inprocess

    done = subprocess.run(
        [str(python), str(HERE / f"{part}.py"), "--json"],
        capture_output=True, text=True, timeout=240, env=inprocess.environment(), check=True,
    )  # fmt: skip
    rows = json.loads(done.stdout)
    if part == "replies":
        import replies

        return {"rows": rows}, replies.table(rows).splitlines()
    import stores

    return {"rows": rows}, stores.show(rows).splitlines()


def _leased(found: dict[str, Any]) -> list[dict[str, Any]]:
    row = found["rows"].get("redis", {}).get("counters.take, a hot key")
    what = "a throttle leased from Redis, us of CPU each"
    return [{"what": what, "at_most": 5.0, "measured": row["serial cpu"]}] if row else []


def _compile(python: Path) -> tuple[dict[str, Any], list[str]]:
    import inprocess

    with tempfile.TemporaryDirectory(prefix="ostiary-bench-") as folder:
        document = Path(folder) / "openapi.json"
        document.write_text(json.dumps(_large_document()))
        done = subprocess.run(
            [str(python), str(HERE / "openapi_compile.py"), str(document)],
            capture_output=True, text=True, timeout=120, env=inprocess.environment(), check=False,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "it failed")
    found = {name: value for name, value in json.loads(done.stdout).items() if name != "document"}
    lines = ["A made-up document of 900 operations, each with parameters and schemas of its own:", ""]
    return found, lines + [f"- {name}: {value}" for name, value in found.items()]


def _large_document() -> dict[str, Any]:
    """900 operations; no two have the same schema, so that nothing can be shared."""
    paths: dict[str, Any] = {}
    ok = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}
    for number in range(450):
        fields = {f"field{each}": {"type": "string", "maxLength": 50 + number + each} for each in range(12)}
        body = {"type": "object", "required": ["field0"], "properties": fields, "additionalProperties": False}
        name = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "maximum": 10**6 + number}}
        page = {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100 + number}}
        posted = {"required": True, "content": {"application/json": {"schema": body}}}
        paths[f"/things{number}/{{id}}"] = {
            "get": {"operationId": f"get{number}", "parameters": [name, page], "responses": ok},
            "post": {"operationId": f"post{number}", "parameters": [name], "requestBody": posted, "responses": ok},
        }
    info = {"title": "Large", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "servers": [{"url": "https://api.test"}], "paths": paths}


def _machine() -> dict[str, Any]:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in _read("/proc/cpuinfo").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "cpu": model, "cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform(),
        "load": os.getloadavg()[0], "commit": _commit(),
    }  # fmt: skip


def _commit() -> str:
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _page(results: dict[str, Any], targets: list[dict[str, Any]], sections: list[str]) -> list[str]:
    machine = results["machine"]
    page = [
        "# Benchmark",
        "",
        _about(machine, results["seconds"]),
        "",
    ]
    if targets:
        page += ["| target | at most | measured | |", "|---|---|---|---|"]
        page += [
            f"| {each['what']} | {each['at_most']:g} | {each['measured']:.2f} |"
            f" {'kept' if each['measured'] <= each['at_most'] else 'MISSED'} |"
            for each in targets
        ]
        page.append("")
    return page + sections


def _about(machine: dict[str, Any], seconds: float) -> str:
    return (
        f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}, load {machine['load']:.1f} at the start;"
        f" {seconds:.0f} s. Trust CPU time and the ratios of one run: absolute figures move with the machine."
    )


if __name__ == "__main__":
    raise SystemExit(main())
