"""What ordinary people send is never blocked and arrives as it was sent: every built control on, every default kept.

Pattern-matching firewalls refuse a third to a half of payloads like these (measured for CRS 3.3.4 at its lowest
level and for a popular FastAPI middleware). Whoever adds a rule that refuses one has to argue with this file.
"""
# ruff: noqa: RUF001 - that letters look like others is the point

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest

from exchanges import api_of, exchange
from ostiary.guard.app import Guard
from shop import OK

TEXTS = {
    "empty": "",
    "blank": "   ",
    "apostrophes": "O'Brien's and D'Angelo's \"quotes\"",
    "sentence with sql words": "The union select committee will update its members where and when it can; drop by!",
    "sql": "SELECT name, price FROM items WHERE price > 10 AND name LIKE '%lamp%' ORDER BY price DESC; -- top",
    "sql lesson": "' OR 1=1 -- is the textbook injection, and '; DROP TABLE students; -- the famous one",
    "arithmetic": "is the probability 1 or 1 = 1? 7*7 = 49, 0 or 2>1",
    "python": "import os\n\ndef f(x: int) -> str:\n    return os.path.join('..', str(x))  # os.system('ls')\n",
    "eval in prose": "how does exec(code) and eval('1+1') work in python?",
    "javascript": "const f = (a) => { document.cookie = `x=${a}`; alert(1) };",
    "script tag in a post": "To show a dialog write <script>alert('hi')</script> in your page.",
    "html mail": '<html><body><h1>Hi</h1><p onclick="x()">Click <a href="https://e.example?a=1&b=2">here</a><img src=x></p></body></html>',
    "doctype": "<!DOCTYPE html><title>x</title>",
    "xml text": '<?xml version="1.0"?><!-- sample --><a b="c">&amp;<![CDATA[<x>]]></a>',
    "xxe lesson": '<!DOCTYPE foo [<!ENTITY xxe SYSTEM "file:///etc/passwd">]> is how XXE begins',
    "css": "a:hover{background:url(javascript:void(0));content:'\\201C'}",
    "markdown": "# Title\n\n```bash\ncurl -s https://get.example.sh | sudo bash\n```\n\n* [x](javascript:y)\n> quote\n\n---",
    "shell": 'for f in *.txt; do cat "$f" | grep -v "^#" && rm -rf ./tmp; done > /dev/null 2>&1',
    "backticks": "use `whoami` or $(id) in a shell",
    "cron": "*/5 * * * * /usr/bin/backup.sh >> /var/log/backup.log 2>&1",
    "log line": '/etc/passwd: permission denied\n127.0.0.1 - - [22/Nov/2026:07:00:00 +0000] "GET / HTTP/1.1" 200',
    "windows path": "C:\\Users\\me\\Documents\\report (final).docx",
    "unc path": "\\\\server\\share\\..\\folder\\file.txt",
    "relative path": "../../images/logo.png",
    "regex": r"^(?:[a-z0-9]+(?:[-_.][a-z0-9]+)*)@(\w+\.)+[A-Za-z]{2,}$",
    "jinja": "Dear {{ customer.name }}, {% if vip %}thank you{% endif %} {# note #}",
    "handlebars": "{{#each items}}<li>{{{this}}}</li>{{/each}} ${7*7} #{x} <%= y %>",
    "log4j message": "users report ${jndi:ldap://x} in their logs",
    "ldap filter": "(&(objectClass=person)(|(cn=*)(uid=admin)))",
    "xpath": "//user[name/text()='' or '1'='1']/password",
    "odata filter": "price gt 10 and startswith(name,'A') eq true or not contains(tags,'x')",
    "rsql": "name==*lamp*;price=gt=10,(tag=in=(a,b))",
    "lucene": 'title:"hello world"~2 AND (status:[200 TO 299] OR -tag:x*) ^4 \\:',
    "jq": '.items[] | select(.price > 10) | {name, "p": .price}',
    "graphql": 'query Q($id: ID!) { user(id: $id) { name posts(first: 10, where: {title: {_like: "%x%"}}) { edges { node { id } } } } __typename }',
    "graphql mutation": "mutation { deleteItem(id: 1) { ok } }",
    "mongo": '{"price": {"$gt": 10}, "$or": [{"a": 1}, {"b": {"$ne": null}}]}',
    "json in text": '{"a": [1, 2, {"b": "c"}], "d": null}',
    "yaml in text": "a: &x 1\nb: *x\n? c\n: !!python/object:x {}\n",
    "csv": 'name;"price";qty\r\n"a;b";1,50;=SUM(A1:A9)\r\n',
    "spreadsheet formula": '=HYPERLINK("https://e.example","x")+@SUM(1)-1',
    "diff": "--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n-    old\n+    new\n",
    "url": "https://user@e.example:8443/a/b;c=d/%2e%2e/?q=1&r=%20#frag",
    "localhost callback": "http://localhost:3000/callback?next=http://10.0.0.12/admin",
    "metadata address": "never fetch http://169.254.169.254/latest/meta-data/",
    "data uri": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64": "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZw==" * 8,
    "hex": "deadbeef" * 32,
    "uuid": "0190163d-8694-739b-aea5-966c26f8ad91",
    "e-mail": '"very.unusual.@.unusual"+tag@example.co.uk',
    "phone": "+44 (0)20 7946-0958 ext. 12",
    "percent": "100% sure, 50%25 off, %20 %00 %zz %u0041",
    "plus and ampersand": "a+b&c=d;e?f#g/h:i@j!k$l'm(n)o*p,q",
    "name in cjk": "山田太郎 김철수 李小龍",
    "arabic": "مرحبا بالعالم، كيف حالك؟",
    "hebrew and direction marks": "שלום \u200fעולם\u200e (LTR) \u202babc\u202c",
    "hindi": "नमस्ते दुनिया, क्षत्रिय",
    "thai": "สวัสดีชาวโลก",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈👍🏽🇺🇳",
    "combining": "e\u0301 n\u0303 Z\u0351\u036f\u030a\u034f\u0318\u0332 ﷽",
    "not normalised": "ﬁ Å Å ½ ① ｆｕｌｌ",
    "turkish": "İstanbul ısı ŞIK",
    "zero width": "a\u200bb\u200cc\u200dd\ufeffe\u00ad",
    "beyond the basic plane": "𝕳𝖊𝖑𝖑𝖔 𐍈 \U0010fffd",
    "control characters": "tab\tnew\nline\r\nform\ffeed\x1b[31mred",
    "math": "∀x∈ℝ: ⌈x⌉ = −⌊−x⌋, α ≤ β ⇒ ∑ᵢ xᵢ² ≠ ∞",
    "long word": "x" * 1500,
    "long prose": "Lorem ipsum dolor sit amet; select from where, he said (1=1). " * 1500,
    "number": "-1.5e10",
    "boolean": "true",
    "null": "null",
    "dots": "...",
    "semicolon": ";",
    "leading equals": "==",
    "brackets": "[[[[[[((((({{{{{",
    "question of passwords": "my password=hunter2 and token=abc do not work",
    "pem": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    "http text": "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "boundary-like": "--x\r\n--",
    "crontab of names": "--help -rf /?",
    "select specialty hospital": "select specialty hospital",
    "having friends": "having friends over is nice, order by five",
    "chess": "1. e4 e5 2. Nf3 Nc6 3. Bb5 a6 {Ruy Lopez} 1/2-1/2",
    "smiles": "CC(=O)OC1=CC=CC=C1C(=O)O",
    "latex": "\\frac{a}{b} \\left( \\sum_{i=0}^{n} x_i \\right) % note",
}  # fmt: skip

