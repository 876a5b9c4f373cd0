"""Nothing small grows large, in XML or in YAML."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
import yaml

from closing import InProcess, Request, Response, app_of, audited, closes_the_loop
from exchanges import ask, compiled, exchange
from ostiary.controls.processing.no_entity_expansion.live import xml_growing, yaml_growing
from ostiary.model import Outcome
from recorded import Recorded
from samples import sample
from shop import shop, taking

ID = "processing.no-entity-expansion"
XML = {"application/xml": b"<order><item>x</item></order>"}
YAML = {"application/yaml": b"a: 1"}


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/xml", xml_growing(b"<r></r>") or b""),
        ("application/yaml", yaml_growing()),
        ("text/yaml", b"a: &a [*a]"),
        ("application/openapi+yaml", b"[" * 100 + b"]" * 100),
    ],
)
def test_what_grows_is_refused(media: str, body: bytes) -> None:
    for api in (taking(media), None):
        refusal = ask(compiled(api, only=[ID]), exchange("POST", "/things", [("content-type", media)], body))
        assert refusal is not None
        assert refusal.status == 400


def test_it_is_refused_in_parts_of_forms() -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="f"\r\nContent-Type: application/yaml\r\n\r\n'
    made = exchange(
        "POST", "/things", [("content-type", "multipart/form-data; boundary=b")], head + yaml_growing() + b"\r\n--b--"
    )
    refusal = ask(compiled(taking("multipart/form-data"), only=[ID]), made)
    assert refusal is not None
    assert refusal.status == 400


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/yaml", b"base: &base {a: 1}\nfirst: *base\nsecond: *base\n"),
        ("application/xml", b"<a>&amp;&lt;&#233;</a>"),
        ("application/json", b'{"a":"&b;&b;"}'),
    ],
)
def test_ordinary_documents_pass(media: str, body: bytes) -> None:
    assert ask(compiled(taking(media), only=[ID]), exchange("POST", "/things", [("content-type", media)], body)) is None


def obeying(request: Request) -> Response:
    """ElementTree and PyYAML 6.0.3 as they come: neither has a limit that this reaches."""
    if request.headers.get("content-type") == "application/xml":
        return Response(200, "".join(ET.fromstring(request.body).itertext()))
    if request.headers.get("content-type") == "application/yaml":
        return Response(200, json.dumps(yaml.safe_load(request.body)))
    return Response()


@pytest.mark.parametrize(("media", "bodies"), [("application/xml", XML), ("application/yaml", YAML)])
def test_the_loop_closes(media: str, bodies: dict[str, bytes]) -> None:
    closes_the_loop(ID, obeying, taking(media), bodies=bodies)


def test_every_declared_format_is_tried() -> None:
    def half(request: Request) -> Response:
        return Response(400) if b"DOCTYPE" in request.body else obeying(request)

    http = InProcess(app_of(half), taking("application/xml", "application/yaml"), bodies=XML)
    assert audited(ID, http).outcome is Outcome.FAIL


def test_what_is_sent_stays_small() -> None:
    http = InProcess(app_of(obeying), taking("application/xml"), bodies=XML)
    audited(ID, http)
    assert max(len(asked.body) for asked in http.sent) < 1000
    assert len("".join(ET.fromstring(xml_growing(b"<r></r>") or b"").itertext())) < 10_000


def test_a_document_that_is_swallowed_decides_nothing() -> None:
    http = InProcess(app_of(lambda _: Response()), taking("application/yaml"), bodies=YAML)
    assert audited(ID, http).outcome is Outcome.UNKNOWN


def test_an_undeclared_format_that_grows_is_found_and_one_that_is_refused_does_not_apply() -> None:
    assert audited(ID, InProcess(app_of(obeying), shop())).outcome is Outcome.FAIL
    created, refused = sample("fastapi-0.165.0", "created"), sample("fastapi-0.165.0", "json-labelled-text")
    http = Recorded(
        answering=lambda asked: created if dict(asked.headers)["content-type"] == "application/json" else refused,
        api=shop(),
    )
    assert audited(ID, http).outcome is Outcome.NOT_APPLICABLE
