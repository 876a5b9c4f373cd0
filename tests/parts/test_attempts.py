"""Whom a request guesses at, whether the guess was right, and under what name it is counted."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from exchanges import api_of, exchange
from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Operation
from ostiary.parts.attempts import account_digest, key, normalised, source_of
from ostiary.parts.attempts_outcome import BAD, GOOD, NEITHER, Sign, judge_of
from ostiary.parts.attempts_reading import Guess, has_body, reader_of, where_of
from ostiary.parts.attempts_steps import Steps, walk
from ostiary.strict import Secret

JSON = [("content-type", "application/json")]
FORM = [("content-type", "application/x-www-form-urlencoded")]


def operation(path: str = "/login", method: str = "post", *fields: str, media: str = "application/json") -> Operation:
    item: dict[str, Any] = {"responses": {"200": {"description": "ok"}}}
    if fields:
        schema = {"type": "object", "properties": {each: {"type": "string"} for each in fields}}
        item["requestBody"] = {"content": {media: {"schema": schema}}}
    return replace(api_of({path: {method: item}}).operations[0], role="login")


def read(made: Exchange, described: Operation | None = None, account: str = "") -> Guess:
    return reader_of(described or operation(), where_of(account, "test"))(made)


def posted(document: Any, headers: Any = JSON, target: str = "/login") -> Exchange:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return exchange("POST", target, headers, body)


# under what name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice", "alice"), (" alice\n", "alice"), ("STRASSE", "straße"), ("alicé", "alice"), ("a\u200dlice", "alice"),
        ("alice\ufe0f\ufe01", "alice"), ("al\u20dfice", "alice"), ("ali\U000e0101ce\u034f", "alice"),
        ("+49 170-1234", "00491701234"), ("+49 (170) 12.34", "491701234"), ("\uff14\uff19 1701234", "491701234"),
        ("v\u0131ct\u0131m", "victim"), ("S\u00f8ren", "soren"), ("\u00c6sop", "aesop"), ("\u0141ukasz", "lukasz"),
        ("491701234\u2013", "491701234"), ("4-9-1-7-0" + "-" * 900 + "1234", "491701234"),
    ],
)  # fmt: skip
def test_spellings_that_an_application_may_take_for_one_are_one(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)
    assert account_digest(one) == account_digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alice", "alice.b"),
        ("a.b@x", "ab@x"),
        ("a+1@x", "a@x"),
        ("कि", "का"),
        ("木", "本"),
        ("1234", "12-34"),
        ("12345@x", "12.345@x"),
    ],
)
def test_names_that_differ_differ(one: str, other: str) -> None:
    assert account_digest(one) != account_digest(other)


def test_a_digest_depends_on_the_pepper_and_tells_nothing() -> None:
    plain, peppered = account_digest("alice"), account_digest("alice", Secret("pepper"))
    assert plain != peppered != account_digest("alice", Secret("salt"))
    assert "alice" not in plain
    assert len(plain) == len(peppered) == 32
    assert account_digest("alice", kind="client") != plain


@pytest.mark.parametrize(
    ("client", "source"),
    [
        ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::4", "2001:db8:1:2::/64"), ("", ""), ("unix", ""),
    ],
)  # fmt: skip
def test_a_source_is_an_address_or_a_customer_s_network(client: str, source: str) -> None:
    assert source_of(client) == source


def test_no_key_is_the_beginning_of_another() -> None:
    assert not key("jail", "source", "192.0.2.10").startswith(key("jail", "source", "192.0.2.1"))


# whom


@pytest.mark.parametrize(
    ("made", "accounts"),
    [
        (posted({"username": "alice", "password": "x"}), ("alice",)),
        (posted({"user": {"email": "a@x", "password": "x"}}), ("a@x",)),
        (posted({"data": {"attributes": {"email": "a@x", "password": "x"}}}), ("a@x",)),
        (posted({"user": "alice", "password": "x"}), ("alice",)),
        (posted({"account": "acme", "username": "alice", "password": "x"}), ("alice",)),
        (posted({"account": "acme", "password": "x"}), ("acme",)),
        (posted({"userId": 17, "password": "x"}), ("17",)),
        (posted({"username": "", "email": "a@x", "password": "x"}), ("a@x",)),
        (posted({"username": "alice", "email": "b@x", "password": "x"}), ("alice", "b@x")),
        (posted({"username": "alice", "email": "alice", "password": "x"}), ("alice",)),
        (posted(b"username=alice&password=x", FORM), ("alice",)),
        (posted(b"user%5Bemail%5D=a%40x&user%5Bpassword%5D=x", FORM), ("a@x",)),
        (posted(b"<login><user>alice</user><password>x</password></login>", [("content-type", "application/xml")]), ("alice",)),
        (posted(b"<login user='bob' username='alice' password='x'/>", [("content-type", "application/xml")]), ("alice",)),
        (posted(b"<l><email>a<b/>@x</email><password>x</password></l>", [("content-type", "application/xml")]), ("a@x",)),
        (posted(b"<login>\n <email>a@x</email>\n <password>x</password>\n</login>", [("content-type", "application/xml")]), ("a@x",)),
        (posted(b"username: alice\npassword: x\n", [("content-type", "application/yaml")]), ("alice",)),
        (posted(b'{"username": "alice"}', [("content-type", "text/plain")]), ("alice",)),
        (posted(b"username=alice", [("content-type", "text/plain")]), ("alice",)),
        (posted(b'{"username": "alice"}', []), ("alice",)),
        (posted({"password": "x"}, target="/login?username=alice"), ("alice",)),
        (posted(b"username[]=alice&password=x", FORM), ("alice",)),
        (posted(b"username[0]=alice&password=x", FORM), ("alice",)),
        (posted({"username": {"0": "alice"}, "password": "x"}), ("alice",)),
        (posted({"password": "x"}, target="/login?username[0]=alice"), ("alice",)),
        (posted(b'{"phone": 491701234567.0, "password": "x"}'), ("491701234567",)),
        (posted(b'{"phone": 4.91701234567e11, "password": "x"}'), ("491701234567",)),
        (posted({}), ()),
        (posted(b"", []), ()),
        (posted(b"plain", [("content-type", "text/plain")]), ()),
    ],
)  # fmt: skip
def test_the_account_is_found_wherever_it_stands(made: Exchange, accounts: tuple[str, ...]) -> None:
    assert read(made).accounts == accounts


def test_a_multipart_form_is_read() -> None:
    parts = [
        b'--b\r\ncontent-disposition: form-data; name="%s"\r\n\r\n%s\r\n' % pair
        for pair in ((b"email", b"a@x"), (b"password", b"x"))
    ]
    made = posted(b"".join(parts) + b"--b--\r\n", [("content-type", "multipart/form-data; boundary=b")])
    assert read(made).accounts == ("a@x",)


def test_the_document_s_own_field_comes_first_and_decoys_beside_it() -> None:
    described = operation("/login", "post", "member", "memberId", "password")
    made = posted({"memberId": "m1", "username": "decoy", "password": "x"})
    assert read(made, described).accounts == ("m1", "decoy")


def test_basic_names_a_person_where_no_grant_says_otherwise() -> None:
    basic = "Basic " + base64.b64encode(b"alice:pass:word").decode()
    assert read(exchange("POST", "/login", [("authorization", basic)])).accounts == ("alice",)
    both = posted(b"grant_type=password&username=bob&password=x", [*FORM, ("authorization", basic)])
    assert read(both).accounts == ("bob",)
    decoy = posted(b"username=bob&password=x", [*FORM, ("authorization", basic)])
    assert read(decoy).accounts == ("bob", "alice"), "which of them the application believes, nobody knows"
    assert read(exchange("POST", "/login", [("authorization", "Basic !!!")])).accounts == ()


@pytest.mark.parametrize(
    ("body", "headers", "client"),
    [
        (b"grant_type=client_credentials&client_id=shop&client_secret=s", (), "shop"),
        (b"grant_type=client_credentials", (("authorization", "Basic c2hvcDpz"),), "shop"),
        (b"grant_type=refresh_token&client_id=spa&refresh_token=r", (), ""),
        (b"grant_type=authorization_code&client_id=spa&code=c&code_verifier=v&redirect_uri=u", (), ""),
        (b"grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=tv&device_code=d", (), ""),
    ],
)
def test_a_machine_is_told_from_a_person(body: bytes, headers: Any, client: str) -> None:
    assert read(posted(body, [*FORM, *headers])) == Guess(machine=True, client=client)


@pytest.mark.parametrize(
    ("made", "described", "accounts"),
    [
        (posted({"username": "alice", "geheim": "x"}, target="/login?grant_type=x"), operation(), ("alice",)),
        (posted({"username": "alice", "geheim": "x", "grant_type": "x"}), operation(), ("alice",)),
        (posted({"user": "alice", "geheim": "x", "grant_type": "x"}), operation(), ("alice",)),
        (
            posted({"username": "alice", "geheim": "x", "grant_type": "x", "client_id": "c", "client_secret": "s"}),
            operation(),
            ("alice",),
        ),
        (
            posted({"user": "alice", "geheim": "x", "grant_type": "x", "client_id": "c", "client_secret": "s"}),
            operation("/login", "post", "user", "geheim"),
            ("alice",),
        ),
        (
            exchange("POST", "/login?grant_type=x&username=decoy", [("authorization", "Basic YWxpY2U6eA==")]),
            operation(),
            ("decoy", "alice"),
        ),
    ],
)
def test_a_grant_type_that_is_a_decoy_hides_nobody(
    made: Exchange, described: Operation, accounts: tuple[str, ...]
) -> None:
    found = read(made, described)
    assert (found.machine, found.accounts) == (False, accounts)


@pytest.mark.parametrize("grant", ["password", "http://auth0.com/oauth/grant-type/password-realm"])
def test_a_password_grant_is_a_person_s(grant: str) -> None:
    found = read(posted(f"grant_type={grant}&username=alice&password=x&client_id=spa".encode(), FORM))
    assert (found.machine, found.accounts) == (False, ("alice",))


@pytest.mark.parametrize(
    ("where", "made", "accounts"),
    [
        ("/who/id", posted({"who": {"id": 17}, "username": "decoy"}), ("17",)),
        ("/a~1b/c~0d", posted({"a/b": {"c~d": "x"}}), ("x",)),
        ("query:u", posted({}, target="/login?u=alice&username=decoy"), ("alice",)),
        ("header:x-user", posted({}, [*JSON, ("x-user", "alice")]), ("alice",)),
        ("basic", posted({"username": "decoy"}, [*JSON, ("authorization", "Basic YWxpY2U6eA==")]), ("alice",)),
        ("/who", posted({"username": "alice"}), ()),
    ],
)
def test_the_policy_says_where_the_account_is(where: str, made: Exchange, accounts: tuple[str, ...]) -> None:
    assert read(made, account=where).accounts == accounts


def test_a_path_names_an_account() -> None:
    described = operation("/password-recovery/{email}")
    made = exchange("POST", "/password-recovery/a%40x")
    made.path_values = ("a@x",)
    assert read(made, described).accounts == ("a@x",)
    assert read(made, described, "path:email").accounts == ("a@x",)


@pytest.mark.parametrize("text", ["user", "/", "//", "query:", "cookie:x", "user.email"])
def test_a_place_that_is_none_is_said(text: str) -> None:
    with pytest.raises(ConfigError, match="is no place in a request"):
        where_of(text, "here")


def test_a_place_deeper_than_bodies_are_looked_into_is_said() -> None:
    assert where_of("/a/b/c/d", "here") is not None
    with pytest.raises(ConfigError, match="deeper"):
        where_of("/a/b/c/d/e", "here")


def test_a_petstore_login_names_its_account_in_the_query() -> None:
    item = {"responses": {"200": {"description": "ok"}}}
    found = api_of({"/user/login": {"get": item}}).operations[0]
    made = exchange("GET", "/user/login?username=alice&password=x")
    assert read(made, found).accounts == ("alice",)
    assert not has_body(made)


@pytest.mark.parametrize(
    "document",
    [
        [{"username": "a"}], {"logins": [{"password": "a"}, {"password": "b"}]}, {"password": ["a", "b"]},
        {"email": ["a", "b"]}, {"code": ["1", "2"]}, {"password": {"$in": ["a"]}},
        {"username": "a", **{f"f{n}": 1 for n in range(300)}}, {"username": "a" * 2000},
        {f"{name}": f"{name}" for name in ("username", "email", "phone", "login", "mobile")},
        {"username": {"$eq": "a"}, "password": "x"}, {"username": {"$in": ["a", "b"]}}, {"password": {"$ne": ""}},
    ],
)  # fmt: skip
def test_what_no_honest_client_sends_is_refused(document: Any) -> None:
    with pytest.raises(Denied) as caught:
        read(posted(document))
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "form",
    [
        b"a=1&" * 600 + b"username=alice&password=x", b"username[$eq]=alice&password=x", b"username=a&password[$gt]=",
        b"password[0]=a&password[1]=b&username=alice", b"username[0]=alice&username[1]=bob&password=x",
    ],
)  # fmt: skip
def test_forms_that_no_honest_client_sends_are_refused(form: bytes) -> None:
    with pytest.raises(Denied) as caught:
        read(posted(form, FORM))
    assert caught.value.status == 400


def test_a_body_that_is_not_read_is_refused_unless_the_document_has_its_type() -> None:
    binary = [("content-type", "application/octet-stream")]
    with pytest.raises(Denied) as caught:
        read(posted({"username": "alice", "password": "x"}, binary))
    assert caught.value.status == 415
    described = operation("/login", "post", "username", media="application/octet-stream")
    assert read(posted(b"\0", binary), described).accounts == ()


def test_a_place_that_the_policy_names_is_found_in_any_case_and_as_an_item() -> None:
    assert read(posted({"Who": {"ID": 17}}), account="/who/id").accounts == ("17",)
    assert read(posted(b"who[id][0]=17", FORM), account="/who/id").accounts == ("17",)


def test_lists_that_hold_no_credentials_pass() -> None:
    document = {
        "username": "a",
        "password": "x",
        "scopes": ["read"],
        "device": {"facts": [{"key": "os", "value": "x"}]},
    }
    assert read(posted(document)).accounts == ("a",)


# whether it was right


def told(status: int, body: Any = b"", headers: Any = (), **signs: Any) -> str:
    made = exchange("POST", "/login", JSON)
    made.status = status
    made.reply_body = body if isinstance(body, bytes) else json.dumps(body).encode()
    plain = isinstance(body, bytes)
    given = dict(headers) if headers or plain else {"content-type": "application/json"}
    made.reply_headers = [(name.encode(), value.encode()) for name, value in given.items()]
    client = signs.pop("client", "")
    judge = judge_of(signs.get("success", ()), signs.get("failure", ()), "test")
    return judge(made, client)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {"token": "abcdefghij"}, GOOD), (201, {"id": 1}, GOOD), (204, b"", GOOD), (200, [1], GOOD), (200, b"OK", GOOD),
        (200, {"error": None, "user": "alice"}, GOOD), (200, {"errors": [], "id": 4}, GOOD),
        (200, {"status": "success"}, GOOD), (200, {"code": 0, "data": {}}, GOOD), (200, {"code": 200}, GOOD),
        (200, {"error": "wrong"}, BAD), (200, {"errors": ["wrong"]}, BAD), (200, {"success": False}, BAD),
        (200, {"success": "false"}, BAD), (200, {"status": "error"}, BAD), (200, {"status": "fail"}, BAD),
        (200, {"code": 401, "msg": "no"}, BAD), (200, {"ok": False}, BAD), (200, {"authenticated": False}, BAD),
        (200, {"error": "deprecated field", "access_token": "abcdefghij"}, GOOD),
        (200, {"error": "x", "data": {"token": "abcdefghij"}}, GOOD), (200, {"error": "x", "data": {"token": None}}, BAD),
        (200, {"success": False, "session_id": "abcdefghij"}, BAD), (200, {"ok": False, "data": {"token": "abcdefghij"}}, BAD),
        (200, {"success": False, "code": "mfa_required", "ticket": "abcdefghij"}, GOOD), (200, {"ok": 0.0, "token": "abcdefghij"}, GOOD),
        (400, b"", BAD), (401, b"", BAD), (403, b"", BAD), (404, b"", BAD), (409, b"", BAD), (422, b"", BAD), (423, b"", BAD),
        (403, {"error": "mfa_required", "mfa_token": "x"}, NEITHER), (401, {"code": "TWO_FACTOR_REQUIRED"}, NEITHER),
        (429, b"", NEITHER), (413, b"", NEITHER), (415, b"", NEITHER), (500, b"", NEITHER), (503, b"", NEITHER),
        (200, b"false", GOOD), (200, b"null", BAD), (200, b"Invalid password", BAD), (200, b"LOGIN_FAILED", BAD),
        (200, False, BAD), (200, None, BAD), (200, "invalid_credentials", BAD), (200, "welcome", GOOD), (200, True, GOOD),
        (200, 0, GOOD), (200, b"welcome " * 50 + b"invalid", GOOD), (200, "eyJhbGciOiJub25lIn0.e30.", GOOD),
        (200, {"data": {"success": False}}, BAD), (200, {"result": {"error": "x"}}, BAD),
        (200, {"data": {"error": "x", "token": "abcdefghij"}}, GOOD), (200, {"data": {"email": {"valid": False}}}, GOOD),
        (200, {"user": None, "token": None}, BAD), (200, {"error": None}, GOOD), (200, {"user": None, "mfa": False}, GOOD),
        (200, {"verified": False}, BAD), (200, {"data": {"isVerified": False}}, BAD), (200, {"verified": True}, GOOD),
        (200, {"id": 7, "verified": False}, GOOD), (200, {"match": False, "token": "abcdefghij"}, GOOD),
        (304, b"", BAD), (302, b"", GOOD),
        (200, b'{"error": ', GOOD), (200, b"[" * 100_000, GOOD),
    ],
)  # fmt: skip
def test_replies_tell_whether_a_guess_was_right(status: int, body: Any, outcome: str) -> None:
    assert told(status, body) == outcome


@pytest.mark.parametrize(
    ("target", "fields", "body"),
    [
        ("/login", JSON, b'{"state":"mfa_required"}'), ("/login", JSON, b"state=MFA+required"),
        ("/login?state=mfa%5frequired", JSON, b""), ("/login", [*JSON, ("x-request-id", "mfa_required")], b""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 401])
def test_what_an_application_only_repeats_it_does_not_say(target: str, fields: Any, body: bytes, status: int) -> None:
    judge = judge_of((), (), "test")
    for sent, outcome in ((exchange("POST", target, fields, body), BAD), (exchange("POST", "/login"), NEITHER)):
        sent.status = status
        sent.reply_headers = [(b"content-type", b"application/json")]
        said = "MFA required" if b"MFA" in body else "mfa_required"
        sent.reply_body = json.dumps({"error": "wrong", "id": said}).encode()
        assert judge(sent, "") == (outcome if status == 401 or outcome == BAD else GOOD)


@pytest.mark.parametrize(
    ("location", "outcome"),
    [
        ("/", GOOD), ("/dashboard", GOOD), ("https://app.example/home?from=login", GOOD), ("/login", BAD),
        ("/login?error", BAD), ("/users/sign_in", BAD), ("/?error=invalid_credentials", BAD), ("/login/otp", GOOD),
        ("https://id.example/login", BAD), ("", GOOD),
    ],
)  # fmt: skip
def test_redirects_tell_by_where_they_lead(location: str, outcome: str) -> None:
    assert told(302, headers={"location": location}) == outcome


def test_a_form_that_comes_again_was_a_failure() -> None:
    page = b"<!doctype html><form><input name=user><input id='p' type='password' name=password></form>"
    assert told(200, page, {"content-type": "text/html"}) == BAD
    assert told(200, b"<h1>Welcome</h1>", {"content-type": "text/html"}) == GOOD


@pytest.mark.parametrize(
    ("sign", "status", "body", "fits"),
    [
        (Sign(body="/error exists"), 200, {"error": None}, True),
        (Sign(body="/error exists"), 200, {}, False),
        (Sign(body="/success == false"), 200, {"success": False}, True),
        (Sign(body="/success == false"), 200, {"success": 0}, False),
        (Sign(body='/data/0/state == "denied"'), 200, {"data": [{"state": "denied"}]}, True),
        (Sign(body="/code != 0"), 200, {"code": 7}, True),
        (Sign(body="/code != 0"), 200, {"code": 0}, False),
        (Sign(body="/code != 0"), 200, {}, True),
        (Sign(body="/code != 0"), 200, b"none", False),
        (Sign(contains="wrong password"), 200, b"sorry: wrong password", True),
        (Sign(status=(200, 202), contains="sorry"), 201, b"sorry", False),
        (Sign(status=(500,)), 500, b"", True),
    ],
)
def test_signs_of_the_policy(sign: Sign, status: int, body: Any, fits: object) -> None:
    assert (told(status, body, failure=(sign,)) == BAD) is fits
    assert told(status, body, success=(sign,), failure=(sign,)) == (GOOD if fits else told(status, body))


def test_a_location_is_a_sign() -> None:
    assert told(302, headers={"location": "/welcome?again=1"}, failure=(Sign(location="again="),)) == BAD


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {"access_token": "x"}, GOOD), (401, {"error": "invalid_client"}, BAD), (400, {"error": "invalid_client"}, BAD),
        (400, {"error": "invalid_grant"}, NEITHER), (401, {"error": "invalid_grant"}, NEITHER), (401, b"", BAD), (400, b"", NEITHER),
    ],
)  # fmt: skip
def test_a_client_s_guess_is_its_own_secret(status: int, body: Any, outcome: str) -> None:
    assert told(status, body, client="shop") == outcome


# one after the other


def test_steps_that_need_no_waiting_are_over_at_once() -> None:
    heard: list[Any] = []

    def steps() -> Steps:
        heard.append((yield 1))
        heard.append((yield 2.5))

    assert walk(steps()) is None
    assert heard == [1, 2.5]


def test_steps_that_need_waiting_are_waited_for() -> None:
    heard: list[Any] = []

    async def answer(value: int) -> int:
        await asyncio.sleep(0)
        return value

    def steps() -> Steps:
        heard.append((yield answer(1)))
        heard.append((yield 2))
        heard.append((yield answer(3)))
        raise Denied(429, "enough")

    async def body() -> None:
        found = walk(steps())
        assert found is not None
        with pytest.raises(Denied):
            await found

    asyncio.run(body())
    assert heard == [1, 2, 3]
