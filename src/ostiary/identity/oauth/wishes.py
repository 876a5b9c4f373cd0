"""What a client may ask for: a registered address, a code, PKCE, its own grants, scopes and resources."""

from __future__ import annotations

import re
from typing import Final

from ostiary.errors import (
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    RequestObject,
    UnauthorizedClient,
    UnprovenRedirect,
    UnsupportedGrantType,
    UnsupportedResponseType,
)
from ostiary.identity.oauth.asking import State, words
from ostiary.identity.oauth.clients import DEVICE, GRANTS, is_registered
from ostiary.identity.storage.clients import Client

__all__ = [
    "challenge_s256", "grant_allowed", "known_prompt", "no_request_object", "registered_redirect_uri",
    "resource_allowed", "resource_of", "resources_of", "response_mode_query", "response_type_code", "scopes_allowed", "scopes_of",
    "state_sent",
]  # fmt: skip

PROMPTS: Final = frozenset({"none", "login", "consent", "select_account"})
DIGEST: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")  # 256 bits of base64url in their one spelling
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}")  # RFC 6749 section 3.3
_AGE: Final = re.compile(r"[0-9]{1,9}")


async def registered_redirect_uri(state: State) -> None:
    """The address is one of the client's, as a string; from here on it may be told of refusals there."""
    sent = state.fields.get("redirect_uri", "")
    if not sent:
        raise UnprovenRedirect("redirect_uri is required")
    if not is_registered(sent, state.client.redirect_uris):
        raise UnprovenRedirect("the redirect_uri is not registered for this client")
    state.redirect_uri = sent


async def no_request_object(state: State) -> None:
    """There is one way to say what is asked for (RFC 9101 would be another)."""
    if "request" in state.fields:
        raise RequestObject("request objects are not taken here")
    if "request_uri" in state.fields:
        raise InvalidRequest("request_uri is not a parameter here")  # RFC 9126 section 2.1


async def response_type_code(state: State) -> None:
    """Tokens never travel through the browser (RFC 9700 section 2.1.2)."""
    if state.want("response_type") != "code":
        raise UnsupportedResponseType("the only response type is code")


async def response_mode_query(state: State) -> None:
    """Answers come in the query."""
    if state.fields.get("response_mode", "query") != "query":
        raise InvalidRequest("the only response mode is query")


async def state_sent(state: State) -> None:
    """A client without state cannot tell its own answers from foreign ones (RFC 6749 section 10.12)."""
    state.want("state")


async def grant_allowed(state: State) -> None:
    """The grant exists, and the client is registered for it."""
    grant = {"token": "", "device_authorization": DEVICE}.get(state.endpoint, "authorization_code")
    if not grant:
        grant = state.want("grant_type")
        if grant not in GRANTS:
            raise UnsupportedGrantType("there is no such grant here")
    if grant not in state.client.grants:
        raise UnauthorizedClient("the client is not registered for this grant")


async def challenge_s256(state: State) -> None:
    """PKCE with S256, of confidential clients too; what is left out would mean "plain" (RFC 7636 section 4.3)."""
    challenge = state.want("code_challenge")
    if state.fields.get("code_challenge_method") != "S256":
        raise InvalidRequest("code_challenge_method must be S256")
    if DIGEST.fullmatch(challenge) is None:
        raise InvalidRequest("the code_challenge is not a SHA-256 digest")
    if "dpop_jkt" in state.fields and DIGEST.fullmatch(state.fields["dpop_jkt"]) is None:
        raise InvalidRequest("dpop_jkt is not a thumbprint")


async def scopes_allowed(state: State) -> None:
    """The scopes asked for are the client's; where none are, its default ones, of which it may have none."""
    state.scopes = scopes_of(state.client, state.fields.get("scope", ""))


def scopes_of(client: Client, asked: str) -> tuple[str, ...]:
    """What a client gets where it asks for this.

    :raises InvalidScope: when one of them is not registered for it, or none is asked for and there is no default.
    """
    scopes = words(asked) or client.default_scopes
    if not scopes:
        raise InvalidScope("ask for a scope: the client has no default")
    if not all(_SCOPE.fullmatch(each) and each in client.scopes for each in scopes):
        raise InvalidScope("a scope is not one that the client may ask for")
    return scopes


async def resource_allowed(state: State) -> None:
    """The resource asked for is one that the client may have tokens for."""
    state.audience = resource_of(state)


def resource_of(state: State) -> str:
    """The resource that a token will be for: the client's first where none is asked for (RFC 8707 section 2).

    :raises InvalidTarget: when it is not among the client's.
    """
    mine = resources_of(state)
    asked = state.fields.get("resource", mine[0])
    if asked not in mine:
        raise InvalidTarget("the resource is not one that the client may ask tokens for")
    return asked


def resources_of(state: State) -> tuple[str, ...]:
    """The resources that the client may have tokens for, the one it gets where it asks for none first."""
    return state.client.audience or state.services.settings.audience[:1] or (state.services.issuer,)


async def known_prompt(state: State) -> None:
    """OpenID Connect Core section 3.1.2.1: values that exist, and "none" alone."""
    prompts = words(state.fields.get("prompt", ""))
    if not PROMPTS.issuperset(prompts) or ("none" in prompts and len(prompts) > 1):
        raise InvalidRequest("the prompt is not one that is known")
    if _AGE.fullmatch(state.fields.get("max_age", "0")) is None:
        raise InvalidRequest("max_age is not a number of seconds")
