"""A small driver of Chromium over its DevTools protocol: open, evaluate, click, fill, wait, screenshot, authenticators.

::

    with chromium() as browser:
        page = browser.page()
        page.open(f"http://localhost:{port}/sign-in")
        page.fill("input[name=email]", "ada@example.test")
        page.click("button[type=submit]")
        page.wait("document.title.startsWith('Account')")
        assert page.complaints == []

Every wait is bounded. `page.complaints` are what the browser objected to: violated policies, failed scripts. WebAuthn needs
a secure context: ``http://localhost:PORT`` is one, with the rp id "localhost"; 127.0.0.1 is none.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SECONDS = 20.0  # of any single wait; a cold start on a busy machine takes five
_FLAGS = (
    "--headless=new", "--remote-debugging-port=0", "--no-first-run", "--no-default-browser-check", "--disable-gpu",
    "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--mute-audio", "--hide-scrollbars", "--window-size=1000,800", "--no-proxy-server",
    "--password-store=basic", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)  # fmt: skip


class BrowserError(AssertionError):
    """The browser did not do what was asked, in time or at all."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser with a profile of its own, gone afterwards. Skips, loudly, where there is none."""
    if CHROMIUM is None:
        pytest.skip("CHROMIUM IS NOT INSTALLED: passkeys and pages were not tried in a browser")
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as folder:
        flags = [*_FLAGS, f"--user-data-dir={folder}"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")  # it refuses to run as root with one; what it opens here is our own
        environment = {**os.environ, "HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder}
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                [CHROMIUM, *flags, "about:blank"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment, start_new_session=True,
            )  # fmt: skip
            try:
                address = _address(Path(folder), process)
                with connect(address, max_size=64 << 20, ping_interval=None, proxy=None, open_timeout=SECONDS) as wire:
                    yield Browser(wire)
                    with contextlib.suppress(Exception):
                        wire.send(json.dumps({"id": 0, "method": "Browser.close"}))
                        process.wait(3)
            finally:
                _end(process)


def _address(folder: Path, process: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + 3 * SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            port, path = (folder / "DevToolsActivePort").read_text(encoding="ascii").splitlines()
            return f"ws://127.0.0.1:{int(port)}{path}"
        time.sleep(0.02)
    raise BrowserError("Chromium did not start:\n" + (folder / "log").read_text(errors="replace")[-2000:])


def _end(process: subprocess.Popen[bytes]) -> None:
    """The whole group: it has many children, and some outlive it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


class Browser:
    """One running browser."""

    def __init__(self, wire: ClientConnection) -> None:
        self._wire = wire
        self._number = 0
        self._pages: dict[str, Page] = {}

    def page(self, *, script: bool = True) -> Page:
        """A page with cookies of its own: as if another person had another browser.

        :param script: whether JavaScript runs in it.
        """
        context = self.call("Target.createBrowserContext", disposeOnDetach=True)["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session, context)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        if not script:
            page.call("Emulation.setScriptExecutionDisabled", value=True)
        return page

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol, and note the events that come meanwhile."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        self._wire.send(json.dumps(message))
        until = time.monotonic() + SECONDS
        while True:
            try:
                found = json.loads(self._wire.recv(timeout=max(0.0, until - time.monotonic())))
            except TimeoutError as error:
                raise BrowserError(f"{method}: no answer in {SECONDS} s") from error
            if found.get("id") == number:
                if "error" in found:
                    raise BrowserError(f"{method}: {found['error'].get('message')}")
                result: dict[str, Any] = found["result"]
                return result
            if (page := self._pages.get(found.get("sessionId", ""))) is not None:
                page._note(found.get("method", ""), found.get("params", {}))


class Page:
    """One page.

    :ivar complaints: what the browser objected to so far.
    :ivar requests: the URLs that it asked for so far, with their methods.
    """

    def __init__(self, browser: Browser, session: str, context: str) -> None:
        self._browser = browser
        self._session = session
        self._context = context
        self.complaints: list[str] = []
        self.requests: list[tuple[str, str]] = []

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol on this page."""
        return self._browser.call(method, self._session, **parameters)

    def _note(self, method: str, told: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            self.complaints.append(str(details.get("exception", {}).get("description", details.get("text"))))
        elif method == "Log.entryAdded" and told["entry"]["level"] == "error" and told["entry"]["source"] != "network":
            self.complaints.append(told["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append((told["request"]["method"], told["request"]["url"]))

    def open(self, url: str) -> None:
        """Go there and wait until it is loaded."""
        self.evaluate("window.__before = true")
        said = self.call("Page.navigate", url=url)
        if said.get("errorText"):
            raise BrowserError(f"{url}: {said['errorText']}")
        if "loaderId" in said:  # not within the same document
            self.wait("!window.__before && document.readyState === 'complete'")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression, awaited; it must be JSON."""
        said = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True
        )
        if "exceptionDetails" in said:
            details = said["exceptionDetails"]
            raise BrowserError(str(details.get("exception", {}).get("description", details.get("text"))))
        return said["result"].get("value")

    def wait(self, expression: str, seconds: float = SECONDS) -> Any:
        """Wait until an expression is true, also over navigations; its value."""
        until = time.monotonic() + seconds
        while True:
            with contextlib.suppress(BrowserError):  # between two documents there is no place to ask
                if (found := self.evaluate(expression)) or time.monotonic() > until:
                    break
            if time.monotonic() > until:
                raise BrowserError(f"not within {seconds} s: {expression}")
            time.sleep(0.03)
        if not found:
            raise BrowserError(
                f"not within {seconds} s: {expression}\nat {self.url}, where it says:\n{self.text('body')[:1500]}\n"
                + "\n".join(self.complaints)
            )
        return found

    @property
    def url(self) -> str:
        return str(self.evaluate("location.href"))

    def text(self, selector: str = "body") -> str:
        """What people read there; "" where nothing is."""
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def click(self, selector: str) -> None:
        """Click with the mouse in the middle of what is there and visible: also where scripts do not run."""
        place = json.dumps(selector)
        found = self.evaluate(
            f"(() => {{ const each = document.querySelector({place}); each?.scrollIntoView({{block: 'center'}});"
            " const box = each?.getBoundingClientRect();"
            " return box && box.width && box.height ? [box.x + box.width / 2, box.y + box.height / 2] : null })()"
        )
        if found is None:
            raise BrowserError(f"nothing to click: {selector}\nat {self.url}, where it says:\n{self.text()[:1500]}")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=found[0], y=found[1], button="left", clickCount=1)

    def fill(self, selector: str, text: str) -> None:
        """Type a text into a field, in place of what is in it."""
        place = json.dumps(selector)
        if not self.evaluate(
            f"(() => {{ const each = document.querySelector({place}); each?.focus(); each?.select?.(); return !!each }})()"
        ):
            raise BrowserError(f"nothing to fill: {selector}\nat {self.url}, where it says:\n{self.text()[:1500]}")
        self.call("Input.insertText", text=text)

    def cookies(self) -> list[dict[str, Any]]:
        """All cookies of this page's browser, with their flags."""
        found: list[dict[str, Any]] = self._browser.call("Storage.getCookies", browserContextId=self._context)[
            "cookies"
        ]
        return found

    def screenshot(self, path: Path) -> None:
        """A picture (PNG) of the whole page."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def add_virtual_authenticator(self, **options: Any) -> Authenticator:
        """An authenticator in this page, with its user always there and verified unless told otherwise (WebAuthn L3 §11).

        :param options: of ``WebAuthn.VirtualAuthenticatorOptions``, such as ``isUserVerified=False``.
        """
        self.call("WebAuthn.enable", enableUI=False)
        given = {
            "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
            "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
        } | options  # fmt: skip
        made = self.call("WebAuthn.addVirtualAuthenticator", options=given)
        return Authenticator(self, made["authenticatorId"])

    def close(self) -> None:
        """Close it; its cookies are gone."""
        self._browser.call("Target.disposeBrowserContext", browserContextId=self._context)


class Authenticator:
    """A virtual authenticator: keys are made and used in it as in a real one."""

    def __init__(self, page: Page, name: str) -> None:
        self._page = page
        self._id = name

    def credentials(self) -> list[dict[str, Any]]:
        """What it holds, private keys too."""
        found: list[dict[str, Any]] = self._page.call("WebAuthn.getCredentials", authenticatorId=self._id)[
            "credentials"
        ]
        return found

    def add(self, credential: dict[str, Any]) -> None:
        """Put a credential in: a copy of another's, say."""
        self._page.call("WebAuthn.addCredential", authenticatorId=self._id, credential=credential)

    def clear(self) -> None:
        """Forget all keys."""
        self._page.call("WebAuthn.clearCredentials", authenticatorId=self._id)

    def verify(self, yes: bool) -> None:  # noqa: FBT001 - that is all it says
        """Whether the user is verified from now on."""
        self._page.call("WebAuthn.setUserVerified", authenticatorId=self._id, isUserVerified=yes)
