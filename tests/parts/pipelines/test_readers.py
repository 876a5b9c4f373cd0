"""Each system's files become the steps that run, with what they include from the same tree, and never more."""

from __future__ import annotations

import time

import pytest

from ostiary.evidence.pipeline import Pipeline
from ostiary.parts.pipelines import azure, circleci, github, gitlab, jenkins, small
from ostiary.parts.pipelines.reading import Files

READERS = {
    "github": github.read, "gitlab": gitlab.read, "jenkins": jenkins.read, "circleci": circleci.read, "azure": azure.read,
    "travis": small.travis, "bitbucket": small.bitbucket,
}  # fmt: skip


def read(system: str, text: str, **others: str) -> Pipeline:
    tree = {name.replace("__", "/").replace("_dot_", "."): each for name, each in others.items()}
    path = {"github": ".github/workflows/ci.yml", "jenkins": "Jenkinsfile"}.get(system, "ci.yml")
    return READERS[system](path, text, Files({**tree, path: text}.get, tuple(tree)))


def lines(pipeline: Pipeline) -> list[tuple[str, str]]:
    return [(each.uses or " ".join(each.argv), each.place) for each in pipeline.steps]


def test_a_makefile_is_followed_with_what_its_target_needs() -> None:
    makefile = "T ?= uv run pytest\n.PHONY: all check\nall: build\n\ncheck: lint | env  # both\n\t@echo checking\n\t-$(T) -x\n\t@$(MAKE) scan\n\nlint:\n\truff check\nenv:\nscan: ; bandit -r .\n"
    found = read("github", "on: push\njobs:\n  j:\n    steps:\n      - run: make check\n", Makefile=makefile)
    place = ".github/workflows/ci.yml:5"
    assert lines(found) == [("ruff check", place), ("uv run pytest -x", place), ("bandit -r .", place)]
    assert [each.may_fail for each in found.steps] == [False, True, False]
    assert {each.file for each in found.steps} == {"Makefile"}


def test_a_target_that_is_not_there_stays_a_command() -> None:
    assert lines(read("github", "on: push\njobs:\n  j:\n    steps:\n      - run: make check\n"))[0][0] == "make check"
    found = read("github", "on: push\njobs:\n  j:\n    steps:\n      - run: make check\n", Makefile="all:\n\ttrue\n")
    assert lines(found)[0][0] == "make check"


