"""Templates: what goes into a page as it is is found, what takes care of itself is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.tree import Tree
from ostiary.parts.code.templates import as_they_are


def places(folder: Path, name: str, text: str) -> list[str]:
    (folder / name).write_text(text, encoding="utf-8")
    return [each.place for each in as_they_are(Tree("it", Folder(folder), root=folder))]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("post.html", "<p>{{ post.text | safe }}</p>"),
        ("post.j2", "{% autoescape false %}"),
        ("post.ejs", "<p><%- post.text %></p>"),
        ("post.hbs", "<p>{{{ post.text }}}</p>"),
        ("post.pug", "p!= post.text"),
        ("Post.vue", '<p v-html="post.text"></p>'),
        ("post.html.erb", "<p><%= raw post.text %></p>"),
        ("post.blade.php", "<p>{!! $post->text !!}</p>"),
        ("mail.html", '<p th:utext="${post.text}"></p>'),
    ],
)
def test_a_text_that_no_template_encodes_is_found_at_its_line(tmp_path: Path, name: str, line: str) -> None:
    assert places(tmp_path, name, f"first\n{line}\n") == [f"{name}:2"]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("post.html", "<p>{{ post.text }}</p>{{ form.media|safe }}{{ data|tojson|safe }}"),
        ("post.ejs", "<%- include('head') %><p><%= post.text %></p>"),
        ("post.hbs", "<p>{{ post.text }}</p>{{{ body }}}"),
        ("post.pug", "p= post.text"),
        ("Post.vue", '<p v-text="post.text"></p>'),
        ("post.html.erb", "<p><%= post.text %></p>"),
        ("post.blade.php", "<p>{{ $post->text }}</p>{!! csrf_field() !!}"),
        ("mail.html", '<p th:text="${post.text}"></p>'),
    ],
)
def test_a_text_that_is_encoded_is_left_alone(tmp_path: Path, name: str, line: str) -> None:
    assert places(tmp_path, name, f"first\n{line}\n") == []
