from __future__ import annotations

from typing import Any

import pytest

from exchanges import answer, compiled, exchange
from ostiary.errors import ConfigError

HTML = ("content-type", "text/html")


def left(*cookies: str, scheme: str = "https", host: str = "api.test", **settings: Any) -> list[str]:
    """What becomes of Set-Cookie fields."""
    policy = compiled(only=["account.cookie-flags"], controls={"account.cookie-flags": settings})
    made = exchange("GET", "/", [("host", host)], scheme=scheme)
    reply = answer(policy, made, 200, [HTML, *(("Set-Cookie", each) for each in cookies)])
    return [value.decode("latin-1") for name, value in reply.headers if name == b"set-cookie"]


@pytest.mark.parametrize(
    ("came", "leaves"),
    [
        ("sid=1", "sid=1; Secure; HttpOnly; SameSite=Lax"),
        ("sid=1; Path=/; Domain=a.test; Max-Age=60", "sid=1; Path=/; Domain=a.test; Max-Age=60; Secure; HttpOnly; SameSite=Lax"),
        ("sid=1;", "sid=1; Secure; HttpOnly; SameSite=Lax"),
        ("sid=1; secure; HTTPONLY; samesite=STRICT", "sid=1; secure; HTTPONLY; samesite=STRICT"),
        ("sid=1; SameSite=None", "sid=1; SameSite=None; Secure; HttpOnly"),
        ("sid=1; SameSite=None; Secure; Partitioned", "sid=1; SameSite=None; Secure; Partitioned; HttpOnly"),
        ("sid=1; SameSite=sloppy; Path=/", "sid=1; Path=/; Secure; HttpOnly; SameSite=Lax"),
        ("sid=1; SameSite=Lax; SameSite=", "sid=1; Secure; HttpOnly; SameSite=Lax"),  # the last one counts
        ('sid="a; HttpOnly"', 'sid="a; HttpOnly"; Secure; HttpOnly; SameSite=Lax'),  # quotes hold nothing together
        ("sid=Secure=HttpOnly", "sid=Secure=HttpOnly; Secure; HttpOnly; SameSite=Lax"),
        ("sid=1; Expires=Wed, 21 Oct 2099 07:28:00 GMT", "sid=1; Expires=Wed, 21 Oct 2099 07:28:00 GMT; Secure; HttpOnly; SameSite=Lax"),
        ("lone", "lone; Secure; HttpOnly; SameSite=Lax"),
        ("a=1, b=2; Path=/", "a=1, b=2; Path=/; Secure; HttpOnly; SameSite=Lax"),  # a comma joins nothing here
        ("n=\xe9", "n=\xe9; Secure; HttpOnly; SameSite=Lax"),
    ],
)  # fmt: skip
def test_a_cookie_gets_the_flags_it_lacks_and_keeps_the_rest(came: str, leaves: str) -> None:
    assert left(came) == [leaves]


@pytest.mark.parametrize(
    "cookie",
    [
        "sid=; Max-Age=0; Path=/",
        "sid=deleted; Max-Age=-1",
        "sid=; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "sid=; expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0; path=/; httponly",
        "sid=; Expires=Mon, 01-Jan-90 00:00:00 GMT",
    ],
)
def test_a_cookie_that_deletes_is_left_alone(cookie: str) -> None:
    assert left(cookie) == [cookie]


def test_max_age_outweighs_expires_and_the_last_one_counts() -> None:
    flags = "; Secure; HttpOnly; SameSite=Lax"
    kept = "sid=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
    assert left(kept) == [kept + flags]
    assert left("sid=1; Max-Age=0; Max-Age=60") == ["sid=1; Max-Age=0; Max-Age=60" + flags]


def test_cookies_for_scripts_stay_readable_and_a_policy_may_name_more() -> None:
    assert left("XSRF-TOKEN=1") == ["XSRF-TOKEN=1; Secure; SameSite=Lax"]
    assert left("theme=dark", "cart=1") == [
        "theme=dark; Secure; SameSite=Lax",
        "cart=1; Secure; HttpOnly; SameSite=Lax",
    ]
    assert left("cart=1", readable=["cart"], **{"same-site": "strict"}) == ["cart=1; Secure; SameSite=Strict"]
    assert left("legacy-1=1", leave=["legacy*"]) == ["legacy-1=1"]


def test_each_field_stays_a_field_in_its_place() -> None:
    came = ["a=1; HttpOnly; Secure; SameSite=Lax", "b=2; Max-Age=0", "a=3; HttpOnly; Secure; SameSite=Lax"]
    assert left(*came) == came


def test_secure_is_left_out_only_where_it_would_lose_the_cookie_on_this_machine() -> None:
    for host in ("localhost:8000", "127.0.0.1", "[::1]:80", "app.localhost"):
        assert left("sid=1", scheme="http", host=host) == ["sid=1; HttpOnly; SameSite=Lax"], host
    assert left("sid=1", scheme="http") == ["sid=1; Secure; HttpOnly; SameSite=Lax"]
    assert left("sid=1", scheme="http", host="localhost.evil.test") == ["sid=1; Secure; HttpOnly; SameSite=Lax"]
    assert left("__Host-sid=1; Path=/", scheme="http", host="localhost")[0].endswith("; Secure; HttpOnly; SameSite=Lax")
    assert left("sid=1; SameSite=None", scheme="http", host="localhost") == ["sid=1; HttpOnly; SameSite=Lax"]


def test_a_pattern_that_names_nothing_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="names no cookie"):
        left("sid=1", leave=["*"])
