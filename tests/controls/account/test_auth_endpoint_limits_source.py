"""Every operation limited by account passes; a limit by address, or none, proves nothing of a gateway before it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.tree import Tree
from ostiary.controls.account.auth_endpoint_limits.source import audit_source
from ostiary.model import Outcome

APP = "from flask import Flask, request\napp = Flask(__name__)\n"
BY_ACCOUNT = "@limiter.limit('5/minute', key_func=lambda: request.form['username'])\n"


@pytest.mark.parametrize(
    ("text", "outcome", "why"),
    [
        (APP + "@app.post('/login')\n" + BY_ACCOUNT + "def login(): ...\n", Outcome.PASS, "limited by account"),
        (APP + "@app.post('/login')\n@limiter.limit('5/minute')\ndef login(): ...\n", Outcome.UNKNOWN, "by address"),
        (
            APP + "@app.post('/login')\n" + BY_ACCOUNT + "def login(): ...\n@app.post('/forgot')\ndef forgot(): ...\n",
            Outcome.UNKNOWN,
            "1 of 2 operations",
        ),
        (APP + "@app.get('/orders')\ndef orders(): ...\n", Outcome.NOT_APPLICABLE, "no operation"),
    ],
)
def test_what_is_limited_and_by_what(tmp_path: Path, text: str, outcome: Outcome, why: str) -> None:
    (tmp_path / "app.py").write_text(text, encoding="utf-8")
    finding = asyncio.run(audit_source(Tree("it", Folder(tmp_path), root=tmp_path)))
    assert finding.outcome is outcome
    assert why in finding.why
