"""An address in force before anybody proved it is found; one that waits, or asks for more, passes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from ostiary.controls.userdata.contact_change_verified.live import audit_live
from ostiary.controls.userdata.contact_change_verified.spec import audit_spec
from ostiary.evidence import Spec
from ostiary.model import Finding, Outcome, Severity
from signing import PATHS, People, Said, Signing, body_of, named

PROFILE: dict[str, Any] = {**PATHS, "/me": {"get": {}, "patch": {"requestBody": body_of(email=1)}}}
PROVEN = {**PROFILE, "/me/email/confirm": {"post": {"requestBody": body_of(token=1)}}}


def asked(says: People, paths: Mapping[str, Any] = PROFILE) -> Finding:
    return asyncio.run(audit_live(Signing(says, paths)))


class Profile(People):
    """`holds`: what happens to a new address: "at once", "shown" (in force, but not for signing in), "pending", "refused"."""

    def __init__(self, holds: str) -> None:
        super().__init__()
        self.holds = holds
        self.shown: dict[str, str] = {}

    def rest(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Said:
        user = headers.get("authorization", "").removeprefix("Bearer token-of-")
        if method == "PATCH":
            if self.holds == "refused":
                return 403, {"detail": "your password, please"}
            if self.holds != "pending":
                self.shown[user] = str(body["email"])
            if self.holds == "at once":
                self.passwords[str(body["email"])] = self.passwords[user]
        more = {"pending": "something"} if self.holds == "pending" else {}
        return 200, {"email": self.shown.get(user, user), **more}


def test_an_address_in_force_at_once_is_found() -> None:
    finding = asked(Profile("at once"))
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, None)
    assert finding.places == ("PATCH /me",)
    assert finding.facts == {"operation": "PATCH /me", "fields": ["email"], "signs-in": True}


def test_one_that_is_only_shown_is_graded_lower() -> None:
    assert asked(Profile("shown")).severity is Severity.MEDIUM


def test_one_that_waits_or_is_refused_passes() -> None:
    assert asked(Profile("pending")).outcome is Outcome.PASS
    assert asked(Profile("refused")).outcome is Outcome.PASS


def test_an_api_without_addresses_is_not_concerned() -> None:
    assert asked(Profile("at once"), PATHS).outcome is Outcome.NOT_APPLICABLE


def test_a_document_has_an_operation_that_proves_or_has_not() -> None:
    assert asyncio.run(audit_spec(Spec(api=named(PROVEN)))).outcome is Outcome.PASS
    assert asyncio.run(audit_spec(Spec(api=named(PROFILE)))).outcome is Outcome.UNKNOWN
    assert asyncio.run(audit_spec(Spec(api=named(PATHS)))).outcome is Outcome.NOT_APPLICABLE


def test_an_account_named_in_the_path_is_our_own() -> None:
    class ByPath(Profile):
        def rest(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Said:
            status, document, *_ = super().rest(method.replace("PUT", "PATCH"), path, body, headers)
            return (status, document) if headers.get("authorization", "-").endswith(path.split("/")[2]) else (403, {})

    item = {"/users/{email}": {"get": {}}, "/users/{email}/email": {"put": {"requestBody": body_of(email=1)}}}
    finding = asked(ByPath("at once"), {**PATHS, **item})
    assert finding.places == ("PUT /users/{email}/email",)
    assert asked(ByPath("pending"), {**PATHS, **item}).outcome is Outcome.PASS
