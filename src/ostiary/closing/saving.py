"""A policy goes into a file beside a copy of the document that it names, with the base path where the API really is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from ostiary.audit.result import Report
from ostiary.closing import policy
from ostiary.closing.policy import Draft
from ostiary.errors import ConfigError
from ostiary.model import Api
from ostiary.parts import openapi


def save(
    report: Report, *, upstream: str, file: Path, environ: Mapping[str, str], more: Sequence[Report] = ()
) -> tuple[Draft, Api | None]:
    """Write the policy that closes what a report found, and the document as the policy has it read.

    Neither is written where the draft switches nothing on: nothing was found that a policy could close.

    :param more: reports of later audits, through the policy as it was.
    :param environ: where secrets may be found by name.
    :raises ConfigError: when a file cannot be written.
    """
    known = report.known.api
    document = _document(known, file) if known is not None and known.document else None
    served = openapi.read(str(document)) if document is not None else None
    name = document.name if document is not None else ""
    draft = policy.write(report, upstream=upstream, document=name, api=served, environ=environ, more=more)
    if draft.only:
        _save(file, draft.text())
    elif document is not None:
        document.unlink(missing_ok=True)  # it was only needed to see that nothing is to be written
    return draft, served


def _document(api: Api, policy_file: Path) -> Path:
    """Write the document beside the policy, with the base path under which the API really answers.

    :raises ConfigError: when it cannot be written.
    """
    plain = {**api.document, **_servers(api)}
    path = policy_file.with_name(f"{policy_file.stem}.api.json")
    _save(path, json.dumps(plain, indent=1, default=str) + "\n")
    return path


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(str(path), f"cannot be written: {error.strerror or error}") from error


def _servers(api: Api) -> dict[str, object]:
    for each in api.operations:
        parts = each.pointer.split("/")
        raw = parts[2].replace("~1", "/").replace("~0", "~") if len(parts) > 2 else ""  # noqa: PLR2004 - /paths/<path>/<method>
        if raw and each.path.endswith(raw):
            base = each.path.removesuffix(raw).rstrip("/")
            return {"basePath": base or "/"} if api.dialect == "2.0" else {"servers": [{"url": base or "/"}]}
    return {}
