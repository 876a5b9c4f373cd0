from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from exchanges import api_of, ask, compiled, exchange
from ostiary.controls.beyond.ssrf_egress_control.guard import guard
from ostiary.controls.beyond.ssrf_egress_control.settings import Settings
from ostiary.errors import ConfigError
from ostiary.model import Exchange, Operation, Reply, Site
from ostiary.parts import resolving
from ostiary.store.memory import MemoryStore

ID = "beyond.ssrf-egress-control"
JSON = [("content-type", "application/json")]
TEXT = {"type": "string"}
URI = {"type": "string", "format": "uri"}
HOOK: dict[str, Any] = {
    "type": "object",
    "properties": {
        "callback_url": URI, "webhookUrl": TEXT, "website": URI, "redirect_uri": URI, "name": TEXT, "notify": {"type": "boolean"},
        "feeds": {"type": "array", "items": {"properties": {"feed_url": URI}}}, "avatar": URI,
    },
}  # fmt: skip
CONTENT = {name: {"schema": HOOK} for name in ("application/json", "application/x-www-form-urlencoded")}
IMPORT = {"type": "object", "properties": {"image_url": TEXT, "source": TEXT, "title": TEXT}}
API = api_of(
    {
        "/hooks": {"post": {"requestBody": {"content": CONTENT}}, "get": {"parameters": [{"name": "callback_url", "in": "query", "schema": URI}]}},
        "/images/import": {"post": {"requestBody": {"content": {"application/json": {"schema": IMPORT}}}}},
        "/preview": {"get": {"parameters": [{"name": "url", "in": "query", "schema": TEXT}, {"name": "q", "in": "query", "schema": TEXT}]}},
        "/oauth/clients": {"post": {"requestBody": {"content": CONTENT}}},
        "/free": {"post": {"requestBody": {"content": {"application/json": {}}}}},
        "/plain": {"get": {}},
    }
)  # fmt: skip

NAMES: dict[str, list[str]] = {
    "hooks.example.com": ["93.184.216.34", "2606:2800::1"],
    "b.example.org": ["8.8.8.8"],
    "10.0.0.1.nip.io": ["10.0.0.1"],
    "mixed.example": ["8.8.8.8", "127.0.0.1"],
    "mapped.example": ["::ffff:169.254.169.254"],
}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    async def system(name: str) -> list[str]:
        return NAMES.get(name, [])

    monkeypatch.setattr(resolving, "system", system)


def refused(reply: Reply | None) -> tuple[int, list[str]]:
    if reply is None:
        return 0, []
    return reply.status, [each["pointer"] for each in json.loads(reply.body).get("errors", [])]


def sent(target: str, document: Any = None, *, method: str = "POST", **settings: Any) -> tuple[int, list[str]]:
    body = b"" if document is None else json.dumps(document).encode()
    policy = compiled(API, only=(ID,), controls={ID: {name.replace("_", "-"): each for name, each in settings.items()}})
    return refused(ask(policy, exchange(method, target, JSON if body else (), body)))


