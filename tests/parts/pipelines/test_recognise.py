"""What a step does is known by its program or action, through launchers and containers, and never by a mention."""

from __future__ import annotations

import shlex

import pytest

from ostiary.evidence.pipeline import Pipeline, Step
from ostiary.parts.pipelines.gates import gates, unseen
from ostiary.parts.pipelines.recognise import doing
from ostiary.parts.pipelines.tasks import Task


def does(line: str) -> set[str]:
    return {each.task.value for each in doing(Step(file="ci.yml", line=1, job="j", argv=tuple(shlex.split(line))))}


def uses(name: str, **inputs: str) -> set[str]:
    return {each.task.value for each in doing(Step(file="ci.yml", line=1, job="j", uses=name, inputs=inputs))}


@pytest.mark.parametrize(
    ("line", "tasks"),
    [
        ("sudo -u ci poetry run python3.12 -m pytest -x --cov=app", {"tests", "coverage"}),
        ("coverage run --source app -m pytest", {"tests", "coverage"}),
        ("docker run --rm -v x:/y aquasec/trivy image app:1 --exit-code 1", {"dependencies", "container"}),
        ("docker run -t ghcr.io/zaproxy/zaproxy:stable zap-api-scan.py -t x", {"dast"}),
        ("docker run --rm -v x:/y clamav/clamav clamscan -r /y", {"malware"}),
        ("docker compose run --rm web pytest", {"tests"}),
        ("npx --yes @cyclonedx/cyclonedx-npm", {"sbom"}),
        ("go run golang.org/x/vuln/cmd/govulncheck@latest ./...", {"dependencies"}),
        ("./gradlew clean build", {"tests"}),
        ("mvn -B verify", {"tests"}),
        ("helm upgrade --install api ./chart --atomic", {"deploy", "rollback"}),
        ("kubectl -n prod rollout undo deploy/api", {"deploy", "rollback"}),
        ("./scripts/rollback-prod.sh", {"rollback"}),
        ("alembic downgrade -1", {"migration-back"}),
        ("gitleaks detect --source .", {"secrets"}),
        ("cosign sign --yes x", {"signing"}),
        ("env -u X FOO=1 timeout -k 5 60 uvx bandit -r app", {"sast"}),
        ("/opt/venv/bin/semgrep ci", {"sast"}),
        ("python manage.py test", {"tests"}),
        ("vendor/bin/phpunit --coverage-text", {"tests", "coverage"}),
        ("node --test", {"tests"}),
    ],
)
def test_a_program_is_seen_through_what_starts_it(line: str, tasks: set[str]) -> None:
    assert does(line) == tasks


@pytest.mark.parametrize(
    "line",
    [
        "pip install bandit semgrep pytest", "apt-get install -y clamav", "bandit --version", "semgrep --help", "trivy version", "git commit -m pytest",
        "pytest --collect-only", "mvn -DskipTests package", "./gradlew build -x test", "npm ci", "npm install audit-ci", "kubectl get pods", "cp bandit.yml x",
        "which gitleaks", "rm -rf tests", "mkdir test", "docker pull aquasec/trivy", "docker build -t bandit .", "ko build --sbom=none", "python setup.py sdist",
    ],
)  # fmt: skip
def test_a_mention_is_no_run(line: str) -> None:
    assert does(line) == set()


def test_actions_templates_orbs_and_hooks() -> None:
    assert uses("github/codeql-action/analyze@v3") == {"sast"}
    assert uses("GitHub/CodeQL-action/Analyze@abc") == {"sast"}
    assert uses("github/codeql-action/init@v3") == set()
    assert uses("aquasecurity/trivy-action@0.30", **{"scan-type": "fs"}) == {"dependencies", "secrets"}
    assert uses("docker/build-push-action@v6", sbom="true", provenance="mode=max") == {"publish", "sbom", "provenance"}
    assert uses("template:Jobs/Secret-Detection.gitlab-ci.yml") == {"secrets"}
    assert uses("orb:snyk/snyk/scan@2") == {"dependencies"}
    assert uses("hook:gitleaks-docker") == {"secrets"}
    assert uses("docker://zricethezav/gitleaks:v8", args="detect") == {"secrets"}
    assert uses("actions/checkout@v4") == set()


def test_findings_that_fail_nothing_are_said() -> None:
    def ignored(line: str) -> list[str]:
        return [each.ignored for each in doing(Step(file="x", line=1, job="j", argv=tuple(line.split())))][:1]

    assert ignored("bandit -r . --exit-zero") == ["--exit-zero"]
    assert ignored("gitleaks detect --exit-code 0") == ["--exit-code=0"]
    assert ignored("semgrep scan --config auto") == ["without --error"]
    assert ignored("semgrep ci") == [""]
    assert ignored("trivy fs --exit-code 1 .") == [""]
    assert ignored("bandit -r .") == [""]


def step(line: str, *, condition: str = "", job: str = "j") -> Step:
    return Step(file="ci.yml", line=1, job=job, argv=tuple(line.split()), condition=condition)


@pytest.mark.parametrize(
    ("triggers", "condition", "firm"),
    [
        (("push",), "", True),
        (("pull_request", "schedule"), "", True),
        ((), "", True),
        (("schedule",), "", False),
        (("manual", "tag"), "", False),
        (("push", "schedule"), "github.event_name == 'schedule'", False),
        (("push", "schedule"), "github.event_name != 'schedule'", True),
        (("push",), "$CI_PIPELINE_SOURCE == 'merge_request_event' || $CI_COMMIT_BRANCH", True),
        (("push",), "always when manual", False),
        (("push",), "startsWith(github.ref, 'refs/tags/')", False),
    ],
)
def test_a_gate_runs_on_changes(triggers: tuple[str, ...], condition: str, firm: object) -> None:
    pipeline = Pipeline(file="ci.yml", system="github", triggers=triggers, steps=(step("pytest", condition=condition),))
    assert bool(gates([pipeline], Task.TESTS).firm) is firm


def test_results_handed_to_the_forge_count() -> None:
    upload = Step(file="ci.yml", line=2, job="j", uses="github/codeql-action/upload-sarif@v3")
    scan = step("bandit -r . --exit-zero")
    assert gates([Pipeline(file="x", system="github", steps=(scan,))], Task.SAST).loose
    assert gates([Pipeline(file="x", system="github", steps=(scan, upload))], Task.SAST).firm


def test_what_cannot_be_read_is_named_unless_it_is_known() -> None:
    known = "slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@v2"
    pipeline = Pipeline(file="x", system="github", elsewhere=(known, "acme/ci/.github/workflows/all.yml@main"))
    assert unseen([pipeline, Pipeline(file="y", system="gitlab", broken="is empty")]) == [
        "acme/ci/.github/workflows/all.yml@main",
        "y (is empty)",
    ]


def test_codeql_reads_what_its_first_step_says() -> None:
    init = Step(
        file="x", line=1, job="j", uses="github/codeql-action/init@v3", inputs={"languages": "java-kotlin, 'python'"}
    )
    analyze = Step(file="x", line=2, job="j", uses="github/codeql-action/analyze@v3")
    found = gates([Pipeline(file="x", system="github", steps=(init, analyze))], Task.SAST).firm
    assert found[0].doing.languages == {"java", "kotlin", "python"}
