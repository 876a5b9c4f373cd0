"""What npm, Yarn, pnpm and Bun lock is read in every version of their files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ostiary.evidence.supply import Dependency
from ostiary.parts.supply import npm, pnpm, yarn


def facts(found: list[Dependency]) -> set[tuple[str, str, bool]]:
    return {(each.name, each.version, each.development) for each in found}


def test_package_locks_of_three_versions_say_the_same() -> None:
    flat: dict[str, Any] = {
        "lockfileVersion": 3,
        "packages": {
            "": {"name": "shop", "dependencies": {"web": "^2", "@team/kit": "1"}},
            "node_modules/web": {"version": "2.0.1", "integrity": "sha512-AA=="},
            "node_modules/web/node_modules/wire": {"version": "0.9.0"},
            "node_modules/@team/kit": {"version": "1.0.0", "name": "@team/kit"},
            "node_modules/alias": {"version": "4.0.0", "name": "real"},
            "node_modules/run": {"version": "9.0.0", "dev": True},
            "node_modules/local": {"resolved": "local", "link": True},
        },
    }
    nested = {
        "lockfileVersion": 1,
        "dependencies": {
            "web": {"version": "2.0.1", "dependencies": {"wire": {"version": "0.9.0"}}},
            "@team/kit": {"version": "1.0.0"},
            "alias": {"version": "npm:real@4.0.0"},
            "run": {"version": "9.0.0", "dev": True},
            "local": {"version": "file:local"},
        },
    }
    expected = {("web", "2.0.1", False), ("wire", "0.9.0", False), ("@team/kit", "1.0.0", False), ("real", "4.0.0", False), ("run", "9.0.0", True)}  # fmt: skip
    for text in (json.dumps(flat, indent=1), json.dumps(nested, indent=1)):
        assert facts(npm.package_lock(text, "package-lock.json")) == expected
    found = {each.name: each for each in npm.package_lock(json.dumps(flat, indent=1), "package-lock.json")}
    assert found["web"].direct
    assert not found["wire"].direct
    assert found["web"].line > 5


CLASSIC = """# yarn lockfile v1


"@team/kit@^1.0.0", "@team/kit@^1.0.2":
  version "1.0.3"
  resolved "https://registry.example.net/kit.tgz#0"
  integrity sha512-AA==
  dependencies:
    wire "~0.9"

wire@~0.9:
  version "0.9.4"

run@9:
  version "9.0.0"
"""
BERRY = """__metadata:
  version: 6

"@team/kit@npm:^1.0.0, @team/kit@npm:^1.0.2":
  version: 1.0.3
  resolution: "@team/kit@npm:1.0.3"
  dependencies:
    wire: "npm:~0.9"
  checksum: abcd
  languageName: node
  linkType: hard

"wire@npm:~0.9":
  version: 0.9.4
  resolution: "wire@npm:0.9.4"
  linkType: hard

"run@npm:9":
  version: 9.0.0
  resolution: "run@npm:9.0.0"

"shop@workspace:.":
  version: 0.0.0-use.local
  resolution: "shop@workspace:."
  linkType: soft
"""


@pytest.mark.parametrize("text", [CLASSIC, BERRY], ids=["classic", "berry"])
def test_yarn_of_both_forms(text: str) -> None:
    found = yarn.read(text, "yarn.lock", {"@team/kit": "^1.0.2"})
    assert facts(found) == {("@team/kit", "1.0.3", False), ("wire", "0.9.4", False), ("run", "9.0.0", True)}
    assert found[0].line == 4
    assert found[0].hashes


PNPM = {
    "5": "lockfileVersion: 5.4\npackages:\n  /@team/kit/1.0.3:\n    resolution: {integrity: sha512-AA==}\n    dev: false\n  /wire/0.9.4_react@18.0.0:\n    dev: true\n",
    "6": "lockfileVersion: '6.0'\npackages:\n  /@team/kit@1.0.3:\n    resolution: {integrity: sha512-AA==}\n    dev: false\n  /wire@0.9.4(react@18.0.0):\n    dev: true\n",
    "9": (
        "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      '@team/kit':\n        specifier: ^1\n        version: 1.0.3\n"
        "    devDependencies:\n      wire:\n        specifier: ^0\n        version: 0.9.4(react@18.0.0)\n"
        "packages:\n  '@team/kit@1.0.3':\n    resolution: {integrity: sha512-AA==}\n  wire@0.9.4:\n    resolution: {integrity: sha512-BB==}\n"
        "snapshots:\n  '@team/kit@1.0.3': {}\n  wire@0.9.4(react@18.0.0): {}\n"
    ),
}


@pytest.mark.parametrize("version", PNPM)
def test_pnpm_of_three_versions(version: str) -> None:
    found = pnpm.read(PNPM[version], "pnpm-lock.yaml")
    assert facts(found) == {("@team/kit", "1.0.3", False), ("wire", "0.9.4", True)}
    assert found[0].hashes == ("sha512-AA==",)
    assert all(each.line for each in found)


def test_bun() -> None:
    text = '{ "lockfileVersion": 1,\n "workspaces": {"": {"dependencies": {"kit": "^1"},}},\n "packages": {\n "kit": ["kit@1.0.3", "", {}, "sha512-AA=="],\n "me": ["me@workspace:."],\n },\n}'
    (kit,) = npm.bun(text, "bun.lock")
    assert (kit.name, kit.version, kit.hashes, kit.direct) == ("kit", "1.0.3", ("sha512-AA==",), True)


def test_a_manifest_is_pinned_by_exact_versions_alone() -> None:
    text = '{"dependencies": {"a": "1.2.3", "b": "^1.2.3", "c": "*", "d": "npm:real@=2.0.0", "e": "workspace:*", "f": "1.x"}, "devDependencies": {"g": "1"}}'
    found = {each.name: each.version for each in npm.package_json(text, "package.json")}
    assert found == {"a": "1.2.3", "b": "", "c": "", "real": "2.0.0", "f": "", "g": ""}


def test_a_library_is_what_may_be_published() -> None:
    assert npm.is_library('{"name": "kit", "exports": "./index.js"}')
    assert not npm.is_library('{"name": "shop", "private": true, "exports": "./index.js"}')
    assert not npm.is_library('{"name": "shop"}')


def test_deep_nesting_ends() -> None:
    text = '{"dependencies": ' + '{"a": {"version": "1.0.0", "dependencies": ' * 300 + "{}" + "}}" * 300 + "}"
    assert 100 < len(npm.package_lock(text, "package-lock.json")) < 300
