"""Answers of authorization endpoints are read as they came from oidc-provider 8 and Django OAuth Toolkit 3.4."""

from __future__ import annotations

import pytest

from ostiary.parts.seen.authorizing import CHALLENGE, VERIFIER, Client, came
from ostiary.parts.seen.browsing import Form
from recorded import Recorded, said

OF = Client("pub", "https://client.example/cb")
LOGIN = "?error=login_required&error_description=End-User+authentication+is+required&state=s&iss=http%3A%2F%2F127.0.0.1%3A15046"
OTHER = "#error=unsupported_response_type&error_description=unsupported+response_type+requested&state=s"


@pytest.mark.parametrize(
    ("status", "location", "led", "goes_on", "error"),
    [
        (303, "/interaction/74mPXotPZE0B8UBQVDzcD", False, True, ""),
        (303, f"https://client.example/cb{LOGIN}", True, False, "login_required"),
        (303, f"https://client.example/cb{OTHER}", True, False, "unsupported_response_type"),
        (302, "https://client.example/cb?code=VpDWT3&state=s", True, True, ""),
        (302, "https://evil.example/cb?code=VpDWT3", True, True, ""),
        (400, "", False, False, "400"),
        (200, "", False, True, ""),
    ],
)
def test_answers(status: int, location: str, led: bool, goes_on: bool, error: str) -> None:  # noqa: FBT001
    answer = said(status, [("location", location)] if location else [], b"<html>", target="/auth?client_id=pub")
    found = came(Recorded(base="http://127.0.0.1:15046"), answer, OF)
    assert (bool(found.led), found.goes_on, found.error) == (led, goes_on, error)


def test_a_form_that_posts_itself_to_the_client_leads_there() -> None:
    page = b"<body onload='document.forms[0].submit()'><form method=post action='https://client.example/cb'></form>"
    assert came(Recorded(), said(200, (), page), OF).led == OF.redirect


def test_the_challenge_is_the_verifiers() -> None:
    import base64  # noqa: PLC0415 - by other means than ours
    import hashlib  # noqa: PLC0415 - as above

    assert base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=") == CHALLENGE


def test_a_consent_is_given_and_not_denied() -> None:
    page = (
        '<form method="post" action="/o/authorize/"><input type="hidden" name="csrfmiddlewaretoken" value="t">'
        '<input type="hidden" name="redirect_uri" value="https://client.example/cb">'
        '<input type="submit" class="btn" value="Cancel"/><input type="submit" name="allow" value="Authorize"/></form>'
        '<form method="post"><input name="other"></form>'
    )
    sent = Form(page).filled(None)
    assert sent == {"csrfmiddlewaretoken": "t", "redirect_uri": "https://client.example/cb", "allow": "Authorize"}
