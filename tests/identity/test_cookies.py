"""What changes anything shows that it came from our own pages: by its origin, and forms by a token of their visit too."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, replace
from typing import Any

import pytest

from identity.house import ISSUER
from ostiary.errors import Denied
from ostiary.identity import cookies
from ostiary.identity.services import Services
from ostiary.identity.sessions import Session
from ostiary.identity.web import Request
from ostiary.parts import cookies as read_cookies
from ostiary.parts.sealing import KeyRing

OURS = {"origin": ISSUER}
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
SECRET = "s" * 43
BROWSER = "b" * 43
ME = Session("00000000-0000-4000-8000-000000000001", "u", 0, 0, 0, 0, ("pwd",), pending=False)


@dataclass(frozen=True)
class Few:
    """The services that this needs: a database would take most of the time."""

    issuer: str
    ring: KeyRing
    entropy: Any = os.urandom


@pytest.fixture
def services() -> Any:
    """An issuer and a ring."""
    return Few(ISSUER, KeyRing({1: os.urandom(32)}, os.urandom(32), os.urandom))


def asked(method: str = "POST", *pairs: dict[str, str], cookie: str = f"__Host-session={SECRET}") -> Request:
    headers = [(name.encode(), value.encode()) for each in pairs for name, value in each.items()]
    headers += [(b"cookie", cookie.encode())] if cookie else []
    return Request({"type": "http", "method": method, "path": "/me", "headers": headers, "query_string": b""})


def refused(services: Services, request: Request) -> bool:
    try:
        cookies.check_csrf(request, services, ME)
    except Denied as denied:
        return denied.status == 403
    return False


# origins


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PURGE"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://evil.example", **JSON},
        {"origin": "https://accounts.example.test.evil.example"},
        {"origin": "https://sub.accounts.example.test"},
        {"origin": "https://example.test"},
        {"origin": "http://accounts.example.test"},
        {"origin": "https://accounts.example.test:8443"},
        {"origin": "https://accounts.example.test/"},
        {"origin": "HTTPS://accounts.example.test"},
        {"origin": ""},
        {"origin": "null"},
        {"origin": "null", **JSON},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "same-site", **JSON},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": ""},
        {**OURS, "sec-fetch-site": "cross-site"},
    ],
)
def test_what_another_site_had_sent_is_refused(services: Services, method: str, headers: dict[str, str]) -> None:
    assert refused(services, asked(method, headers))


@pytest.mark.parametrize(
    "headers", [OURS, {"sec-fetch-site": "same-origin"}, {"origin": "null", "sec-fetch-site": "same-origin"}]
)
@pytest.mark.parametrize("kind", [JSON, FORM, {}])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_our_own_pages_send_is_taken(
    services: Services, method: str, headers: dict[str, str], kind: dict[str, str]
) -> None:
    assert not refused(services, asked(method, headers, kind))


@pytest.mark.parametrize(
    "kind",
    [
        {},
        FORM,
        {"content-type": "text/plain"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "text/plain; application/json"},
        {"content-type": "application/json, text/plain"},
        {"content-type": "application/jsonp"},
        {"content-type": ""},
    ],
)
def test_a_post_that_says_nothing_of_its_site_is_taken_as_json_alone(services: Services, kind: dict[str, str]) -> None:
    """A page elsewhere can have a form, or a request that needs no preflight, sent with each of these."""
    assert refused(services, asked("POST", kind))
    assert not refused(services, asked("POST", JSON))
    assert not refused(services, asked("POST", {"content-type": "application/json; charset=utf-8"}))


def test_two_content_types_are_none(services: Services) -> None:
    assert refused(services, asked("POST", JSON, {"content-type": "text/plain"}))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_methods_that_forms_lack_cannot_cross_sites_unasked(services: Services, method: str) -> None:
    assert not refused(services, asked(method))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_needs_no_origin(services: Services, method: str) -> None:
    assert not refused(services, asked(method, {"origin": "https://evil.example"}))


@pytest.mark.parametrize("pair", [(OURS, OURS), (OURS, {"origin": "https://evil.example"})])
def test_two_origins_are_refused(services: Services, pair: tuple[dict[str, str], dict[str, str]]) -> None:
    assert refused(services, asked("POST", *pair))


def test_signing_somebody_in_from_another_site_is_refused_too(services: Services) -> None:
    """Nobody is signed in: then the attack is to have them signed in as somebody else."""
    request = asked("POST", {"origin": "https://evil.example"}, JSON, cookie="")
    with pytest.raises(Denied, match="403"):
        cookies.check_csrf(request, services, None)


@pytest.mark.parametrize(
    ("issuer", "origin"),
    [
        ("https://accounts.example.test:443", "https://accounts.example.test"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:80", "http://[::1]"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://[::1]", "http://[::1]"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(services: Services, issuer: str, origin: str) -> None:
    services = replace(services, issuer=issuer)
    cookies.check_csrf(asked("POST", {"origin": origin}), services)
    with pytest.raises(Denied):
        cookies.check_csrf(asked("POST", {"origin": ISSUER + ":1"}), services)


# forms


def check(services: Services, bound: Session | str, purpose: str, token: str) -> None:
    cookies.check_form(services, bound, purpose, token)


@pytest.mark.parametrize("bound", [ME, BROWSER])
def test_a_form_is_of_its_visit_and_its_purpose(services: Services, bound: Session | str) -> None:
    token = cookies.form_token(services, bound, "consent")
    check(services, bound, "consent", token)
    check(services, bound, "consent", token)
    others: list[Session | str] = [replace(ME, id="00000000-0000-4000-8000-000000000002"), "c" * 43, ME.id, ""]
    others += [BROWSER if isinstance(bound, Session) else ME]
    for other in others:
        with pytest.raises(Denied, match="403"):
            check(services, other, "consent", token)
    for purpose in ("sign-in", "consent ", ""):
        with pytest.raises(Denied, match="403"):
            check(services, bound, purpose, token)


def test_a_token_that_was_not_made_here_is_refused(services: Services) -> None:
    token = cookies.form_token(services, ME, "consent")
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    flipped = bytes([raw[0] ^ 1]) + raw[1:]
    changed = [
        base64.urlsafe_b64encode(each).rstrip(b"=").decode()
        for each in (flipped, raw[:-1], raw[:16], raw[16:], raw[:0])
    ]
    for wrong in (*changed, "", "=", "x", "\u00e9" * 64, "A" * 64, "A" * 100_000, token + "!", token[:-2]):
        with pytest.raises(Denied, match="403"):
            check(services, ME, "consent", wrong)


def test_a_browser_without_a_cookie_has_no_forms(services: Services) -> None:
    """Everybody else without one would have the same."""
    for nobody in ("", "short", "b" * 44, "b" * 42 + " "):
        with pytest.raises(Denied, match="403"):
            check(services, nobody, "sign-in", cookies.form_token(services, nobody, "sign-in"))


def test_a_form_is_dead_after_a_step_up(services: Services) -> None:
    token = cookies.form_token(services, ME, "consent")
    with pytest.raises(Denied, match="403"):
        check(services, replace(ME, id="00000000-0000-4000-8000-000000000003", user_id="u"), "consent", token)


def test_tokens_do_not_repeat(services: Services) -> None:
    assert len({cookies.form_token(services, ME, "consent") for _ in range(20)}) == 20


# cookies


def test_cookies_stay_with_the_host_and_out_of_scripts(services: Services) -> None:
    made = [
        cookies.session_cookie(SECRET), cookies.browser_cookie(cookies.new_browser(services)), cookies.no_session()
    ]  # fmt: skip
    for field in made:
        found = read_cookies.read(field.encode())
        assert found.name.startswith("__Host-")
        assert {"secure", "httponly", "path", "samesite"} <= found.attributes.keys()
        assert found.attributes["path"] == "/"
        assert "domain" not in found.attributes
        assert found.same_site in {"lax", "strict"}
    assert read_cookies.read(made[2].encode()).deletes(0)
    assert not read_cookies.read(made[0].encode()).deletes(0)
    assert read_cookies.read(made[0].encode()).value == SECRET


@pytest.mark.parametrize(
    "sent",
    [
        "", "__Host-session=", "__Host-session", f"session={SECRET}", f"__host-session={SECRET}",
        f"__Host-session={SECRET}; __Host-session={'t' * 43}", f"__Host-session={SECRET}; __Host-session={SECRET}",
        f"__Host-session={SECRET}x", f'__Host-session="{SECRET}"', f"x=__Host-session={SECRET}", f"=__Host-session={SECRET}",
    ],
)  # fmt: skip
def test_a_cookie_that_was_planted_is_none(sent: str) -> None:
    assert not cookies.secret_of(asked(cookie=sent))


def test_a_cookie_is_read_among_others() -> None:
    request = asked(cookie=f"a=b; __Host-browser={BROWSER}; __Host-session={SECRET};c")
    assert cookies.secret_of(request) == SECRET
    assert cookies.browser_of(request) == BROWSER


def test_the_same_cookie_in_two_fields_is_none() -> None:
    request = asked("POST", {"cookie": f"__Host-session={'t' * 43}"})
    assert not cookies.secret_of(request)
