"""What a Dockerfile's last stage stands on, and until when that is supported."""

from __future__ import annotations

import datetime as dt

import pytest

from ostiary.parts.supply.base_images import base
from ostiary.parts.supply.releases import of_image, of_system


@pytest.mark.parametrize(
    ("text", "name", "tag", "line"),
    [
        ("FROM debian:13\n", "debian", "13", 1),
        ("ARG V=3.12\nFROM python:${V}-slim AS base\nFROM node:22 AS x\nFROM base\n", "python", "3.12-slim", 2),
        (
            "from --platform=linux/amd64 registry.example.net:5000/team/kit:1 as y\n",
            "registry.example.net:5000/team/kit",
            "1",
            1,
        ),
        ("FROM node\n", "node", "", 1),
        ("FROM ${BASE:-alpine:3.22}\n", "alpine", "3.22", 1),
        ("FROM debian@sha256:00\n", "debian", "", 1),
        ("FROM scratch\n", "", "", 1),
    ],
)
def test_the_last_stage_stands_on(text: str, name: str, tag: str, line: int) -> None:
    found = base(text)
    assert found is not None
    assert (found.name, found.tag, found.line) == (name, tag, line)


def test_what_floats() -> None:
    def floats(text: str) -> bool:
        found = base(text)
        assert found is not None
        return found.floating

    assert [floats(f"FROM {each}\n") for each in ("node", "node:latest", "node:22", "node@sha256:00", "node:latest@sha256:00")] == [True, True, False, False, False]  # fmt: skip
    assert base("RUN true\n") is None
    unresolved = base("ARG BASE\nFROM $BASE\n")
    assert unresolved is not None
    assert unresolved.unresolved


@pytest.mark.parametrize(
    ("name", "tag", "day"),
    [
        ("debian", "buster-slim", "2024-06-30"),
        ("debian", "9.13", "2022-06-30"),
        ("docker.io/library/ubuntu", "18.04", "2023-05-31"),
        ("ubuntu", "focal", "2025-05-29"),
        ("alpine", "3.12.1", "2022-05-01"),
        ("python", "3.7", "2023-06-27"),
        ("python", "3.13-slim-buster", "2024-06-30"),
        ("node", "14-alpine3.12", "2022-05-01"),
        ("golang", "1.24-bullseye", "2026-08-31"),
    ],
)
def test_images_end(name: str, tag: str, day: str) -> None:
    end = of_image(name, tag)
    assert end is not None
    assert end.day == dt.date.fromisoformat(day)


@pytest.mark.parametrize(
    ("name", "tag"), [("team/debian", "9"), ("kit", "buster"), ("python", "slim"), ("alpine", "edge"), ("nginx", "1.9")]
)
def test_nothing_is_said_of_what_is_not_known(name: str, tag: str) -> None:
    assert of_image(name, tag) is None


def test_systems_end() -> None:
    end = of_system("debian", "11")
    assert end is not None
    assert end.system
    assert of_system("gentoo", "2") is None