@pytest.mark.parametrize(
    ("command", "file", "text", "ran"),
    [
        ("npm test", "package_dot_json", '{"scripts": {"pretest": "eslint .", "test": "npm run unit -- --ci", "unit": "jest"}}', ["eslint .", "jest"]),
        ("yarn check", "package_dot_json", '{"scripts": {"check": "run-s check:*", "check:a": "tsc", "check:b": "vitest"}}', ["tsc", "vitest"]),
        ("npm test", "package_dot_json", '{"scripts": {"test": "npm test"}}', None),
        ("composer test", "composer_dot_json", '{"scripts": {"test": ["@lint", "phpunit"], "lint": "phpcs"}}', ["phpcs", "phpunit"]),
        ("tox -e py311,lint", "tox_dot_ini", "[testenv]\ncommands = pytest {posargs:tests}\n[testenv:lint]\ncommands =\n  - ruff check\n  mypy\n", ["pytest tests", "ruff check", "mypy"]),
        ("tox run -e a", "pyproject_dot_toml", '[tool.tox.env.a]\ncommands = [["bandit", "-r", "x"]]\n', ["bandit -r x"]),
        ("nox -s tests", "noxfile_dot_py", "import nox\n@nox.session\ndef tests(session):\n    session.install('x')\n    session.run('pytest', *session.posargs)\n@nox.session(name='l')\ndef lint(session):\n    session.run('ruff')\n", ["pytest"]),
        ("inv cover", "tasks_dot_py", "from invoke import task\n@task\ndef cover(ctx, html=False):\n    ctx.run('pytest --cov {0}'.format(html))\n@task(cover)\ndef lint(ctx):\n    ctx.run('ruff check')\n", ["pytest --cov {0}"]),
        ("hatch run dev:cov", "pyproject_dot_toml", '[tool.hatch.envs.dev.scripts]\ncov = ["test-cov", "- coverage html"]\ntest-cov = "coverage run -m pytest {args}"\n', ["coverage run -m pytest", "coverage html"]),
        ("just test", "justfile", "default: test\n\ntest *args: lint\n    cargo test {{args}}\n\nlint:\n    cargo clippy\n", ["cargo clippy", "cargo test {{args}}"]),
        ("task ci", "Taskfile_dot_yml", "version: 3\ntasks:\n  ci:\n    cmds:\n      - task: test\n      - go vet ./...\n  test:\n    cmd: go test ./...\n", ["go test ./...", "go vet ./..."]),
        ("./scripts/check.sh fast", "scripts__check_dot_sh", "#!/bin/sh\n# bandit\nset -e\npytest\n", ["pytest"]),
        ("bash -e scripts/check.sh", "scripts__check_dot_sh", "pytest\n", ["pytest"]),
        ("cd sub && make", "sub__Makefile", "all:\n\tpytest\n", ["pytest"]),
        ("make -C sub all", "sub__Makefile", "all:\n\tpytest\n", ["pytest"]),
        ("pre-commit run -a", "_dot_pre-commit-config_dot_yaml", "repos:\n- repo: x\n  hooks:\n  - id: bandit\n    args: [-r, app]\n  - id: y\n    stages: [manual]\n- repo: local\n  hooks:\n  - id: t\n    language: system\n    entry: pytest -q\n", ["hook:bandit", "pytest -q"]),
    ],
)  # fmt: skip
def test_targets_are_followed(command: str, file: str, text: str, ran: list[str] | None) -> None:
    found = read("github", f"on: push\njobs:\n  j:\n    steps:\n      - run: {command}\n", **{file: text})
    if ran is not None:
        assert [each for each, _ in lines(found)] == ran
    assert len(found.steps) < 10


def test_github_expands_its_own_workflows_and_actions_and_names_others() -> None:
    found = read(
        "github",
        "on:\n  push: {tags: ['v*']}\n  schedule: [{cron: x}]\njobs:\n  a:\n    uses: ./.github/workflows/b.yml\n    if: github.ref == 'x'\n"
        "  c:\n    uses: acme/ci/.github/workflows/d.yml@v1\n  e:\n    if: ${{ false }}\n    steps: [{run: gosec}]\n",
        _dot_github__workflows__b_dot_yml="on: workflow_call\njobs:\n  t:\n    continue-on-error: true\n    steps:\n      - uses: ./.github/actions/x\n",
        _dot_github__actions__x__action_dot_yml="runs:\n  using: composite\n  steps:\n    - run: |\n        echo\n        pytest\n",
    )
    assert lines(found) == [
        ("pytest", ".github/workflows/ci.yml:6"),
        ("acme/ci/.github/workflows/d.yml@v1", ".github/workflows/ci.yml:9"),
    ]
    assert (found.steps[0].file, found.steps[0].line) == (".github/actions/x/action.yml", 6)
    assert (found.steps[0].may_fail, found.steps[0].condition) == (True, "github.ref == 'x'")
    assert found.triggers == ("tag", "schedule")
    assert found.elsewhere == ("acme/ci/.github/workflows/d.yml@v1",)


