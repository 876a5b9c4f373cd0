"""GitLab's pipelines: local includes, ``extends``, ``!reference`` and the platform's own templates, whose names are steps."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ostiary.evidence.pipeline import Pipeline, Step
from ostiary.parts.pipelines.following import joined
from ostiary.parts.pipelines.reading import MOST_STEPS, Files, Frame, first_line, parsed, told, words
from ostiary.parts.yaml_places import Node

PATHS: Final = (".gitlab-ci.yml", ".gitlab-ci.yaml")
_NO_JOBS: Final = frozenset(
    {"image", "services", "stages", "types", "before_script", "after_script", "variables", "cache", "include", "default", "workflow", "spec", "pages:deploy"}
)  # fmt: skip
_MOST_FILES: Final = 60
_DEEPEST: Final = 8
_DISABLED: Final = re.compile(r"(?P<what>[A-Z_]+)_DISABLED")
_SWITCHES: Final = {  # a word of a template's name -> the variable that switches its job off
    "sast": "SAST", "dependency-scanning": "DEPENDENCY_SCANNING", "secret-detection": "SECRET_DETECTION", "dast": "DAST", "container-scanning": "CONTAINER_SCANNING", "code-quality": "CODE_QUALITY",
}  # fmt: skip


@dataclass(slots=True)
class _Whole:
    files: Files
    members: dict[str, tuple[Node, str]] = field(default_factory=dict)  # name -> value and the file it stands in
    texts: dict[str, str] = field(default_factory=dict)
    platform: list[tuple[str, str, int]] = field(default_factory=list)  # templates and components: name, file, line
    elsewhere: list[str] = field(default_factory=list)


def read(path: str, text: str, files: Files) -> Pipeline:
    """The pipeline that a file and what it includes make."""
    whole = _Whole(files)
    broken = _take(path, text, whole, 0)
    if broken and not whole.members:
        return Pipeline(file=path, system="gitlab", broken=broken)
    off = _switched_off(whole)
    steps: list[Step] = []
    for name, file, line in whole.platform:
        if not any(fnmatch.fnmatch(name.lower(), f"*{word}*") and switch in off for word, switch in _SWITCHES.items()):
            steps += Frame(file=file, files=files, job="include").uses(name, line)
    for name, (node, file) in whole.members.items():
        if name not in _NO_JOBS and not name.startswith(".") and node.members:
            steps += _job(name, node, file, whole)
        if len(steps) > MOST_STEPS:
            break
    return Pipeline(
        file=path,
        system="gitlab",
        triggers=_triggers(whole),
        steps=tuple(steps[:MOST_STEPS]),
        elsewhere=tuple(dict.fromkeys(whole.elsewhere)),
        broken=broken,
    )


def _take(path: str, text: str, whole: _Whole, depth: int) -> str:
    node, broken = parsed(text)
    if node is None or path in whole.texts or len(whole.texts) > _MOST_FILES or depth > _DEEPEST:
        return broken
    whole.texts[path] = text
    include = node.members.get("include")
    if include is not None:
        for each in include.items or [include]:
            _include(each, path, whole, depth)
    for name, value in node.members.items():
        whole.members[name] = (value, path)
    return ""


def _include(node: Node, path: str, whole: _Whole, depth: int) -> None:
    local = str(node.data) if isinstance(node.data, str) else told(node, "local")
    if local.startswith(("http://", "https://")) or "$" in local:
        whole.elsewhere.append(local)
    elif local:
        pattern = joined("", local)
        found = [each for each in whole.files.paths if fnmatch.fnmatch(each, pattern)] if "*" in pattern else [pattern]
        for each in found[:_MOST_FILES]:
            text = whole.files.read(each)
            if text is None:
                whole.elsewhere.append(local)
            else:
                _take(each, text, whole, depth + 1)
    if told(node, "template"):
        whole.platform.append((f"template:{told(node, 'template')}", path, node.line))
    if told(node, "component"):
        whole.platform.append((f"component:{told(node, 'component')}", path, node.line))
    for key in ("project", "remote"):
        if told(node, key):
            whole.elsewhere.append(f"{told(node, key)} {' '.join(words(node.members.get('file')))}".strip())


def _switched_off(whole: _Whole) -> set[str]:
    node = whole.members.get("variables", (None, ""))[0]
    found = set()
    for name in getattr(node, "members", {}):
        match = _DISABLED.fullmatch(name)
        if match and told(node, name).lower() in {"true", "1"}:
            found.add(match["what"])
    return found


def _resolved(node: Node, file: str, whole: _Whole, depth: int = 0) -> dict[str, tuple[Node, str]]:
    """A job's members with those of what it extends; later ones win."""
    found: dict[str, tuple[Node, str]] = {}
    for name in words(node.members.get("extends")) if depth < _DEEPEST else ():
        base = whole.members.get(name)
        if base is not None:
            found |= _resolved(*base, whole, depth + 1)
        else:
            whole.elsewhere.append(name)
    return found | {key: (value, file) for key, value in node.members.items()}


