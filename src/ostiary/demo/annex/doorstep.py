"""What lies on the doorstep: pages that belong to no room, some of which should not be there."""

from __future__ import annotations

import time
from collections.abc import Set as AbstractSet

from ostiary.demo.wire import Answer, as_json

_SETTINGS = "beyond.secret-scanning"
_PLANE = "input.dynamic-deploy"
_THREATS = "people.polite-to-reporters"
FAULTS = {
    _SETTINGS: "publishes the settings that it was started with",
    _PLANE: "shows the configuration of its proxy to anybody",
    _THREATS: "threatens whoever reports a weakness",
}
_DAYS = 180


def page(path: str, faults: AbstractSet[str]) -> Answer | None:
    """What is at a path, or None."""
    if path == "/.well-known/security.txt":
        expires = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() + _DAYS * 86400))
        policy = "Policy: /.well-known/reporting-policy\n" if _THREATS in faults else ""
        return _plain(f"Contact: mailto:security@annex.example\nExpires: {expires}\nPreferred-Languages: en\n{policy}")
    if path == "/.env" and _SETTINGS in faults:
        return _plain("APP_ENV=production\nDB_HOST=10.0.0.5\nDB_PASSWORD=" + "tR7v9q" + "Kz2mB4\n")
    if path == "/config/" and _PLANE in faults:
        return as_json(200, {"apps": {"http": {"servers": {"annex": {"listen": [":443"]}}}}})
    if path == "/.well-known/reporting-policy" and _THREATS in faults:
        return _plain("Whoever looks for weaknesses here will be prosecuted.\n")
    return None


def _plain(text: str) -> Answer:
    return Answer(200, text.encode(), "text/plain; charset=utf-8")