def test_github_runs_what_a_matrix_and_the_inputs_of_actions_name() -> None:
    found = read(
        "github",
        "on: push\njobs:\n  j:\n    strategy: {matrix: {env: [a, b], include: [{env: c}]}}\n    steps:\n      - run: tox -e ${{ matrix.env }}\n"
        "      - uses: nick-fields/retry@v3\n        with: {command: pytest -x}\n      - uses: actions/github-script@v7\n        with: {script: pytest}\n",
        tox_dot_ini="[testenv:a]\ncommands=one\n[testenv:b]\ncommands=two\n[testenv:c]\ncommands=three\n",
    )
    assert [each for each, _ in lines(found)] == [
        "one",
        "two",
        "three",
        "nick-fields/retry@v3",
        "pytest -x",
        "actions/github-script@v7",
    ]


def test_gitlab_follows_extends_references_and_local_includes() -> None:
    found = read(
        "gitlab",
        "include:\n  - local: /ci/*.yml\n  - project: acme/ci\n    file: x.yml\n  - component: gitlab.com/components/sast/sast@1\n"
        "default:\n  before_script: [pip list]\n.base:\n  script: [pytest]\n  allow_failure: true\n"
        'unit:\n  extends: .base\nscan:\n  before_script: []\n  script:\n    - !reference [.shared, script]\n  rules:\n    - if: $CI_COMMIT_TAG\n      when: never\n    - if: $CI_PIPELINE_SOURCE == "schedule"\n'
        "off:\n  script: [gosec]\n  when: never\n",
        ci__shared_dot_yml=".shared:\n  script:\n    - |\n      bandit -r .\n",
    )
    assert [each for each, _ in lines(found)] == [
        "component:gitlab.com/components/sast/sast@1",
        "pip list",
        "pytest",
        "bandit -r .",
    ]
    assert [each.may_fail for each in found.steps] == [False, True, True, False]
    assert found.steps[-1].place == "ci/shared.yml:4"
    assert found.elsewhere == ("acme/ci x.yml",)
    assert "schedule" in found.triggers


def test_circleci_runs_what_workflows_name() -> None:
    found = read(
        "circleci",
        "orbs: {snyk: snyk/snyk@1.1}\ncommands:\n  t:\n    parameters: {what: {default: unit}}\n    steps:\n      - run: {command: pytest << parameters.what >>}\n"
        "jobs:\n  a:\n    docker: [{image: python}]\n    steps:\n      - checkout\n      - t: {what: all}\n      - t\n      - snyk/scan: {severity: high}\n      - when: {condition: false, steps: [{run: gosec}]}\n"
        "  b:\n    steps: [{run: gosec}]\nworkflows:\n  w:\n    triggers: [{schedule: {cron: x}}]\n    jobs: [a, {hold: {type: approval}}]\n",
    )
    assert [each for each, _ in lines(found)] == ["pytest all", "pytest unit", "orb:snyk/snyk/scan@1.1"]
    assert (found.triggers, found.steps[0].image) == (("schedule",), "python")


def test_azure_follows_templates_tasks_and_deployments() -> None:
    found = read(
        "azure",
        "trigger: none\npr: [main]\nstages:\n  - stage: s\n    jobs:\n      - job: a\n        steps:\n          - template: t.yml\n          - template: x.yml@shared\n          - ${{ if true }}:\n            - bash: bandit .\n"
        "          - task: Npm@1\n            inputs: {command: custom, customCommand: run unit}\n      - deployment: d\n        strategy:\n          canary:\n            deploy: {steps: [{script: ./go.sh}]}\n            on: {failure: {steps: [{script: kubectl rollout undo x}]}}\n",
        t_dot_yml="steps:\n  - script: pytest\n    continueOnError: true\n",
        package_dot_json='{"scripts": {"unit": "jest"}}',
    )
    assert [each for each, _ in lines(found)] == [
        "pytest",
        "x.yml@shared",
        "bandit .",
        "Npm@1",
        "jest",
        "./go.sh",
        "kubectl rollout undo x",
    ]
    assert found.steps[0].may_fail
    assert found.steps[-1].condition == "failure of canary"
    assert (found.triggers, found.elsewhere) == (("pull_request",), ("x.yml@shared",))


