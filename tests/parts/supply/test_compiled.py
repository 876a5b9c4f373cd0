"""Lock files of Go, Java, Ruby, Rust and PHP."""

from __future__ import annotations

import pytest

from ostiary.parts.supply import golang, gradle, maven, php, ruby, rust


def test_go_reads_requirements_replacements_and_sums() -> None:
    text = """module example.net/shop
go 1.22
require example.net/one v1.2.3
require (
	example.net/two v0.0.0-20210101000000-abcdef123456 // indirect
	example.net/three v2.0.0+incompatible
	example.net/four v1.0.0 // indirect
)
replace example.net/four => ../four
replace example.net/one v1.2.3 => example.net/fork v1.2.4
exclude example.net/five v1.0.0
"""
    found = golang.read(text, "go.mod", "example.net/fork v1.2.4 h1:abc=\nexample.net/fork v1.2.4/go.mod h1:def=\n")
    assert [(each.name, each.version, each.direct, each.hashes, each.line) for each in found] == [
        ("example.net/fork", "v1.2.4", True, ("h1:abc=",), 3),
        ("example.net/two", "v0.0.0-20210101000000-abcdef123456", False, (), 5),
        ("example.net/three", "v2.0.0+incompatible", True, (), 6),
    ]


PARENT = """<project xmlns="http://maven.apache.org/POM/4.0.0"><groupId>net.shop</groupId><artifactId>parent</artifactId><version>3</version>
<properties><kit.version>4.2.1</kit.version><loop>${loop}</loop></properties>
<dependencyManagement><dependencies>
<dependency><groupId>org.kit</groupId><artifactId>core</artifactId><version>${kit.version}</version></dependency>
</dependencies></dependencyManagement></project>"""
CHILD = """<?xml version="1.0"?><project><parent><groupId>net.shop</groupId><artifactId>parent</artifactId><version>3</version></parent>
<artifactId>web</artifactId>
<dependencies>
<dependency><groupId>org.kit</groupId><artifactId>core</artifactId></dependency>
<dependency><groupId>org.kit</groupId><artifactId>api</artifactId><version>[1.0,2.0)</version></dependency>
<dependency><groupId>org.kit</groupId><artifactId>odd</artifactId><version>${unknown}</version></dependency>
<dependency><groupId>org.test</groupId><artifactId>unit</artifactId><version>${loop}</version><scope>test</scope></dependency>
<dependency><groupId>${project.groupId}</groupId><artifactId>parent</artifactId><version>${project.version}</version></dependency>
</dependencies></project>"""


def test_maven_inherits_from_parents_in_the_tree() -> None:
    found = maven.resolved([maven.read(CHILD, "web/pom.xml"), maven.read(PARENT, "pom.xml")])
    facts = {
        each.name: (each.version, each.wanted, bool(each.managed), each.development, each.pinned) for each in found
    }
    assert facts == {
        "org.kit:core": ("4.2.1", "", False, False, True),
        "org.kit:api": ("", "[1.0,2.0)", False, False, False),
        "org.kit:odd": ("", "", True, False, True),
        "org.test:unit": ("", "", True, True, True),
    }
    assert {each.name: each.line for each in found}["org.kit:api"] == 5


def test_a_parent_elsewhere_manages_what_has_no_version() -> None:
    (first, *_) = maven.resolved([maven.read(CHILD, "web/pom.xml")])
    assert (first.version, first.managed) == ("", "net.shop:parent:3")


@pytest.mark.parametrize("text", ["", "<project>", '<!DOCTYPE x [<!ENTITY a "b">]><project>&a;</project>', "<a>" * 500])
def test_a_pom_that_is_none_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of its kind
        maven.read(text, "pom.xml")


