"""Wherever an API lets strangers in, an audit has two different users and as many as it may lose; else it says why not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from audit.club import Club, visiting
from audit.listening import serving
from ostiary.audit.gather.oauth import Grant
from ostiary.audit.gather.wire import Came
from ostiary.audit.run import audit
from ostiary.audit.target import parse
from ostiary.errors import Unanswerable
from ostiary.evidence import Asked
from ostiary.parts.accounts import Account, Audit, Login, OAuth, Told

BEARER = {"bearer": {"type": "http", "scheme": "bearer"}}
TOKEN_HEADER = {"key": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"}}


def run(main: Any) -> None:
    asyncio.run(asyncio.wait_for(main(), 30))


@pytest.mark.parametrize(
    "club",
    [
        Club(schemes=BEARER),
        Club(token="json:data.auth.jwt", send=("authorization", "JWT ")),
        Club(token="json:user.token", send=("authorization", "Token "), envelope="user", named="email"),
        Club(token="json:key", send=("authorization", "")),
        Club(token="json:access.token.id", send=("x-auth-token", ""), schemes=TOKEN_HEADER),
        Club(token="header:x-auth-token", send=("x-auth-token", ""), schemes=TOKEN_HEADER),
        Club(token="header:authorization", send=("authorization", "Bearer ")),
        Club(token="cookie:sid", send=("cookie", "sid")),
        Club(token="cookie:sid", send=("cookie", "sid"), csrf=True),
        Club(token="cookie:sid", send=("cookie", "sid"), always_session=True),
        Club(token="json:access_token", send=("cookie", "access_token")),
        Club(token="json:access_token", form=True, schemes=BEARER),
        Club(token="json:token", welcomes=True),
    ],
    ids=["bearer", "jwt-deep", "token-nested", "bare", "token-object", "own-header", "reply-header", "cookie", "csrf", "anonymous-session",
         "token-in-cookie", "form", "registration-signs-in"],
)  # fmt: skip
def test_two_users_are_registered_and_signed_in(club: Club) -> None:
    async def main() -> None:
        async with visiting(club) as (live, http):
            assert (http.owner, http.other) == ("alice", "bob"), live.accounts.notes
            told = [await http.send("GET", "/me", identity=each) for each in (http.owner, http.other, "")]
            assert [each.status for each in told] == [200, 200, 401]
            assert told[0].body != told[1].body
            if club.csrf:
                written = await http.send(
                    "POST", "/notes", headers=[("Content-Type", "application/json")], body=b'{"text":"a"}'
                )
                assert written.status == 200

    run(main)


def test_two_who_are_handed_the_same_credential_are_not_compared() -> None:
    """A token made of the second at which it is given belongs to everybody who signs in within it."""

    class Clock(Club):
        def handed(self, who: str) -> tuple[int, Any, list[tuple[str, str]]]:
            token = "0f8e7d6c5b4a39281706f5e4d3c2b1a0"
            self.issued.setdefault(token, (who, 0.0))
            return 200, {"access_token": token}, []

    async def main() -> None:
        async with visiting(Clock(schemes=BEARER)) as (live, http):
            assert (http.owner, http.other) == ("alice", "")
            assert any("one and the same credential" in each for each in live.accounts.notes)


class Staffed(Club):
    """Every read that is shut is an administrator's, and what it says tells who was recognised; all is answered 200."""

    deaf = False  # whether it says the same to everybody

    def routed(self, method: str, path: str, *rest: Any) -> tuple[int, Any, list[tuple[str, str]]]:
        status, reply, extra = super().routed(method, path, *rest)
        if method != "GET" or path == "/news":
            return status, reply, extra
        sent = rest[0].get("authorization", "")
        if status == 401:
            return 200, {"error": "jwt malformed" if sent and not self.deaf else "missing token in header"}, extra
        return 200, {"error": "missing token in header" if self.deaf else "not admin, try again"}, extra


