"""The table is whole: what must hold at an endpoint is in its column, in an order in which nobody is sent anywhere too soon."""

from __future__ import annotations

import inspect

import pytest

from identity.oauth.parties import World
from ostiary.errors import (
    InvalidClient,
    InvalidRequestUri,
    LostRequest,
    OAuthError,
    PollutedRequest,
    UnprovenClient,
    UnprovenRedirect,
)
from ostiary.identity.oauth import asking, client_auth, consenting, presence, proofs, pushing, steps, wishes
from ostiary.identity.oauth.asking import State
from ostiary.identity.oauth.steps import COLUMNS, STEPS
from ostiary.identity.web import Request

PEOPLE = ["person_signed_in", "person_present", "person_expected", "person_in_order", "person_agreed"]
NAMES = [row.holds.__name__ for row in STEPS]


def column(endpoint: str) -> list[str]:
    return [row.holds.__name__ for row in STEPS if endpoint in row.at]


def test_a_check_has_one_row() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_every_check_that_is_written_is_in_the_table() -> None:
    written = {
        name
        for module in (asking, client_auth, consenting, presence, proofs, pushing, wishes)
        for name, each in vars(module).items()
        if inspect.iscoroutinefunction(each) and each.__module__ == module.__name__ and not name.startswith("_")
        and list(inspect.signature(each).parameters) == ["state"]
    }  # fmt: skip
    assert written - set(NAMES) == set()


@pytest.mark.parametrize("row", STEPS, ids=NAMES)
def test_a_row_has_columns_that_exist(row: steps.Row) -> None:
    assert row.at
    assert row.at <= set(COLUMNS)


@pytest.mark.parametrize("endpoint", COLUMNS)
def test_parameters_are_judged_first_everywhere(endpoint: str) -> None:
    assert column(endpoint)[0] == "no_parameter_twice"


@pytest.mark.parametrize("endpoint", [each for each in COLUMNS if each not in {"authorize", "logout"}])
def test_clients_are_proven_before_anything_is_looked_at(endpoint: str) -> None:
    assert [each for each in column(endpoint) if each != "source_paced"][1] == "client_proven"


def test_the_address_is_proven_before_anything_may_be_told_to_it() -> None:
    before = column("authorize")[: column("authorize").index("registered_redirect_uri")]
    assert before == ["no_parameter_twice", "client_named", "pushed_parameters"]


def test_people_are_asked_last() -> None:
    assert column("authorize")[-5:] == PEOPLE


def test_what_is_pushed_is_judged_as_what_is_not() -> None:
    """All that is asked of a browser's request, but for the person, is asked of a pushed one."""
    alike = set(column("authorize")) - {"client_named", "pushed_parameters"} - set(column("authorize")[-5:])
    assert alike <= set(column("par"))


def test_an_act_without_a_proven_client_is_a_fault_and_not_a_yes(world: World) -> None:
    state = State(world.services, Request({"type": "http", "headers": []}), "token", world.house.visit())
    with pytest.raises(RuntimeError, match="has proven the client"):
        _ = state.client
    with pytest.raises(RuntimeError, match="who is signed in"):
        _ = state.session


@pytest.mark.parametrize(
    "kind", [PollutedRequest, UnprovenClient, UnprovenRedirect, LostRequest, InvalidRequestUri, InvalidClient]
)
def test_what_is_refused_before_an_address_is_proven_goes_nowhere(kind: type[OAuthError]) -> None:
    assert not kind.may_redirect


def test_an_error_says_where_it_may_go_by_its_class() -> None:
    kinds = set(OAuthError.__subclasses__()) | {
        each for kind in OAuthError.__subclasses__() for each in kind.__subclasses__()
    }
    to_clients = {each.code for each in kinds if each.may_redirect}
    assert to_clients <= {
        "invalid_request", "unsupported_response_type", "unauthorized_client", "invalid_scope", "invalid_target",
        "access_denied", "login_required", "consent_required", "interaction_required", "request_not_supported",
    }  # fmt: skip
    assert all(each.kind_status in {400, 401, 403} for each in kinds)
