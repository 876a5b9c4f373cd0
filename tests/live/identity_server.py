"""A real identity server for foreign clients: clients registered by an operator, and a person who signs in and agrees."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pyotp
from joserfc.jwk import ECKey

from live.real_servers import HERE, VENVS, fetch, free_port
from mortal import mortal

OPERATOR = ("operator@example.com", "correct horse battery staple lamp")
PERSON = ("ann@example.com", "violet kettle 94 marsh")
API = "https://api.example"
CALLBACK = "https://shop.example/callback"
QUERIED = f"{CALLBACK}?from=ostiary"  # with a query of its own: what is added must not replace it
GOODBYE = "https://shop.example/goodbye"
SCOPES = ("openid", "profile", "email", "offline_access", "books:read", "books:write")
GRANTS = ("authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code")
SECONDS = 60.0  # of any single wait: a start on a busy machine takes ten
MOST_STEPS = 12  # pages that a person looks at before something is wrong

POLICY = """\
store = "sqlite:///{folder}/store.db"

[identity]
database = "sqlite:///{folder}/identity.db"
keys = "{folder}/keys"
audience = ["{api}", "https://other.example"]
dynamic-registration = true
algorithm = "{algorithm}"

[identity.passwords]
cost = 10

[identity.scopes]
"books:read" = "See the books that you have"
"books:write" = "Change the books that you have"
"""


@dataclass
class Server:
    """A running ``ostiary serve --identity --dev``, and the clients that its operator registered.

    :param url: its issuer.
    :param clients: by the names that tests use; each as scripts of clients take it.
    """

    url: str
    folder: Path
    clients: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def store(self) -> str:
        """The URL of the store, where orders about revoked tokens are."""
        return f"sqlite:///{self.folder}/store.db"

    def command(self, *arguments: str) -> Any:
        """What an ``ostiary`` command about these accounts says as JSON."""
        told = [*_OSTIARY, *arguments, "--config", str(self.folder / "ostiary.toml"), "--json"]
        done = subprocess.run(told, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=self.folder)
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)


_OSTIARY = (sys.executable, "-m", "ostiary")


@contextlib.contextmanager
def identity(folder: Path, algorithm: str = "ES256") -> Iterator[Server]:
    """The server, with a person whose address is proven, until the block ends.

    :param algorithm: what it signs tokens with.
    """
    port = free_port()
    (folder / "ostiary.toml").write_text(POLICY.format(folder=folder, api=API, algorithm=algorithm), encoding="utf-8")
    environment = {"OSTIARY_OPERATOR_EMAIL": OPERATOR[0], "OSTIARY_OPERATOR_PASSWORD": OPERATOR[1]}
    command = [*_OSTIARY, "serve", "--identity", "--dev", "--port", str(port), "--config", str(folder / "ostiary.toml")]
    with _running(command, f"http://localhost:{port}/.well-known/openid-configuration", folder, environment):
        server = Server(f"http://localhost:{port}", folder)
        _register_person(server)
        _register_clients(server)
        yield server


@contextlib.contextmanager
def guarded_api(server: Server, folder: Path) -> Iterator[str]:
    """The small API behind our guard, which believes this server's tokens and shares its store; gives its URL."""
    port = free_port()
    asking = server.clients["api"]
    environment = {
        "SHELF": json.dumps({
            "port": port, "issuer": server.url, "audience": API, "store": server.store,
            "client": asking["client_id"], "client_secret": asking["client_secret"],
        })
    }  # fmt: skip
    with _running(
        [sys.executable, str(HERE / "guarded_shelf.py")], f"http://localhost:{port}/books", folder, environment
    ):
        yield f"http://localhost:{port}"


@contextlib.contextmanager
def _running(command: Sequence[str], ready: str, folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    log = folder / f"{Path(command[-1]).stem}.log"
    with log.open("wb") as out:
        started = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **environment}
        )
        with mortal(started, 900):
            until = time.monotonic() + SECONDS
            while True:
                with contextlib.suppress(OSError):
                    fetch(ready, 2)
                    break
                if started.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{command} did not start:\n{log.read_text(errors='replace')[-2000:]}")
                time.sleep(0.1)
            yield
            started.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                started.wait(15)


# a browser without its screen


