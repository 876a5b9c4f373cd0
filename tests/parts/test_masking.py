"""A shown line keeps its sense and loses its secrets."""

from __future__ import annotations

import pytest

from ostiary.parts.masking import masked


@pytest.mark.parametrize(
    ("line", "path", "secret"),
    [
        ("DB_PASSWORD=Zx81kqLm!7", ".env", "Zx81kqLm!7"),
        ('password = "Zx81kqLm!7"', "app.py", "Zx81kqLm!7"),
        ("  password: Zx81kqLm!7", "values.yaml", "Zx81kqLm!7"),
        ("url = postgres://app:Zx81kqLm@db/app", "app.ini", "Zx81kqLm"),
        ("ENV MAIL_TOKEN b7e2c1d09f8a4b3c8d7e6f5a", "Dockerfile", "b7e2c1d09f8a4b3c8d7e6f5a"),
        ("x = b7e2c1d09f8a4b3c8d7e6f5a1c2d", "notes.md", "b7e2c1d09f8a4b3c8d7e6f5a1c2d"),
    ],
)
def test_a_secret_is_cut(line: str, path: str, secret: str) -> None:
    shown = masked(line, path)
    assert secret not in shown
    assert "***" in shown
    assert shown[:3] == line[:3]


@pytest.mark.parametrize(
    "line", ["password = request.form['password']", "listen 443 ssl;", 'token = os.environ["TOKEN"]', "key: ${KEY}"]
)
def test_a_line_without_one_stays_as_it_is(line: str) -> None:
    assert masked(line, "app.py") == line
