"""OAuth clients that ask for tokens in the front channel, or send a user's password to get one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qs

from ostiary.evidence.code import Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.judging import Fault, judged

_VARIABLE: Final = re.compile(r"[$@]?\w+")
_TYPE: Final = re.compile(r"response_type=([A-Za-z_+% ]+)")
_PASSWORD: Final = ("*OAuth2Session().fetch_token", "*LegacyApplicationClient", "*.acquireTokenByUsernamePassword", "*.acquire_token_by_username_password",
                    "*UsernamePasswordCredential", "*.PasswordCredentialsToken")  # fmt: skip
_CLIENT_WORDS: Final = re.compile(r"(?i)client_?id|token_?url|/token|oauth")
IMPLICIT: Final = "an access token is asked for in the front channel (implicit grant)"
EXCHANGED: Final = "a user's password is exchanged for a token (password grant)"


async def audit_source(tree: Tree) -> Finding:
    """Read response types and grant types that clients send."""
    faults, sound = [], list[Spot]()
    for spot, value in _types(tree):
        wanted = set(value.lower().replace("%20", " ").replace("+", " ").split())
        if "token" in wanted:
            faults.append(Fault(spot, IMPLICIT))
        elif "code" in wanted:
            sound.append(spot)
    faults += _passwords(tree)
    return judged(
        tree,
        faults,
        sound=sound,
        holds="a code is asked for",
        nothing="request of an OAuth client",
        proof="What the authorization endpoint returns in the address stays in histories and logs.",
    )


def _types(tree: Tree) -> Iterator[tuple[Spot, str]]:
    """Response types that are sent: in named arguments, dictionaries, and texts of URLs."""
    for call in tree.code.calls():
        for name in ("response_type", "responseType"):
            value = call.keywords.get(name)
            held = any(name in each.pairs and _VARIABLE.fullmatch(each.text) for each in call.args)
            if value is not None and isinstance(value.literal, str) and not held:
                yield call, value.literal
        for value in call.args:
            if not _VARIABLE.fullmatch(value.text):  # what a variable holds is told where it is set
                yield from ((call, each) for each in _in_value(value))
    for each in tree.code.assignments("*"):
        if each.last in {"response_type", "responseType"} and isinstance(each.value.literal, str):
            yield each, each.value.literal
        else:
            yield from ((each, found) for found in _in_value(each.value))


def _in_value(value: Value) -> Iterator[str]:
    member = value.pairs.get("response_type") or value.pairs.get("responseType")
    if member is not None and isinstance(member.literal, str):
        yield member.literal
    for part in (value, *value.parts):
        if (
            isinstance(part.literal, str)
            and "response_type=" in part.literal
            and "client_id" in value.text + part.literal
        ):
            found = _TYPE.search(part.literal)
            if found is not None:
                yield parse_qs(found[0]).get("response_type", [""])[0]


def _passwords(tree: Tree) -> Iterator[Fault]:
    for call in tree.code.calls():
        for value in (*call.args, *call.keywords.values()):
            grant = value.pairs.get("grant_type")
            if (
                grant is not None
                and grant.literal == "password"
                and "password" in value.pairs
                and _CLIENT_WORDS.search(call.text + value.text)
            ):
                yield Fault(call, EXCHANGED, Confidence.FIRM)
    for call in tree.code.calls(*_PASSWORD):
        if call.method != "fetch_token" or call.argument(None, "password") is not None:
            yield Fault(call, EXCHANGED, Confidence.FIRM)