class _Form(HTMLParser):
    """The first form of a page that has a submit button: where it goes, and its fields as they are."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.buttons: dict[str, list[str]] = {}
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action, self._inside = named.get("action", ""), True
        elif self._inside and tag == "input" and "name" in named:
            self.fields[named["name"]] = named.get("value", "")
        elif self._inside and tag == "button" and "name" in named:
            self.buttons.setdefault(named["name"], []).append(named.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


class Person:
    """Somebody at a browser: follows, reads and fills in what the server's pages ask for.

    Cookies are kept here: stores of libraries hold back Secure ones from http, while browsers take localhost for safe.
    """

    def __init__(self, server: Server, email: str = PERSON[0], password: str = PERSON[1]) -> None:
        self.url = server.url
        self._email = email
        self._password = password
        self._cookies: dict[str, str] = {}
        self._http = httpx.Client(trust_env=False, timeout=SECONDS, follow_redirects=False)
        self.pages: list[str] = []  # the paths that were shown, in order

    def close(self) -> None:
        """Close the browser; nothing is kept."""
        self._http.close()

    @property
    def signed_in(self) -> bool:
        """Whether the browser still holds a session, and the server knows it."""
        return self.send("GET", f"{self.url}/me").status_code == httpx.codes.OK

    def send(self, method: str, url: str, **more: Any) -> httpx.Response:
        """One request, as a browser would send it from a page of the server."""
        headers = {"cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()), "accept": "*/*"}
        if method != "GET":
            headers |= {"origin": self.url, "sec-fetch-site": "same-origin"}
        reply = self._http.request(method, url, headers=headers, **more)
        for line in reply.headers.get_list("set-cookie"):
            pair, *attributes = (each.strip() for each in line.split(";"))
            name, _, value = pair.partition("=")
            assert {"secure", "httponly", "path=/"} <= {each.lower() for each in attributes}
            self._cookies[name] = value
            if "max-age=0" in {each.lower() for each in attributes}:
                del self._cookies[name]
        return reply

    def visit(self, url: str, *, answer: str = "yes", code: str = "") -> dict[str, Any]:
        """Open an address, and do what the pages want until they lead away, or nowhere.

        :param answer: to whoever asks for consent: "yes" or "no".
        :param code: what a device shows.
        :returns: ``location`` when led away; else ``status``, ``page`` (its path) and ``text``.
        """
        method, fields = "GET", None
        for _ in range(MOST_STEPS):
            reply = self.send(method, url, data=fields)
            if reply.is_redirect:
                method, fields, url = "GET", None, urljoin(url, reply.headers["location"])
                if not url.startswith(f"{self.url}/"):
                    return {"location": url}
                continue
            page = urlsplit(url).path
            self.pages.append(page)
            form = _Form(reply.text)
            if reply.status_code != httpx.codes.OK or not self._fill(form, answer, code):
                return {"status": reply.status_code, "page": page, "text": reply.text}
            method, url, fields = "POST", urljoin(url, form.action), form.fields
        raise AssertionError(f"the pages lead on for ever: {self.pages}")

    def _fill(self, form: _Form, answer: str, code: str) -> bool:
        """Fill a form in; whether it is one that somebody who visits an application would send."""
        if form.action == "/sign-in":
            form.fields |= {"email": self._email, "password": self._password}
        elif form.action in {"/consent", "/device/answer"}:
            assert answer in form.buttons["answer"]
            form.fields["answer"] = answer
        elif form.action == "/device":
            form.fields["user_code"] = code
        elif form.action != "/oauth/logout/confirmed":
            return False
        return True


# what an operator does first


def _register_person(server: Server) -> None:
    """Somebody registers, and proves the address by the link that was mailed."""
    person = Person(server)
    email, password = PERSON
    made = person.send("POST", f"{server.url}/accounts", json={"email": email, "password": password, "name": "Ann"})
    assert made.status_code == httpx.codes.ACCEPTED, made.text
    link = _mailed(server.folder / "ostiary-identity.outbox")
    proven = person.send("POST", f"{server.url}/accounts/verification", json={"token": link, "password": password})
    assert proven.status_code < httpx.codes.BAD_REQUEST, proven.text
    person.close()


def _mailed(folder: Path) -> str:
    """The secret of the link that was mailed."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        for each in folder.glob("*.txt"):
            _, found, rest = each.read_text(encoding="utf-8").partition("/verify?token=")
            if found:
                return rest.split()[0]
        time.sleep(0.1)
    raise AssertionError("no mail came")


def _operator(server: Server) -> Person:
    """An operator with a second factor: the admin API is for nobody else."""
    email, password = OPERATOR
    operator = Person(server, email, password)
    signed_in = operator.send("POST", f"{server.url}/sessions", json={"email": email, "password": password})
    assert signed_in.status_code == httpx.codes.CREATED, signed_in.text
    begun = operator.send("POST", f"{server.url}/me/factors/totp").json()
    code = pyotp.TOTP(begun["secret"])
    kept = operator.send(
        "POST", f"{server.url}/me/factors/totp/confirmation", json={"id": begun["id"], "code": code.now()}
    )
    assert kept.status_code == httpx.codes.NO_CONTENT, kept.text
    # The step of that code is spent, and the next one is taken ahead of its time: clocks differ by that much.
    ahead = code.at(int(time.time()) + 30)
    strong = operator.send("POST", f"{server.url}/me/fresh", json={"code": ahead})
    assert strong.status_code == httpx.codes.NO_CONTENT, strong.text
    return operator


