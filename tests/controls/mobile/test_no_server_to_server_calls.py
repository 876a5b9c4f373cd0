"""What is for servers is refused to everybody who is not known to be one."""

from __future__ import annotations

from typing import Any

import pytest

from entitled import caller, knowing, status
from exchanges import api_of, compiled
from ostiary.errors import ConfigError
from ostiary.model import Api
from shop import OK

ID = "mobile.no-server-to-server-calls"


def api(said: Any = "server") -> Api:
    marked = {"responses": OK, "x-audience": said}
    return api_of({"/settle": {"post": marked}, "/orders": {"get": {"responses": OK}}})


def test_a_confidential_client_may_and_an_app_may_not() -> None:
    policy = knowing(api(), [ID], controls={ID: {"confidential": ["billing"]}})
    assert status(policy, caller(client="billing"), "POST", "/settle") == 0
    assert status(policy, caller(client="mobile-app"), "POST", "/settle") == 403
    assert status(policy, caller(), "POST", "/settle") == 403
    assert status(policy, None, "POST", "/settle") == 403
    assert status(policy, caller(client="mobile-app"), "GET", "/orders") == 0


def test_a_token_bound_to_a_certificate_may() -> None:
    policy = knowing(api(), [ID], controls={ID: {"confidential": ["billing"]}})
    bound = caller(client="other", confirmation={"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"})
    assert status(policy, bound, "POST", "/settle") == 0
    assert status(policy, caller(confirmation={"jkt": "a-phone-can-do-dpop"}), "POST", "/settle") == 403


def test_a_caller_inside_may() -> None:
    policy = compiled(api(), only=[ID], controls={ID: {"networks": ["10.0.0.0/8"]}})
    assert status(policy, None, "POST", "/settle", peer="10.1.2.3") == 0
    assert status(policy, None, "POST", "/settle", peer="192.0.2.7") == 403
    assert status(policy, None, "POST", "/settle", peer="192.0.2.7", headers=[("x-forwarded-for", "10.1.2.3")]) == 403


def test_the_policy_marks_an_operation_that_the_document_does_not() -> None:
    settings = {"audience": "server", "confidential": ["billing"]}
    policy = knowing(api("public"), [ID], controls={ID: settings})
    assert status(policy, caller(client="app"), "POST", "/settle") == 403
    assert status(policy, caller(client="billing"), "POST", "/settle") == 0


@pytest.mark.parametrize("said", ["server", "Backend", ["server"], ["service", "backend"]])
def test_the_documents_mark_in_several_spellings(said: Any) -> None:
    policy = knowing(api(said), [ID], controls={ID: {"confidential": ["billing"]}})
    assert status(policy, caller(), "POST", "/settle") == 403


@pytest.mark.parametrize("said", ["public", ["server", "mobile"], [], None, 3, ["server", 3]])
def test_other_audiences_are_nobodys_business_here(said: Any) -> None:
    policy = knowing(api(said), [ID], controls={ID: {"confidential": ["billing"]}})
    assert status(policy, caller(), "POST", "/settle") == 0


def test_a_policy_that_names_no_servers_refuses_nobody() -> None:
    assert status(knowing(api(), [ID]), caller(), "POST", "/settle") == 0


def test_a_mark_that_nobody_could_meet_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="no caller"):
        compiled(api(), only=[ID], controls={ID: {"audience": "server"}})
    with pytest.raises(ConfigError, match="not a network"):
        knowing(api(), [ID], controls={ID: {"networks": ["10.0.0.0/40"]}})
