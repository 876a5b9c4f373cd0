"""One control as the reader of a report needs it: page, place in the order, and settings with where each came from."""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ostiary import catalogue, config
from ostiary.cli.columns import columns, table, wrapped
from ostiary.cli.controls import status
from ostiary.cli.policy import DEFAULT_FILE, beside
from ostiary.errors import ConfigError
from ostiary.guard.order import REPLY, REQUEST
from ostiary.model import Operation
from ostiary.parts import openapi
from ostiary.strict import Secret, Strict, attribute, fields

MARGIN = 4  # indent, and the space between two columns


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary explain``."""
    parser.add_argument("id", metavar="ID", help="the control's id, such as access.hsts")
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"the policy whose settings are shown (default: {DEFAULT_FILE} where there is one)",
    )
    parser.add_argument("--operation", metavar='"METHOD /path"', help="show the settings of one operation")


def run(args: argparse.Namespace) -> int:
    """Print the page."""
    control_id = args.id.replace("_", "-")
    control = catalogue.control(control_id)
    policy = _policy(args.config)
    print("\n".join(_page(control_id)))
    print("\n".join(_place(control_id)))
    if control.settings is not None:
        print("\n".join(_settings(control_id, policy, _operation(args.operation, policy))))
    if control_id in policy.off:
        print("\n" + wrapped(f"Off in {policy.file}: {policy.off[control_id]}"))
    print("\n".join(_maps(control_id)))
    return 0


def _policy(path: Path | None) -> config.Config:
    if path is None:
        path = Path(DEFAULT_FILE)
        if not path.is_file():
            return config.Config()
    return config.read(path)


def _operation(key: str | None, policy: config.Config) -> Operation | None:
    if key is None:
        return None
    method, _, path = key.partition(" ")
    if not method.isupper() or not path.startswith("/"):
        raise ConfigError("--operation", 'expected "METHOD /path" as in the document')
    document = beside(policy)
    if document is None:
        return Operation(method=method, path=path)
    api = openapi.read(document)
    for each in api.operations:
        if each.key == key:
            return each
    hint = catalogue.did_you_mean(key, [each.key for each in api.operations])
    raise ConfigError(f"--operation {key}", "the document has no such operation", hint)


def _page(control_id: str) -> list[str]:
    page = catalogue.page(control_id)
    control = catalogue.control(control_id)
    lines = [
        wrapped(f"{control_id}  ({control.severity.value}, {control.strength}; {status(control_id)})"),
        "",
        wrapped(page.rule),
    ]
    for title, text in (("Why", page.why), ("Fix", page.fix)):
        if text:
            lines += ["", title, wrapped(text, indent=2)]
    closing, limit = control.closing
    lines += ["", "Gateway", wrapped(f"{closing.capitalize()}: {limit}." if limit else "Closes it.", indent=2)]
    if page.traps:
        lines += ["", "What is no fault"]
        lines += [wrapped(f"- {each}", indent=2, hang=2) for each in bullets(page.traps)]
    if control.attest:
        lines += ["", "What a person is asked", wrapped(control.attest, indent=2)]
    return lines


def bullets(text: str) -> list[str]:
    """The items of a reST list, each on one line."""
    items: list[str] = []
    for line in text.splitlines():
        if line.startswith("- ") or not items:
            items.append(line.removeprefix("- ").strip())
        elif line.strip():
            items[-1] += f" {line.strip()}"
    return [each for each in items if each]


def _place(control_id: str) -> list[str]:
    module = importlib.import_module(catalogue.module_name(control_id))
    file = Path(module.__file__ or "")
    shown = os.path.relpath(file) if file.is_relative_to(Path.cwd()) else str(file)
    control = catalogue.control(control_id)
    rows = [("File", shown)] if len(shown) + len("Request  ") <= columns() else []
    rows += [("Request", where)] if (where := _position(control_id, REQUEST)) else []
    rows += [("Again", where)] if (where := _position(f"{control_id}/caller", REQUEST)) else []
    rows += [("Reply", where)] if (where := _position(control_id, REPLY)) else []
    if control.enforced_by:
        rows.append(("Enforced by", control.enforced_by))
    elif control.guard is None:
        rows.append(("Order", "no guard half yet"))
    rows.append(("Probe", control.probe.value))
    return ["", *([] if rows[0][0] == "File" else ["File", f"  {shown}"]), table(rows)]


def _position(control_id: str, order: tuple[str, ...]) -> str:
    if control_id not in order:
        return ""
    at = order.index(control_id)
    before = f", after {order[at - 1].removesuffix('/caller')}" if at else ", first"
    return f"{at + 1} of {len(order)}{before}"


def _settings(control_id: str, policy: config.Config, operation: Operation | None) -> list[str]:
    resolved = config.resolve(policy, control_id, operation)
    rows = [
        (name, toml(getattr(resolved.settings, attribute(name))), f"# {origin}")
        for name, origin in resolved.origins.items()
    ]
    title = f"Settings  [{control_id}]" + (f" for {operation.key}" if operation else "")
    lines = [(f"{name} = {value}", origin) for name, value, origin in rows]
    widest = max((len(line) for line, _ in lines), default=0)
    if all(widest + len(origin) + MARGIN <= columns() for _, origin in lines):
        return ["", title, table(lines, indent=2)]
    return ["", title, *(wrapped(f"{line}  {origin}", indent=2, hang=4) for line, origin in lines)]


def toml(value: Any) -> str:  # noqa: C901 - a case for each kind of value
    """A setting's value as it is written in TOML; ``unset`` where there is none to write."""
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return str(value).lower()
    if type(value).__name__ == "Duration":
        return f'"{_in_units(float(value), _SPANS)}"'
    if type(value).__name__ == "Size":
        return f'"{_in_units(int(value), _SIZES)}"'
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if isinstance(value, Secret):
        return "{ ... }"  # where it came from is not known here, and what it is not told
    if isinstance(value, Strict):
        value = {name: getattr(value, attribute(name)) for name in fields(type(value))}
    if isinstance(value, dict):
        inside = ", ".join(f"{toml(str(key))} = {toml(each)}" for key, each in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, Iterable):
        shown = sorted(value) if isinstance(value, (set, frozenset)) else value
        return f"[{', '.join(toml(each) for each in shown)}]"
    return repr(value)


_SPANS = (("d", 86400.0), ("h", 3600.0), ("m", 60.0), ("s", 1.0), ("ms", 0.001))
_SIZES = (("GiB", 1024.0**3), ("MiB", 1024.0**2), ("KiB", 1024.0), ("B", 1.0))


def _in_units(value: float, units: tuple[tuple[str, float], ...]) -> str:
    for unit, factor in units:
        count = value / factor
        if count >= 1 and abs(count - round(count)) < 1e-9:  # noqa: PLR2004 - what division of floats may lose
            return f"{round(count)}{unit}"
    return f"{value:g}{units[-1][0] if value == 0 else 's'}"


def _maps(control_id: str) -> list[str]:
    maps = catalogue.control(control_id).maps
    rows = [
        ("OWASP API Top 10", ", ".join(maps.owasp_api)),
        ("ASVS 5.0.0", ", ".join(maps.asvs)),
        ("CWE", ", ".join(map(str, maps.cwe))),
        ("Standards", "; ".join(maps.standards)),
    ]
    lines = [wrapped(f"{name}: {text}", hang=2) for name, text in rows if text]
    return ["", *lines] if lines else []
