"""Privileged operations are for their roles, by whatever path or method; to others they are not there."""

from __future__ import annotations

from typing import Any

import pytest

from entitled import asks, caller, knowing, status
from exchanges import api_of, compiled, head
from ostiary.config import Override
from ostiary.errors import ConfigError
from ostiary.model import Api
from ostiary.parts.rights_areas import Areas
from ostiary.strict import loads
from shop import OK

ID = "beyond.function-level-authorization"
BOTH = [ID, "oauth.scope-per-client"]
CLOSED = [*BOTH, "beyond.api-inventory", "input.method-405"]
SCHEMES = {"oauth": {"type": "oauth2", "flows": {}}}


def op(**rest: Any) -> dict[str, Any]:
    return {"responses": OK, **rest}


def shop(**more: Any) -> Api:
    paths = {
        "/users": {"get": op()},
        "/users/{id}": {"get": op(), "delete": op(**{"x-roles": ["admin", "support"]})},
        "/reports": {"get": op(**{"x-roles": "auditor"})},
        "/admin/stats": {"get": op(), "post": op(**{"x-roles": ["admin"]})},
        "/admin/flags": {"get": op()},
        "/admin/export": {"get": op(security=[{"oauth": ["admin:export"]}])},
        "/tools": {"get": op(tags=["Internal"])},
        **more,
    }
    return api_of(paths, components={"securitySchemes": SCHEMES})


def test_the_documents_roles_are_asked_for() -> None:
    policy = knowing(shop(), BOTH)
    assert status(policy, caller(roles={"support"}), "DELETE", "/users/3") == 0
    assert status(policy, caller(roles={"auditor"}), "GET", "/reports") == 0
    assert status(policy, caller(roles={"clerk"}), "GET", "/reports") == 404
    assert status(policy, caller(scopes={"auditor"}), "GET", "/reports") == 404  # a scope is no role
    assert status(policy, caller(), "GET", "/users") == 0


def test_a_paths_roles_are_those_of_its_operations() -> None:
    policy = knowing(shop(**{"/a/{b}~c": {"x-roles": ["x"], "get": op(), "put": op(**{"x-roles": ["y"]})}}), BOTH)
    assert status(policy, caller(roles={"x"}), "GET", "/a/b~c") == 0
    assert status(policy, caller(roles={"y"}), "GET", "/a/b~c") == 403
    assert status(policy, caller(roles={"y"}), "PUT", "/a/b~c") == 0


def test_404_to_those_with_no_right_on_the_path_and_403_to_those_with_another() -> None:
    policy = knowing(shop(), BOTH)
    assert status(policy, caller(), "DELETE", "/users/3") == 403  # he may GET it
    assert status(policy, caller(), "POST", "/admin/stats") == 404
    assert status(policy, caller(roles={"admin"}), "POST", "/admin/stats") == 0
    assert status(policy, caller(roles={"admin"}), "GET", "/admin/stats") == 403  # nobody said who may


def test_the_404_is_that_of_an_unknown_path() -> None:
    policy = knowing(shop(), CLOSED)
    hidden = asks(policy, caller(), "GET", "/reports")
    unknown = asks(policy, caller(), "GET", "/no-such-thing")
    assert hidden is not None
    assert unknown is not None
    assert [name for name, _ in hidden.headers] == [name for name, _ in unknown.headers]
    one, other = loads(hidden.body), loads(unknown.body)
    assert one.pop("instance") != other.pop("instance")
    assert one == other


def test_a_privileged_area_is_closed_until_somebody_says_who_may() -> None:
    policy = knowing(shop(), BOTH)
    for who in (None, caller(), caller(roles={"admin"}, scopes={"admin"})):
        assert status(policy, who, "GET", "/admin/flags") == 404
        assert status(policy, who, "GET", "/tools") == 404
    own = {"GET /admin/flags": Override(controls={ID: {"roles": ["ops"]}})}
    opened = knowing(shop(), BOTH, operations=own)
    assert status(opened, caller(roles={"ops"}), "GET", "/admin/flags") == 0
    assert status(opened, caller(roles={"admin"}), "GET", "/admin/flags") == 404


def test_scopes_are_a_declaration_too() -> None:
    policy = knowing(shop(), BOTH)
    assert status(policy, caller(scopes={"admin:export"}), "GET", "/admin/export") == 0
    assert status(policy, caller(scopes={"other"}), "GET", "/admin/export") == 404
    own = {"GET /admin/flags": Override(controls={"oauth.scope-per-client": {"scopes": ["flags"]}})}
    by_policy = knowing(shop(), BOTH, operations=own)
    assert status(by_policy, caller(scopes={"flags"}), "GET", "/admin/flags") == 0
    assert status(by_policy, caller(), "GET", "/admin/flags") == 404


def test_a_clients_ceiling_bounds_what_opens_a_privileged_area() -> None:
    ceilings = {"oauth.scope-per-client": {"clients": {"app": ["profile"]}}}
    policy = knowing(shop(), BOTH, controls=ceilings)
    assert status(policy, caller(scopes={"admin:export"}, client="app"), "GET", "/admin/export") == 404
    assert status(policy, caller(scopes={"admin:export"}, client="desk"), "GET", "/admin/export") == 0


def test_a_stranger_is_asked_who_he_is_where_somebody_may() -> None:
    refusal = asks(knowing(shop(), BOTH), None, "GET", "/reports")
    assert refusal is not None
    assert (refusal.status, head(refusal, "www-authenticate")) == (401, "Bearer")


def test_every_caller_has_the_role_star() -> None:
    own = {"GET /admin/flags": Override(controls={ID: {"roles": ["*"]}})}
    policy = knowing(shop(), BOTH, operations=own)
    assert status(policy, caller(), "GET", "/admin/flags") == 0
    assert status(policy, None, "GET", "/admin/flags") == 401


