"""A tree's lock files, manifests and installed packages come together: what a lock answers is no range any more."""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
import zipfile
from pathlib import Path

from ostiary.audit.gather.trees.archive import Image, Zip
from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.tree import Tree
from ostiary.evidence.supply import Dependencies


def tree(root: Path, files: dict[str, str]) -> Dependencies:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return Tree("it", Folder(root), root=root).dependencies


def facts(found: Dependencies) -> dict[str, tuple[str, str, bool, bool]]:
    return {each.name: (each.file, each.version, each.direct, each.development) for each in found}


def test_a_lock_answers_the_ranges_beside_and_below_it(tmp_path: Path) -> None:
    lock = '[[package]]\nname = "web"\nversion = "2.0"\n[[package]]\nname = "runner"\nversion = "9"\n[package.dependencies]\n'
    found = tree(
        tmp_path,
        {
            "poetry.lock": lock,
            "pyproject.toml": '[tool.poetry.dependencies]\nweb = "^2"\n[tool.poetry.group.dev.dependencies]\nrunner = "*"\n',
            "api/setup.cfg": "[options]\ninstall_requires =\n  web>=1\n",
            "other/requirements.txt": "loose\n",
        },
    )
    assert facts(found) == {
        "web": ("poetry.lock", "2.0", True, False),
        "runner": ("poetry.lock", "9", True, True),
        "loose": ("other/requirements.txt", "", True, False),
    }


def test_a_lock_beside_does_not_answer_for_another_project(tmp_path: Path) -> None:
    found = tree(tmp_path, {"one/requirements.txt": "web==2\n", "two/requirements.txt": "web\n"})
    assert {(each.file, each.version) for each in found} == {
        ("one/requirements.txt", "2"),
        ("two/requirements.txt", ""),
    }


def test_files_that_are_drawn_in_are_read_and_circles_end(tmp_path: Path) -> None:
    found = tree(
        tmp_path,
        {
            "requirements.txt": "-r deploy/base.in\n-c limits.txt\nweb\n",
            "deploy/base.in": "-r ../requirements.txt\nwire==1\n-r ../../../etc/passwd\n",
            "limits.txt": "web==2.5\n",
        },
    )
    assert {name: each[1] for name, each in facts(found).items()} == {"web": "2.5", "wire": "1"}


def test_tests_examples_and_vendored_code_are_not_the_product(tmp_path: Path) -> None:
    found = tree(
        tmp_path,
        {
            "tests/fixtures/requirements.txt": "a\n",
            "examples/package.json": '{"dependencies": {"b": "*"}}',
            "vendor/x/go.mod": "require x.example/c v1.0.0\n",
            "requirements-test.txt": "runner==1\n",
        },
    )
    assert facts(found) == {"runner": ("requirements-test.txt", "1", True, True)}


def test_what_cannot_be_read_is_told_and_stops_nothing(tmp_path: Path) -> None:
    found = tree(
        tmp_path,
        {
            "package-lock.json": "{" * 3000,
            "uv.lock": "[[",
            "pom.xml": "<!DOCTYPE a []><a/>",
            "Cargo.lock": "package = 3",
            "composer.lock": " " * (4 * 1024 * 1024 + 1),
            "yarn.lock": "\0" * 1000,
            "pnpm-lock.yaml": "a: &a [*a]",
            "requirements.txt": "web==1\n",
        },
    )
    assert set(found.broken) == {"package-lock.json", "uv.lock", "pom.xml", "composer.lock", "pnpm-lock.yaml"}
    assert [each.name for each in found] == ["web"]


def test_yarn_knows_the_developers_own_by_every_manifest_below(tmp_path: Path) -> None:
    lock = 'web@^2:\n  version "2.1.0"\n\nrun@9:\n  version "9.0.0"\n'
    found = tree(tmp_path, {"yarn.lock": lock, "package.json": '{"workspaces": ["a"], "devDependencies": {"run": "9"}}', "a/package.json": '{"dependencies": {"web": "^2"}}'})  # fmt: skip
    assert {name: each[3] for name, each in facts(found).items()} == {"web": False, "run": True}


def test_a_library_is_one_only_where_nothing_is_served(tmp_path: Path) -> None:
    library = {"pyproject.toml": '[build-system]\nrequires=[]\n[project]\nname="kit"\ndependencies=["web>=1"]\n'}
    assert tree(tmp_path / "a", library).libraries == {"pyproject.toml"}
    assert tree(tmp_path / "b", {**library, "Dockerfile": "FROM scratch\n"}).libraries == frozenset()


