"""What somebody tries who was in an account, or wants to be: with an older session, a planted link, another's address."""

from __future__ import annotations

import pyotp
import pytest

from identity.house import House
from identity.people import AT, GOOD, person, signed_in
from ostiary.errors import Denied
from ostiary.identity import sessions
from ostiary.identity.factors import stepping, totp
from ostiary.identity.flows import contacts
from ostiary.identity.sessions import Session


def _set_up(house: House, session: Session) -> pyotp.TOTP:
    """An authenticator app, by a session."""
    made = house.run(totp.begin(house.services, session))
    app = pyotp.TOTP(made.secret)
    house.run(totp.confirm(house.services, AT, session, made.id, app.at(int(house.clock.now))))
    return app


def test_a_session_from_before_the_second_factor_is_not_fresh_after_it(house: House) -> None:
    """A thief with the password is in already, and would take the new factor away again, or set up another."""
    house.run(person(house.services))
    thief = house.run(signed_in(house.services))
    owner = house.run(signed_in(house.services))
    app = _set_up(house, owner.session)
    there = house.run(sessions.read_session(house.services, thief.secret))
    assert there is not None
    assert not sessions.is_fresh(house.services, there)
    with pytest.raises(Denied) as refused:
        house.run(stepping.by_password(house.services, AT, there, GOOD))
    assert refused.value.members == {"needs": "factor"}
    with pytest.raises(Denied):
        house.run(contacts.ask_email(house.services, AT, there, "thief@example.net"))
    here = house.run(sessions.read_session(house.services, owner.secret))
    assert here is not None
    assert sessions.is_fresh(house.services, here)
    house.clock.now += 30
    renewed, _ = house.run(stepping.by_totp(house.services, AT, there, app.at(int(house.clock.now))))
    assert sessions.is_fresh(house.services, renewed)
