"""Styles and scripts of the pages: a fixed list of files, read once, never looked up by what a request says."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ostiary.identity.dispatch import Handler
from ostiary.identity.services import Services
from ostiary.identity.web import Request, Response

__all__ = ["ROUTES"]

_FOLDER: Final = Path(__file__).parent / "assets"
_TYPES: Final = {".css": "text/css", ".js": "text/javascript"}


def _serving(path: Path) -> Handler:
    content = path.read_bytes()

    async def serve(_services: Services, _request: Request) -> Response:
        response = Response(content, media_type=_TYPES[path.suffix])
        response.headers["cache-control"] = "public, max-age=3600"
        response.headers["cross-origin-resource-policy"] = "same-origin"
        return response

    return serve


ROUTES: Final = tuple(
    (f"/assets/{path.name}", ("GET",), _serving(path)) for path in sorted(_FOLDER.iterdir()) if path.suffix in _TYPES
)