DOCUMENTS: dict[str, Any] = {
    "nested": {"a": {"b": {"c": {"d": {"e": [[[[{"f": None}]]]]}}}}},
    "rich text": {"type": "doc", "content": [{"type": "p", "content": [{"type": "text", "marks": [{"type": "b"}], "text": "x"}]}] * 20},
    "numbers": [0, -1, 1.5, 1e-7, 1e21, 12345678901234567890, 2**53 + 1, -0.0, 0.1 + 0.2],
    "empties": [{}, [], "", None, False],
    "mongo filter": {"$and": [{"price": {"$gt": 10}}, {"name": {"$regex": "^a.*z$"}}]},
    "elasticsearch": {"query": {"bool": {"must": [{"match": {"t": "x"}}], "filter": [{"range": {"d": {"gte": "now-1d/d"}}}]}}},
    "graphql": {"query": '{ a(b: "c") { d } }', "variables": {"x": [1]}, "operationName": None},
    "geojson": {"type": "Polygon", "coordinates": [[[100.0, 0.0], [101.0, 0.0], [101.0, 1.0], [100.0, 0.0]]]},
    "json patch": [{"op": "replace", "path": "/a/b~1c", "value": None}, {"op": "test", "path": "", "value": {}}],
    "odd keys": {"": 1, " ": 2, "a.b": 3, "$ref": "#/x", "__proto__x": 4, "é": 5, "a b": 6, "constructor ": 7},
    "many keys": {f"key{at}": at for at in range(1000)},
    "many values": list(range(20_000)),
    "webhook": {"event": "push", "callback": "http://10.0.0.12/hook", "commits": [{"message": "fix: drop table | rm -rf"}]},
    "embedding": [at / 997 - 0.5 for at in range(1536)],
}  # fmt: skip

