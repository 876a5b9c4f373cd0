"""A script's commands are those that a shell would run; its texts, comments and tolerated failures are told apart."""

from __future__ import annotations

import time

import pytest

from ostiary.parts.pipelines.shell import commands


def ran(script: str) -> list[tuple[str, int, bool]]:
    return [(" ".join(each.argv), each.line, each.may_fail) for each in commands(script)]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("pytest -x && bandit -r 'my app'", [("pytest -x", 1, False), ("bandit -r my app", 1, False)]),
        ('A=1 B="x y" make \\\n  test\nnext', [("make test", 1, False), ("next", 3, False)]),
        ("# pytest\necho 'pytest'; printf pytest # bandit\n: pytest", []),
        ("cat <<EOF > x\npytest\nEOF\nruff", [("cat", 1, False), ("ruff", 4, False)]),
        ("python - <<-'END'\n\tbandit\n\tEND\ntox", [("python -", 1, False), ("tox", 4, False)]),
        ("bash -euo pipefail -c 'pip list && pytest'", [("pip list", 1, False), ("pytest", 1, False)]),
        ('docker run --rm image sh -c "npm ci; npm test"', [("npm ci", 1, False), ("npm test", 1, False)]),
        ("ssh -i key host 'kubectl rollout undo x'", [("kubectl rollout undo x", 1, False)]),
        ("pytest > out 2>&1; x=$(bandit -r .)", [("pytest", 1, False)]),
        ("if ! pytest; then\n  exit 1\nfi", [("pytest", 1, False)]),
        ("case $x in\n a) pytest ;;\n b|c) bandit . ;;\nesac", [("pytest", 2, False), ("bandit .", 3, False)]),
        ("f() {\n  bandit .\n}\ng() { gosec .; }\nf", [("bandit .", 2, False), ("f", 5, False)]),
        ("exit 0\nbandit .", []),
        ('x "${{ inputs.a }}" ${{ github.ref }}', [("x ${{ inputs.a }} ${{ github.ref }}", 1, False)]),
    ],
)  # fmt: skip
def test_what_runs(script: str, expected: list[tuple[str, int, bool]]) -> None:
    assert ran(script) == expected


@pytest.mark.parametrize(
    "script",
    [
        "pytest || true", "pytest || :", "pytest || echo failed", "pytest || exit 0", "pytest | tee log || true", "(pytest) || true",
        "pytest || { echo failed; true; }", "pytest || (echo failed)", "set +e\npytest", "a && pytest || true", "bash -c 'pytest' || true",
    ],
)  # fmt: skip
def test_a_failure_that_stops_nothing(script: str) -> None:
    assert [may_fail for argv, _, may_fail in ran(script) if argv.startswith("pytest")] == [True]


@pytest.mark.parametrize(
    "script",
    [
        "pytest || exit 1", "pytest || { echo failed; exit 1; }", "pytest || (echo failed; false)", "set +e\nset -e\npytest",
        "set +e\npytest\ncode=$?\necho done\nexit $code", "pytest\ntrue", "pytest; echo done || true", "lint || true\npytest",
    ],
)  # fmt: skip
def test_a_failure_that_counts(script: str) -> None:
    assert [may_fail for argv, _, may_fail in ran(script) if argv.startswith("pytest")] == [False]


@pytest.mark.parametrize(
    "script",
    ["(" * 150_000, "a$(" * 60_000, "x <<E\n" * 30_000, "a && " * 40_000, '"' * 150_000, "f() {" * 30_000, "a || b | c\n" * 20_000,
     "sh " * 60_000, "'" * 9, "\\", "$(", "${", "`", "a" * 190_000, "bash -c \"bash -c 'bash -c x'\"", "\x00\ud800", "((((" + "a;" * 50_000],
)  # fmt: skip
def test_hostile_scripts_end(script: str) -> None:
    started = time.monotonic()
    assert len(commands(script)) <= 2_001
    assert time.monotonic() - started < 30
