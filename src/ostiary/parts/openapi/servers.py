"""Where an API lives and who may use it: base paths, server variables, security schemes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from ostiary.parts.openapi.inputs import listed, mapping
from ostiary.parts.openapi.shelf import At, Shelf, wrong

_VARIABLE: Final = re.compile(r"\{([^{}]+)\}")
_FLOWS: Final = {"accessCode": "authorizationCode", "application": "clientCredentials"}


def servers_of(plain: Mapping[str, Any], at: At, *, old: bool) -> list[str]:
    """The server URLs a document, path item or operation names, variables filled in with their defaults.

    :raises ConfigError: for a server without a URL or a variable without a default.
    """
    if old:
        base = plain.get("basePath") or "/"
        if not isinstance(base, str) or not base.startswith("/"):
            wrong(at / "basePath", "must be text that starts with a slash")
        host = plain.get("host")
        schemes = [str(each) for each in listed(plain.get("schemes"), at / "schemes", "schemes")]
        return [f"{scheme}://{host}{base}" for scheme in schemes or ["https"]] if host else [base]
    found = []
    for n, server in enumerate(listed(plain.get("servers"), at / "servers", "servers")):
        here = at / "servers" / n
        entry = mapping(server, here, "a server")
        url = entry.get("url")
        if not isinstance(url, str):
            wrong(here, "a server without a url", "add `url`")
        variables = mapping(entry.get("variables"), here / "variables", "variables")
        found.append(_filled(url, variables, here))
    return found or ["/"]


def _filled(url: str, variables: Mapping[str, Any], at: At) -> str:
    def default(match: re.Match[str]) -> str:
        variable = variables.get(match[1])
        value = variable.get("default") if isinstance(variable, Mapping) else None
        if value is None:
            wrong(at / "url", f"{{{match[1]}}} has no default", f"add variables.{match[1]}.default")
        return str(value)

    return _VARIABLE.sub(default, url)


def base_of(servers: list[str], source: str, at: At, notes: dict[str, None]) -> str:
    """The path in front of every path: that of the first server, without a slash at its end."""
    start = source if source.startswith(("http://", "https://")) else "/"
    try:
        bases = [_joined(start, server) for server in servers]
    except ValueError:
        wrong(at / "servers", "one of the URLs cannot be read")
    others = dict.fromkeys(base or "/" for base in bases[1:] if base != bases[0])
    if others:
        notes[f"{at / 'servers'}: paths are those of the first server ({bases[0] or '/'}), not {', '.join(others)}"] = (
            None
        )
    return bases[0]


def _joined(start: str, server: str) -> str:
    # A reference without text is the document itself (RFC 3986 section 5.2.2); connexion means its host by it.
    path = urlsplit(urljoin(start, server or "/")).path.rstrip("/")
    return path if not path or path.startswith("/") else f"/{path}"


def schemes_of(document: Mapping[str, Any], shelf: Shelf, at: At, *, old: bool) -> Mapping[str, Mapping[str, Any]]:
    """Security schemes by name, in the words of OpenAPI 3."""
    if old:
        place = at / "securityDefinitions"
        plain = mapping(document.get("securityDefinitions"), place, "securityDefinitions")
        return {name: _modernised(mapping(each, place / name, "a security scheme")) for name, each in plain.items()}
    components = mapping(document.get("components"), at / "components", "components")
    place = at / "components" / "securitySchemes"
    found = {}
    for name, each in mapping(components.get("securitySchemes"), place, "securitySchemes").items():
        value, here = shelf.follow(each, place / name)
        found[str(name)] = mapping(value, here, "a security scheme")
    return found


def _modernised(scheme: Mapping[str, Any]) -> Mapping[str, Any]:
    if scheme.get("type") == "basic":
        return {**scheme, "type": "http", "scheme": "basic"}
    if scheme.get("type") != "oauth2":
        return scheme
    flow = str(scheme.get("flow", ""))
    inner = {key: scheme[key] for key in ("authorizationUrl", "tokenUrl", "scopes") if key in scheme}
    rest = {key: value for key, value in scheme.items() if key not in {"flow", *inner}}
    return {**rest, "flows": {_FLOWS.get(flow, flow): inner}}
