"""Files are told by name and content, included ones are read where they stand, and tests and samples are left out."""

from __future__ import annotations

from pathlib import Path

from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.tree import Tree
from ostiary.evidence.deployment import Deployment

SERVER = "server { listen 80; location / { proxy_pass http://a; } }\n"
COMPOSE = "services:\n  a:\n    image: b\n"


def read(root: Path, files: dict[str, str]) -> Deployment:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return Tree("it", Folder(root), root=root).deployment


def test_files_are_told_by_name_and_content(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "deploy/site.conf": SERVER,
            "deploy/vhost.conf": "<VirtualHost *:80>\n ServerName a\n</VirtualHost>\n",
            "deploy/other.conf": "key = value\n",
            "docker-compose.prod.yml": COMPOSE,
            "infra/services.yaml": COMPOSE,
            "k8s/a.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n",
            "stack.json": '{"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}',
            "stack.yml": "Resources:\n  A:\n    Type: AWS::S3::Bucket\n",
            "images/api.Dockerfile": "FROM python\n",
            "Dockerfile.md": "FROM here to there\n",
            "tf/a.tf": 'resource "a" "b" {}\n',
            ".env": "A=1\n",
            ".env.example": "A=postgres\n",
            "src/main/resources/application.yml": "a: 1\n",
            ".github/workflows/ci.yml": "on: push\njobs: {a: {services: {b: {image: c}}}}\n",
        },
    )
    assert {tool: list(files) for tool, files in found.tools.items()} == {
        "nginx": ["deploy/site.conf"],
        "apache": ["deploy/vhost.conf"],
        "compose": ["docker-compose.prod.yml", "infra/services.yaml"],
        "kubernetes": ["k8s/a.yaml"],
        "cloudformation": ["stack.json", "stack.yml"],
        "dockerfile": ["images/api.Dockerfile"],
        "terraform": ["tf/a.tf"],
        "env": [".env"],
        "spring": ["src/main/resources/application.yml"],
    }


def test_tests_samples_and_what_others_wrote_are_left_out(tmp_path: Path) -> None:
    found = read(
        tmp_path, {f"{folder}/compose.yml": COMPOSE for folder in ("tests", "examples", "node_modules/a", "docs")}
    )
    assert not found.tools


def test_templates_of_helm_are_named_and_their_values_read(tmp_path: Path) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Values.name }}}\n"
    found = read(
        tmp_path, {"chart/Chart.yaml": "name: a\n", "chart/templates/pod.yaml": pod, "chart/values.yaml": "name: b\n"}
    )
    assert list(found.tools) == ["helm"]
    assert found.present["Helm templates"] == ["chart/templates/pod.yaml"]
    assert not found.broken


def test_what_the_image_puts_elsewhere_is_found_by_the_end_of_its_path(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "docker/nginx/nginx.conf": "http { include /etc/nginx/conf.d/*.conf; include /etc/nginx/gone/tls.conf; }\n",
            "docker/nginx/conf.d/site.conf": SERVER,
            "docker/nginx/conf.d/templates/other.conf": SERVER,
        },
    )
    assert [each.path for each in found.settings("nginx", "listen")] == [("http", "server"), ("server",)]
    assert found.missing == {"docker/nginx/nginx.conf": ("/etc/nginx/gone/tls.conf",)}


def test_nothing_outside_of_the_tree_is_included(tmp_path: Path) -> None:
    (tmp_path / "secret.conf").write_text("server { server_name zq7x; }\n", encoding="utf-8")
    (tmp_path / "secret.env").write_text("A=zq7x\n", encoding="utf-8")
    found = read(
        tmp_path / "tree",
        {
            "nginx.conf": f"http {{ include ../secret.conf; include {tmp_path}/secret.conf; }}\n",
            "compose.yml": "services:\n  a:\n    image: b\n    env_file: ../secret.env\n",
        },
    )
    assert "zq7x" not in repr([each.value for tool in ("nginx", "compose") for each in found.settings(tool)])
    assert len(found.missing) == 2


def test_what_cannot_be_read_is_told_with_the_reason(tmp_path: Path) -> None:
    found = read(tmp_path, {"main.tf": 'resource "a" {', "compose.yml": "services:\n  a: [\n    image: b\n"})
    assert set(found.broken) == {"main.tf", "compose.yml"}
