"""A script for every fault of the shop's customers' side: it does what an attacker would, and says whether it worked."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from ostiary.demo import passes
from ostiary.demo.customers import ALICE, BOB
from ostiary.demo.orders import ALICES_ORDER, BOBS_ORDER

PATIENCE = 10.0  # seconds for a reply
GUESSES = 12
SURGE = 80
_WRONG = "open-sesame-open"


class Said(NamedTuple):
    """A reply."""

    status: int
    headers: dict[str, str]
    text: str


class Target:
    """Where the shop is reached."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host = parts.hostname or "127.0.0.1"
        self.port = parts.port or 80

    def ask(
        self, method: str, path: str, value: Any = None, *, token: str = "", source: str = "", **headers: str
    ) -> Said:
        """Send one request over a connection of its own.

        :param value: what goes along as JSON; None for no body.
        :param source: the local address to come from, for whoever counts by source.
        """
        fields = {name.replace("_", "-"): each for name, each in headers.items()}
        body = None
        if value is not None:
            body = json.dumps(value).encode()
            fields["content-type"] = "application/json"
        if token:
            fields["authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection(
            self.host, self.port, timeout=PATIENCE, source_address=(source, 0) if source else None
        )
        with contextlib.closing(connection):
            connection.request(method, path, body, fields)
            reply = connection.getresponse()
            text = reply.read(1 << 20).decode("utf-8", "replace")
            return Said(reply.status, {name.lower(): each for name, each in reply.getheaders()}, text)

    def opens(self, token: str) -> bool:
        """Whether a token is believed."""
        return self.ask("GET", "/orders", token=token).status == 200  # noqa: PLR2004


def unsigned(shop: Target) -> bool:
    """A token that names no algorithm, or another than the key is for."""
    return shop.opens(passes.mint(BOB, algorithm="none")) or shop.opens(passes.mint(BOB, algorithm="HS512"))


def forged(shop: Target) -> bool:
    """A token signed with some key."""
    return shop.opens(passes.mint(BOB, key="no-key-of-the-shop-but-long-enough"))


def weakly_signed(shop: Target) -> bool:
    """A token signed with a key out of a dictionary."""
    return shop.opens(passes.mint(BOB, key="secret"))


def expired(shop: Target) -> bool:
    """A token of last week."""
    then = int(time.time()) - 7 * 86400
    return shop.opens(passes.mint(BOB, iat=then, exp=then + 600))


def meant_for_others(shop: Target) -> bool:
    """A token of another issuer, for another service, or from the future."""
    wrong: list[dict[str, Any]] = [{"iss": "https://else.example"}, {"aud": "else"}, {"nbf": int(time.time()) + 3600}]
    return any(shop.opens(passes.mint(BOB, **each)) for each in wrong)