FREE: dict[str, Any] = {"application/json": {"schema": {}}}
FORM = {"type": "object", "properties": {"text": {"type": "string"}}}


@cache
def guarded() -> tuple[Guard, list[tuple[Any, bytes]]]:
    seen: list[tuple[Any, bytes]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        seen.append((scope, body))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b"{}"})

    def taking(content: dict[str, Any]) -> dict[str, Any]:
        return {"requestBody": {"content": content}, "responses": OK}

    text = {"in": "path", "name": "text", "required": True, "schema": {"type": "string"}}
    query = {"in": "query", "name": "q", "schema": {"type": "string"}}
    api = api_of(
        {
            "/json": {"post": taking(FREE)},
            "/form": {"post": taking({"application/x-www-form-urlencoded": {"schema": FORM}})},
            "/parts": {"post": taking({"multipart/form-data": {"schema": FORM}})},
            "/search": {"get": {"parameters": [query], "responses": OK}},
            "/texts/{text}": {"get": {"parameters": [text], "responses": OK}},
        },
        servers=[{"url": "https://api.test"}],
    )
    return Guard(app, api=api), seen


ADDRESSES: Iterator[int] = count()


def arrived(method: str, target: str, content_type: str = "", body: bytes = b"") -> tuple[Any, bytes]:
    """What the app that takes anything received of a request."""
    return reached(guarded(), method, target, content_type, body)


Served = tuple[Guard, list[tuple[Any, bytes]]]


def reached(api: Served, method: str, target: str, content_type: str, body: bytes) -> tuple[Any, bytes]:
    """Send a request from an address of its own (limits are another matter); what the app received of it."""
    guard, seen = api
    seen.clear()
    at = next(ADDRESSES)
    headers = [("content-type", content_type)] if content_type else []
    made = exchange(method, target, headers, body, peer=f"198.51.{at // 250 % 250}.{at % 250}")
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    path = made.raw_path.decode("latin-1")
    scope = {
        "type": "http", "method": method, "raw_path": made.raw_path, "path": path, "query_string": made.query,
        "headers": made.headers, "scheme": "https", "client": (made.peer, 40000),
    }  # fmt: skip
    asyncio.run(guard(scope, receive, send))
    assert sent[0]["status"] == 200, b"".join(message.get("body", b"") for message in sent)[:300]
    return seen[0]


every_text = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())


def test_there_are_enough_of_them() -> None:
    assert len(TEXTS) + len(DOCUMENTS) >= 60


@every_text
def test_a_text_in_json_arrives(text: str) -> None:
    for value in (text, {"text": text, text: [text]}):
        for ascii_only in (True, False):
            body = json.dumps(value, ensure_ascii=ascii_only).encode()
            _, received = arrived("POST", "/json", "application/json", body)
            assert json.loads(received) == value


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_a_document_arrives(document: Any) -> None:
    _, received = arrived("POST", "/json", "application/json; charset=utf-8", json.dumps(document, indent=1).encode())
    assert json.loads(received) == document
    assert repr(json.loads(received)) == repr(document), "1 and 1.0 are equal, and not the same"


@every_text
def test_a_text_in_a_form_arrives(text: str) -> None:
    body = urlencode([("text", text)]).encode()
    _, received = arrived("POST", "/form", "application/x-www-form-urlencoded", body)
    assert parse_qsl(received.decode(), keep_blank_values=True) == [("text", text)]


@every_text
def test_a_text_in_a_part_arrives(text: str) -> None:
    body = b'--b9\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + text.encode() + b"\r\n--b9--\r\n"
    _, received = arrived("POST", "/parts", "multipart/form-data; boundary=b9", body)
    assert received == body


@pytest.mark.parametrize("text", [each for each in TEXTS.values() if len(quote(each)) < 8000])
def test_a_text_in_the_query_arrives(text: str) -> None:
    query = urlencode({"q": text})
    scope, _ = arrived("GET", f"/search?{query}")
    assert scope["query_string"] == query.encode()


# An encoded slash, backslash, percent sign, control character or dot segment in a path means different things to
# different readers: those are refused, whoever sends them.
def in_a_path(text: str) -> bool:
    return (
        bool(text)
        and len(quote(text)) < 8000
        and not set(text) & set("/\\%")
        and text.isprintable()
        and set(text) != {"."}
    )


