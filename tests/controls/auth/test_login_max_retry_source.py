"""Source tells whether attempts to sign in are counted by account; limits by address alone decide nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.tree import Tree
from ostiary.controls.auth.login_max_retry.source import audit_source
from ostiary.model import Outcome

DOOR = "from flask import Flask\napp = Flask(__name__)\n"
APPS = "INSTALLED_APPS = ['django.contrib.auth', 'axes']\n"


@pytest.mark.parametrize(
    ("text", "outcome", "why"),
    [
        (APPS + "AXES_LOCKOUT_PARAMETERS = ['username']\n", Outcome.PASS, "by account"),
        (DOOR + "@app.post('/login')\ndef login(): ...\n", Outcome.UNKNOWN, "nothing in the code counts"),
        (DOOR + "@app.post('/login')\n@limiter.limit('5/minute')\ndef login(): ...\n", Outcome.UNKNOWN, "is limited"),
        (
            DOOR + "@app.post('/login')\ndef login():\n    user.failed_login_count = 1\n",
            Outcome.UNKNOWN,
            "seem to be counted",
        ),
        (APPS + DOOR + "@app.post('/login')\ndef login(): ...\n", Outcome.UNKNOWN, "nothing in the code counts"),
        (
            DOOR + "@app.get('/orders')\ndef orders(): ...\n",
            Outcome.NOT_APPLICABLE,
            "no operation that signs people in",
        ),
    ],
)
def test_what_counts_attempts(tmp_path: Path, text: str, outcome: Outcome, why: str) -> None:
    (tmp_path / "app.py").write_text(text, encoding="utf-8")
    finding = asyncio.run(audit_source(Tree("it", Folder(tmp_path), root=tmp_path)))
    assert finding.outcome is outcome
    assert why in finding.why
