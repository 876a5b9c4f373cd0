"""What an attacker tries on pages: forms from elsewhere, forms of another time, and addresses that tell."""

from __future__ import annotations

from identity.house import House
from identity.people import ANN, person
from identity.site import Site


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
