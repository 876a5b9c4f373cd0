"""QR codes: SVG and nothing but shapes; a picture that a browser draws the same as the code's own modules."""

from __future__ import annotations

import re
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
import segno

from ostiary.parts.qr_codes import data_uri

TEXT = "otpauth://totp/Ostiary:ada%40example.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ostiary"


def drawn(uri: str) -> tuple[int, set[tuple[int, int]]]:
    """Size in modules and the dark ones, read from the path's own commands."""
    root = ET.fromstring(unquote(uri.partition(",")[2]))
    dark: set[tuple[int, int]] = set()
    strokes = [each for each in root.iter() if each.get("stroke") == "#000"]
    assert len(strokes) == 1
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", strokes[0].get("d", "")):
        given = [float(each) for each in re.findall(r"-?[0-9]*\.?[0-9]+", numbers)]
        if command == "h":
            dark |= {(int(x) + step, int(y - 0.5)) for step in range(int(given[0]))}
            x += given[0]
        else:
            x, y = given if command == "M" else (x + given[0], y + given[1])
    return int(root.get("width", "0")) // 4, dark


def test_it_draws_the_modules_of_the_code() -> None:
    size, dark = drawn(data_uri(TEXT))
    matrix = list(segno.make_qr(TEXT, error="m").matrix_iter(border=4))
    assert size == len(matrix)
    assert dark == {(x, y) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}


def test_it_is_shapes_alone() -> None:
    root = ET.fromstring(unquote(data_uri(TEXT).partition(",")[2]))
    assert {each.tag.rpartition("}")[2] for each in root.iter()} == {"svg", "g", "path"}
    assert {name for each in root.iter() for name in each.attrib} <= {
        "width",
        "height",
        "d",
        "stroke",
        "fill",
        "transform",
        "viewBox",
    }


def test_what_no_camera_reads_is_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        data_uri("a" * 1001)
