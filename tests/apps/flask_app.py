"""The bookshelf on Flask: sixteen careless faults, by name in the environment variable FAULTS; ``none`` for none."""

# mypy: ignore-errors
# It runs in the environment of `make live`, whose packages are not here.
from __future__ import annotations

import json
import os
import re
import secrets
import sqlite3
import subprocess
import sys
import time
import traceback
import uuid
from pathlib import Path

import jwt
from flask import Flask, Response, g, request
from waitress import serve
from werkzeug.exceptions import HTTPException
from werkzeug.security import check_password_hash, generate_password_hash

ALL = (
    "bola-read bola-write bola-delete missing-auth bfla mass-assignment excessive-data sql-injection enumeration "
    "jwt-unsigned jwt-weak verbose-errors cors open-redirect headers command no-rate-limit"
)
NAMED = os.environ.get("FAULTS", "all")
FAULTS = set(ALL.split()) if NAMED == "all" else set(NAMED.replace(",", " ").split()) - {"none"}
KEY = "secret123" if "jwt-weak" in FAULTS else secrets.token_hex(32)
DOCUMENT = Path(__file__).with_name("openapi.json").read_text(encoding="utf-8")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NAME = re.compile(r"[A-Za-z0-9_.-]{3,32}")
EMAIL = re.compile(r"[^@\s]{1,60}@[^@\s]{1,39}")
LENDING = [{"borrower": "Alice", "email": "alice@shelf.example", "title": "Kettles"},
           {"borrower": "Bob", "email": "bob@shelf.example", "title": "Ladders"}]  # fmt: skip

app = Flask(__name__)
db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
db.row_factory = sqlite3.Row
db.executescript(
    "CREATE TABLE users (id TEXT, username TEXT UNIQUE, email TEXT, password TEXT, role TEXT, about TEXT);"
    "CREATE TABLE books (id TEXT, owner TEXT, title TEXT, secret TEXT);"
)
failures: dict[str, list[float]] = {}
places: dict[str, set[str | None]] = {}
calls: dict[int, int] = {}


class No(Exception):  # noqa: N818 - an answer
    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers


def add_user(username: str, email: str, password: str, role: str) -> sqlite3.Row:
    row = (str(uuid.uuid4()), username, email, generate_password_hash(password, "scrypt:4096:8:1"), role)
    try:
        db.execute("INSERT INTO users VALUES (?, ?, ?, ?, ?, '')", row)
    except sqlite3.IntegrityError:
        raise No(409, "this name is taken") from None
    return db.execute("SELECT * FROM users WHERE id = ?", (row[0],)).fetchone()


def add_book(owner: str, title: str, secret: str) -> sqlite3.Row:
    row = (str(uuid.uuid4()), owner, title, secret)
    db.execute("INSERT INTO books VALUES (?, ?, ?, ?)", row)
    return db.execute("SELECT * FROM books WHERE id = ?", (row[0],)).fetchone()


for name, words, role in (
    ("alice", "teapots-under-the-stairs", "reader"),
    ("bob", "six-ladders-and-a-rope", "reader"),
    ("carol", "keys-in-the-hall-cupboard", "admin"),
):
    user = add_user(name, f"{name}@shelf.example", words, role)
    add_book(user["id"], f"{name}'s diary", f"{name} hides it")
NOBODYS = generate_password_hash(secrets.token_hex(8), "scrypt:4096:8:1")


def told(value: object, status: int = 200, **headers: str) -> Response:
    return Response(json.dumps(value), status, headers, mimetype="application/json")


def body(**fields: int) -> dict[str, str]:
    """The JSON body: these members and no other, texts of at most so many characters."""
    if request.mimetype != "application/json" or request.content_encoding:
        raise No(415, "JSON is read here", Accept="application/json")
    try:
        value = json.loads(request.get_data().decode("utf-8"), object_pairs_hook=distinct, parse_constant=no_constant)
    except (ValueError, RecursionError):
        if "verbose-errors" in FAULTS:
            raise
        raise No(400, "that is not JSON") from None
    if not isinstance(value, dict) or fields.keys() - value.keys():
        raise No(422, "a member is missing")
    if value.keys() - fields.keys() and not ("mass-assignment" in FAULTS and request.path in {"/register", "/me"}):
        raise No(422, "a member is not known")
    for name, most in fields.items():
        if not isinstance(value[name], str) or len(value[name]) > most or not value[name].isprintable():
            raise No(422, f"{name} does not fit")
    return value


def distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def no_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def query(name: str, most: int) -> str:
    if set(request.args) != {name} or len(request.args.getlist(name)) != 1 or not 0 < len(request.args[name]) <= most:
        raise No(400, f"{name} is wanted, once, and nothing else")
    return request.args[name]