def test_a_credential_that_opens_nothing_is_believed_where_a_refusal_tells_it_from_a_spoilt_one() -> None:
    async def main() -> None:
        async with visiting(Staffed(schemes=BEARER)) as (live, http):
            assert (http.owner, http.other) == ("alice", "bob"), live.accounts.notes
            assert live.accounts.recognised, "so that being refused everywhere is no failed login"
        deaf = Staffed(schemes=BEARER)
        deaf.deaf = True
        async with visiting(deaf) as (live, http):
            assert http.owner == ""
            assert "No account could be registered" in live.accounts.notes[0]

    run(main)


def test_nothing_is_registered_where_that_was_forbidden_or_is_not_possible() -> None:
    async def main() -> None:
        club = Club()
        async with visiting(club, register=False) as (_, http):
            assert http.identities == ()
            with pytest.raises(Unanswerable, match="register = false"):
                await http.throwaway()
        assert not club.members
        async with visiting(Club(registering=False)) as (live, http):
            assert (http.owner, http.other) == ("", "")
            assert "No account could be registered" in live.accounts.notes[0]
            with pytest.raises(Unanswerable):
                await http.throwaway()

    run(main)


def test_what_a_refused_registration_says_is_put_right() -> None:
    def strict(body: Mapping[str, Any]) -> list[dict[str, Any]]:
        faults = []
        if "age" not in body:
            faults.append({"loc": ["body", "age"], "msg": "Field required", "type": "missing"})
        elif not isinstance(body["age"], int):
            faults.append({"loc": ["body", "age"], "msg": "Input should be a valid integer", "type": "int_type"})
        return faults

    async def main() -> None:
        club = Club(faults=strict)
        async with visiting(club) as (_, http):
            assert http.other == "bob"
            before = [each for each in club.asked if each == ("POST", "/register")]
            await http.throwaway()
            after = [each for each in club.asked if each == ("POST", "/register")]
            assert len(after) == len(before) + 1, "what was learnt is used again"

    run(main)


