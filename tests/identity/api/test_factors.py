"""Calls about second factors: who may make them, what they say once and never again, and which cookie is dead after."""

from __future__ import annotations

from typing import Any

import httpx
import pyotp
import pytest

from identity.factors.authenticators import SoftKey
from identity.factors.people import Person, events, person
from identity.house import ISSUER, House
from ostiary.identity import cookies
from ostiary.identity.api import factors as api
from ostiary.identity.dispatch import guarded, handler_of
from ostiary.identity.services import Services
from ostiary.identity.web import Route, Starlette

PASSWORD = "a long enough password"
ACCESS = {
    ("GET", "/me/factors"): "session",
    ("POST", "/me/factors/totp"): "fresh",
    ("POST", "/me/factors/totp/confirmation"): "fresh",
    ("DELETE", "/me/factors/totp"): "fresh",
    ("POST", "/me/factors/passkeys/options"): "fresh",
    ("POST", "/me/factors/passkeys"): "fresh",
    ("PATCH", "/me/factors/passkeys/{passkey}"): "session",
    ("DELETE", "/me/factors/passkeys/{passkey}"): "fresh",
    ("POST", "/me/factors/recovery-codes"): "fresh",
    ("POST", "/me/session/totp"): "pending",
    ("POST", "/me/session/recovery-code"): "pending",
    ("POST", "/me/session/passkey/options"): "pending",
    ("POST", "/me/session/passkey"): "pending",
    ("POST", "/passkeys/options"): "public",
    ("POST", "/sessions/passkey"): "public",
    ("POST", "/me/fresh/options"): "session",
    ("POST", "/me/fresh"): "session",
}


class Browser:
    """Somebody's browser: it keeps cookies and says where it is."""

    def __init__(self, house: House, who: Person | None = None) -> None:
        async def services() -> Services:
            return house.services

        found: dict[str, dict[str, Any]] = {}
        for call in api.CALLS:
            found.setdefault(call.path, {})[call.method] = handler_of(call)
        app = Starlette(routes=[Route(path, guarded(handlers, services)) for path, handlers in found.items()])
        self._house = house
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url=ISSUER, headers={"origin": ISSUER}
        )
        if who is not None:
            self.secret = who.secret

    @property
    def secret(self) -> str:
        return self._client.cookies.get(cookies.SESSION) or ""

    @secret.setter
    def secret(self, value: str) -> None:
        self._client.cookies.set(cookies.SESSION, value, domain="accounts.example.test")

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        given: dict[str, Any] = {} if body is None else {"json": body}
        return self._house.run(self._client.request(method, path, headers=headers, **given))

    def post(self, path: str, body: Any = None) -> httpx.Response:
        return self.call("POST", path, body)


def with_app(house: House, browser: Browser) -> pyotp.TOTP:
    made = browser.post("/me/factors/totp").json()
    app = pyotp.TOTP(made["secret"])
    confirmed = browser.post("/me/factors/totp/confirmation", {"id": made["id"], "code": app.at(house.clock.now)})
    assert confirmed.status_code == 204, confirmed.text
    house.clock.now += 60
    return app


def with_passkey(browser: Browser, name: str = "Laptop") -> tuple[SoftKey, str]:
    key = SoftKey()
    options = browser.post("/me/factors/passkeys/options")
    assert options.status_code == 200, options.text
    made = browser.post("/me/factors/passkeys", {"credential": key.create(options.json()), "name": name})
    assert made.status_code == 201, made.text
    return key, made.json()["id"]


# who may


def test_each_call_asks_for_what_it_should() -> None:
    assert {(each.method, each.path): each.access for each in api.CALLS} == ACCESS


@pytest.mark.parametrize(("method", "path"), [each for each, access in ACCESS.items() if access != "public"])
def test_strangers_are_asked_to_sign_in(house: House, method: str, path: str) -> None:
    assert Browser(house).call(method, path.replace("{passkey}", "x"), {}).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"), [each for each, access in ACCESS.items() if access in {"session", "fresh"}]
)
def test_who_owes_a_factor_can_do_nothing_else(house: House, method: str, path: str) -> None:
    browser = Browser(house, person(house, pending=True))
    said = browser.call(method, path.replace("{passkey}", "x"), {})
    assert (said.status_code, said.json()["detail"]) == (403, "the second factor is owed first")


@pytest.mark.parametrize(("method", "path"), [each for each, access in ACCESS.items() if access == "fresh"])
def test_what_changes_factors_wants_a_fresh_session(house: House, method: str, path: str) -> None:
    browser = Browser(house, person(house))
    house.clock.now += house.services.settings.lifetimes.fresh
    said = browser.call(method, path.replace("{passkey}", "x"), {})
    assert (said.status_code, said.json()["needs"]) == (403, "fresh")