INVISIBLE = dict.fromkeys(
    map(ord, "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\ufeff\u00ad\u034f")
)  # harmless, if not printable
IN_PATHS = [each for each in TEXTS.values() if in_a_path(each.translate(INVISIBLE))]


@pytest.mark.parametrize("text", IN_PATHS)
def test_a_text_in_the_path_arrives(text: str) -> None:
    target = f"/texts/{quote(text, safe='')}"
    scope, _ = arrived("GET", target)
    assert scope["raw_path"] == target.encode()


# An API of ordinary shape, its fields named and bounded as people do, and what its clients send: every built control on,
# every default kept. The paths stand for what controls on input recognise by name.

LINE: dict[str, Any] = {"type": "string", "maxLength": 120}
LONG: dict[str, Any] = {"type": "string", "maxLength": 20_000}
LINK: dict[str, Any] = {"type": "string", "format": "uri", "maxLength": 2000}
PROFILE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "readOnly": True}, "created_at": {"type": "string", "format": "date-time", "readOnly": True},
        "name": LINE, "title": LINE, "email": {"type": "string", "format": "email"}, "bio": LONG, "description": {"type": "string"},
        "website": LINK, "avatar": {"type": "string"}, "links": {"type": "array", "items": LINK}, "image": LINE, "tags": {"type": "array", "items": LINE},
        "address": {"type": "object", "properties": {"street": LINE, "city": LINE, "country": LINE}}, "settings": {"type": "object"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}}, "filename": LINE, "subject": LINE,
    },
}  # fmt: skip
CARD: dict[str, Any] = {
    "type": "object",
    "required": ["number"],
    "properties": {"kind": {"const": "card"}, "number": LINE},
}
BANK: dict[str, Any] = {"type": "object", "required": ["iban"], "properties": {"kind": {"const": "bank"}, "iban": LINE}}
HOOK: dict[str, Any] = {"type": "object", "properties": {"webhook_url": LINK, "event": LINE, "secret": LINE}}
CREDENTIALS: dict[str, Any] = {
    "type": "object",
    "properties": {"username": LINE, "password": LINE, "display_name": LINE},
}

PROFILES: dict[str, Any] = {
    "names of all kinds": {"name": "D'Angelo O'Brien-Smith Jr. & Sons; DROP TABLE", "title": "JavaScript: The Good Parts", "tags": ["C++", "a=b", "<3", "--x"]},
    "names of all scripts": {"name": "山田 太郎 김철수", "title": "مرحبا \u200fبالعالم\u200e", "subject": "שלום \u202babc\u202c", "filename": "Ünïcödé 👩‍👩‍👧.txt"},
    "links": {"website": "https://user@xn--r8jz45g.example:8443/a;b/%2e?q=javascript:x#f", "links": ["mailto:a@b.example", "HTTP://LOCALHOST:3000/", "urn:isbn:1", "com.example.app:/cb"]},
    "pictures": {"avatar": "data:image/png;base64,iVBORw0KGgo=", "image": "registry.example/team/app:1.2@sha256:ab"},
    "an intranet's own links": {"website": "http://10.0.0.12/wiki", "avatar": "//cdn.example/a.png"},
    "texts of many lines": {"bio": "a\r\nb\tc\n\n- d", "description": "x\n\x1b[31my\u2028"},
    "code": {"bio": TEXTS["sql lesson"], "description": TEXTS["script tag in a post"], "name": TEXTS["mongo"]},
    "what was got is sent back": {"id": "usr_1", "created_at": "2026-11-22 10:00:00", "name": "x"},
    "free objects": {"settings": {"__typename": 1, "$gt": 5, "role": "x", "theme": {"dark": True}}, "labels": {"a.b/c": "x", "$x": "y"}},
    "nothing set": {"name": None, "website": None, "address": None, "links": []},
    "an address": {"address": {"street": "12 Main St. #4", "city": "Zürich", "country": "CH"}},
}  # fmt: skip
QUERIES: dict[str, str] = {
    "graphql": TEXTS["graphql"], "mutation": TEXTS["graphql mutation"], "text": 'mutation { post(text: "{{{{{{ __schema") { id } }',
    "page": "query P($n: Int) { items(first: $n) { edges { node { id tags(first: 5) { nodes { name } } } } } }",
}  # fmt: skip