def stolen(shop: Target) -> bool:
    """A token that is bound to somebody's key, without the key."""
    return shop.opens(passes.mint(BOB, cnf={"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}))


def oversized(shop: Target) -> bool:
    """A token of 7 KB."""
    return shop.opens(passes.mint(ALICE, padding="x" * 5000))


def nobody(shop: Target) -> bool:
    """No token at all."""
    return shop.ask("GET", "/orders/export").status == 200  # noqa: PLR2004


def reader_writes(shop: Target) -> bool:
    """A token that may only read."""
    token = passes.mint(ALICE, scope="orders:read")
    return shop.ask("PUT", f"/orders/{ALICES_ORDER}", {"quantity": 3}, token=token).status == 200  # noqa: PLR2004


def customer_in_the_office(shop: Target) -> bool:
    """A customer lists all customers."""
    return "bob@" in shop.ask("GET", "/admin/users", token=passes.mint(ALICE)).text


def others_orders(shop: Target) -> bool:
    """Alice reads, changes and lists Bob's orders."""
    token = passes.mint(ALICE)
    read = "present" in shop.ask("GET", f"/orders/{BOBS_ORDER}", token=token).text
    written = shop.ask("PUT", f"/orders/{BOBS_ORDER}", {"quantity": 9}, token=token).status == 200  # noqa: PLR2004
    listed = BOBS_ORDER in shop.ask("GET", "/orders", token=token).text
    return read or written or listed


def others_profile(shop: Target) -> bool:
    """Alice asks for Bob by his id."""
    return "bob@" in shop.ask("GET", f"/users/{BOB}", token=passes.mint(ALICE)).text


def app_settles(shop: Target) -> bool:
    """The app's token closes the books."""
    return "settled" in shop.ask("POST", "/ledger/settlements", token=passes.mint(ALICE)).text


def _guess(shop: Target, name: str, source: str = "", password: str = _WRONG) -> Said:
    return shop.ask("POST", "/login", {"username": name, "password": password}, source=source)


def many_sources(shop: Target) -> bool:
    """One password, guessed from a dozen addresses."""
    tested = [_guess(shop, "bob", f"127.0.0.{2 + at}").status for at in range(GUESSES)]
    return tested.count(401) == GUESSES


def one_source(shop: Target) -> bool:
    """Six guesses from one address, and the seventh is right."""
    for _ in range(6):
        _guess(shop, "alice", "127.0.0.40")
    return _guess(shop, "alice", "127.0.0.40", "wonderland-37-gates").status == 200  # noqa: PLR2004


def code_guesses(shop: Target) -> bool:
    """A code is guessed, or sent, as often as one likes."""
    sent = [shop.ask("POST", "/login/code/send", {"username": "bob"}).status for _ in range(GUESSES)]
    tried = [shop.ask("POST", "/login/code", {"username": "bob", "code": f"{at:06d}"}).status for at in range(GUESSES)]
    return sent.count(202) == GUESSES or tried.count(401) == GUESSES


def machine_guesses(shop: Target) -> bool:
    """After some wrong guesses a machine may still go on."""
    for _ in range(4):
        _guess(shop, "carol", "127.0.0.50")
    return _guess(shop, "carol", "127.0.0.50", "keys-to-the-back-office").status == 200  # noqa: PLR2004


def code_told(shop: Target) -> bool:
    """The code comes back to whoever asked for it to be sent."""
    said = shop.ask("POST", "/login/code/send", {"username": "alice"}).text
    return any(each.isdecimal() and len(each) == 6 for each in said.replace('"', " ").split())  # noqa: PLR2004


def bare_cookie(shop: Target) -> bool:
    """Scripts and clear text get to see the session."""
    said = shop.ask("POST", "/login", {"username": "alice", "password": "wonderland-37-gates"}, source="127.0.0.60")
    cookie = said.headers.get("set-cookie", "")
    return cookie.startswith("session=") and "httponly" not in cookie.lower()


def led_away(shop: Target) -> bool:
    """A link of the shop leads out of it."""
    said = shop.ask("GET", "/go?next=" + quote("https://evil.example/login", safe=""))
    return said.headers.get("location", "").startswith("https://evil.example")


def script_link(shop: Target) -> bool:
    """A picture that is a script."""
    said = shop.ask("PATCH", f"/users/{ALICE}", {"avatar": "javascript:alert(1)"}, token=passes.mint(ALICE))
    return "javascript:" in said.text and said.status == 200  # noqa: PLR2004


def line_break(shop: Target) -> bool:
    """A name that would start a line of its own in a log or a mail."""
    given = {"name": f"dora\r\nbcc: {time.time_ns()}", "email": "dora@shop.example", "password": "four-words-of-hers"}
    return shop.ask("POST", "/register", given).status == 201  # noqa: PLR2004


def exports(shop: Target) -> bool:
    """The whole book, over and over."""
    token = passes.mint(ALICE)
    return all(shop.ask("GET", "/orders/export", token=token).status == 200 for _ in range(GUESSES))  # noqa: PLR2004


def surge(shop: Target) -> bool:
    """As many labels as fit into a moment."""
    with ThreadPoolExecutor(8) as pool:
        said = pool.map(lambda _: shop.ask("POST", "/labels", {"text": "Fragile"}).status, range(SURGE))
        return all(status == 200 for status in said)  # noqa: PLR2004


def crowd(shop: Target) -> bool:
    """Slow work, many times at once."""
    with ThreadPoolExecutor(8) as pool:
        said = pool.map(lambda _: shop.ask("POST", "/labels/printer").status, range(8))
        return all(status == 200 for status in said)  # noqa: PLR2004


def injected(shop: Target) -> bool:
    """A quote ends the text, and the rest is SQL."""
    return "surprise" in shop.ask("GET", "/stock?name=" + quote("x' OR '1'='1' --", safe="")).text


def worked_out(shop: Target) -> bool:
    """A template inside of a text is worked out."""
    return "1787569" in shop.ask("POST", "/labels", {"text": "{{1337*1337}}"}).text


def marked_up(shop: Target) -> bool:
    """Markup comes back as markup."""
    said = shop.ask("GET", "/hello?name=" + quote("<script>alert(1)</script>", safe=""))
    return "<script>alert" in said.text and "html" in said.headers.get("content-type", "")


def promoted(shop: Target) -> bool:
    """A new customer says that he is the boss."""
    name = f"dan{time.time_ns()}"
    given = {"name": name, "email": "dan@shop.example", "password": "four-words-of-his", "role": "admin"}
    return '"admin"' in shop.ask("POST", "/register", given).text


def whole_shop(shop: Target) -> bool:
    """One page of a million."""
    return shop.ask("GET", "/items?limit=1000000").status == 200  # noqa: PLR2004


def deep_query(shop: Target) -> bool:
    """A query of thirty levels, and the schema."""
    deep = "{ items " * 30 + "{ name }" + " }" * 30
    said = [shop.ask("POST", "/graphql", {"query": each}) for each in (deep, "{ __schema { types { name } } }")]
    return any(each.status == 200 for each in said)  # noqa: PLR2004


def paid_twice(shop: Target) -> bool:
    """The same payment, sent twice with one key."""
    key = f"key-{time.time_ns()}"
    token = passes.mint(ALICE)
    said = [shop.ask("POST", "/payments", {"amount": 12}, token=token, idempotency_key=key) for _ in range(2)]
    return said[0].status == said[1].status == 201 and said[0].text != said[1].text  # noqa: PLR2004


def fetched_inside(shop: Target) -> bool:
    """The shop fetches from its own machine what nobody outside can reach."""
    with _listening() as (port, heard):
        shop.ask("POST", "/pictures", {"url": f"http://127.0.0.1:{port}/"}, token=passes.mint(ALICE))
        return bool(heard)


def false_news(shop: Target) -> bool:
    """A message in the bank's name."""
    return shop.ask("POST", "/hooks/payments", {"paid": BOBS_ORDER}).status == 204  # noqa: PLR2004


def two_hosts(shop: Target) -> bool:
    """One request with two Host fields."""
    request = f"GET /items HTTP/1.1\r\nHost: {shop.host}:{shop.port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    with socket.create_connection((shop.host, shop.port), PATIENCE) as raw:
        raw.sendall(request.encode())
        return raw.recv(12) == b"HTTP/1.1 200"


@contextlib.contextmanager
def _listening() -> Iterator[tuple[int, list[str]]]:
    heard: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"inside")

        def log_message(self, *_: object) -> None:  # silence
            return

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server.server_address[1], heard
        finally:
            server.shutdown()
            thread.join(5)


ATTACKS: dict[str, Callable[[Target], bool]] = {
    "jwt.algorithm-pinned": unsigned,
    "jwt.verify-before-use": forged,
    "jwt.strong-secret": weakly_signed,
    "jwt.access-ttl-short": expired,
    "jwt.size-bounded": oversized,
    "beyond.jwt-claims-validated": meant_for_others,
    "beyond.sender-constrained-tokens": stolen,
    "processing.all-endpoints-authenticated": nobody,
    "oauth.scope-per-client": reader_writes,
    "beyond.function-level-authorization": customer_in_the_office,
    "userdata.ownership-check": others_orders,
    "processing.me-not-user-id": others_profile,
    "mobile.no-server-to-server-calls": app_settles,
    "account.otp-not-in-response": code_told,
    "account.cookie-flags": bare_cookie,
    "account.no-open-redirect": led_away,
    "account.block-script-schemes": script_link,
    "account.block-crlf": line_break,
    "input.rate-quota": exports,
    "input.rate-spike-arrest": surge,
    "input.rate-concurrency": crowd,
    "input.injection-sql": injected,
    "input.injection-rce": worked_out,
    "input.injection-xss": marked_up,
    "beyond.mass-assignment": promoted,
    "beyond.pagination-caps": whole_shop,
    "beyond.graphql-limits": deep_query,
    "beyond.idempotency": paid_twice,
    "beyond.ssrf-egress-control": fetched_inside,
    "beyond.webhook-signatures": false_news,
    "beyond.request-smuggling": two_hosts,
    # guesses last: they put accounts in jail
    "account.captcha-challenge": machine_guesses,
    "account.auth-endpoint-limits": code_guesses,
    "auth.login-max-retry": many_sources,
    "auth.login-jail": one_source,
}


def attempt(url: str) -> dict[str, bool]:
    """Run every attack against the shop at `url`; which of them worked, by control id."""
    shop = Target(url)
    return {control: attack(shop) for control, attack in ATTACKS.items()}
