"""What destroys by its name is left alone; what only sounds like it is not."""

from __future__ import annotations

import pytest

from ostiary.audit.gather.danger import changes_caller, destructive, reason
from ostiary.model import Operation


@pytest.mark.parametrize(
    "key",
    [
        "GET /createdb",  # VAmPI
        "POST /admin/reset-chef-password",  # DVRestaurant
        "POST /reset-password",
        "POST /api/v1/factory-reset",
        "GET /db/wipe",
        "POST /deleteAll",
        "POST /users/delete/all",
        "POST /shutdown",
        "POST /actuator/shutdown",  # Spring Boot
        "POST /actuator/restart",
        "POST /logout",
        "GET /auth/log-out",
        "POST /auth/signOut",
        "PUT /users/{id}/password",
        "POST /me/change-password",
        "PATCH /account/email",
        "POST /v1/__flush__",  # Kinto
        "DELETE /items/{id}",
        "DELETE /items",
        "POST /power/off",
        "POST /tokens/revoke",
        "POST /account/deactivate",
        "GET /delete_user/{id}",
        "GET /items/delete/{id}",
        "GET /promoteUser",
    ],
)
def test_left_alone(key: str) -> None:
    method, _, path = key.partition(" ")
    assert reason(Operation(method=method, path=path))


@pytest.mark.parametrize(
    "key",
    [
        "GET /items",
        "POST /items",
        "PUT /items/{id}",
        "POST /login",
        "POST /users",
        "GET /users/{id}",
        "GET /drops",
        "GET /presets",
        "GET /dropdown",
        "POST /password-reset/request",
        "POST /forgot-password",
        "GET /users/{email}",
        "GET /catalogue",
        "POST /blog/posts",
        "GET /skills",
        "GET /seeds",
        "POST /emails",
        "GET /account/email",
    ],
)
def test_asked(key: str) -> None:
    method, _, path = key.partition(" ")
    assert reason(Operation(method=method, path=path)) == ""


def test_the_operation_id_counts_as_a_name() -> None:
    assert destructive(Operation(method="POST", path="/do", id="wipeDatabase"))
    assert not destructive(Operation(method="GET", path="/items/{reset}", id="getItem"))


def test_the_deletion_of_one_object_is_no_harm_to_all_whatever_it_is_called() -> None:
    assert not destructive(Operation(method="DELETE", path="/snippets/{id}/", id="snippets_destroy"))
    for method, path in (("DELETE", "/snippets/"), ("POST", "/snippets/{id}"), ("DELETE", "/snippets/{id}/all")):
        assert destructive(Operation(method=method, path=path, id="snippets_destroy")), path


def test_gets_that_only_sound_like_doing_are_asked() -> None:
    for path in ("/deleted", "/updates", "/payments/{id}", "/update", "/buyers", "/assignments/{id}", "/items/{id}"):
        assert not reason(Operation(method="GET", path=path)), path


def test_what_changes_the_caller_is_known_by_its_path() -> None:
    for key in ("PUT /api/user", "PATCH /users/me", "POST /profile", "PUT /v1/account/"):
        method, _, path = key.partition(" ")
        assert changes_caller(Operation(method=method, path=path)), key
    for key in ("GET /me", "PUT /users/{id}", "POST /users", "PUT /items/me/{id}", "POST /orders"):
        method, _, path = key.partition(" ")
        assert not changes_caller(Operation(method=method, path=path)), key