def test_jenkins_runs_what_shells_are_given() -> None:
    found = read(
        "jenkins",
        "@Library('shared') _\npipeline {\n  triggers { cron('H 2 * * *') }\n  stages {\n    stage('a') {\n      agent { docker { image 'x' } }\n      steps {\n"
        "        sh '''\n          # gosec\n          pytest\n        '''\n        sh script: \"bandit -r .\", label: 'scan'\n        bat(script: 'tox', returnStatus: true)\n"
        "        // sh 'gosec'\n        echo \"sh 'gosec'\"\n        dependencyCheck additionalArguments: '--x', odcInstallation: 'y'\n      }\n    }\n"
        "    stage('off') { when { expression { false } } steps { sh 'gosec' } }\n  }\n  post { failure { sh './rollback.sh' } }\n}\n",
    )
    assert [(each, place) for each, place in lines(found)] == [
        ("pytest", "Jenkinsfile:10"),
        ("bandit -r .", "Jenkinsfile:12"),
        ("tox", "Jenkinsfile:13"),
        ("jenkins:dependencyCheck", "Jenkinsfile:16"),
        ("./rollback.sh", "Jenkinsfile:21"),
    ]
    assert [each.may_fail for each in found.steps] == [False, False, True, False, False]
    assert found.steps[0].job == "a"
    assert found.steps[-1].condition == "failure"
    assert (found.triggers, found.elsewhere) == (("schedule",), ("library shared",))


def test_travis_and_bitbucket() -> None:
    assert lines(read("travis", "script:\n  - pytest\nafter_script: coverage\n")) == [
        ("pytest", "ci.yml:2"),
        ("coverage", "ci.yml:3"),
    ]
    found = read(
        "bitbucket",
        "pipelines:\n  default:\n    - parallel:\n      - step:\n          script:\n            - pytest\n            - pipe: snyk/snyk-scan:1.0\n  custom:\n    x: [{step: {script: [gosec]}}]\n",
    )
    assert [each for each, _ in lines(found)] == ["pytest", "pipe:snyk/snyk-scan@1.0", "gosec"]
    assert found.triggers == ("push", "manual")


HOSTILE = [
    "", "[]", "a", "jobs: []", "jobs: {j: []}", "jobs: {j: {steps: {a: b}}}", "jobs: {j: {steps: [1, [2], {run: [x]}, {uses: 3}, {run: null}]}}", "on: [[[x]]]\njobs: {j: {uses: 7}}",
    "include: 7\na: {script: {b: c}}\nb: {extends: [b, b]}\n", "a: {extends: a, script: x}", "x: !reference [x, y]\nb: {script: !reference [b, script]}", "jobs: {a: {steps: [a]}}\ncommands: {a: {steps: [a, a]}}\nworkflows: {w: {jobs: [a, 7, {a: 3}]}}",
    "steps: [{template: ci.yml}, {template: ci.yml}]", "jobs: [{template: ci.yml}]\nsteps: [{template: ci.yml}]\nstages: [{template: ci.yml}]", "steps: [{task: 7, inputs: []}]", "script: [[[[pytest]]]]\njobs: 5", "pipelines: {default: [[[[[[[[[[[x]]]]]]]]]]]}",
    "on: push\njobs:\n  j:\n    uses: ./.github/workflows/ci.yml\n", "{" * 500, "a: &a [*a]", "\x00", "pipeline {" * 5_000, "sh '" * 5_000, 'node { sh "' + "$(" * 9_000, "when {" * 2_000, "stage(" * 9_000, "/*" * 9_000, "'''" * 9_001,
]  # fmt: skip


@pytest.mark.parametrize("system", READERS)
def test_hostile_files_end_and_say_something(system: str) -> None:
    started = time.monotonic()
    for text in HOSTILE:
        found = read(system, text, Makefile="a: a b\nb: a\n\t$(MAKE) a b\n")
        assert len(found.steps) <= 5_000
    assert time.monotonic() - started < 20
