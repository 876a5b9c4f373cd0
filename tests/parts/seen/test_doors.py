"""A JWT that anybody's account holds is tried, also where the default one is signed in by a cookie."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ostiary.evidence import Answer, Asked
from ostiary.model import Api, Finding
from ostiary.parts import openapi
from ostiary.parts.seen.doors import with_token
from ostiary.parts.seen.tokens import made
from recorded import Recorded, said

TOKEN = made({"alg": "HS256"}, {"sub": "ann"}, b"k" * 32)
HELD = {"ann": [("cookie", "sid=of-ann")], "app": [("authorization", f"Bearer {TOKEN}")]}


class Holding(Recorded):
    """Each identity has its credentials, and a cookie opens /me, a token /claims."""

    async def send(self, method: str, target: str, **more: Any) -> Answer:
        who = more.get("identity")
        who = (self.identities[0] if self.identities else "") if who is None else who
        more["headers"] = [*more.get("headers", ()), *HELD.get(who, ())]
        return await super().send(method, target, **more)


def opens(asked: Asked) -> Answer:
    wanted = {"/me": HELD["ann"][0], "/claims": HELD["app"][0]}[asked.target]
    status = 200 if wanted in asked.headers else 401
    found = said(status, [("content-type", "application/json")], '{"sub": "ann"}', target=asked.target)
    return Answer(asked=asked, status=found.status, headers=found.headers, body=found.body)


def api(form: str = "JWT") -> Api:
    read = {"security": [{"any": []}], "responses": {"200": {"description": "Read"}}}
    schemes = {"any": {"type": "http", "scheme": "bearer", "bearerFormat": form}}
    paths = {"/me": {"get": read}, "/claims": {"get": read}}
    return openapi.from_plain(
        {"openapi": "3.1.0", "info": {}, "paths": paths, "components": {"securitySchemes": schemes}}, source="x"
    )


def found(*identities: str, form: str = "JWT") -> Any:
    return asyncio.run(with_token(Holding(answering=opens, api=api(form), identities=identities)))


@pytest.mark.parametrize("identities", [("ann", "app"), ("app", "ann"), ("ann", "bob", "app")])
def test_the_token_of_any_account_is_found(identities: tuple[str, ...]) -> None:
    doors = found(*identities)
    assert [(each.operation.key, each.carrier.token.claims["sub"]) for each in doors] == [("GET /claims", "ann")]


def test_cookies_alone_are_no_token() -> None:
    alone = found("ann", "bob")
    assert isinstance(alone, Finding)
    assert alone.why == "the credentials given hold no JWT, though the API takes some: give one (--bearer)"


def test_nobody_else_is_asked_where_the_document_takes_no_jwt() -> None:
    assert isinstance(found("ann", "app", form="opaque"), Finding)


@pytest.mark.parametrize(("looks", "kind"), [(True, list), (False, Finding)])
def test_a_page_for_nobody_shuts_a_read_that_gives_others_data(looks: bool, kind: type) -> None:  # noqa: FBT001
    """As secDevLabs' tic-tac-toe: whoever has no token gets the error page, with 200."""

    def pages(asked: Asked) -> Answer:
        told = "".join(value for name, value in asked.headers if name == "authorization")
        let_in = HELD["app"][0] in asked.headers or (told and not looks)
        media, body = ("application/json", '{"wins": 3}') if let_in else ("text/html", "<!doctype html><html></html>")
        found = said(200, [("content-type", media)], body, target=asked.target)
        return Answer(asked=asked, status=200, headers=found.headers, body=found.body)

    doors = asyncio.run(with_token(Holding(answering=pages, api=api(), identities=("app",))))
    assert isinstance(doors, kind)


def test_the_token_of_another_part_is_found_behind_what_takes_no_token() -> None:
    """One user may be known by a cookie in one part and by a token in another."""
    both = {"ann": [*HELD["ann"], *HELD["app"]]}

    class Both(Holding):
        async def send(self, method: str, target: str, **more: Any) -> Answer:
            if more.get("identity") in {None, "ann"}:
                more["headers"] = [*more.get("headers", ()), both["ann"][0 if target == "/me" else 1]]
                more["identity"] = "nobody-else"
            return await Recorded.send(self, method, target, **more)

    doors = asyncio.run(with_token(Both(answering=opens, api=api(), identities=("ann",))))
    assert not isinstance(doors, Finding), doors
    assert [each.operation.key for each in doors] == ["GET /claims"]