def test_a_registration_that_never_succeeds_is_given_up() -> None:
    def never(_: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [{"loc": ["body", "invitation"], "msg": "not a known invitation", "type": "value_error"}]

    async def main() -> None:
        club = Club(faults=never)
        async with visiting(club) as (live, http):
            assert http.owner == ""
            assert any("422" in each for each in live.accounts.notes)
            asked = len(club.asked)
            with pytest.raises(Unanswerable):
                await http.throwaway()
            assert len(club.asked) == asked

    run(main)


def test_throwaway_accounts_are_new_and_counted_and_named_at_the_end() -> None:
    async def main() -> None:
        club = Club()
        async with visiting(club, settings=Audit(throwaways=2)) as (live, http):
            one, two = await http.throwaway(), await http.throwaway()
            assert one.throwaway
            assert one.user != two.user
            assert one.name not in http.identities
            assert (await http.send("GET", "/me", identity=one.name)).status == 200
            with pytest.raises(Unanswerable, match="all that may be"):
                await http.throwaway()
            await live.accounts.close(http)
            assert "Left behind" in live.accounts.notes[-1]
            assert "5 accounts of ours" in live.accounts.notes[-1]
        assert len(club.members) == 5

    run(main)


def test_accounts_are_removed_where_users_may_leave() -> None:
    async def main() -> None:
        club = Club(leaving=True)
        async with visiting(club) as (live, http):
            await http.throwaway()
            assert len(club.members) == 4
            await live.accounts.close(http)
            assert not club.members
            assert not any("Left behind" in each for each in live.accounts.notes)

    run(main)


def test_an_account_that_the_operator_gave_is_never_removed() -> None:
    async def main() -> None:
        club = Club(leaving=True)
        club.members["olga"] = {"username": "olga", "email": "o@example.com", "password": "Old-pass-1"}
        given = {"olga": Account(user="olga", password=Told(text="Old-pass-1"))}
        async with visiting(club, accounts=given) as (live, http):
            assert (http.owner, http.other) == ("olga", "alice"), live.accounts.notes
            await live.accounts.close(http)
        assert list(club.members) == ["olga"]

    run(main)


def test_a_login_is_judged_by_whether_it_lets_in() -> None:
    async def main() -> None:
        for club in (Club(), Club(token="cookie:sid", send=("cookie", "sid"), always_session=True)):
            async with visiting(club) as (_, http):
                who = await http.throwaway()
                assert http.signed_in(await http.sign_in(who.user, who.password))
                assert not http.signed_in(await http.sign_in(who.user, who.password + "x"))

    run(main)


def test_a_valid_request_for_a_login_is_of_an_account_that_may_be_lost() -> None:
    async def main() -> None:
        club = Club()
        async with visiting(club) as (live, http):
            login = next(each for each in http.operations if each.path == "/login")
            answer = await http.send_to(login, identity="")
            assert http.signed_in(answer)
            owner = http.account(http.owner)
            assert owner is not None
            assert owner.user.encode() not in answer.asked.body
            register = next(each for each in http.operations if each.path == "/register")
            first, again = [await http.send_to(register, identity="", fresh=True) for _ in range(2)]
            assert first.accepted
            assert again.accepted
            await live.accounts.close(http)
            assert "made 2 more" in live.accounts.notes[-1]

    run(main)


def test_sessions_are_renewed_before_and_after_they_end() -> None:
    async def main() -> None:
        club = Club(ttl=0.3)
        async with visiting(club) as (_, http):
            assert (await http.send("GET", "/me", identity="alice", fresh=True)).status == 200
            before = club.logins
            await asyncio.sleep(0.4)
            assert (await http.send("GET", "/me", identity="alice", fresh=True)).status == 200
            assert club.logins == before + 1
            stale = await http.throwaway()
            assert (await http.send("GET", "/me", identity=stale.name, fresh=True)).status == 200
            await asyncio.sleep(0.4)
            logins = club.logins
            refused = await http.send("GET", "/me", identity=stale.name, fresh=True)
            assert refused.status == 401, "a check may have ended this session on purpose"
            await asyncio.sleep(0.4)
            own = [("Authorization", "Bearer of-nobody")]
            assert (await http.send("GET", "/me", identity="alice", headers=own, fresh=True)).status == 401
            assert (await http.send("GET", "/me", identity="", fresh=True)).status == 401
            assert club.logins == logins
            await http.renew(stale.name)
            assert (await http.send("GET", "/me", identity=stale.name, fresh=True)).status == 200

    run(main)


def test_many_requests_at_once_renew_a_session_once() -> None:
    async def main() -> None:
        club = Club(ttl=0.5)
        async with visiting(club) as (_, http):
            await http.send("GET", "/me", identity="bob", fresh=True)
            await asyncio.sleep(0.6)
            before = club.logins
            got = await asyncio.gather(*(http.send("GET", "/me", identity="bob", fresh=True) for _ in range(6)))
            assert {each.status for each in got} == {200}
            assert club.logins == before + 1

    run(main)


def test_a_login_flow_that_the_policy_describes_is_followed() -> None:
    async def main() -> None:
        club = Club(token="json:weird.place", send=("x-pass", "Pass "), registering=False)
        club.members["olga"] = {"username": "olga", "email": "o@example.com", "password": "Old-pass-1"}
        club.members["ivan"] = {"username": "ivan", "email": "i@example.com", "password": "Old-pass-2"}
        login = Login(operation="POST /login", user="username", token="json:weird.place", send="X-Pass: Pass")
        accounts = {
            "olga": Account(user="olga", password=Told(text="Old-pass-1")),
            "ivan": Account(user="ivan", password=Told(text="Old-pass-2")),
        }
        async with visiting(club, settings=Audit(accounts=accounts, login=login)) as (_, http):
            assert (http.owner, http.other) == ("olga", "ivan")
            assert (await http.send("GET", "/me", identity="ivan")).status == 200

    run(main)


def test_an_account_that_cannot_sign_in_is_a_failure_and_not_an_api_without_findings() -> None:
    async def main() -> None:
        club = Club()
        given = {"olga": Account(user="olga", password=Told(text="wrong"))}
        async with visiting(club, accounts=given) as (live, _):
            assert live.accounts.failed.startswith("olga cannot sign in: POST /login answered 401")
        assert not club.members, "nobody is registered for an audit that does not take place"

    run(main)


def test_credentials_that_are_refused_like_nobodys_are_a_failure() -> None:
    async def main() -> None:
        dead = {"olga": [("Authorization", "Bearer long-gone")]}
        async with visiting(Club(), identities=dead) as (live, _):
            assert "refused like nobody's" in live.accounts.failed

    run(main)


def test_client_credentials_get_tokens_and_new_ones() -> None:
    async def main() -> None:
        club = Club(ttl=0.3)
        club.client = ("auditor", "s3cr3t")
        grant = OAuth(token="/oauth/token", client="auditor", client_secret=Told(text="s3cr3t"))
        async with visiting(club, accounts={"robot": Account(oauth=grant)}, register=False) as (_, http):
            assert (await http.send("GET", "/me", identity="robot", fresh=True)).status == 200
            await asyncio.sleep(0.4)
            assert (await http.send("GET", "/me", identity="robot", fresh=True)).status == 200
        wrong = OAuth(token="/oauth/token", client="auditor", client_secret=Told(text="other"))
        async with visiting(club, accounts={"robot": Account(oauth=wrong)}, register=False) as (live, _):
            assert live.accounts.failed == "robot cannot sign in: the token endpoint answered 401 invalid_client"

    run(main)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/oauth/token/", "http://127.0.0.1:8000/oauth/token", "/o/token/"]
)
def test_a_token_endpoint_is_asked_as_it_is_written(url: str) -> None:
    """Django answers a POST to a path without its final slash with a 500."""
    asked = []

    async def send(method: str, target: str, headers: Any, body: bytes) -> Came:
        asked.append((method, target))
        return Came(status=200, headers=(), body=b'{"access_token": "t"}', seconds=0.0, truncated=False)

    live: Any = SimpleNamespace(
        target=parse("http://127.0.0.1:8000"),
        budget=SimpleNamespace(spend=lambda _: None),
        user_agent="x",
        wire=SimpleNamespace(send=send),
    )
    grant = Grant(live, Account(oauth=OAuth(token=url, client="auditor", client_secret=Told(text="s3cr3t"))))
    assert asyncio.run(grant.pairs()) == (("Authorization", "Bearer t"),)
    assert asked == [("POST", url.removeprefix("http://127.0.0.1:8000"))]