def _job(name: str, node: Node, file: str, whole: _Whole) -> Iterator[Step]:
    parts = _resolved(node, file, whole)
    if "script" not in parts and "trigger" not in parts and "run" not in parts:
        return
    rules = getattr(parts.get("rules", (None, ""))[0], "items", ())
    if _never(parts, rules):
        return
    default = whole.members.get("default", (None, ""))[0]
    frame = Frame(
        file=file,
        files=whole.files,
        job=name,
        stage=_said(parts, "stage") or "test",
        image=_image(
            parts.get("image", (None, ""))[0]
            or getattr(default, "members", {}).get("image")
            or whole.members.get("image", (None, ""))[0]
        ),
        may_fail=_tolerated(parts),
        condition=_condition(parts, rules),
    )
    if "trigger" in parts:
        whole.elsewhere.append(f"the pipeline that {name} triggers")
    for key in ("before_script", "script", "after_script"):
        where = parts.get(key) or whole.members.get(key)
        if where is None and default is not None and key in default.members:
            where = (default.members[key], whole.members["default"][1])
        if where is not None:
            yield from _scripts(where[0], where[1], frame, whole, tolerated=key == "after_script")


def _said(parts: Mapping[str, tuple[Node, str]], key: str) -> str:
    data = parts[key][0].data if key in parts else ""
    return data if isinstance(data, str) else ""


def _image(node: Node | None) -> str:
    if node is None:
        return ""
    return node.data if isinstance(node.data, str) else told(node, "name")


def _tolerated(parts: Mapping[str, tuple[Node, str]]) -> bool:
    given = parts.get("allow_failure")
    if given is None:
        return False
    return given[0].data is True or bool(given[0].members)


def _never(parts: Mapping[str, tuple[Node, str]], rules: Any) -> bool:
    if _said(parts, "when") == "never":
        return True
    return bool(rules) and all(told(each, "when") == "never" for each in rules)


def _condition(parts: Mapping[str, tuple[Node, str]], rules: Any) -> str:
    found = [told(each, "if") or "always" for each in rules if told(each, "when") != "never"]
    only = parts.get("only")
    found += [" ".join(words(only[0]) or words(only[0].members.get("refs")))] if only else []
    when = _said(parts, "when") or (told(rules[-1], "when") if len(found) == 1 and rules else "")
    return " || ".join(each for each in found if each) + (" when manual" if when == "manual" else "")


def _scripts(node: Node, file: str, frame: Frame, whole: _Whole, *, tolerated: bool, depth: int = 0) -> Iterator[Step]:
    if node.tag == "!reference" and depth < _DEEPEST:
        path = [str(each.data) for each in node.items]
        base = whole.members.get(path[0]) if path else None
        target = _resolved(*base, whole).get(path[1]) if base is not None and len(path) > 1 else None
        if target is None:
            whole.elsewhere.append(" ".join(path))
        else:
            yield from _scripts(*target, frame, whole, tolerated=tolerated, depth=depth + 1)
        return
    if node.items:
        for each in node.items:
            yield from _scripts(each, file, frame, whole, tolerated=tolerated, depth=depth + 1)
    elif isinstance(node.data, str):
        inner = frame.within(file=file, may_fail=tolerated)
        yield from inner.script(node.data, first_line(node, whole.texts.get(file, "")))


def _triggers(whole: _Whole) -> tuple[str, ...]:
    """Pipelines run on pushes unless their rules say otherwise; what else starts them is named in their rules."""
    said = " ".join(
        str(node.data) for name, (node, _) in whole.members.items() if name not in {"variables", "include"}
    )[:500_000]
    found = ["push"]
    found += ["pull_request"] if "merge_request" in said else []
    found += ["schedule"] if re.search(r"[\"']schedules?[\"']", said) else []
    return tuple(found)
