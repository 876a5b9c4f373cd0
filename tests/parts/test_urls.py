from __future__ import annotations

import pytest

from ostiary.parts.urls import is_image, runs_script, scheme_of

IMAGES = frozenset({"image/png", "image/jpeg"})


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        ("https://a.example", "https"),
        ("HTTPS:a", "https"),
        (" \t\x00javascript:x", "javascript"),
        ("\u00a0\ufeffjava\tscr\nipt:x", "javascript"),
        ("j\x00avascript:x", "javascript"),
        ("com.example.app:/cb", "com.example.app"),
        ("/path:x", ""),
        ("//host/x", ""),
        ("?javascript:x", ""),
        ("1http:x", ""),
        ("localhost:3000", ""),
        ("localhost:3000/cb?x", ""),
        ("tel:+44 20", "tel"),
        ("mailto:a@b.example", "mailto"),
        ("no scheme: text", ""),
        ("", ""),
    ],
)
def test_a_scheme_is_read_as_browsers_do(text: str, scheme: str) -> None:
    assert scheme_of(text) == scheme


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:x", "\x01javascript:x", "java\nscript:x", "java\tscript\r:x",
        "javascript&colon;alert(1)", "&#106;avascript:x", "&#x6A;avascript&#58;x", "jav&#x09;ascript:x", "\u3000javascript:x",
        "\uff4aavascript:x", "javascript\uff1ax", "vbscript:msgbox", "data:text/html,<script>", "data:text/html;base64,PHN2Zz4=",
        "DATA:,x", "data:image/svg+xml,<svg>", "data:;base64,xx", "file:///etc/passwd", "file:\\\\host\\x",
        "blob:https://a.example/1", "filesystem:https://a.example/x", "view-source:https://a.example", "about:srcdoc",
        "java\u200bscript:x", "data:" + "x" * 300,
    ],
)  # fmt: skip
def test_what_runs_or_opens_something_is_found(text: str) -> None:
    assert runs_script(text, IMAGES)


@pytest.mark.parametrize(
    "text",
    [
        "Script: a play", "Data: see below", "File: report.txt", "data", "file", "blob: a monster",
        "about: me", "https://a.example/javascript:x", "https://a.example/?u=javascript:x", "#javascript:", "./javascript:x",
        "data:image/png;base64,iVBORw0KGgo=", "data:IMAGE/JPEG;base64,/9j/", "nginx:1.21", "O'Brien & Sons: est. 1900",
        "\u05e9\u05dc\u05d5\u05dd: \u05e2\u05d5\u05dc\u05dd", "see: javascript:x", "javascripts", "", "data:image/png;no=comma",
    ],
)  # fmt: skip
def test_what_only_looks_like_it_passes(text: str) -> None:
    assert not runs_script(text, IMAGES)


def test_an_image_is_told_by_its_exact_type() -> None:
    assert is_image(" data:image/png;base64,xx", IMAGES)
    assert not is_image("data:image/png+xml,xx", IMAGES)
    assert not is_image("data:image/svg+xml,xx", IMAGES)
    assert not is_image("image/png", IMAGES)