def test_a_key_may_travel_in_the_query() -> None:
    class Keyed(Club):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["query_string"] == b"api_key=k-123%2F4":
                scope["headers"] = [*scope["headers"], (b"authorization", b"Bearer known")]
                self.issued["known"] = ("olga", 0.0)
            await super().__call__(scope, receive, send)

    async def main() -> None:
        given = {"olga": Account(query="api_key", key=Told(text="k-123/4"))}
        async with visiting(Keyed(), accounts=given, register=False) as (live, http):
            assert (await http.send("GET", "/me")).status == 200, live.accounts.failed
            assert (await http.send("GET", "/me", identity="")).status == 401

    run(main)


def test_privileged_accounts_do_not_compare() -> None:
    async def main() -> None:
        club = Club()
        for name in ("root", "olga"):
            club.members[name] = {"username": name, "email": f"{name}@example.com", "password": f"{name}-Pass-1"}
        given = {
            "boss": Account(user="root", password=Told(text="root-Pass-1"), privileged=True),
            "olga": Account(user="olga", password=Told(text="olga-Pass-1")),
        }
        async with visiting(club, accounts=given) as (_, http):
            assert (http.owner, http.other) == ("olga", "alice")
            assert http.identities[0] == "boss"
            told = {name: http.account(name) for name in ("boss", "olga")}
            assert {name for name, each in told.items() if each is not None and each.privileged} == {"boss"}

    run(main)