INTERNAL = [
    "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:8080/", "http://localhost/", "http://[::1]/", "http://2130706433/",
    "http://0x7f.1/", "http://[::ffff:a9fe:a9fe]/", "http://metadata.google.internal/", "http://good@169.254.169.254", "http://redis:6379",
    "http:\\\\127.0.0.1", "http://10.0.0.1.nip.io/", "http://mixed.example/", "http://mapped.example/", "gopher://hooks.example.com/",
    "file:///etc/passwd", "//127.0.0.1/", "http:127.0.0.1", "http://127。0。0。1/", "http://nowhere.example/", "/\\127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("url", INTERNAL)
def test_what_leads_inside_is_refused_wherever_something_is_fetched(url: str) -> None:
    assert sent("/hooks", {"callback_url": url}) == (422, ["/callback_url"])
    assert sent("/hooks", {"webhookUrl": url}) == (422, ["/webhookUrl"])
    assert sent("/hooks", {"feeds": [{"feed_url": "https://8.8.8.8/"}, {"feed_url": url}]}) == (
        422,
        ["/feeds/1/feed_url"],
    )
    assert sent("/images/import", {"image_url": url}) == (422, ["/image_url"])
    assert sent(f"/preview?url={quote(url, safe='')}", method="GET") == (400, ["/query/url"])


def test_honest_urls_and_other_fields_pass() -> None:
    honest = {
        "callback_url": "https://hooks.example.com/in?from=http://10.0.0.1", "webhookUrl": "https://B.example.org:8443/x",
        "website": "http://localhost:3000", "redirect_uri": "http://127.0.0.1/cb", "name": "http://127.0.0.1", "avatar": "https://x.internal/a.png",
        "feeds": [{"feed_url": "https://8.8.8.8/rss"}], "notify": True,
    }  # fmt: skip
    assert sent("/hooks", honest) == (0, [])
    assert sent("/hooks", {"callback_url": "", "webhookUrl": "none", "feeds": []}) == (0, [])
    assert sent(
        "/images/import", {"source": "camera", "title": "http://localhost", "image_url": "data:image/png;base64,xx"}
    ) == (0, [])
    assert sent("/preview?q=http://localhost&url=https://8.8.8.8/", method="GET") == (0, [])
    assert sent("/oauth/clients", {"callback_url": "http://localhost:3000/callback"}) == (0, []), "a browser goes there"
    assert sent("/hooks?callback_url=http://localhost", method="GET") == (0, []), "a filter of a list"
    assert sent("/free", {"callback_url": "http://localhost"}) == (0, [])


def test_forms_are_looked_at_too() -> None:
    form = [("content-type", "application/x-www-form-urlencoded")]
    policy = compiled(API, only=(ID,))
    assert refused(ask(policy, exchange("POST", "/hooks", form, b"callback_url=http%3A%2F%2F127.1%2F")))[0] == 422
    assert (
        ask(
            policy, exchange("POST", "/hooks", form, b"callback_url=https%3A%2F%2Fb.example.org&website=http://x.local")
        )
        is None
    )


def test_a_policy_names_places_and_exceptions() -> None:
    assert sent("/free", {"a": {"b": ["http://localhost"]}}, fetched=["/a/b"]) == (422, ["/a/b"])
    assert sent("/free", {"a": {"b": ["https://8.8.8.8"]}}, fetched=["/a/b"]) == (0, [])
    assert sent("/free", {"A": {"b": "not a url"}}, fetched=["/a/b"]) == (422, ["/a/b"])
    assert sent("/hooks", {"website": "http://localhost"}, fetched=["website"]) == (422, ["/website"])
    assert sent("/hooks", {"callback_url": "http://localhost"}, not_fetched=["callback_url"]) == (0, [])
    assert sent("/hooks", {"callback_url": "http://localhost"}, recognise=False) == (0, [])
    with pytest.raises(ConfigError, match="place in a body"):
        sent("/free", {}, fetched=["/"])


def test_schemes_ports_hosts_and_networks_are_lists() -> None:
    url = {"callback_url": "http://b.example.org:8080/"}
    assert sent("/hooks", url) == (0, [])
    assert sent("/hooks", url, schemes=["https"])[0] == 422
    assert sent("/hooks", url, ports=[80, 443])[0] == 422
    assert sent("/hooks", url, ports=[8080]) == (0, [])
    assert sent("/hooks", url, hosts=["hooks.example.com"])[0] == 422
    assert sent("/hooks", url, hosts=["*.example.org"]) == (0, [])
    assert sent("/hooks", {"callback_url": "http://8.8.8.8"}, hosts=["b.example.org"])[0] == 422
    assert sent("/hooks", {"callback_url": "http://queue.internal"}, hosts=["queue.internal"]) == (0, []), (
        "as the policy says"
    )
    assert sent("/hooks", {"callback_url": "http://10.0.0.1.nip.io"}, networks=["10.0.0.0/8"]) == (0, [])
    assert sent("/hooks", {"callback_url": "http://10.0.0.9"}, networks=["10.0.0.0/8"]) == (0, [])
    assert sent("/hooks", {"callback_url": "http://192.168.0.9"}, networks=["10.0.0.0/8"])[0] == 422
    with pytest.raises(ConfigError, match="schemes"):
        sent("/hooks", url, schemes=[])
    with pytest.raises(ConfigError, match="network"):
        sent("/hooks", url, networks=["10.0.0.1/8"])


def test_names_need_not_be_resolved() -> None:
    url = {"callback_url": "http://nowhere.example/"}
    assert sent("/hooks", url)[0] == 422
    assert sent("/hooks", url, unresolved="pass") == (0, [])
    assert sent("/hooks", {"callback_url": "http://mixed.example/"}, unresolved="pass")[0] == 422
    assert sent("/hooks", {"callback_url": "http://mixed.example/"}, resolve=False) == (0, [])
    assert sent("/hooks", {"callback_url": "http://localhost/"}, resolve=False)[0] == 422


def test_the_application_is_told_what_was_looked_at_and_by_nobody_else() -> None:
    policy = compiled(API, only=(ID,), controls={ID: {"header": "X-Checked"}})
    forged = [*JSON, ("x-checked", "/callback_url 10.0.0.1")]
    body = json.dumps({"callback_url": "https://hooks.example.com/", "webhookUrl": "https://8.8.4.4/"}).encode()
    made = exchange("POST", "/hooks", forged, body)
    assert ask(policy, made) is None
    assert sorted(made.all(b"x-checked")[0].split(b", ")) == [
        b"/callback_url 93.184.216.34 2606:2800::1",
        b"/webhookUrl 8.8.4.4",
    ]
    assert len(made.all(b"x-checked")) == 1
    bare = exchange("POST", "/hooks", forged, b'{"name":"x"}')
    assert ask(policy, bare) is None
    assert bare.all(b"x-checked") == []


def test_a_name_that_was_resolved_lately_costs_no_wait() -> None:
    policy = compiled(API, only=(ID,))
    body = b'{"callback_url":"https://hooks.example.com/"}'
    plan, _ = policy.route(first := exchange("POST", "/hooks", JSON, body))
    assert ask(policy, first) is None
    again: Exchange = exchange("POST", "/hooks", JSON, body)
    policy.route(again)
    assert plan.check_body(again) is None, "no awaitable"


def test_no_stage_where_nothing_is_fetched() -> None:
    store = MemoryStore(clock=lambda: 0.0, now=lambda: 0.0)
    site = Site(api=API, store=store, counters=store.counters, clock=lambda: 0.0, now=lambda: 0.0)
    assert guard(Settings(), next(each for each in API.operations if each.path == "/plain"), site) is None
    assert guard(Settings(), Operation(method="*", path="*"), site) is None
