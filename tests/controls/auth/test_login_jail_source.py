"""Locks that end by themselves pass, those that do not fail, and none at all proves nothing: a gateway may keep one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.tree import Tree
from ostiary.controls.auth.login_jail.source import audit_source
from ostiary.model import Outcome

DOOR = "from flask import Flask\napp = Flask(__name__)\n@app.post('/login')\ndef login(): ...\n"
APPS = "INSTALLED_APPS = ['django.contrib.auth', 'axes']\n"
JAIL = "[api]\nfilter = api\nmaxretry = 5\nbantime = 600\n"


@pytest.mark.parametrize(
    ("name", "text", "outcome", "why"),
    [
        ("app.py", APPS + "AXES_COOLOFF_TIME = 1\n", Outcome.PASS, "ends by itself"),
        ("app.py", APPS, Outcome.FAIL, "no term"),
        ("app.py", DOOR, Outcome.UNKNOWN, "no lock after failed sign-ins"),
        ("app.py", "def add(a, b):\n    return a + b\n", Outcome.NOT_APPLICABLE, "no operation that signs people in"),
        ("deploy/fail2ban/jail.local", JAIL, Outcome.PASS, "ends by itself"),
        ("deploy/fail2ban/jail.local", JAIL.replace("600", "-1"), Outcome.NOT_APPLICABLE, "no operation"),
    ],
)
def test_what_locks_people_out(tmp_path: Path, name: str, text: str, outcome: Outcome, why: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    finding = asyncio.run(audit_source(Tree("it", Folder(tmp_path), root=tmp_path)))
    assert finding.outcome is outcome
    assert why in finding.why
