"""A QR code is an SVG without scripts or styles, which a page shows as data."""

from __future__ import annotations

from typing import Final

import segno

__all__ = ["data_uri"]

_LONGEST: Final = 1000  # bytes; beyond that no camera reads it from a screen


def data_uri(text: str) -> str:
    """A ``data:image/svg+xml`` URI of the text's QR code (ISO/IEC 18004), with the quiet zone that readers need.

    :raises ValueError: when the text is too long to be read from a screen.
    """
    if len(text.encode()) > _LONGEST:
        msg = f"a QR code for people holds at most {_LONGEST} bytes"
        raise ValueError(msg)
    made = segno.make_qr(text, error="m")
    return str(
        made.svg_data_uri(scale=4, dark="#000", light="#fff", svgclass=None, lineclass=None, encode_minimal=False)
    )
