"""A token does what its scopes say, within its client's ceiling; a scope is never somebody's object."""

from __future__ import annotations

from typing import Any

import pytest

from closing import InProcess, Response, app_of, audited
from entitled import asks, caller, knowing, status
from exchanges import api_of, compiled, head
from ostiary.errors import ConfigError
from ostiary.model import Api, Outcome
from shop import OK

ID = "oauth.scope-per-client"
SCHEMES = {
    "oauth": {"type": "oauth2", "flows": {}},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://id.test/.well-known/openid-configuration"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "x-key"},
}


def shop(security: Any) -> Api:
    paths = {"/orders": {"get": {"responses": OK, "security": security}}}
    return api_of(paths, components={"securitySchemes": SCHEMES})


def reading(security: Any, **who: Any) -> int:
    return status(knowing(shop(security), [ID]), caller(**who), "GET", "/orders")


def test_the_documents_scope_is_asked_for() -> None:
    security = [{"oauth": ["orders:read"]}]
    assert reading(security, scopes={"orders:read", "more"}) == 0
    assert reading(security, scopes={"orders"}) == 403
    assert reading(security) == 403


def test_a_refusal_names_the_scope() -> None:
    policy = knowing(shop([{"oidc": ["orders:read", "audit"]}]), [ID])
    refusal = asks(policy, caller(scopes={"audit"}), "GET", "/orders")
    assert refusal is not None
    assert refusal.status == 403
    assert head(refusal, "www-authenticate") == 'Bearer error="insufficient_scope", scope="audit orders:read"'


def test_a_scope_that_would_break_the_header_is_not_named() -> None:
    refusal = asks(knowing(shop([{"oauth": ['a"b', "ü"]}]), [ID]), caller(), "GET", "/orders")
    assert refusal is not None
    assert head(refusal, "www-authenticate") == 'Bearer error="insufficient_scope"'


def test_a_caller_without_a_token_is_asked_for_one() -> None:
    refusal = asks(knowing(shop([{"oauth": ["orders:read"]}]), [ID]), None, "GET", "/orders")
    assert refusal is not None
    assert refusal.status == 401
    assert head(refusal, "www-authenticate") == "Bearer"


def test_all_scopes_of_one_alternative_are_needed_and_any_alternative_will_do() -> None:
    security = [{"oauth": ["a", "b"]}, {"oidc": ["admin"]}]
    assert reading(security, scopes={"a"}) == 403
    assert reading(security, scopes={"a", "b"}) == 0
    assert reading(security, scopes={"admin"}) == 0
    assert reading([{"oauth": ["a"], "oidc": ["b"]}], scopes={"a"}) == 403  # one requirement, both schemes


@pytest.mark.parametrize(
    "security", [[], [{}], [{"oauth": []}], [{"bearer": []}], [{"oauth": ["a"]}, {"oidc": []}], [{"oauth": ["a"]}, {}]]
)
def test_where_the_document_is_content_with_any_token_so_is_the_guard(security: Any) -> None:
    assert reading(security) == 0


def test_names_of_a_bearer_scheme_are_scopes_or_roles() -> None:
    assert reading([{"bearer": ["clerk"]}], roles={"clerk"}) == 0
    assert reading([{"bearer": ["clerk"]}], scopes={"clerk"}) == 0
    assert reading([{"bearer": ["clerk"]}]) == 403


def test_a_declared_api_key_is_no_way_around_the_scope_of_a_token() -> None:
    policy = knowing(shop([{"oauth": ["a"]}, {"key": []}]), [ID])
    assert status(policy, None, "GET", "/orders") == 0  # the application knows its keys
    assert status(policy, caller(), "GET", "/orders", headers=[("x-key", "junk")]) == 403


def test_roles_are_no_scopes() -> None:
    assert reading([{"oauth": ["admin"]}], roles={"admin"}) == 403


def test_the_policy_overrules_the_document() -> None:
    own = {"GET /orders": {"oauth": {"scope-per-client": {"scopes": ["x", "y"], "or-scopes": ["admin", "p q"]}}}}
    policy = knowing(shop([{"oauth": ["a"]}]), [ID], operations=overrides(own))
    assert status(policy, caller(scopes={"a"}), "GET", "/orders") == 403
    assert status(policy, caller(scopes={"x"}), "GET", "/orders") == 403
    assert status(policy, caller(scopes={"x", "y"}), "GET", "/orders") == 0
    assert status(policy, caller(scopes={"admin"}), "GET", "/orders") == 0
    assert status(policy, caller(scopes={"p", "q"}), "GET", "/orders") == 0


