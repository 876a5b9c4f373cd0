"""What an attacker tries on pages: forms from elsewhere, forms of another time, and addresses that tell."""

from __future__ import annotations

import pytest

from identity.house import House
from identity.people import ANN, BETTER, person, signed_in, token
from identity.site import Site, hidden
from ostiary.errors import Denied
from ostiary.identity.flows import resetting
from ostiary.identity.services import Visit


def test_our_own_forms_say_whence_they_come(house: House) -> None:
    """With "no-referrer" browsers send ``Origin: null`` from our own forms; older ones then have nothing to show."""
    site = Site(house)
    reply = site.go("GET", "/sign-in")
    assert reply.headers["referrer-policy"] == "same-origin"
    assert '<meta name="referrer" content="same-origin">' in reply.text
    house.run(person(house.services))
    taken = site.send("/sign-in", "/sign-in", email=ANN, password="violet kettle 94 marsh")
    assert (taken.status_code, taken.headers["location"]) == (303, "/account")


def test_a_mailed_link_tells_no_page_its_token(house: House) -> None:
    """Own pages see a Referer: the address with the token is never a page's."""
    site = Site(house)
    for path in ("/verify", "/reset", "/undo"):
        reply = site.go("GET", f"{path}?token={'a' * 43}")
        assert reply.status_code == 303
        assert "token" not in reply.headers["location"]
        assert reply.headers["referrer-policy"] == "no-referrer"


def test_a_password_is_set_by_the_link_that_its_page_is_about(house: House) -> None:
    """A page elsewhere opens a link of its own in another tab, while somebody types a password for theirs."""
    links: list[str] = []
    for email in (ANN, "mallory@example.net"):
        house.run(person(house.services, email))
        house.run(resetting.ask(house.services, Visit(source=f"192.0.2.{len(links) + 10}"), email))
        links.append(house.run(token(house.services, "/reset")))
    site = Site(house)
    site.go("GET", f"/reset?token={links[0]}")
    fields = hidden(site.go("GET", "/reset/password"), "/reset/password")
    site.go("GET", f"/reset?token={links[1]}")
    refused = site.go("POST", "/reset/password", data={**fields, "password": BETTER})
    assert refused.status_code == 400
    with pytest.raises(Denied):
        house.run(signed_in(house.services, "mallory@example.net", BETTER))
    site.go("GET", f"/reset?token={links[0]}")
    assert site.send("/reset/password", "/reset/password", password=BETTER).status_code == 200
    house.run(signed_in(house.services, ANN, BETTER))