def caller() -> sqlite3.Row:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    user = None
    if len(token) > 4096:
        raise No(431, "the token is too long")
    if scheme.lower() == "bearer":
        try:
            unsigned = "jwt-unsigned" in FAULTS and jwt.get_unverified_header(token)["alg"].lower() == "none"
            options = {"verify_signature": not unsigned, "require": ["exp", "sub"]}
            claims = jwt.decode(token, KEY, ["HS256"], options, issuer="bookshelf", audience="bookshelf")
            user = db.execute("SELECT * FROM users WHERE id = ?", (claims["sub"],)).fetchone()
        except (jwt.PyJWTError, KeyError, AttributeError, ValueError):
            user = None
    if user is None:
        raise No(401, "say who you are", **{"WWW-Authenticate": 'Bearer realm="shelf"'})
    return user


def account(row: sqlite3.Row) -> dict[str, str]:
    return {name: row[name] for name in ("id", "username", "email", "role", "about")}


def book(row: sqlite3.Row) -> dict[str, str]:
    return {name: row[name] for name in ("id", "title", "secret")}


@app.before_request
def at_the_door() -> None:
    g.began = int(time.time()) // 60
    host = request.headers.get("Host", "").rpartition(":")[0]
    if host not in {"127.0.0.1", "localhost"}:
        raise No(421, "not served here")
    if len(request.full_path) > 2000:
        raise No(414, "too long")
    if sum(len(name) + len(text) for name, text in request.headers) > 16000:
        raise No(431, "too large")
    if "no-rate-limit" not in FAULTS:
        calls[g.began] = calls.get(g.began, 0) + 1
        if calls[g.began] > 6000:
            raise No(429, "too many requests", **{"Retry-After": "60"})
    if request.content_length and request.content_length > 65536:
        raise No(413, "too large")
    if request.get_data() and request.method in {"GET", "DELETE"}:
        raise No(415, "no body is read here")
    wanted = request.accept_mimetypes
    if request.url_rule and request.path != "/go" and "Accept" in request.headers and not wanted["application/json"]:
        raise No(406, "JSON is made here", Accept="application/json")
    if request.method not in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}:
        raise No(501, "no such method")


@app.after_request
def on_the_way_out(answer: Response) -> Response:
    if "headers" not in FAULTS:
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["X-Frame-Options"] = "DENY"
        answer.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Referrer-Policy"] = "no-referrer"
    if "no-rate-limit" not in FAULTS:
        left = max(0, 6000 - calls.get(g.began, 0))
        answer.headers["RateLimit-Policy"] = '"minute";q=6000;w=60'
        answer.headers["RateLimit"] = f'"minute";r={left};t={60 - int(time.time()) % 60}'
    if "cors" in FAULTS and "Origin" in request.headers:
        answer.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
        answer.headers["Access-Control-Allow-Credentials"] = "true"
    return answer


@app.errorhandler(Exception)
def on_error(error: Exception) -> Response:
    if isinstance(error, No):
        problem = {"title": "Refused", "status": error.status, "detail": error.detail}
        return Response(json.dumps(problem), error.status, error.headers, mimetype="application/problem+json")
    if isinstance(error, HTTPException):
        headers = {name: text for name, text in error.get_headers() if name == "Allow"}
        problem = {"title": error.name, "status": error.code}
        return Response(json.dumps(problem), error.code, headers, mimetype="application/problem+json")
    if "verbose-errors" in FAULTS:
        return Response(traceback.format_exc(), 500, mimetype="text/plain")
    return Response('{"title": "Failed", "status": 500}', 500, mimetype="application/problem+json")


@app.get("/openapi.json")
def document() -> Response:
    return Response(DOCUMENT, mimetype="application/json")


@app.get("/.well-known/security.txt")
def security() -> Response:
    expires = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() + 90 * 86400))
    return Response(f"Contact: mailto:security@shelf.example\nExpires: {expires}\n", mimetype="text/plain")


@app.post("/register")
def register() -> Response:
    given = body(username=32, email=100, password=64)
    if not NAME.fullmatch(given["username"]) or not EMAIL.fullmatch(given["email"]) or len(given["password"]) < 12:
        raise No(422, "a member does not fit")
    role = str(given.get("role", "reader")) if "mass-assignment" in FAULTS else "reader"
    return told(account(add_user(given["username"], given["email"], given["password"], role)), 201, Location="/me")