def _register_clients(server: Server) -> None:
    """One client of each kind."""
    operator = _operator(server)
    key = ECKey.generate_key("P-256", {"kid": "one", "alg": "ES256", "use": "sig"})
    public, private = key.as_dict(private=False), key.as_dict(private=True)
    web = {
        "redirect_uris": [CALLBACK, QUERIED], "logout_uris": [GOODBYE], "scopes": SCOPES, "grants": [*GRANTS, "client_credentials"],
        "audience": [API, "https://other.example"],
    }  # fmt: skip
    native = {
        **web,
        "method": "none",
        "redirect_uris": ["http://127.0.0.1/callback", "http://127.0.0.1/callback?from=ostiary"],
        "grants": GRANTS,
    }
    wanted: dict[str, dict[str, Any]] = {
        "basic": {**web, "method": "client_secret_basic"},
        "post": {**web, "method": "client_secret_post"},
        "key": {**web, "method": "private_key_jwt", "jwks": [public]},
        "none": native,
        "bound": {**native, "dpop": True},
        "pushed": {**web, "pushed_only": True},
        "opaque": {**web, "token_format": "opaque"},
        "api": {"grants": ["client_credentials"], "audience": [API], "scopes": ["books:read"], "introspects": True},
    }
    for name, given in wanted.items():
        reply = operator.send("POST", f"{server.url}/admin/clients", json={"name": f"The {name} shop", **given})
        assert reply.status_code == httpx.codes.CREATED, reply.text
        made = reply.json()
        server.clients[name] = {
            "client_id": made["id"], "client_secret": made["secret"], "method": made["method"],
            "redirect_uris": made["redirect_uris"], "jwk": private if name == "key" else None,
        }  # fmt: skip
    operator.close()


# foreign clients


def installed(name: str) -> bool:
    """Whether a set of foreign clients is there (`make live`)."""
    marker = {"openid": "node_modules/openid-client/package.json", "oauth": "bin/python"}[name]
    return (VENVS / name / marker).exists() and (name == "oauth" or shutil.which("node") is not None)


def node(script: str, flow: str, folder: Path) -> list[str]:
    """The command of a flow in Node; modules are found from where a script lies, so it lies beside them."""
    beside = folder / "node_modules"
    if not beside.exists():
        beside.symlink_to(VENVS / "openid" / "node_modules", target_is_directory=True)
        for each in (HERE / "clients").glob("*.mjs"):
            shutil.copy(each, folder / each.name)
    return [shutil.which("node") or "node", str(folder / script), flow]


def python(script: str, flow: str) -> list[str]:
    """The command of a flow in the environment of Python's clients."""
    return [str(VENVS / "oauth" / "bin" / "python"), str(HERE / "clients" / script), flow]


def drive(command: Sequence[str], server: Server, client: str | None, person: Person, **more: Any) -> dict[str, Any]:
    """Run one flow of a foreign client, being its browser whenever it asks for one; what it saw.

    It reads one line of JSON, may write lines ``{"visit": URL, ...}`` of which each is answered by one line, and ends
    with ``{"seen": {...}}``.
    """
    context = {"issuer": server.url, "api": API, "goodbye": GOODBYE, "client": server.clients.get(client or ""), **more}
    environment = {**os.environ, "OAUTHLIB_INSECURE_TRANSPORT": "1", "NO_PROXY": "*", "PYTHONDONTWRITEBYTECODE": "1"}
    said: list[str] = []
    running = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    with mortal(running, SECONDS):
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stderr is not None
        errors: list[str] = []
        reading = threading.Thread(target=lambda: errors.append(running.stderr.read()), daemon=True)  # type: ignore[union-attr]
        reading.start()
        _say(running.stdin, context)
        for line in running.stdout:
            said.append(line)
            told = json.loads(line)
            if "seen" in told:
                found: dict[str, Any] = told["seen"]
                return found
            shown = person.visit(told.pop("visit"), **told)
            said.append(f"{shown}\n")
            _say(running.stdin, shown)
        reading.join(5)
        raise AssertionError(f"{command[-2:]} failed:\n{''.join(said)[-2000:]}\n{''.join(errors)[-4000:]}")


def _say(to: Any, what: Mapping[str, Any]) -> None:
    to.write(json.dumps(what) + "\n")
    to.flush()
