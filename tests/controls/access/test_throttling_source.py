"""A limiter counts for as much of an application as it stands before, and none is held against nobody."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.tree import Tree
from ostiary.controls.access.throttling.source import audit_source
from ostiary.model import Finding, Outcome

EXPRESS = """
const express = require("express");
const rateLimit = require("express-rate-limit");
const app = express();
const limiter = rateLimit({ windowMs: 60000, limit: 100 });
USE
app.get("/orders", (req, res) => res.json([]));
app.post("/login", (req, res) => res.json({}));
"""
FLASK = """
from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
app = Flask(__name__)
limiter = Limiter(get_remote_address, app=appARGUMENT)
@app.get("/orders")
def orders():
    return []
"""


def told(folder: Path, name: str, source: str) -> Finding:
    (folder / name).write_text(source, encoding="utf-8")
    return asyncio.run(audit_source(Tree("it", Folder(folder), root=folder)))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("app.js", EXPRESS.replace("USE", "app.use(limiter);")),
        ("app.py", FLASK.replace("ARGUMENT", ', default_limits=["60 per minute"]')),
        (
            "settings.py",
            'REST_FRAMEWORK = {"DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"]}\n',
        ),
    ],
)
def test_a_limiter_before_everything_holds(tmp_path: Path, name: str, source: str) -> None:
    found = told(tmp_path, name, source)
    assert found.outcome is Outcome.PASS
    assert found.evidence


@pytest.mark.parametrize(
    ("name", "source"),
    [("app.js", EXPRESS.replace("USE", 'app.use("/login", limiter);')), ("app.py", FLASK.replace("ARGUMENT", ""))],
)
def test_of_a_limiter_before_some_operations_the_others_are_not_told(tmp_path: Path, name: str, source: str) -> None:
    found = told(tmp_path, name, source)
    assert found.outcome is Outcome.UNKNOWN
    assert "what limits the others" in found.why


def test_without_a_limiter_one_may_stand_in_front(tmp_path: Path) -> None:
    found = told(
        tmp_path, "app.py", "from flask import Flask\napp = Flask(__name__)\n@app.get('/a')\ndef a():\n    return ''\n"
    )
    assert found.outcome is Outcome.UNKNOWN
    assert "may stand in front" in found.why


def test_without_operations_nothing_is_said_either(tmp_path: Path) -> None:
    assert told(tmp_path, "app.py", "x = 1\n").outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("rule", "outcome"), [("req.ip", Outcome.PASS), ('req.ip if req.path == "/login"', Outcome.UNKNOWN)]
)
def test_a_limiter_of_one_path_is_not_one_of_all(tmp_path: Path, rule: str, outcome: Outcome) -> None:
    source = f'Rack::Attack.throttle("by address", limit: 5, period: 60) do |req|\n  {rule}\nend\n'
    assert told(tmp_path, "rack_attack.rb", source).outcome is outcome