@pytest.mark.parametrize(("method", "path"), [each for each in ACCESS if each[0] != "GET"])
def test_other_sites_change_nothing(house: House, method: str, path: str) -> None:
    browser = Browser(house, person(house))
    said = browser.call(method, path.replace("{passkey}", "x"), {}, origin="https://evil.test")
    assert said.status_code == 403


@pytest.mark.parametrize("path", ["/me/session/totp", "/me/session/recovery-code"])
def test_what_is_not_owed_is_not_paid(house: House, path: str) -> None:
    assert Browser(house, person(house)).post(path, {"code": "123456"}).status_code == 409


# authenticator apps


def test_an_app_from_its_picture_to_the_sign_in(house: House) -> None:
    ada = person(house)
    browser = Browser(house, ada)
    made = browser.post("/me/factors/totp")
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    assert made.json()["uri"].startswith("otpauth://totp/")
    assert made.json()["picture"].startswith("data:image/svg+xml")
    app = with_app(house, browser)

    ada.again(pending=True)
    browser.secret = pending = ada.secret
    assert browser.call("GET", "/me/factors").status_code == 403
    wrong = browser.post("/me/session/totp", {"code": "000000"})
    assert (wrong.status_code, browser.secret) == (403, pending)
    right = browser.post("/me/session/totp", {"code": app.at(house.clock.now)})
    assert (right.status_code, right.content) == (204, b"")
    assert browser.secret != pending
    assert browser.call("GET", "/me/factors").json() == {
        "password": True, "totp": True, "passkeys": [], "recovery_codes": 0,
    }  # fmt: skip
    browser.secret = pending
    assert browser.call("GET", "/me/factors").status_code == 401


def test_the_secret_is_shown_once(house: House) -> None:
    browser = Browser(house, person(house))
    made = browser.post("/me/factors/totp").json()
    code = pyotp.TOTP(made["secret"]).at(house.clock.now)
    replies = [
        browser.post("/me/factors/totp/confirmation", {"id": made["id"], "code": code}),
        browser.call("GET", "/me/factors"),
        browser.call("DELETE", "/me/factors/totp"),
    ]
    assert [each.status_code for each in replies] == [204, 200, 204]
    for said in (each.text + str(each.headers.raw) for each in replies):
        assert made["secret"] not in said
        assert code not in said


def test_a_wrong_code_is_not_repeated(house: House) -> None:
    browser = Browser(house, person(house, pending=True))
    said = browser.post("/me/session/totp", {"code": "918273"})
    assert said.status_code == 403
    assert "918273" not in said.text + str(said.headers)


# recovery codes


def test_recovery_codes_are_shown_once_and_stand_in(house: House) -> None:
    ada = person(house)
    browser = Browser(house, ada)
    with_app(house, browser)
    codes = browser.post("/me/factors/recovery-codes").json()["codes"]
    assert len(codes) == 10
    ada.again(pending=True)
    browser.secret = pending = ada.secret
    assert browser.post("/me/session/recovery-code", {"code": codes[0]}).status_code == 204
    assert browser.secret != pending
    shown = browser.call("GET", "/me/factors")
    assert shown.json()["recovery_codes"] == 9
    assert not any(each in shown.text for each in codes)


# passkeys