def image(path: Path, files: dict[str, bytes]) -> Dependencies:
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    with tarfile.open(path, "w") as tar:
        for name, data in {"layer.tar": layer.getvalue(), "manifest.json": json.dumps([{"Layers": ["layer.tar"]}]).encode()}.items():  # fmt: skip
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    with contextlib.closing(Tree("image.tar", Image(path))) as found:
        return found.dependencies


def jar(group: str, artifact: str, version: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(f"META-INF/maven/{group}/{artifact}/pom.properties", f"groupId={group}\nartifactId={artifact}\nversion={version}\n")  # fmt: skip
    return made.getvalue()


STATUS = b"""Package: libssl3
Status: install ok installed
Source: openssl (3.0.11-1)
Version: 3.0.11-1~deb12u2

Package: gone
Status: deinstall ok config-files
Version: 1.0

Package: bash
Status: install ok installed
Version: 5.2-1
"""


def test_an_image_of_debian_names_sources_and_leaves_the_systems_own_python_to_it(tmp_path: Path) -> None:
    found = image(
        tmp_path / "image.tar",
        {
            "etc/os-release": b'ID=debian\nVERSION_ID="12"\n',
            "var/lib/dpkg/status": STATUS,
            "usr/lib/python3/dist-packages/six-1.16.dist-info/METADATA": b"Name: six\nVersion: 1.16\n\n",
            "usr/local/lib/python3.11/site-packages/Web_Kit-2.dist-info/METADATA": b"Metadata-Version: 2.1\nName: Web_Kit\nVersion: 2.0\n\nName: no\n",
            "srv/node_modules/@team/kit/package.json": b'{"name": "@team/kit", "version": "1.0.3"}',
            "srv/node_modules/kit/lib/package.json": b'{"name": "inner", "version": "0"}',
            "srv/app.jar": jar("org.kit", "core", "4.2"),
            "srv/broken.jar": b"PK nothing",
        },
    )
    assert {(each.ecosystem, each.name, each.version) for each in found} == {
        ("Debian:12", "libssl3", "3.0.11-1~deb12u2"),
        ("Debian:12", "bash", "5.2-1"),
        ("PyPI", "web-kit", "2.0"),
        ("npm", "@team/kit", "1.0.3"),
        ("Maven", "org.kit:core", "4.2"),
    }
    assert {each.name: (each.source, each.source_version) for each in found}["libssl3"] == ("openssl", "3.0.11-1")
    assert set(found.broken) == {"srv/broken.jar"}


def test_images_of_alpine_distroless_and_rpm(tmp_path: Path) -> None:
    apk = b"C:Q1\nP:libcrypto3\nV:3.1.4-r5\no:openssl\nF:usr/lib/python3.11/site-packages/six-1.dist-info\n\nP:musl\nV:1.2.4-r2\no:musl\n\n"
    found = image(
        tmp_path / "alpine.tar",
        {
            "etc/os-release": b"ID=alpine\nVERSION_ID=3.19.1\n",
            "lib/apk/db/installed": apk,
            "usr/lib/python3.11/site-packages/six-1.dist-info/METADATA": b"Name: six\nVersion: 1\n",
        },
    )
    assert {(each.ecosystem, each.name, each.source) for each in found} == {("Alpine:v3.19", "libcrypto3", "openssl"), ("Alpine:v3.19", "musl", "musl")}  # fmt: skip
    bare = image(tmp_path / "distroless.tar", {"usr/lib/os-release": b"ID=debian\nVERSION_ID=12\n", "var/lib/dpkg/status.d/libc6": b"Package: libc6\nVersion: 2.36-9\n", "var/lib/dpkg/status.d/libc6.md5sums": b"x"})  # fmt: skip
    assert [(each.ecosystem, each.name) for each in bare] == [("Debian:12", "libc6")]
    rpm = image(tmp_path / "rpm.tar", {"var/lib/rpm/rpmdb.sqlite": b"SQLite"})
    assert "RPM" in rpm.broken["var/lib/rpm/rpmdb.sqlite"]


def test_a_wheel_names_itself(tmp_path: Path) -> None:
    path = tmp_path / "kit-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("kit-1.0.dist-info/METADATA", "Name: Kit\nVersion: 1.0\nRequires-Dist: web\n")
    with contextlib.closing(Tree("kit", Zip(path, "wheel"))) as found:
        (one,) = found.dependencies
    assert (one.name, one.version, one.installed) == ("kit", "1.0", True)