@cache
def ordinary() -> tuple[Guard, list[tuple[Any, bytes]]]:
    seen: list[tuple[Any, bytes]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        seen.append((scope, body))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b"{}"})

    def taking(schema: Any, media: str = "application/json") -> dict[str, Any]:
        return {"security": [], "requestBody": {"content": {media: {"schema": schema}}}, "responses": OK}

    def asking(*names: str) -> dict[str, Any]:
        kinds: dict[str, Any] = {"limit": {"type": "integer"}, "size": {"type": "integer", "maximum": 5000}}
        given = [{"in": "query", "name": name, "schema": kinds.get(name, {"type": "string"})} for name in names]
        return {"security": [], "parameters": given, "responses": OK}

    merge = taking(PROFILE, "application/merge-patch+json")
    api = api_of(
        {
            "/profile": {
                "put": taking(PROFILE),
                "patch": merge,
                "post": taking(PROFILE, "application/x-www-form-urlencoded"),
            },
            "/payments": {"post": taking({"oneOf": [CARD, BANK]})},
            "/hooks": {"post": taking(HOOK)},
            "/oauth/clients": {
                "post": taking({"properties": {"redirect_uris": {"items": LINK}, "callback_url": LINK}})
            },
            "/register": {"post": taking(CREDENTIALS)},
            "/items": {"get": asking("limit", "size", "q", "filter", "sort", "next", "url")},
            "/graphql": {"post": taking({"type": "object"}), "get": asking("query", "variables")},
        },
        servers=[{"url": "https://api.test"}],
    )
    return Guard(app, api=api), seen


def served(method: str, target: str, body: bytes = b"", media: str = "application/json") -> tuple[Any, bytes]:
    """As `arrived`, at the ordinary API."""
    return reached(ordinary(), method, target, media if body else "", body)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_a_profile_arrives(profile: dict[str, Any]) -> None:
    kept = {name: each for name, each in profile.items() if name not in {"id", "created_at"}}
    _, received = served("PUT", "/profile", json.dumps(profile).encode())
    assert json.loads(received) == kept
    _, received = served("PATCH", "/profile", json.dumps(profile).encode(), "application/merge-patch+json")
    assert json.loads(received) == kept
    pairs = [(name, each) for name, each in profile.items() if isinstance(each, str)]
    if pairs:
        _, received = served("POST", "/profile", urlencode(pairs).encode(), "application/x-www-form-urlencoded")
        assert dict(parse_qsl(received.decode())) == dict(each for each in pairs if each[0] in kept)


@every_text
def test_a_text_of_many_lines_arrives_whatever_it_holds(text: str) -> None:
    _, received = served("PUT", "/profile", json.dumps({"bio": text[:20_000], "description": text}).encode())
    assert json.loads(received) == {"bio": text[:20_000], "description": text}


@pytest.mark.parametrize("text", [each for each in TEXTS.values() if len(each) <= 120 and each.isprintable()])
def test_a_text_of_one_line_arrives(text: str) -> None:
    _, received = served(
        "PUT", "/profile", json.dumps({"name": text, "title": text, "subject": text, "tags": [text]}).encode()
    )
    assert json.loads(received)["name"] == text


@pytest.mark.parametrize(
    ("target", "document"),
    [
        ("/payments", {"kind": "card", "number": "4111 1111 1111 1111"}),
        ("/payments", {"iban": "DE89 3704 0044 0532 0130 00"}),
        ("/hooks", {"webhook_url": "https://8.8.8.8/hook?token=a", "event": "order.paid"}),
        ("/oauth/clients", {"redirect_uris": ["http://localhost:3000/callback", "com.example.app:/cb"], "callback_url": "http://127.0.0.1/cb"}),
        ("/register", {"username": "javascript_fan", "password": "' OR 1=1 -- javascript:", "display_name": "Data: Science"}),
    ],
)  # fmt: skip
def test_other_documents_arrive(target: str, document: Any) -> None:
    _, received = served("POST", target, json.dumps(document).encode())
    assert json.loads(received) == document


@pytest.mark.parametrize(
    "query",
    [
        "limit=50&sort=-created", "size=4000", "q=a%0Ab%09c", "filter=%7B%0A%22a%22:1%7D", "next=/home%3Fa%3Db%26c", "url=http://localhost/x",
        "limit=1000&utm_source=x%20y&gclid=1", "sort=name%20desc,id", "q=%E2%80%8F%D7%A9",
    ],
)  # fmt: skip
def test_a_query_arrives_as_it_was_sent(query: str) -> None:
    scope, _ = served("GET", f"/items?{query}")
    assert scope["query_string"] == query.encode()


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_a_graphql_request_arrives(query: str) -> None:
    document = {"query": query, "variables": {"n": 50, "id": "x"}, "operationName": None}
    _, received = served("POST", "/graphql", json.dumps(document).encode())
    assert json.loads(received) == document
    if "mutation" not in query:
        served("GET", f"/graphql?{urlencode({'query': query})}")