def test_a_passkey_signs_in_where_nobody_was_known(house: House) -> None:
    ada = person(house)
    key, _ = with_passkey(Browser(house, ada))
    browser = Browser(house)
    options = browser.post("/passkeys/options")
    cookie = options.headers["set-cookie"]
    assert cookie.startswith("__Host-browser=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "set-cookie" not in browser.post("/passkeys/options").headers  # the same browser
    options = browser.post("/passkeys/options")
    assert browser.call("GET", "/me/factors").status_code == 401
    signed = browser.post("/sessions/passkey", {"credential": key.get(options.json())})
    assert (signed.status_code, signed.content) == (204, b"")
    shown = browser.call("GET", "/me/factors").json()
    assert [each["name"] for each in shown["passkeys"]] == ["Laptop"]
    assert shown["passkeys"][0]["used_at"] == int(house.clock.now)


def test_signing_in_ends_the_session_that_the_browser_had(house: House) -> None:
    ada = person(house)
    browser = Browser(house, ada)
    key, _ = with_passkey(browser)
    before = browser.secret
    options = browser.post("/passkeys/options").json()
    browser.post("/sessions/passkey", {"credential": key.get(options)})
    assert browser.secret not in {before, ""}
    browser.secret = before
    assert browser.call("GET", "/me/factors").status_code == 401


def test_another_browser_cannot_use_what_this_one_signed(house: House) -> None:
    """An attacker who gets somebody to answer the attacker's challenge, or the other way round."""
    key, _ = with_passkey(Browser(house, person(house)))
    here, there = Browser(house), Browser(house)
    there.post("/passkeys/options")
    reply = key.get(here.post("/passkeys/options").json())
    assert there.post("/sessions/passkey", {"credential": reply}).status_code == 403
    assert Browser(house).post("/sessions/passkey", {"credential": reply}).status_code == 403
    assert there.secret == ""


def test_a_passkey_is_the_second_factor(house: House) -> None:
    ada = person(house)
    browser = Browser(house, ada)
    key, _ = with_passkey(browser)
    ada.again(pending=True)
    browser.secret = pending = ada.secret
    options = browser.post("/me/session/passkey/options").json()
    assert browser.post("/me/session/passkey", {"credential": key.get(options)}).status_code == 204
    assert browser.secret != pending
    assert browser.call("GET", "/me/factors").status_code == 200


def test_what_browsers_write_is_taken(house: House) -> None:
    """All members that ``toJSON`` of today's browsers gives."""
    browser, key = Browser(house, person(house)), SoftKey()
    made = key.create(browser.post("/me/factors/passkeys/options").json())
    made["response"] |= {"authenticatorData": "AAAA", "publicKey": "AAAA", "publicKeyAlgorithm": -7}
    made |= {"authenticatorAttachment": "platform", "clientExtensionResults": {"credProps": {"rk": True}}}
    assert browser.post("/me/factors/passkeys", {"credential": made}).status_code == 201


@pytest.mark.parametrize(
    "bent",
    [{}, {"credential": {}}, {"credential": "x"}, {"credential": None}, {"credential": [1]},
     {"credential": {"id": "SENTINEL!", "rawId": "AAAA", "type": "public-key", "response": {}}},
     {"credential": {"id": "AAAA", "rawId": "AAAA", "type": "password", "response": {}}}],
)  # fmt: skip
def test_what_is_no_credential_is_refused_and_not_repeated(house: House, bent: Any) -> None:
    said = Browser(house).post("/sessions/passkey", bent)
    assert said.status_code == 422
    assert "SENTINEL" not in said.text


def test_passkeys_are_renamed_and_removed_by_their_owner(house: House) -> None:
    ada, eve = person(house), person(house, "eve@example.org")
    browser, other = Browser(house, ada), Browser(house, eve)
    _, reference = with_passkey(browser)
    path = f"/me/factors/passkeys/{reference}"
    for method, body in (("PATCH", {"name": "mine"}), ("DELETE", None)):
        assert other.call(method, path, body).status_code == 404
    assert browser.call("PATCH", path, {"name": "  At   home "}).status_code == 204
    assert browser.call("GET", "/me/factors").json()["passkeys"][0]["name"] == "At home"
    for name in ("", " ", "a\u202eb", "a\x00b", "x" * 61):
        assert browser.call("PATCH", path, {"name": name}).status_code == 422, repr(name)
    assert browser.call("DELETE", path).status_code == 204
    assert browser.call("DELETE", path).status_code == 404


# presence


def stale(house: House, browser: Browser) -> None:
    house.clock.now += house.services.settings.lifetimes.fresh
    assert browser.post("/me/factors/totp").json()["needs"] == "fresh"


def test_the_password_makes_a_session_fresh_and_the_old_cookie_dead(house: House) -> None:
    browser = Browser(house, person(house))
    stale(house, browser)
    before = browser.secret
    assert browser.post("/me/fresh", {"password": "a long enough passwore"}).status_code == 403
    assert browser.secret == before
    assert browser.post("/me/fresh", {"password": PASSWORD}).status_code == 204
    assert browser.secret != before
    assert browser.post("/me/factors/totp").status_code == 201
    browser.secret = before
    assert browser.call("GET", "/me/factors").status_code == 401
    assert "session.stepped-up" in events(house)


def test_a_code_makes_a_session_fresh(house: House) -> None:
    browser = Browser(house, person(house))
    app = with_app(house, browser)
    stale(house, browser)
    assert browser.post("/me/fresh", {"code": app.at(house.clock.now)}).status_code == 204
    assert browser.call("DELETE", "/me/factors/totp").status_code == 204


def test_a_passkey_makes_a_session_fresh(house: House) -> None:
    browser = Browser(house, person(house))
    key, reference = with_passkey(browser)
    stale(house, browser)
    options = browser.post("/me/fresh/options").json()
    assert browser.post("/me/fresh", {"credential": key.get(options)}).status_code == 204
    assert browser.call("DELETE", f"/me/factors/passkeys/{reference}").status_code == 204


def test_the_password_alone_does_not_undo_what_protects_from_its_theft(house: House) -> None:
    browser = Browser(house, person(house))
    with_app(house, browser)
    stale(house, browser)
    said = browser.post("/me/fresh", {"password": PASSWORD})
    assert (said.status_code, said.json()["needs"]) == (403, "factor")
    assert browser.call("DELETE", "/me/factors/totp").status_code == 403


@pytest.mark.parametrize(
    "body", [{}, {"password": PASSWORD, "code": "123456"}, {"password": None}, {"pin": "1"}, {"code": 123456}]
)
def test_presence_is_shown_by_exactly_one_proof(house: House, body: Any) -> None:
    assert Browser(house, person(house)).post("/me/fresh", body).status_code == 422