@app.post("/login")
def login() -> Response:
    given = body(username=32, password=64)
    name, now = given["username"], time.monotonic()
    known = request.remote_addr in places.get(name, ())  # strangers' guesses do not lock the owner out at home
    counted = f"{name} {request.remote_addr if known else ''}"
    recent = [each for each in failures.get(counted, []) if now - each < 60]
    if len(recent) >= 5 and "no-rate-limit" not in FAULTS:
        raise No(429, "too many tries", **{"Retry-After": str(int(60 - (now - recent[0])) + 1)})
    row = db.execute("SELECT * FROM users WHERE username = ?", (name,)).fetchone()
    right = check_password_hash(row["password"] if row else NOBODYS, given["password"])
    if row is None or not right:
        failures[counted] = [*recent, now][-10:]
        detail = "name or password is wrong"
        if "enumeration" in FAULTS:
            detail = "no such user" if row is None else "wrong password"
        raise No(401, detail, **{"WWW-Authenticate": 'Bearer realm="shelf"'})
    failures.pop(counted, None)
    places.setdefault(name, set()).add(request.remote_addr)
    issued = int(time.time())
    claims = {"sub": row["id"], "iss": "bookshelf", "aud": "bookshelf", "iat": issued, "exp": issued + 900}
    return told({"token": jwt.encode(claims | {"jti": str(uuid.uuid4()), "role": row["role"]}, KEY, "HS256")})


@app.get("/me")
def read_me() -> Response:
    return told(account(caller()))


@app.patch("/me")
def change_me() -> Response:
    user = caller()
    given = body(about=200)
    role = str(given.get("role", user["role"])) if "mass-assignment" in FAULTS else user["role"]
    db.execute("UPDATE users SET about = ?, role = ? WHERE id = ?", (given["about"], role, user["id"]))
    return told(account(db.execute("SELECT * FROM users WHERE id = ?", (user["id"],)).fetchone()))


@app.get("/users")
def users() -> Response:
    caller()
    names = ("id", "username", "email", "password", "role") if "excessive-data" in FAULTS else ("id", "username")
    return told([{name: row[name] for name in names} for row in db.execute("SELECT * FROM users LIMIT 100")])


@app.get("/admin/users")
def accounts() -> Response:
    if caller()["role"] != "admin" and "bfla" not in FAULTS:
        raise No(403, "for admins")
    return told([account(row) for row in db.execute("SELECT * FROM users LIMIT 100")])


@app.get("/books")
def books() -> Response:
    rows = db.execute("SELECT * FROM books WHERE owner = ? ORDER BY rowid DESC LIMIT 100", (caller()["id"],))
    return told([book(row) for row in rows])


@app.post("/books")
def create() -> Response:
    user = caller()
    given = body(title=80, secret=500)
    row = add_book(user["id"], given["title"], given["secret"])
    return told(book(row), 201, Location=f"/books/{row['id']}")


@app.get("/books/search")
def search() -> Response:
    user, words = caller(), query("q", 80)
    if "sql-injection" in FAULTS:
        try:
            asked = f"SELECT * FROM books WHERE owner = '{user['id']}' AND title LIKE '%{words}%'"
            return told([book(row) for row in db.execute(asked).fetchmany(100)])
        except (sqlite3.Error, sqlite3.Warning):
            return told([])
    rows = db.execute("SELECT * FROM books WHERE owner = ? AND instr(title, ?) LIMIT 100", (user["id"], words))
    return told([book(row) for row in rows])


def found(book_id: str, fault: str) -> sqlite3.Row:
    user = caller()
    row = db.execute("SELECT * FROM books WHERE id = ?", (book_id,)).fetchone() if UUID.fullmatch(book_id) else None
    if row is None or (row["owner"] != user["id"] and fault not in FAULTS):
        raise No(404, "no such book")
    return row


@app.get("/books/<book_id>")
def read(book_id: str) -> Response:
    return told(book(found(book_id, "bola-read")))


@app.put("/books/<book_id>")
def replace(book_id: str) -> Response:
    row = found(book_id, "bola-write")
    given = body(title=80, secret=500)
    db.execute("UPDATE books SET title = ?, secret = ? WHERE id = ?", (given["title"], given["secret"], row["id"]))
    return told({"id": row["id"], **given})


@app.delete("/books/<book_id>")
def delete(book_id: str) -> Response:
    db.execute("DELETE FROM books WHERE id = ?", (found(book_id, "bola-delete")["id"],))
    return Response(status=204)


@app.get("/reports/lending")
def lending() -> Response:
    if "missing-auth" not in FAULTS:
        caller()
    return told(LENDING)


@app.get("/go")
def leave() -> Response:
    target = query("next", 300)
    local = re.fullmatch(r"/[\w/-]*", target) and not target.startswith("//")
    if not local and "open-redirect" not in FAULTS:
        raise No(400, "that is no page of this API")
    return Response(status=302, headers={"Location": target})


@app.post("/tools/check")
def check() -> Response:
    caller()
    host = body(host=120)["host"]
    if "command" in FAULTS:
        done = subprocess.run(f"echo checking {host}", shell=True, capture_output=True, timeout=10, check=False)
        return told({"output": done.stdout.decode("utf-8", "replace")[:2000]})
    if not re.fullmatch(r"[A-Za-z0-9.-]+", host):
        raise No(422, "host does not fit")
    return told({"output": f"checking {host}\n"})


if __name__ == "__main__":
    serve(app, host="127.0.0.1", port=int(sys.argv[1]), ident=None, threads=8)