def test_gradle_scripts_locks_and_catalogues() -> None:
    script = """
val web = "2.1.0"
/* implementation("a:commented:1.0") */
dependencies {
    implementation("net.shop:web:$web") // implementation("a:b:1")
    api('net.shop:plus:1.+')
    testImplementation(group = "net.shop", name = "unit", version = "3.0")
    implementation(platform("net.shop:all:7.0"))
    implementation("net.shop:managed")
    implementation("net.shop:from-properties:$kitVersion")
    implementation(project(":core"))
    url = "https://example.net/implementation"
}
"""
    found = {
        each.name: (each.version, each.pinned, each.development)
        for each in gradle.script(script, "build.gradle.kts", {"kitVersion": "4"})
    }
    assert found == {
        "net.shop:web": ("2.1.0", True, False),
        "net.shop:plus": ("", False, False),
        "net.shop:unit": ("3.0", True, True),
        "net.shop:all": ("7.0", True, False),
        "net.shop:managed": ("", True, False),
        "net.shop:from-properties": ("4", True, False),
    }
    lock = gradle.lockfile(
        "# comment\na:b:1.0=compileClasspath,runtimeClasspath\na:t:2=testCompileClasspath\nempty=\n", "gradle.lockfile"
    )
    assert [(each.name, each.version, each.development) for each in lock] == [("a:b", "1.0", False), ("a:t", "2", True)]
    toml = '[versions]\nweb = "2.1"\nstrict = {strictly = "5"}\n[libraries]\none = {module = "a:b", version.ref = "web"}\ntwo = "a:c:3"\nthree = {group = "a", name = "d", version.ref = "strict"}\n'
    assert [(each.name, each.version, each.line) for each in gradle.catalogue(toml, "libs.versions.toml")] == [
        ("a:b", "2.1", 5),
        ("a:c", "3", 6),
        ("a:d", "5", 7),
    ]


def test_ruby() -> None:
    text = """GIT
  remote: https://example.net/kit.git
  revision: 0123456789abcdef0123456789abcdef01234567
  specs:
    kit (1.0)

GEM
  remote: https://rubygems.org/
  specs:
    web (7.0.4)
      wire (>= 2, < 4)
    wire (3.1.0-x86_64-linux)

PLATFORMS
  ruby

DEPENDENCIES
  kit!
  web (~> 7.0)

CHECKSUMS
  web (7.0.4) sha256=1111111111111111111111111111111111111111111111111111111111111111
"""
    found = {each.name: each for each in ruby.lock(text, "Gemfile.lock")}
    assert {name: (each.version, each.direct) for name, each in found.items()} == {
        "kit": ("1.0", True),
        "web": ("7.0.4", True),
        "wire": ("3.1.0", False),
    }
    assert found["web"].hashes == (f"sha256:{'1' * 64}",)
    gems = ruby.manifest("gem 'web', '~> 7.0'\ngem \"exact\", \"1.2\"\ngroup :test do\n  gem 'spec'\nend\ngem 'lint', group: :development\ngem 'here', path: 'x'\n# gem 'no'\n", "Gemfile")  # fmt: skip
    assert [(each.name, each.version, each.development) for each in gems] == [
        ("web", "", False),
        ("exact", "1.2", False),
        ("spec", "", True),
        ("lint", "", True),
    ]


def test_rust_and_php() -> None:
    crates = rust.lock(
        '[[package]]\nname = "me"\nversion = "0.1.0"\n[[package]]\nname = "kit"\nversion = "1.2.3"\nsource = "registry+https://x"\nchecksum = "aa"\n',
        "Cargo.lock",
    )
    assert [(each.name, each.version, each.hashes, each.line) for each in crates] == [
        ("kit", "1.2.3", ("sha256:aa",), 5)
    ]
    ranges = rust.manifest(
        '[dependencies]\nkit = "1.2"\nexact = "=1.2.3"\nnear = {path = "x"}\n[target."cfg(unix)".dependencies]\nnix = {version = "0.2"}\n[dev-dependencies]\nrun = "1"\n',
        "Cargo.toml",
    )
    assert {each.name: (each.version, each.development) for each in ranges} == {
        "kit": ("", False),
        "exact": ("1.2.3", False),
        "nix": ("", False),
        "run": ("", True),
    }
    text = (
        '{"packages": [\n{"name": "web/kit",\n "version": "v5.4.1", "dist": {"shasum": "aa"}}],\n "packages-dev": [{"name": "run/er", "version": "dev-main", "source": {"reference": "'
        + "b" * 40
        + '"}}]}'
    )
    found = php.lock(text, "composer.lock")
    assert [(each.name, each.version, each.development, each.pinned) for each in found] == [
        ("web/kit", "v5.4.1", False, True),
        ("run/er", "", True, True),
    ]
    named = php.manifest(
        '{"require": {"php": ">=8", "ext-json": "*", "web/kit": "^5", "web/one": "1.2.3"}}', "composer.json"
    )
    assert [(each.name, each.version) for each in named] == [("web/kit", ""), ("web/one", "1.2.3")]


def test_a_module_that_is_not_built_has_the_hash_of_its_own_list() -> None:
    (one,) = golang.read(
        "require example.net/two v1.0.0 // indirect\n", "go.mod", "example.net/two v1.0.0/go.mod h1:def=\n"
    )
    assert one.hashes == ("h1:def=",)
