"""The annex is sound without faults and wrong with each: asked directly, by hand, without audit or guard."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import http.server
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from ostiary.demo import annex
from ostiary.demo.annex import admin, notes, tokens
from ostiary.demo.annex.house import House
from ostiary.demo.annex.people import ALICE, SEEDS
from ostiary.demo.annex.rooms import ROOMS
from ostiary.errors import ConfigError

WORDS = {name: password for _, name, _, password in SEEDS}
ALICES_NOTE = "/notes/6a0e5c1d-9b72-4f38-8d24-c3e17fa59b06"
NEW = {"title": "New", "text": "words"}
PASSWORD = "a-kettle-and-two-cups"


class Visitor:
    """Somebody who asks the annex, and says who they are once they have signed in."""

    def __init__(self, app: House, peer: str = "127.0.0.1") -> None:
        self.app = app
        self.peer = peer
        self.token = ""
        self.refresh = ""

    def ask(self, method: str, target: str, value: Any = None, **headers: str) -> tuple[int, Any]:
        pairs = [(b"host", b"127.0.0.1:8000")]
        pairs += [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
        body = b"" if value is None else value if isinstance(value, bytes) else json.dumps(value).encode()
        if value is not None and "content_type" not in headers:
            pairs.append((b"content-type", b"application/json"))
        if self.token:
            pairs.append((b"authorization", f"Bearer {self.token}".encode()))
        path, _, query = target.partition("?")
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": pairs,
            "scheme": "http", "client": (self.peer, 40000),
        }  # fmt: skip
        asyncio.run(self.app(scope, receive, send))
        text = b"".join(message.get("body", b"") for message in sent[1:]).decode()
        try:
            return sent[0]["status"], json.loads(text)
        except ValueError:
            return sent[0]["status"], text

    def enter(self, name: str, password: str = "") -> Visitor:
        status, said = self.ask("POST", "/login", {"username": name, "password": password or WORDS[name]})
        assert status == 200, said
        self.token, self.refresh = said["access_token"], said["refresh_token"]
        return self

    def opens(self, token: str = "") -> bool:
        known, self.token = self.token, token or self.token
        try:
            return self.ask("GET", "/me")[0] == 200
        finally:
            self.token = known


def decoded(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def resigned(token: str, key: bytes, head: dict[str, Any], claims: dict[str, Any] | None = None) -> str:
    first, second, _ = token.split(".")
    whole = [{**decoded(first), **head}, {**decoded(second), **(claims or {})}]
    text = ".".join(encoded(json.dumps(each).encode()) for each in whole)
    return f"{text}.{encoded(hmac.new(key, text.encode(), hashlib.sha256).digest())}"


def alice(app: House) -> Visitor:
    return Visitor(app).enter("alice")


def bob(app: House) -> Visitor:
    return Visitor(app).enter("bob")


def dora(app: House, **more: Any) -> Visitor:
    given = {"username": "dora", "email": "dora@annex.example", "password": PASSWORD, **more}
    visitor = Visitor(app)
    visitor.ask("POST", "/register", given)
    return visitor


def unsigned(app: House) -> bool:
    first, second, _ = alice(app).token.split(".")
    head = encoded(json.dumps({**decoded(first), "alg": "None"}).encode())
    return Visitor(app).opens(f"{head}.{second}.")


def altered(app: House) -> bool:
    token = alice(app).token
    return Visitor(app).opens(token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"))


def out_of_time(app: House) -> bool:
    who = alice(app)
    claims = decoded(who.token.split(".")[1]) | {"exp": 1}
    text = ".".join(encoded(json.dumps(each).encode()) for each in ({"alg": "HS256", "kid": "main"}, claims))
    signature = hmac.new(app.tokens._key, text.encode(), hashlib.sha256).digest()
    return who.opens(f"{text}.{encoded(signature)}")


def key_elsewhere(app: House) -> bool:
    key = b"a key of somebody else"
    keys = json.dumps({"keys": [{"kty": "oct", "k": encoded(key)}]}).encode()

    class Keys(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(keys)

        def log_message(self, *_: object) -> None:
            return

    with http.server.HTTPServer(("127.0.0.1", 0), Keys) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        jku = f"http://127.0.0.1:{server.server_port}/keys"
        try:
            return Visitor(app).opens(resigned(alice(app).token, key, {"jku": jku}))
        finally:
            server.shutdown()
            thread.join(5)


def promoted(app: House) -> bool:
    dora(app, role="admin")
    who = Visitor(app)
    status, said = who.ask("POST", "/login", {"username": "dora", "password": PASSWORD})
    if status != 200:  # the sound one takes no such body
        return False
    who.token = said["access_token"]
    return who.ask("GET", "/admin/people")[0] == 200


def promotes_themselves(app: House) -> bool:
    who = bob(app)
    who.ask("PATCH", "/me", {"role": "admin"})
    return bool(who.ask("GET", "/me")[1]["role"] == "admin")


def moves(app: House) -> bool:
    who = bob(app)
    who.ask("PATCH", "/me", {"email": "mallory@else.example"})
    return bool(who.ask("GET", "/me")[1]["email"] == "mallory@else.example")


def kept_for_all(app: House) -> bool:
    alice(app).ask("GET", "/me/style.css")
    return "alice@" in str(Visitor(app).ask("GET", "/me/style.css"))


def names_told(app: House) -> bool:
    said = [
        Visitor(app).ask("POST", "/login", {"username": each, "password": "wrong"})[1] for each in ("bob", "nobody")
    ]
    return bool(said[0] != said[1])


def outlives_logout(app: House) -> bool:
    who = alice(app)
    assert who.ask("POST", "/logout")[0] == 204
    return who.opens()


def outlives_password(app: House) -> bool:
    dora(app)
    first, second = (Visitor(app).enter("dora", PASSWORD) for _ in range(2))
    change = {"current_password": PASSWORD, "new_password": "a-kettle-and-six-cups"}
    assert first.ask("POST", "/me/password", change)[0] == 204
    assert first.opens()
    assert Visitor(app).ask("POST", "/login", {"username": "dora", "password": PASSWORD})[0] == 401
    return second.opens()


def renews_for_ever(app: House) -> bool:
    who = alice(app)
    said = [who.ask("POST", "/token/refresh", {"refresh_token": who.refresh}) for _ in range(3)]
    assert said[0][0] == 200
    return said[2][0] == 200


def guesses(app: House, peers: list[str], name: str = "bob") -> list[int]:
    wrong = {"username": name, "password": "wrong"}
    return [Visitor(app, peer).ask("POST", "/login", wrong)[0] for peer in peers]


def writes(app: House) -> bool:
    bob(app).ask("PUT", ALICES_NOTE, NEW)
    return bool(alice(app).ask("GET", ALICES_NOTE)[1]["title"] == "New")


def deletes(app: House) -> bool:
    bob(app).ask("DELETE", ALICES_NOTE)
    return alice(app).ask("GET", ALICES_NOTE)[0] == 404


def replaced_by_nobody(app: House) -> bool:
    assert Visitor(app).ask("GET", ALICES_NOTE)[0] == 401
    Visitor(app).ask("PUT", ALICES_NOTE, NEW)
    return bool(alice(app).ask("GET", ALICES_NOTE)[1]["title"] == "New")


def hands_out_roles(app: House) -> bool:
    bob(app).ask("PUT", f"/admin/people/{ALICE}/role", {"role": "editor"})
    return bool(alice(app).ask("GET", "/me")[1]["role"] == "editor")


def injected(app: House) -> bool:
    return "surprise" in str(bob(app).ask("GET", "/notes/search?q=x%27%20OR%20title=%27Party%27--"))


Shows = dict[str, Callable[[House], bool]]
# Whether the fault shows; each must say yes with its switch alone, and no without any.
SHOWS: Shows = {
    "jwt.strong-secret": lambda app: Visitor(app).opens(resigned(alice(app).token, b"secret", {})),
    "jwt.algorithm-pinned": unsigned,
    "beyond.jwt-claims-validated/kid": lambda app: Visitor(app).opens(
        resigned(alice(app).token, b"", {"kid": "../../../dev/null"})
    ),
    "jwt.verify-before-use": altered,
    "jwt.access-ttl-short": out_of_time,
    "jwt.access-ttl-short/month": lambda app: (
        alice(app).ask("POST", "/login", {"username": "bob", "password": WORDS["bob"]})[1]["expires_in"] > 86400
    ),
    "beyond.jwt-claims-validated": key_elsewhere,
    "userdata.jwt-where-it-fits": lambda app: "at_hash" in decoded(alice(app).token.split(".")[1]),
    "jwt.no-sensitive-claims": lambda app: "scrypt" in decoded(alice(app).token.split(".")[1]).get("password", ""),
    "beyond.mass-assignment": promoted,
    "beyond.mass-assignment/update": promotes_themselves,
    "userdata.contact-change-verified": moves,
    "input.gateway-caching": kept_for_all,
    "beyond.bola-differential-test": lambda app: "surprise" in str(bob(app).ask("GET", "/shelf?owner=alice")),
    "output.no-sensitive-data": lambda app: "scrypt" in str(bob(app).ask("GET", "/people")),
    "output.status-codes/names": names_told,
    "account.logout-kills-session": outlives_logout,
    "account.reset-kills-sessions": outlives_password,
    "jwt.refresh-ttl-bounded": renews_for_ever,
    "auth.login-max-retry": lambda app: set(guesses(app, [f"127.0.0.{at}" for at in range(2, 14)])) == {401},
    "auth.login-jail": lambda app: set(guesses(app, ["127.0.0.9"] * 7)) == {401},
    "processing.all-endpoints-authenticated/office": lambda app: Visitor(app).ask("GET", "/admin/people")[0] == 200,
    "userdata.ownership-check": lambda app: bob(app).ask("GET", ALICES_NOTE)[0] == 200,
    "userdata.ownership-check/write": writes,
    "userdata.ownership-check/delete": deletes,
    "userdata.ownership-check/list": lambda app: "surprise" in str(bob(app).ask("GET", "/notes")),
    "userdata.ownership-check/nested": lambda app: bob(app).ask("GET", f"{ALICES_NOTE}/comments")[0] == 200,
    "processing.all-endpoints-authenticated": lambda app: Visitor(app).ask("GET", ALICES_NOTE)[0] == 200,
    "processing.all-endpoints-authenticated/half": replaced_by_nobody,
    "processing.uuid-ids": lambda app: alice(app).ask("POST", "/notes", NEW)[1]["id"] == 3,
    "input.injection-sql": injected,
    "input.injection-sql/told": lambda app: "sqlite3" in str(bob(app).ask("GET", "/notes/search?q=%27")),
    "processing.debug-off": lambda app: "Traceback" in str(bob(app).ask("GET", "/notes/9")),
    "beyond.function-level-authorization": lambda app: bob(app).ask("GET", "/admin/people")[0] == 200,
    "beyond.function-level-authorization/write": hands_out_roles,
}
HERE = (
    admin,
    notes,
    tokens,
)  # rooms with all their witnesses here; the others' are in tests/loop, where they are found


def test_every_switch_has_its_witness() -> None:
    assert SHOWS.keys() - annex.FAULTS.keys() == set()
    assert {name for room in HERE for name in room.FAULTS} - SHOWS.keys() == set()


@pytest.mark.parametrize("name", SHOWS)
def test_a_switch_breaks_its_control(name: str) -> None:
    assert SHOWS[name](annex.make([name]))


@pytest.mark.parametrize("name", SHOWS)
def test_without_faults_it_holds(name: str) -> None:
    assert not SHOWS[name](annex.make([]))


def test_a_valid_client_is_served_with_and_without_faults() -> None:
    for faults in ([], list(annex.FAULTS)):
        app = annex.make(faults)
        dora(app)
        who = Visitor(app).enter("dora", PASSWORD)
        assert who.ask("PATCH", "/me", {"bio": "likes tea"})[1]["bio"] == "likes tea"
        status, note = who.ask("POST", "/notes", NEW)
        assert status == 201
        at = f"/notes/{note['id']}"
        assert who.ask("GET", at)[1] == note
        assert who.ask("PATCH", at, {"title": "Tea"})[1]["text"] == "words"
        assert [each["title"] for each in who.ask("GET", "/notes/search?q=ea")[1]] == ["Tea"]
        status, comment = who.ask("POST", f"{at}/comments", {"text": "green"})
        assert (status, who.ask("GET", f"{at}/comments")[1]) == (201, [comment])
        assert who.ask("DELETE", f"{at}/comments/{comment['id']}")[0] == 204
        assert who.ask("DELETE", at)[0] == 204
        assert who.ask("GET", at)[0] == 404
        assert who.ask("POST", "/token/refresh", {"refresh_token": who.refresh})[0] == 200
        assert Visitor(app).enter("carol").ask("GET", "/admin/people")[0] == 200


def test_a_stolen_refresh_token_ends_the_session() -> None:
    who = alice(annex.make([]))
    status, said = who.ask("POST", "/token/refresh", {"refresh_token": who.refresh})
    assert status == 200
    assert who.ask("POST", "/token/refresh", {"refresh_token": who.refresh})[0] == 401
    assert who.ask("POST", "/token/refresh", {"refresh_token": said["refresh_token"]})[0] == 401
    assert not who.opens(said["access_token"])


@pytest.mark.parametrize(
    ("method", "target", "headers", "status"),
    [
        ("GET", "/nothing", {}, 404),
        ("DELETE", "/notes", {}, 405),
        ("BREW", "/notes", {}, 501),
        ("GET", "/notes", {"accept": "application/xml"}, 406),
        ("GET", "/notes?limit=0", {}, 400),
        ("GET", "/notes?colour=red", {}, 400),
        ("GET", "/notes/7", {}, 404),
        ("GET", "/notes/search?q=" + "a" * 5000, {}, 414),
        ("GET", "/notes", {"x_long": "a" * 20_000}, 431),
    ],
)
def test_what_does_not_fit_is_refused(method: str, target: str, headers: dict[str, str], status: int) -> None:
    assert alice(annex.make([])).ask(method, target, **headers)[0] == status


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"title": "a", "title": "b", "text": ""}', "application/json", 400),
        (b'{"title": "a", "text": "", "owner": "b"}', "application/json", 422),
        (b'{"title": 5, "text": ""}', "application/json", 422),
        (b"title=a&text=b", "application/x-www-form-urlencoded", 415),
        (b'{"title": "' + b"a" * 70_000 + b'"}', "application/json", 413),
    ],
)
def test_bodies_that_do_not_fit_are_refused(body: bytes, kind: str, status: int) -> None:
    assert alice(annex.make([])).ask("POST", "/notes", body, content_type=kind)[0] == status


def test_the_document_is_one_for_every_switch() -> None:
    from ostiary.parts import openapi  # noqa: PLC0415 - the only test that reads it

    for faults in ([], *([each] for each in annex.FAULTS)):
        told = annex.document(faults)
        assert not {"x-loose", "x-anyone"} & {
            name for item in told["paths"].values() for each in item.values() for name in each
        }
        names = [operation.id for operation in openapi.from_plain(told, source="annex").operations]
        assert len(names) == len(set(names)) >= 17


def test_a_switch_is_in_one_room() -> None:
    names = [name for room in ROOMS for name in room.FAULTS]
    assert sorted(names) == sorted(set(names))


def test_a_switch_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match="no such switch"):
        annex.make(["notes.sniff"])
