"""Where nothing reads a profile, the reply to signing in tells what came of a registration; what only repeats it tells nothing."""

from __future__ import annotations

from ledger import asked
from ostiary.model import Outcome

ID = "beyond.mass-assignment"


def test_a_power_that_registration_takes_shows_at_sign_in() -> None:
    result = asked(ID, "bind")
    assert result.outcome is Outcome.FAIL, result.why
    assert result.findings[0].facts["fields"]["POST /register"] == ("is_admin",)


def test_a_reply_that_repeats_the_request_is_no_proof() -> None:
    """A bank's registration of merchants, with its ``debug_info.raw_request``."""
    assert asked(ID, "repeats").outcome is not Outcome.FAIL


def test_a_limit_on_registrations_refuses_no_field() -> None:
    """Whoever is refused for being one too many says nothing of what is taken; a registration that refuses fields does."""
    assert asked(ID, "full").outcome is Outcome.UNKNOWN
    sound = asked(ID)
    assert sound.outcome is Outcome.PASS
    assert sound.why.startswith("POST /register leaves out"), "not the registration of the part that shows no power"
