"""What a client gets is what a person saw, for the resource that they saw, and from nobody who only bears its name."""

from __future__ import annotations

import pytest

from identity.house import ISSUER
from identity.oauth.parties import API, World, answer_of, handle_of

OTHER = "https://other.example.test"


def test_a_consent_for_one_resource_is_none_for_another(world: World) -> None:
    client = world.register("client_secret_basic", first_party=False)
    browser = world.sign_in()
    handle = handle_of(browser.authorize(client, scope="read", resource=API), "/consent")
    assert "code" in answer_of(browser.decide(handle, allow=True))
    assert "code" in answer_of(browser.authorize(client, scope="read", resource=API))
    assert (
        answer_of(browser.authorize(client, scope="read", resource=OTHER, prompt="none"))["error"] == "consent_required"
    )
    handle = handle_of(browser.authorize(client, scope="write", resource=OTHER), "/consent")
    assert "code" in answer_of(browser.decide(handle, allow=True))
    assert (
        answer_of(browser.authorize(client, scope="write", resource=API, prompt="none"))["error"] == "consent_required"
    )
    [listed] = [each for each in browser.go("GET", "/me/consents").json()["consents"] if each["client_id"] == client.id]
    assert sorted(each["scope"] for each in listed["scopes"]) == ["read", "write"]


@pytest.mark.parametrize("address", ["http://127.0.0.1/cb", "com.example.notes:/cb"])
def test_an_application_of_the_house_whose_name_anybody_can_use_is_looked_at(world: World, address: str) -> None:
    """RFC 8252 section 8.6: that it is ours does not prove that it is it."""
    client = world.register(redirect_uris=(address,), first_party=True)
    browser = world.sign_in()
    handle_of(browser.authorize(client, redirect_uri=address), "/consent")
    reply = browser.authorize(client, redirect_uri=address, prompt="none")
    assert "error=consent_required" in reply.headers["location"]


@pytest.mark.parametrize(
    "changes", [{"default_scopes": ("read", "write")}, {"audience": (OTHER, API)}, {"name": "Bank"}]
)
def test_what_changed_between_question_and_answer_is_asked_again(world: World, changes: dict[str, object]) -> None:
    client = world.register("client_secret_basic", first_party=False)
    browser = world.sign_in()
    handle = handle_of(browser.authorize(client, scope=None), "/consent")
    shown = world.run(_name(world, browser.jar, handle))
    world.change(client, **changes)
    fields = {"next": handle, "answer": "allow", "asked": shown}
    again = browser.go("POST", "/consent", fields=fields, headers={"origin": ISSUER})
    assert handle_of(again, "/consent") == handle
    assert world.agreed(client) == frozenset()
    assert "code" in answer_of(browser.decide(handle, allow=True))


async def _name(world: World, jar: dict[str, str], handle: str) -> str:
    """What the page would put into its form."""
    from ostiary.identity.oauth import authorizing  # noqa: PLC0415
    from ostiary.identity.web import Request, Response  # noqa: PLC0415

    cookie = "; ".join(f"{name}={value}" for name, value in jar.items())
    scope = {
        "type": "http", "method": "GET", "path": "/consent", "query_string": b"", "headers": [(b"cookie", cookie.encode())],
        "client": (world.address, 1),
    }  # fmt: skip
    asked = await authorizing.question(world.services, Request(scope), handle)
    assert not isinstance(asked, Response)
    return asked.name