def test_what_harms_an_account_is_for_throwaway_ones() -> None:
    async def main() -> None:
        club = Club()
        async with visiting(club) as (live, http):
            with pytest.raises(Unanswerable, match="left alone"):
                await http.send("POST", "/logout", identity=http.owner)
            with pytest.raises(Unanswerable, match="left alone"):
                await http.send("POST", "/logout", headers=live.identities[http.owner], identity="")
            who = await http.throwaway()
            assert (await http.send("POST", "/logout", headers=live.identities[who.name], identity="")).status == 200
            assert (await http.send("GET", "/me", identity=who.name, fresh=True)).status == 401
            named = Asked(method="POST", target="/reset-password", body=f'{{"user":"{who.user}"}}'.encode())
            assert live.accounts.is_throwaway(named)
            assert not live.accounts.is_throwaway(
                Asked(method="POST", target="/reset-password", body=b'{"user":"olga"}')
            )

    run(main)


def test_secrets_of_accounts_do_not_show() -> None:
    async def main() -> None:
        club = Club()
        club.members["olga"] = {"username": "olga", "email": "o@example.com", "password": "Old-pass-1"}
        given = {"olga": Account(user="olga", password=Told(text="Old-pass-1"))}
        async with visiting(club, accounts=given) as (live, http):
            answer = await http.send("GET", "/me", identity="alice")
            shown = http.show(answer, "the token, and Old-pass-1")
            token = live.identities["alice"][0][1].removeprefix("Bearer ")
            assert token not in f"{shown.curl}{shown.request}{shown.headers}"
            assert "Old-pass-1" not in shown.what

    run(main)


def test_what_changes_the_caller_is_called_by_one_that_may_be_lost() -> None:
    class Renaming(Club):
        def document(self) -> dict[str, Any]:
            found = super().document()
            schema = {"type": "object", "properties": {"email": {"type": "string"}}, "required": ["email"]}
            found["paths"]["/me"]["put"] = {
                "requestBody": {"content": {"application/json": {"schema": schema}}},
                "responses": {"200": {"description": "changed"}},
            }
            return found

        def routed(self, method: str, path: str, *rest: Any) -> tuple[int, Any, list[tuple[str, str]]]:
            who = self.caller(rest[0], rest[1])
            if (method, path) == ("PUT", "/me") and who is not None:
                self.members[who]["email"] = "changed"
                return 200, {"changed": who}, []
            return super().routed(method, path, *rest)

    async def main() -> None:
        club = Renaming()
        async with visiting(club) as (_, http):
            renames = next(each for each in http.operations if each.key == "PUT /me")
            answer = await http.send_to(renames)
            assert answer.accepted
            own = {http.account(each).user for each in (http.owner, http.other)}  # type: ignore[union-attr]
            assert not own & {name for name, each in club.members.items() if each["email"] == "changed"}
        given = Renaming()
        given.issued["held"] = ("olga", 0.0)
        held = {"olga": [("Authorization", "Bearer held")]}
        async with visiting(given, identities=held, register=False) as (_, http):
            with pytest.raises(Unanswerable, match="change the account"):
                await http.send_to(renames)

    run(main)


