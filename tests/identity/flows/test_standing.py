"""What an account may do that has not proven its address, or has to choose another password."""

from __future__ import annotations

import dataclasses

import pytest

from identity.house import House
from identity.people import person
from ostiary.errors import Denied
from ostiary.identity.flows.standing import LIMITS, check, limits
from ostiary.identity.storage.users import User


@pytest.fixture
def ann(house: House) -> User:
    return house.run(person(house.services))


def test_a_whole_account_may_do_everything(ann: User) -> None:
    assert limits(ann) == ()
    check(ann, "POST", "/anything")


@pytest.mark.parametrize(
    "call",
    [
        ("POST", "/me/factors/totp"),
        ("POST", "/me/email"),
        ("POST", "/me/phone"),
        ("GET", "/me/consents/{id}"),
        ("POST", "/oauth/authorize"),
    ],
)
def test_an_unproven_address_gets_no_factor_no_contact_and_no_grant(ann: User, call: tuple[str, str]) -> None:
    unproven = dataclasses.replace(ann, email_verified_at=None)
    check(unproven, "GET", "/me")
    check(unproven, "DELETE", "/me")
    with pytest.raises(Denied) as refused:
        check(unproven, *call)
    assert refused.value.status == 403
    assert refused.value.members == {"needs": "email-unproven"}


def test_who_has_to_choose_another_password_does_that_first(ann: User) -> None:
    stale = dataclasses.replace(ann, must_change_password=True)
    check(stale, "PUT", "/me/password")
    check(stale, "POST", "/me/session/totp")
    with pytest.raises(Denied) as refused:
        check(stale, "DELETE", "/me")
    assert refused.value.members == {"needs": "password-to-change"}


def test_both_limits_hold_together(ann: User) -> None:
    both = dataclasses.replace(ann, must_change_password=True, email_verified_at=None)
    assert limits(both) == tuple(LIMITS)
    with pytest.raises(Denied):
        check(both, "GET", "/me/export")
