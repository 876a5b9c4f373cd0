"""Multipart forms are split one way only; the samples are written as the named clients write them."""

from __future__ import annotations

import pytest

from ostiary.errors import Denied
from ostiary.parts.multipart import MOST_PARTS, Part, boundary_of, parse


def form(*heads_and_contents: tuple[str, bytes], boundary: str = "b", end: bytes = b"\r\n") -> bytes:
    parts = b"".join(
        b"--" + boundary.encode() + b"\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n"
        for head, content in heads_and_contents
    )
    return parts + b"--" + boundary.encode() + b"--" + end


CLIENTS = [
    ("curl 7.88.1", 'Content-Disposition: form-data; name="file"; filename="a \\"b\\".txt"\r\nContent-Type: text/plain',
     Part("file", 'a "b".txt', "text/plain", b"x")),
    ("Chrome 120", 'Content-Disposition: form-data; name="file"; filename="a %22b%22.png"\r\nContent-Type: image/png',
     Part("file", "a %22b%22.png", "image/png", b"x")),
    ("Firefox 121, nothing chosen", 'Content-Disposition: form-data; name="file"; filename=""\r\nContent-Type: application/octet-stream',
     Part("file", "", "application/octet-stream", b"x")),
    ("requests 2.31", 'Content-Disposition: form-data; name="file"; filename="naïve.txt"', Part("file", "naïve.txt", "", b"x")),
    (".NET 8 HttpClient", "Content-Disposition: form-data; name=file; filename=\"=?utf-8?B?bmHDr3ZlLnR4dA==?=\"; filename*=utf-8''na%C3%AFve.txt",
     Part("file", "=?utf-8?B?bmHDr3ZlLnR4dA==?=", "", b"x")),
    ("axios 1.6 on Node", 'Content-Disposition: form-data; name="meta"\r\nContent-Type: application/json', Part("meta", None, "application/json", b"x")),
    ("OkHttp 4.12", 'Content-Disposition: form-data; name="title"\r\nContent-Length: 1', Part("title", None, "", b"x")),
    ("Windows path", 'Content-Disposition: form-data; name="f"; filename="C:\\Users\\me\\x.txt"', Part("f", "C:\\Users\\me\\x.txt", "", b"x")),
]  # fmt: skip


@pytest.mark.parametrize(("client", "head", "part"), CLIENTS, ids=[each[0] for each in CLIENTS])
def test_parts_of_ordinary_clients_are_read(client: str, head: str, part: Part) -> None:
    assert parse(form((head, b"x")), b"b") == [part]


FIELD = 'Content-Disposition: form-data; name="a"'


def test_content_may_hold_anything_but_the_delimiter() -> None:
    content = b"\r\n--\r\n--c\r\n\x00\xff--b"
    assert [part.content for part in parse(form((FIELD, content), (FIELD, b"")), b"b")] == [content, b""]


def test_an_end_without_a_line_break_and_a_first_line_break_are_fine() -> None:
    assert len(parse(b"\r\n" + form((FIELD, b"1"), end=b""), b"b")) == 1
    assert parse(b"--b--\r\n", b"b") == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"preamble\r\n" + form((FIELD, b"1")),
        form((FIELD, b"1")) + b"epilogue",
        form((FIELD, b'1\n--b\nContent-Disposition: form-data; name="role"\n\nadmin')),
        form((FIELD, b'1\r--b\rContent-Disposition: form-data; name="role"\r\radmin')),
        form((FIELD, b"1\n\r\n--b\n--b\r\n")),
        form((FIELD, b"1\n--b--\n")),
        form((FIELD, b"1")).replace(b"\r\n", b"\n"),
        form((FIELD, b"1"), end=b"")[:-2],
        b"--b \r\n" + FIELD.encode() + b"\r\n\r\n1\r\n--b--\r\n",
        form(("Content-Type: text/plain", b"1")),
        form(("Content-Disposition: attachment; name=x", b"1")),
        form(("Content-Disposition: form-data", b"1")),
        form((FIELD + "\r\n" + FIELD, b"1")),
        form((FIELD + '; name="b"', b"1")),
        form((FIELD + "\r\n folded: x", b"1")),
        form((FIELD + "\r\nContent-Transfer-Encoding: base64", b"MQ==")),
        form((FIELD + "\r\nContent-Type: nonsense", b"1")),
        form((FIELD + "\r\nX: " + "x" * 9000, b"1")),
        form((FIELD + '; filename="../../etc/passwd"', b"1")),
        form((FIELD + '; filename="..\\..\\boot.ini"', b"1")),
        form((FIELD + '; filename="/etc/passwd"', b"1")),
        form((FIELD + "; filename=\"a\"; filename*=utf-8''..%2Fa", b"1")),
        form(*[(FIELD, b"1")] * (MOST_PARTS + 1)),
    ],
)
def test_what_two_readers_could_split_differently_is_refused(body: bytes) -> None:
    with pytest.raises(Denied) as refusal:
        parse(body, b"b")
    assert refusal.value.status == 400


def test_as_many_parts_as_the_bound_are_read() -> None:
    assert len(parse(form(*[(FIELD, b"1")] * MOST_PARTS), b"b")) == MOST_PARTS


@pytest.mark.parametrize("value", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 71,
                                   "multipart/form-data; boundary=a; boundary=b", 'multipart/form-data; boundary="a "'])  # fmt: skip
def test_a_boundary_must_be_a_single_proper_one(value: str) -> None:
    with pytest.raises(Denied):
        boundary_of(value)


def test_the_boundaries_of_browsers_and_libraries_are_proper() -> None:
    for boundary in ["----WebKitFormBoundary7MA4YWxkTrZu0gW", "---------------------------9051914041544843365972754266",
                     "------------------------d74496d66958873e", "8f2a3c1e5b7d49f0a1c2"]:  # fmt: skip
        assert boundary_of(f"multipart/form-data; boundary={boundary}") == boundary.encode()
