"""What configuration leaves open stays open, what is not there concerns nobody, and no password is ever shown."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ostiary import catalogue
from ostiary.audit.answering import answered
from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.tree import Tree
from ostiary.model import Finding, Kind, Outcome


def asked(root: Path, control: str, kind: Kind, **files: str) -> Finding:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    tree = Tree("it", Folder(root), root=root)
    return asyncio.run(answered(catalogue.control(control).audits[kind], tree))


@pytest.mark.parametrize(
    ("control", "kind", "files"),
    [
        ("access.no-directory-listing", Kind.SOURCE, {}),
        ("access.no-directory-listing", Kind.CI, {}),
        ("access.tls-floor", Kind.SOURCE, {"a.py": "print(1)\n"}),
        ("access.tls-floor", Kind.CI, {}),
        ("access.tls-ciphers", Kind.SOURCE, {}),
        ("access.https-only", Kind.SOURCE, {}),
        ("access.https-only", Kind.CI, {}),
        ("access.hsts", Kind.SOURCE, {}),
        ("output.no-fingerprint-headers", Kind.SOURCE, {}),
        ("infra.db-credentials", Kind.SOURCE, {}),
        ("infra.db-credentials", Kind.CI, {"compose.yml": "services: {api: {image: python}}\n"}),
        ("infra.open-ports", Kind.CI, {}),
        ("infra.volumes-encrypted", Kind.CI, {}),
        ("infra.object-storage-encrypted", Kind.CI, {}),
        ("input.dynamic-deploy", Kind.CI, {}),
        ("processing.upload-cdn", Kind.CI, {}),
        ("beyond.payload-limits", Kind.SOURCE, {}),
        ("beyond.host-and-proxy-trust", Kind.CI, {}),
    ],
)
def test_where_nothing_of_the_sort_is_the_control_does_not_apply(
    tmp_path: Path, control: str, kind: Kind, files: dict[str, str]
) -> None:
    assert asked(tmp_path, control, kind, **files).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("control", "kind", "name", "text"),
    [
        ("access.tls-floor", Kind.SOURCE, "nginx.conf", "server { listen 443 ssl; ssl_protocols ${PROTOCOLS}; }"),
        ("access.tls-floor", Kind.SOURCE, "nginx.conf", "server { listen 443 ssl; include /etc/letsencrypt/options.conf; }"),
        ("access.tls-floor", Kind.SOURCE, "nginx.conf", "server { listen 443 ssl; }"),
        ("access.tls-floor", Kind.SOURCE, "nginx.conf", "server { {{ tls }} }"),
        ("access.tls-ciphers", Kind.SOURCE, "nginx.conf", "server { listen 443 ssl; ssl_ciphers ${CIPHERS}; }"),
        ("access.https-only", Kind.SOURCE, "default.conf", "server { listen 80; location / { proxy_pass http://a; } }"),
        ("output.no-fingerprint-headers", Kind.SOURCE, "nginx.conf", "http { include /etc/nginx/conf.d/*.conf; }"),
        ("infra.db-credentials", Kind.CI, "compose.yml", "services: {db: {image: 'postgres:16', environment: {POSTGRES_PASSWORD: '${X}'}}}"),
        ("infra.db-credentials", Kind.CI, "compose.yml", "services: {db: {image: 'redis:7', command: 'redis-server --requirepass ${X}'}}"),
        ("infra.db-credentials", Kind.CI, "compose.yml", "services: {db: {image: 'mongo:7', env_file: missing.env}}"),
        ("infra.db-credentials", Kind.CI, "main.tf", 'resource "aws_db_instance" "d" {\n password = var.p\n}\n'),
        ("infra.open-ports", Kind.CI, "main.tf", 'resource "aws_security_group_rule" "r" {\n type = "ingress"\n protocol = "tcp"\n from_port = var.p\n to_port = var.p\n cidr_blocks = ["0.0.0.0/0"]\n}\n'),
        ("infra.open-ports", Kind.CI, "broken.tf", 'resource "aws" {'),
        ("infra.volumes-encrypted", Kind.CI, "main.tf", 'resource "aws_ebs_volume" "v" {\n encrypted = var.e\n}\n'),
        ("infra.volumes-encrypted", Kind.CI, "broken.tf", 'resource "aws" {'),
        ("infra.object-storage-encrypted", Kind.CI, "main.tf", 'resource "aws_s3_bucket" "b" {\n bucket = "b"\n}\n'),
    ],
)  # fmt: skip
def test_what_rests_on_something_unknown_is_unknown(
    tmp_path: Path, control: str, kind: Kind, name: str, text: str
) -> None:
    assert asked(tmp_path, control, kind, **{name: text}).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("control", "kind", "name", "text"),
    [
        ("access.tls-floor", Kind.SOURCE, "nginx.conf", "server { listen 443 ssl; ssl_protocols TLSv1.3; }"),
        ("access.tls-ciphers", Kind.SOURCE, "nginx.conf", "server { listen 443 ssl; ssl_ciphers ECDHE+AESGCM; }"),
        ("access.hsts", Kind.SOURCE, "nginx.conf", "server { listen 443 ssl; add_header Strict-Transport-Security max-age=63072000 always; }"),
        ("access.no-directory-listing", Kind.SOURCE, "nginx.conf", "server { listen 80; root /srv; }"),
        ("infra.db-credentials", Kind.CI, "compose.yml", "services: {db: {image: 'postgres:16', environment: {POSTGRES_PASSWORD_FILE: /run/secrets/p}}}"),
        ("infra.open-ports", Kind.CI, "compose.yml", "services: {db: {image: 'postgres:16', ports: ['127.0.0.1:5432:5432']}}"),
        ("infra.volumes-encrypted", Kind.CI, "main.tf", 'resource "aws_ebs_volume" "v" {\n encrypted = true\n}\n'),
        ("infra.object-storage-encrypted", Kind.CI, "main.tf", 'resource "google_storage_bucket" "b" {\n name = "b"\n}\n'),
        ("infra.provisioning-as-code", Kind.CI, "main.tf", 'resource "aws_instance" "i" {\n ami = "a"\n}\n'),
        ("infra.ddos-protection", Kind.CI, "main.tf", 'resource "aws_shield_protection" "s" {\n name = "a"\n}\n'),
        ("infra.monitoring", Kind.CI, "main.tf", 'resource "aws_cloudwatch_metric_alarm" "a" {\n alarm_name = "a"\n}\n'),
        ("infra.evaluate-paas", Kind.CI, "fly.toml", 'app = "a"\n'),
    ],
)  # fmt: skip
def test_what_is_right_is_shown_with_its_place(tmp_path: Path, control: str, kind: Kind, name: str, text: str) -> None:
    finding = asked(tmp_path, control, kind, **{name: text})
    assert finding.outcome is Outcome.PASS
    assert finding.evidence[0].where.startswith(f"{name}:")


@pytest.mark.parametrize(
    "control",
    ["infra.ddos-protection", "infra.provisioning-as-code", "infra.monitoring", "infra.logging", "input.api-gateway"],
)
def test_what_no_file_tells_is_asked_of_people(tmp_path: Path, control: str) -> None:
    finding = asked(tmp_path, control, Kind.CI)
    assert finding.outcome is Outcome.ATTEST
    assert finding.why.endswith(catalogue.control(control).attest)


def test_no_password_is_shown_whole(tmp_path: Path) -> None:
    files = {
        "compose.yml": "services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: mysecretpassword\n"
        "  cache:\n    image: redis:7\n    command: redis-server --requirepass mysecretpassword\n",
        ".env": "DATABASE_URL=postgresql://shop:mysecretpassword@db/shop\nDB_PASSWORD=mysecretpassword\n",
        "main.tf": 'resource "aws_db_instance" "d" {\n password = "mysecretpassword"\n}\n',
        "app.py": 'import psycopg2\npsycopg2.connect(host="db", user="shop", password="mysecretpassword")\n',
    }
    for kind in (Kind.SOURCE, Kind.CI):
        finding = asked(tmp_path, "infra.db-credentials", kind, **files)
        assert finding.outcome is Outcome.FAIL
        assert "mysecretpassword" not in repr(finding)
