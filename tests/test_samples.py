"""The recordings read back as what the servers sent."""

from __future__ import annotations

import pathlib
import re

import pytest

import samples

HERE = pathlib.Path(samples.__file__).parent


@pytest.mark.parametrize("server", samples.servers())
def test_every_recording_of_a_server_reads(server: str) -> None:
    for situation in samples.situations(server):
        if samples.raw(server, situation).startswith(b"HTTP/"):
            answer = samples.sample(server, situation)
            assert 100 <= answer.status < 600
            assert all(name == name.lower() and name for name, _ in answer.headers)
            length = answer.head("content-length")
            if length and answer.asked.method != "HEAD" and not answer.truncated and answer.status != 304:
                # a scrubbed path or secret is shorter or longer than the real one
                assert abs(int(length) - len(answer.body)) <= 0.2 * len(answer.body) + 8, situation


def test_what_a_recording_holds_is_what_the_server_sent() -> None:
    trace = samples.sample("apache-2.4.71", "trace")
    assert trace.status == 200
    assert trace.body.startswith(b"TRACE /items.json HTTP/1.1\r\n")
    assert b"X-Probe: canary\r\n" in trace.body
    assert trace.asked.method == "TRACE"
    listed = samples.sample("nginx-1.22.1", "directory-listing")
    assert listed.media_type == "text/html"
    assert "<title>Index of /folder/</title>" in listed.text
    assert samples.raw("flask-3.1.3", "bad-request-line").startswith(b"<!DOCTYPE HTML>\n")  # HTTP/0.9: no head
    assert len(samples.sample("nginx-1.22.1", "long-url").asked.target) > 70_000
    assert samples.sent("go-1.26.8", "bad-request-line") == b"GARBAGE\r\n\r\n"
    assert samples.sample("django-5.2.19", "debug-error-page").truncated


def test_a_situation_is_found_on_every_server_that_has_it() -> None:
    found = dict(samples.every("not-found"))
    assert len(found) >= 15
    assert {answer.status for server, answer in found.items() if not server.startswith("kinto")} == {404}


def test_an_unknown_recording_is_an_error_and_not_an_empty_answer() -> None:
    with pytest.raises(KeyError):
        samples.sample("nginx-1.22.1", "no-such-situation")


def test_nothing_of_the_recording_machine_is_left() -> None:
    for path in HERE.glob("*.http"):
        text = path.read_bytes()
        assert not re.search(rb"/tmp/|/root/|/home/|127\.0\.0\.1:1\d{4}", text), path.name