def overrides(tables: dict[str, dict[str, dict[str, Any]]]) -> dict[str, Any]:
    from ostiary.config import Override  # noqa: PLC0415 - here alone

    return {
        key: Override(
            controls={f"{section}.{name}": each for section, names in table.items() for name, each in names.items()}
        )
        for key, table in tables.items()
    }


def test_a_client_has_no_more_than_its_ceiling() -> None:
    policy = knowing(
        shop([{"oauth": ["orders:read"]}]),
        [ID],
        controls={ID: {"clients": {"app": ["profile"], "desk": ["orders:read"]}}},
    )
    scopes = {"orders:read", "profile"}
    assert status(policy, caller(scopes=scopes, client="app"), "GET", "/orders") == 403
    assert status(policy, caller(scopes=scopes, client="desk"), "GET", "/orders") == 0
    assert status(policy, caller(scopes=scopes, client="other"), "GET", "/orders") == 0
    assert status(policy, caller(scopes={"profile"}, client="desk"), "GET", "/orders") == 403


def test_clients_that_are_not_named_may_have_a_ceiling_too() -> None:
    policy = knowing(shop([{"oauth": ["a"]}]), [ID], controls={ID: {"clients": {"desk": ["a"], "*": []}}})
    assert status(policy, caller(scopes={"a"}, client="unheard-of"), "GET", "/orders") == 403
    assert status(policy, caller(scopes={"a"}), "GET", "/orders") == 403
    assert status(policy, caller(scopes={"a"}, client="desk"), "GET", "/orders") == 0


def test_ceilings_are_for_the_whole_policy() -> None:
    own: dict[str, Any] = {"GET /orders": {"oauth": {"scope-per-client": {"clients": {"app": []}}}}}
    api = api_of({"/a": {"get": {"responses": OK}}, "/orders": {"get": {"responses": OK}}})
    with pytest.raises(ConfigError, match="whole policy"):
        knowing(api, [ID], operations=overrides(own))


def test_head_needs_what_get_needs() -> None:
    policy = knowing(shop([{"oauth": ["a"]}]), [ID])
    assert status(policy, caller(), "HEAD", "/orders") == 403
    assert status(policy, caller(scopes={"a"}), "HEAD", "/orders") == 0


def test_without_an_issuer_a_documents_scopes_are_the_applications_business() -> None:
    policy = compiled(shop([{"oauth": ["a"]}]), only=[ID])
    assert status(policy, None, "GET", "/orders") == 0


def test_asked_for_without_an_issuer_it_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="issuers"):
        compiled(shop([]), only=[ID], controls={ID: {"clients": {"app": []}}})


@pytest.mark.parametrize("scope", ['a"b', "a b", "", "ä"])
def test_what_cannot_be_a_scope_is_a_mistake(scope: str) -> None:
    with pytest.raises(ConfigError, match="not a scope"):
        knowing(shop([]), [ID], controls={ID: {"scopes": [scope]}})


@pytest.mark.parametrize("security", [[], [{}], [{"oauth": []}]])
def test_a_document_without_scopes_is_none_of_its_business(security: Any) -> None:
    app = app_of(lambda _: Response())
    finding = audited(ID, InProcess(app, shop(security), credentials={"a": ("authorization", "Bearer x")}))
    assert finding.outcome is Outcome.NOT_APPLICABLE
    assert "no operation asks for a scope" in finding.why


def test_without_a_document_no_scope_is_known() -> None:
    finding = audited(ID, InProcess(app_of(lambda _: Response()), api_of({})))
    assert finding.outcome is Outcome.UNKNOWN


def test_scopes_on_writes_alone_do_not_break_it() -> None:
    paths = {"/orders": {"post": {"responses": OK, "security": [{"oauth": ["orders:write"]}]}}}
    api = api_of(paths, components={"securitySchemes": SCHEMES})
    finding = audited(ID, InProcess(app_of(lambda _: Response(401)), api))
    assert (finding.outcome, "crash" in finding.why) == (Outcome.UNKNOWN, False)