def test_head_follows_get() -> None:
    policy = knowing(shop(), BOTH)
    assert status(policy, caller(), "HEAD", "/reports") == 404
    assert status(policy, caller(roles={"auditor"}), "HEAD", "/reports") == 0


def test_an_undeclared_method_does_not_tell_that_the_path_exists() -> None:
    policy = knowing(shop(), CLOSED)
    assert status(policy, caller(), "DELETE", "/reports") == 404
    assert status(policy, None, "DELETE", "/reports") == 401
    assert status(policy, caller(roles={"auditor"}), "DELETE", "/reports") == 405
    assert status(policy, caller(), "PUT", "/users/3") == 405  # he may GET it
    assert status(policy, caller(), "PATCH", "/users") == 405
    assert status(policy, caller(), "PUT", "/admin/flags") == 404


VARIANTS = [
    "/ADMIN/flags", "/Admin/Flags", "/admin/flags/", "//admin/flags", "/admin//flags", "/admin/./flags", "/x/../admin/flags",
    "/admin;x/flags", "/admin/flags;x=1", "/%61dmin/flags", "/adm%69n/fl%61gs", "/admin%2fflags", "/admin%2Fflags", "/%2e/admin/flags",
    "/admin%5cflags", "/admin/flags%00", "/admin/flags%20", "/admin./flags", "/v1/admin/flags", "/api/v2/admin/flags", "/admin/flags/..;/flags",
    "/admin%252fflags", "/admin/flags?x=/users", "/.;/admin/flags", "/admin%3b/flags",
    "/%EF%BD%81dmin/flags", "/adm%C4%B1n/flags", "/admin%C2%A0/flags", "/%E2%80%A9admin/flags",
]  # fmt: skip


@pytest.mark.parametrize("target", VARIANTS)
@pytest.mark.parametrize("controls", [BOTH, CLOSED], ids=["alone", "closed"])
def test_no_spelling_of_a_privileged_path_gets_by(target: str, controls: list[str]) -> None:
    assert status(knowing(shop(), controls), caller(), "GET", target) in {400, 404}


@pytest.mark.parametrize("target", [v for v in VARIANTS if "%2" not in v or "%20" in v])
def test_nor_without_a_document(target: str) -> None:
    policy = knowing(None, [ID])
    assert status(policy, caller(), "GET", target) in {400, 404}


def test_without_a_document_other_paths_pass() -> None:
    policy = knowing(None, [ID])
    for target in ("/", "/users", "/administrators", "/users/admin", "/internals/x", "/v1/users"):
        assert status(policy, caller(), "GET", target) == 0


def test_a_templated_path_does_not_lead_into_a_privileged_area() -> None:
    api = shop(**{"/{tenant}/flags": {"get": op()}})
    policy = knowing(api, BOTH)
    assert status(policy, caller(), "GET", "/acme/flags") == 0
    assert status(policy, caller(), "GET", "/internal/flags") == 404
    assert status(policy, caller(), "GET", "/INTERNAL/flags") == 404
    assert status(policy, caller(), "GET", "/Admin/flags") == 404


def test_the_spelling_with_a_slash_is_not_told_to_those_who_may_not_know() -> None:
    policy = knowing(shop(), CLOSED)
    assert status(policy, caller(), "GET", "/users/") == 308
    assert status(policy, caller(), "GET", "/admin/flags/") == 404


def test_a_base_path_and_versions_hide_nothing() -> None:
    paths = {"/admin/x": {"get": op()}, "/x": {"get": op()}}
    api = api_of(paths, servers=[{"url": "https://api.test/shop/v3"}])
    policy = knowing(api, BOTH)
    assert status(policy, caller(), "GET", "/shop/v3/admin/x") == 404
    assert status(policy, caller(), "GET", "/shop/v3/x") == 0
    assert status(policy, caller(), "GET", "/shop/v3/ADMIN/x") == 404


def test_areas_are_the_policys_to_name() -> None:
    settings = {"privileged-paths": ["/ops"], "privileged-tags": []}
    policy = knowing(shop(**{"/ops/x": {"get": op()}}), BOTH, controls={ID: settings})
    assert status(policy, caller(), "GET", "/ops/x") == 404
    assert status(policy, caller(), "GET", "/admin/flags") == 0
    assert status(policy, caller(), "GET", "/tools") == 0


def test_an_operation_can_be_taken_out_of_its_area() -> None:
    own = {"GET /admin/flags": Override(controls={ID: {"privileged-paths": []}})}
    policy = knowing(shop(), BOTH, operations=own)
    assert status(policy, None, "GET", "/admin/flags") == 0


def test_without_an_issuer_the_application_tells_its_callers_apart() -> None:
    policy = compiled(shop(), only=[ID])
    for target in ("/reports", "/admin/flags", "/admin/stats"):
        assert status(policy, None, "GET", target) == 0


def test_without_an_issuer_a_written_table_still_closes_areas() -> None:
    policy = compiled(shop(), only=[ID], controls={ID: {"privileged-paths": ["/admin"]}})
    assert status(policy, None, "GET", "/admin/flags") == 404
    assert status(policy, None, "GET", "/users") == 0


def test_roles_without_an_issuer_are_a_mistake() -> None:
    with pytest.raises(ConfigError, match="issuers"):
        compiled(shop(), only=[ID], controls={ID: {"roles": ["admin"]}})


@pytest.mark.parametrize("path", ["admin", "/", "", "/{x}/admin"])
def test_what_is_no_start_of_a_path_is_a_mistake(path: str) -> None:
    with pytest.raises(ConfigError, match="start of a path"):
        Areas([path], [], [], "here")
