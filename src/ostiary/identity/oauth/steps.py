"""What every OAuth endpoint checks, and in which order: this table, and nothing beside it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from ostiary.errors import Denied, InvalidRequest
from ostiary.identity.oauth.asking import State, Step, no_parameter_twice, source_paced
from ostiary.identity.oauth.client_auth import client_named, client_proven
from ostiary.identity.oauth.consenting import person_agreed
from ostiary.identity.oauth.presence import person_expected, person_in_order, person_present, person_signed_in
from ostiary.identity.oauth.proofs import key_proven
from ostiary.identity.oauth.pushing import pushed_parameters
from ostiary.identity.oauth.replies import refused
from ostiary.identity.oauth.waiting import take_back
from ostiary.identity.oauth.wishes import (
    challenge_s256,
    grant_allowed,
    known_prompt,
    no_request_object,
    registered_redirect_uri,
    resource_allowed,
    response_mode_query,
    response_type_code,
    scopes_allowed,
    state_sent,
)
from ostiary.identity.services import Services
from ostiary.identity.web import Request, Response, fields_of, visit_of
from ostiary.parts import forms

__all__ = ["COLUMNS", "STEPS", "check", "walk"]

A, T, P, R, I, D, L = "authorize", "token", "par", "revoke", "introspect", "device_authorization", "logout"  # noqa: E741 - columns
COLUMNS: Final = (A, T, P, R, I, D, L)


class Row(NamedTuple):
    """One thing that must hold, and the endpoints at which it must."""

    holds: Step
    at: frozenset[str]


def row(holds: Step, *at: str) -> Row:
    """A row of the table."""
    return Row(holds, frozenset(at))


# Until `registered_redirect_uri` has passed, nobody is sent anywhere: a refusal is a page, or JSON.
STEPS: Final = (
    #   what must hold                 authorize, token, par, revoke, introspect, device_authorization, logout
    row(no_parameter_twice,                    A, T, P, R, I, D, L),  # RFC 6749 section 3.1
    row(source_paced,                             T, P, R,    D   ),  # introspection is paced by client
    row(client_named,                          A                  ),
    row(client_proven,                            T, P, R, I, D   ),  # by the one method it is registered with
    row(pushed_parameters,                     A                  ),  # RFC 9126: used once, bound, instead of all others
    row(registered_redirect_uri,               A,    P            ),  # RFC 9700 section 2.1: the same string
    row(no_request_object,                     A,    P            ),
    row(response_type_code,                    A,    P            ),  # nothing else exists
    row(response_mode_query,                   A,    P            ),
    row(state_sent,                            A,    P            ),
    row(grant_allowed,                         A, T, P,       D   ),
    row(challenge_s256,                        A,    P            ),  # RFC 7636, of every client
    row(key_proven,                               T, P,       D   ),  # RFC 9449, where a proof comes along or is owed
    row(scopes_allowed,                        A,    P,       D   ),
    row(resource_allowed,                      A,    P,       D   ),  # RFC 8707
    row(known_prompt,                          A,    P            ),
    row(person_signed_in,                      A                  ),  # with all factors that the account has
    row(person_present,                        A                  ),  # prompt=login, max_age
    row(person_expected,                       A                  ),  # id_token_hint
    row(person_in_order,                       A                  ),  # address proven, password their own
    row(person_agreed,                         A                  ),
)  # fmt: skip

Act = Callable[[State], Awaitable[Response]]


async def check(state: State) -> Response | None:
    """Walk down the request's column.

    :returns: a reply where a step has one to give (somebody has to sign in first), None where all of it holds.
    :raises Denied: by the first row that does not hold.
    """
    for each in STEPS:
        if state.endpoint in each.at:
            reply = await each.holds(state)
            if reply is not None:
                return reply
    return None


async def walk(
    services: Services, request: Request, endpoint: str, act: Act, *, handle: str | None = None, agreed: bool = False
) -> Response:
    """Serve a request: read its parameters, check all that must hold, then act; a refusal is written as its endpoint does.

    :param endpoint: one of `COLUMNS`.
    :param act: what the endpoint is for; it may raise `Denied` too.
    :param handle: of a kept request, whose parameters are read instead of those that came.
    :param agreed: whether the person has answered the question for consent just now, so that it is not asked.
    :raises StoreError: when the state is out of reach.
    """
    state = State(services=services, request=request, endpoint=endpoint, visit=visit_of(request), agreed=agreed)
    try:
        if handle is None:
            state.sent = await _sent(request, endpoint)
        else:
            await take_back(state, handle)
        return await check(state) or await act(state)
    except Denied as denied:
        return refused(state, denied)


async def _sent(request: Request, endpoint: str) -> list[tuple[str, str]]:
    """The parameters: of a browser in the query or a form, of a client in the body alone (RFC 6749 section 2.3.1)."""
    query = request.scope.get("query_string", b"")
    if endpoint in {A, L} and request.method == "GET":
        return forms.parse(query)
    if query:
        raise InvalidRequest("parameters belong into the body")
    return await fields_of(request)