@pytest.mark.parametrize(
    ("field", "fault", "said"),
    [
        (
            "password",
            lambda text: len(text) < 20,
            "This password is too short. It must contain at least 20 characters.",
        ),
        ("password", lambda text: len(text) > 10, "must be between 6 and 10 characters"),
        ("password", lambda text: not text.isalnum(), "may contain letters and digits only"),
        ("username", lambda text: len(text) > 12, "Ensure this field has no more than 12 characters."),
        ("username", lambda text: len(text) < 18, "username must be longer than or equal to 18 characters"),
    ],
)
def test_names_and_passwords_take_the_size_that_is_asked_for(field: str, fault: Any, said: str) -> None:
    def strict(body: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [{"loc": ["body", field], "msg": said}] if fault(body[field]) else []

    async def main() -> None:
        club = Club(faults=strict)
        async with visiting(club) as (live, http):
            assert (http.owner, http.other) == ("alice", "bob"), live.accounts.notes

    run(main)


@pytest.mark.parametrize(
    "told",
    [
        lambda faults: {"errors": {each["loc"][-1]: [each["msg"]] for each in faults}},  # Laravel, Rails
        lambda faults: {each["loc"][-1]: [each["msg"]] for each in faults},  # Django REST framework
        lambda faults: {"errors": [{"param": each["loc"][-1], "msg": each["msg"]} for each in faults]},  # express-validator
        lambda faults: {"message": [f"{each['loc'][-1]} {each['msg']}" for each in faults], "error": "Bad Request"},  # NestJS
        lambda faults: {"errors": [{"field": each["loc"][-1], "defaultMessage": each["msg"]} for each in faults]},  # Spring
        lambda faults: {"error": f'"{faults[0]["loc"][-1]}" {faults[0]["msg"]}'},  # Joi
    ],
    ids=["laravel", "drf", "express", "nest", "spring", "joi"],
)  # fmt: skip
def test_refusals_are_understood_as_frameworks_write_them(told: Any) -> None:
    class Told(Club):
        def register(self, body: dict[str, Any]) -> tuple[int, Any, list[tuple[str, str]]]:
            if not body.get("nickname"):
                return 400, told([{"loc": ["nickname"], "msg": "is required"}]), []
            if len(body.get("password", "")) < 18:
                return 422, told([{"loc": ["password"], "msg": "must be at least 18 characters"}]), []
            return super().register(body)

    async def main() -> None:
        async with visiting(Told()) as (live, http):
            assert (http.owner, http.other) == ("alice", "bob"), live.accounts.notes

    run(main)


def test_a_document_that_does_not_describe_bodies_is_guessed() -> None:
    class Blank(Club):
        def document(self) -> dict[str, Any]:
            found = super().document()
            for each in ("/login", "/register"):
                found["paths"][each]["post"].pop("requestBody")
            return found

    async def main() -> None:
        for named in ("username", "email"):
            async with visiting(Blank(named=named)) as (live, http):
                assert (http.owner, http.other) == ("alice", "bob"), live.accounts.notes

    run(main)


def test_two_keys_are_two_users_only_where_something_shows_it() -> None:
    class Keys(Club):
        def document(self) -> dict[str, Any]:
            found = super().document()
            del found["paths"]["/me"]
            return found

        def caller(self, headers: dict[str, str], cookies: dict[str, str]) -> str | None:
            return {"k-1": "olga", "k-2": "ivan", "k-3": "olga"}.get(headers.get("x-key", ""))

        def routed(self, method: str, path: str, *rest: Any) -> tuple[int, Any, list[tuple[str, str]]]:
            who = self.caller(rest[0], rest[1])
            if path == "/notes" and who is not None:
                return 200, {"notes": [f"a note of {who}"]}, []
            return super().routed(method, path, *rest)

    async def main() -> None:
        for second, expected in (("k-2", "b"), ("k-3", "")):
            given = {"a": [("X-Key", "k-1")], "b": [("X-Key", second)]}
            async with visiting(Keys(), identities=given, register=False) as (live, http):
                assert (http.owner, http.other) == ("a", expected), live.accounts.notes
                assert any("Nothing shows" in each for each in live.accounts.notes) is not bool(expected)

    run(main)


def test_an_account_is_removed_by_its_own_name_and_no_other() -> None:
    class Named(Club):
        def document(self) -> dict[str, Any]:
            found = super().document()
            name = {"name": "username", "in": "path", "required": True, "schema": {"type": "string"}}
            found["paths"]["/users/{username}"] = {
                "delete": {"parameters": [name], "responses": {"200": {"description": "gone"}}}
            }
            found["paths"]["/notes/{id}"] = {
                "delete": {"parameters": [{**name, "name": "id"}], "responses": {"200": {"description": "gone"}}}
            }
            return found

        def routed(self, method: str, path: str, *rest: Any) -> tuple[int, Any, list[tuple[str, str]]]:
            if method == "DELETE":
                return (
                    (200, {}, []) if self.members.pop(path.rpartition("/")[2], None) else (404, {"error": "none"}, [])
                )
            return super().routed(method, path, *rest)

    async def main() -> None:
        club = Named()
        club.members["olga"] = {"username": "olga", "email": "o@example.com", "password": "Old-pass-1"}
        async with visiting(club) as (live, http):
            await http.throwaway()
            await live.accounts.close(http)
        assert list(club.members) == ["olga"]
        assert {path.rpartition("/")[0] for method, path in club.asked if method == "DELETE"} == {"/users"}

    run(main)


def test_a_budget_that_ends_early_leaves_an_audit_without_accounts_and_not_without_an_end() -> None:
    async def main() -> None:
        for least in (10, 20, 30, 60):
            club = Club()
            club.members["olga"] = {"username": "olga", "email": "o@example.com", "password": "Old-pass-1"}
            given = {"olga": Account(user="olga", password=Told(text="Old-pass-1"))}
            with serving(club) as base:
                report = await audit(base, only=["output.nosniff"], budget=least, accounts=given)
            assert not report.unauthenticated, least

    run(main)


def test_a_login_may_want_what_a_registration_calls_name() -> None:
    class Called(Club):
        def document(self) -> dict[str, Any]:
            found = super().document()
            schema = found["paths"]["/register"]["post"]["requestBody"]["content"]["application/json"]["schema"]
            schema["properties"]["name"] = {"type": "string", "maxLength": 12, "example": "dora"}
            del schema["properties"]["username"]
            schema["required"] = ["name", "email", "password"]
            return found

        def register(self, body: dict[str, Any]) -> tuple[int, Any, list[tuple[str, str]]]:
            return super().register({**body, "username": body.get("name")})

    async def main() -> None:
        club = Called()
        async with visiting(club) as (live, http):
            assert (http.owner, http.other) == ("alice", "bob"), live.accounts.notes
            who = await http.throwaway()
            assert http.signed_in(await http.sign_in(who.user, who.password))
            assert "dora" not in club.members

    run(main)


class Pages(Club):
    """Sign-up and login are forms as Laravel has them: 419 for want of a token, and a page elsewhere for a success."""

    def __init__(self, *, back: bool = False) -> None:
        super().__init__(token="cookie:sid", send=("cookie", "sid"), csrf=True, form=True)
        self.back = back

    def document(self) -> dict[str, Any]:
        made = super().document()
        content = made["paths"]["/register"]["post"]["requestBody"]["content"]
        content["application/x-www-form-urlencoded"] = content.pop("application/json")
        return made

    def answer(
        self, method: str, path: str, headers: dict[str, str], raw: bytes
    ) -> tuple[int, Any, list[tuple[str, str]]]:
        status, reply, extra = super().answer(method, path, headers, raw)
        if status == 403 and "CSRF" in str(reply):
            return 419, "Page Expired", extra
        if path == "/register" and method == "POST":
            return 302, "", [("location", "/register" if self.back or status >= 400 else "/home")]
        return status, reply, extra


def test_a_form_that_wants_a_token_and_leads_on_registers_as_well() -> None:
    async def main() -> None:
        async with visiting(Pages()) as (live, http):
            assert (http.owner, http.other) == ("alice", "bob"), live.accounts.notes
            assert (await http.send("GET", "/me", identity="bob")).status == 200
        pages = Pages(back=True)
        async with visiting(pages) as (live, http):
            assert http.owner == "", "who is led back to the form has not registered"
            assert pages.logins == 0, live.accounts.notes

    run(main)
