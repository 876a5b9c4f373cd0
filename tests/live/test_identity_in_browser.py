"""The whole walk through the pages in a real browser: register, passkey, codes for a client, reset, and every session dead."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pyotp
import pytest

from identity.browser import Browser, BrowserError, Page, chromium
from live.real_servers import fetch, free_port
from mortal import mortal

pytestmark = pytest.mark.live

SECONDS = 60.0
GOOD, BETTER = "violet kettle 94 marsh", "seven lamps under the quay"
OPERATOR = ("op@example.com", "correct horse battery staple lamp")
BAD = '<img src=x onerror="window.__bad=1">'
POLICY = """\
profile = "development"

[identity]
title = "Bookshelf"
audience = ["https://api.example"]

[identity.scopes]
"books:read" = "See the books that you have"
"""
# What is wrong with a page as people see it.
FAULTS = r"""(() => {
  const bad = [], page = document;
  if (page.documentElement.scrollWidth > innerWidth) bad.push(`wider than the window: ${page.documentElement.scrollWidth}`);
  if (page.querySelectorAll("h1").length !== 1 || !page.title || !page.documentElement.lang) bad.push("heading or title");
  const ids = [...page.querySelectorAll("[id]")].map((each) => each.id);
  if (new Set(ids).size !== ids.length) bad.push(`ids twice: ${ids}`);
  for (const each of page.querySelectorAll("input:not([type=hidden])")) {
    if (!each.labels.length) bad.push(`without a label: ${each.name}`);
    for (const id of (each.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean))
      if (!page.getElementById(id)) bad.push(`described by nothing: ${id}`);
    const box = each.getBoundingClientRect();
    if (box.width && box.height < 24) bad.push(`too small: ${each.name}`);
  }
  for (const each of page.querySelectorAll("button, a")) if (!each.textContent.trim()) bad.push(`nameless: ${each.outerHTML}`);
  if ([...page.querySelectorAll("[tabindex]")].some((each) => each.tabIndex > 0)) bad.push("an order of its own");
  const rgb = (text) => text.match(/[\d.]+/g).map(Number);
  const light = (colour) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, at) => {
    const part = colour[at] / 255;
    return sum + weight * (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  }, 0);
  const ground = (each) => {
    for (; each; each = each.parentElement) {
      const found = rgb(getComputedStyle(each).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  for (const each of page.querySelectorAll("body *")) {
    if (!each.offsetWidth || ![...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    const [ink, paper] = [light(rgb(getComputedStyle(each).color)), light(ground(each))];
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (contrast < 4.5) bad.push(`contrast ${contrast.toFixed(2)}: ${each.innerText.slice(0, 40)}`);
  }
  return bad;
})()"""


@dataclass
class House:
    """A running server: its URL, its folder, and the mails that it wrote."""

    url: str
    folder: Path
    log: Path

    def link(self, path: str) -> str:
        """The link to a page that was mailed last; it is waited for, and each is given out once."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            for each in sorted(
                (self.folder / "ostiary-identity.outbox").glob("*.txt"), key=lambda file: -file.stat().st_mtime_ns
            ):
                found = re.search(rf"{re.escape(self.url)}{path}\?token=\S+", each.read_text(encoding="utf-8"))
                if found:
                    each.unlink()
                    return found[0]
            time.sleep(0.05)
        raise AssertionError(f"no mail with a link to {path}")

    def command(self, *arguments: str) -> dict[str, Any]:
        """What an ``ostiary`` command says as JSON."""
        told = [sys.executable, "-m", "ostiary", *arguments, "--config", "ostiary.toml", "--json"]
        done = subprocess.run(told, cwd=self.folder, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@contextlib.contextmanager
def served(folder: Path, *options: str) -> Iterator[House]:
    """``ostiary serve --identity`` in a folder, ended with the block."""
    port = free_port()
    url = f"http://localhost:{port}"
    (folder / "ostiary.toml").write_text(POLICY, encoding="utf-8")
    environment = {**os.environ, "OSTIARY_OPERATOR_EMAIL": OPERATOR[0], "OSTIARY_OPERATOR_PASSWORD": OPERATOR[1]}
    told = [
        sys.executable,
        "-m",
        "ostiary",
        "serve",
        "--identity",
        "--port",
        str(port),
        "--config",
        "ostiary.toml",
        *options,
    ]
    told = [each.replace("URL", url) for each in told]
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(told, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment)
        with mortal(process, 280):
            until = time.monotonic() + SECONDS
            while True:
                with contextlib.suppress(OSError):
                    fetch(f"{url}/.well-known/openid-configuration", 2)
                    break
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(log.read_text(errors="replace")[-2000:])
                time.sleep(0.1)
            yield House(url, folder, log)
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with served(tmp_path_factory.mktemp("house"), "--dev") as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def shop() -> Iterator[str]:
    """The address of an application on this machine, to which codes are sent."""

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<link rel=icon href='data:,'><h1>The shop</h1>")

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Shop)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}/callback"
    server.shutdown()
    server.server_close()
    serving.join(5)


def leave(page: Page, selector: str = "main form button") -> None:
    """Press a button, and wait for the page that follows."""
    page.evaluate("window.__here = true")
    for seconds in (5, 5, SECONDS):  # a click is lost where the page is just being laid out anew
        page.click(selector)
        with contextlib.suppress(BrowserError):
            page.wait("!window.__here && document.readyState === 'complete'", seconds)
            return
    raise BrowserError(f"{selector} leads nowhere: {page.text()}")


def look(page: Page, heading: str) -> None:
    """It is the page with that heading, nothing is wrong with it, wide and light or narrow and dark, and nothing complained."""
    assert page.text("h1") == heading, page.text()
    for width, height, scheme in ((360, 740, "dark"), (1000, 800, "light")):
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        assert page.evaluate(FAULTS) == [], (heading, width, scheme)
    assert page.complaints == []
    assert not page.evaluate("window.__bad")


def fill(page: Page, **fields: str) -> None:
    for name, text in fields.items():
        page.fill(f"#{name}", text)


def register(page: Page, house: House, email: str, name: str = "") -> None:
    page.open(f"{house.url}/register")
    look(page, "Create an account")
    fill(page, email=email, name=name, password=GOOD)
    leave(page)
    look(page, "Look into your mail")
    page.open(house.link("/verify"))
    assert "token" not in page.url
    look(page, "Confirm your address")
    fill(page, password=GOOD)
    leave(page)
    look(page, "Done")


def sign_in(page: Page, house: House, email: str, password: str = GOOD) -> None:
    page.open(f"{house.url}/sign-in")
    fill(page, email=email, password=password)
    leave(page)


def cookie(page: Page) -> str:
    """The session's cookie, whose flags keep it out of reach."""
    found = [each for each in page.cookies() if each["name"] == "__Host-session"]
    assert len(found) == 1
    assert (found[0]["secure"], found[0]["httpOnly"], found[0]["sameSite"], found[0]["path"]) == (
        True,
        True,
        "Lax",
        "/",
    )
    return str(found[0]["value"])


def landing(house: House, secret: str) -> str:
    """Where an old cookie leads."""
    reply = httpx.get(f"{house.url}/account", headers={"cookie": f"__Host-session={secret}"}, trust_env=False)
    return f"{reply.status_code} {reply.headers.get('location', '')}"


def asking(client: str, callback: str) -> tuple[str, str]:
    """An authorization request's query with PKCE, and the verifier."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return urlencode({
        "response_type": "code", "client_id": client, "redirect_uri": callback, "state": "s", "nonce": "n",
        "scope": "openid email books:read offline_access", "code_challenge": challenge, "code_challenge_method": "S256",
    }), verifier  # fmt: skip


def token(house: House, **fields: str) -> httpx.Response:
    return httpx.post(f"{house.url}/oauth/token", data=fields, trust_env=False, timeout=SECONDS)


def test_somebody_registers_uses_passkeys_lets_an_application_in_and_resets_the_password(  # noqa: PLR0915 - one walk
    house: House, browser: Browser, shop: str
) -> None:
    email = "ann@example.com"
    page = browser.page()
    register(page, house, email, BAD)
    sign_in(page, house, email)
    look(page, "Your account")
    by_password = cookie(page)

    page.add_virtual_authenticator()
    page.open(f"{house.url}/account/factors")
    look(page, "Second factors")
    leave(page, "form[data-passkey] button")
    assert "not used yet" in page.text()
    page.open(f"{house.url}/sign-out")
    look(page, "Sign out?")
    leave(page)
    assert landing(house, by_password) == "303 /sign-in?next=/account"
    page.open(f"{house.url}/sign-in")
    look(page, "Sign in")
    leave(page, "form[data-passkey] button")
    look(page, "Your account")
    by_passkey = cookie(page)

    client = house.command(
        "client", "add", f"Shop {BAD}", "--method", "none", "--redirect-uri", "http://127.0.0.1/callback", "--grant", "code",
        "--grant", "refresh", "--grant", "device", "--scope", "openid", "--scope", "email", "--scope", "books:read",
        "--scope", "offline_access",
    )["client_id"]  # fmt: skip
    query, verifier = asking(client, shop)
    page.open(f"{house.url}/oauth/authorize?{query}")
    look(page, f"Allow Shop {BAD}?")
    leave(page, "button[value=yes]")
    assert page.text("h1") == "The shop"  # the policy's form-action let the browser go there
    assert page.complaints == []
    back = dict(parse_qsl(urlsplit(page.url).query))
    assert (back["state"], back["iss"]) == ("s", house.url)
    given = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": shop, "client_id": client}
    tokens = token(house, **given, code_verifier=verifier).json()
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert httpx.get(f"{house.url}/oauth/userinfo", headers=bearer, trust_env=False).json()["email"] == email

    agent = {"user-agent": BAD}
    device = httpx.post(
        f"{house.url}/oauth/device_authorization", data={"client_id": client, "scope": "openid"}, headers=agent, trust_env=False
    ).json()  # fmt: skip
    page.open(device["verification_uri_complete"])
    leave(page)
    look(page, "A device wants in")
    leave(page, "button[value=yes]")
    look(page, "Done")
    polled = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": device["device_code"]}
    assert token(house, **polled, client_id=client).status_code == 200
    for path, heading in (
        ("/account/applications", "Applications that may act for you"), ("/account/history", "What happened to your account"),
        ("/account/sessions", "Sessions"), ("/account/password", "Change your password"), ("/device", "A device wants in"),
    ):  # fmt: skip
        page.open(f"{house.url}{path}")
        look(page, heading)

    other = browser.page()
    other.open(f"{house.url}/reset")
    look(other, "Forgot your password?")
    fill(other, email=email)
    leave(other)
    other.open(house.link("/reset"))
    assert "token" not in other.url
    look(other, "Choose a new password")
    fill(other, password=BETTER)
    leave(other)
    look(other, "Done")
    page.open(f"{house.url}/account")
    look(page, "Sign in")
    assert landing(house, by_passkey) == "303 /sign-in?next=/account"
    dead = token(house, grant_type="refresh_token", refresh_token=tokens["refresh_token"], client_id=client)
    assert (dead.status_code, dead.json()["error"]) == (400, "invalid_grant")
    assert httpx.get(f"{house.url}/oauth/userinfo", headers=bearer, trust_env=False).status_code == 401
    page.close()
    other.close()


def test_contacts_change_and_are_taken_back_and_an_account_ends(house: House, browser: Browser) -> None:
    page, thief = browser.page(), browser.page()
    register(page, house, "cleo@example.com")
    for each in (page, thief):
        sign_in(each, house, "cleo@example.com")
    old = cookie(page)
    thief.fill("#email", "thief@example.com")
    leave(thief, 'form[action="/account/email/change"] button')
    look(thief, "Look into your mail")
    thief.open(house.link("/account/email"))
    look(thief, "Confirm your new address")
    leave(thief)
    look(thief, "Done")
    assert landing(house, old) == "303 /sign-in?next=/account"
    page.open(house.link("/undo"))
    look(page, "This was not you?")
    leave(page)
    look(page, "Done")
    thief.open(f"{house.url}/account")
    look(thief, "Sign in")
    page.open(house.link("/reset"))
    fill(page, password=BETTER)
    leave(page)
    sign_in(page, house, "cleo@example.com", BETTER)
    look(page, "Your account")
    export = page.evaluate(
        """(async () => { const form = document.querySelector('form[action="/account/export"]');
        const reply = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
        return [reply.headers.get("content-disposition"), (await reply.json()).account.email] })()"""
    )
    assert export == ['attachment; filename="account.json"', "cleo@example.com"]
    page.open(f"{house.url}/account/leave")
    look(page, "Delete the account?")
    page.click("input[name=sure]")
    leave(page)
    look(page, "Done")
    sign_in(page, house, "cleo@example.com", BETTER)
    assert "wrong" in page.text("#error")
    page.close()
    thief.close()


def test_operators_set_up_an_app_and_see_the_console(house: House, browser: Browser) -> None:
    page = browser.page()
    sign_in(page, house, *OPERATOR)
    page.open(f"{house.url}/console")
    look(page, "That did not work")
    leave(page, "a.button")
    leave(page, 'form[action="/account/factors/app"] button')
    look(page, "Second factors")
    assert page.evaluate("document.querySelector('.qr img').naturalWidth") > 0
    code = pyotp.TOTP(page.text("section .code").replace(" ", ""))
    fill(page, code="000000")
    leave(page, 'form[action="/account/factors/app/code"] button')
    look(page, "Second factors")
    assert page.evaluate("document.activeElement.id") == "code"
    fill(page, code=code.now())
    leave(page, 'form[action="/account/factors/app/code"] button')
    leave(page, 'form[action="/account/factors/codes"] button')
    look(page, "Second factors")
    spare = page.text(".codes").split()
    assert len(set(spare)) == 10
    page.open(f"{house.url}/console")
    look(page, "Is it you?")
    fill(page, code=code.at(int(time.time()) + 30))  # the step of the code above is spent; clocks may differ by one
    leave(page)
    look(page, "Console")
    page.open(f"{house.url}/sign-out")
    leave(page)
    sign_in(page, house, *OPERATOR)
    look(page, "Second step")
    page.open(f"{house.url}/account")
    look(page, "Second step")  # nothing else before that
    page.click("summary")
    fill(page, recovery=spare[0])
    leave(page, "details form button")
    page.open(f"{house.url}/console")
    look(page, "Console")
    page.close()


def test_everything_works_without_scripts(house: House, browser: Browser) -> None:
    page = browser.page(script=False)
    register(page, house, "noa@example.com")
    sign_in(page, house, "noa@example.com")
    look(page, "Your account")
    assert "Sign in with a passkey" not in page.text()
    fill(page, name="Noa")
    leave(page, 'form[action="/account/name"] button')
    assert page.evaluate("document.querySelector('#name').value") == "Noa"
    page.open(f"{house.url}/sign-out")
    leave(page)
    look(page, "Bookshelf accounts")
    page.close()


def test_whoever_types_wrong_passwords_has_the_browser_work(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path, "--issuer", "URL") as house:
        page = browser.page()
        for count in range(3):
            sign_in(page, house, OPERATOR[0], f"wrong wrong wrong {count}")
            assert "wrong" in page.text("#error")
        sign_in(page, house, *OPERATOR)
        assert "puzzle" in page.text("[data-puzzle]")
        page.wait("!document.querySelector('form button').disabled")
        look(page, "Sign in")
        fill(page, password=OPERATOR[1])
        leave(page)
        look(page, "Your account")
        page.close()
