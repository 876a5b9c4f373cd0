"""Where a reply leads, as a browser reads it."""

from __future__ import annotations

import pytest

from ostiary.parts.seen.leads import leads
from recorded import said

BASE = "https://api.test"


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://evil.example/", "evil.example"),
        ("//evil.example/", "evil.example"),
        ("///evil.example/", "evil.example"),
        ("/\\evil.example/", "evil.example"),
        ("\\\\evil.example/", "evil.example"),
        ("/\t/evil.example/", "evil.example"),
        ("https:evil.example", "evil.example"),
        ("  //evil.example", "evil.example"),
        ("https://api.test@evil.example/", "evil.example"),
        ("/login?next=https://evil.example/", "api.test"),
        ("items", "api.test"),
        ("%2f%2fevil.example/", "api.test"),
        ("javascript:void(0)", ""),
        ("https://[/", ""),
    ],
)
def test_the_host_is_the_one_a_browser_goes_to(text: str, host: str) -> None:
    (found,) = leads(said(302, [("location", text)]), BASE)
    assert found.host == host


def test_location_counts_where_it_moves_and_refresh_everywhere() -> None:
    assert leads(said(201, [("location", "https://evil.example/")]), BASE) == []
    (found,) = leads(said(200, [("refresh", "0; URL='https://evil.example/'")]), BASE)
    assert (found.by, found.host) == ("Refresh", "evil.example")


def test_a_meta_refresh_counts_in_html_alone() -> None:
    page = '<meta http-equiv="refresh" content="0;url=//evil.example/">'
    assert [each.host for each in leads(said(200, [("content-type", "text/html")], page), BASE)] == ["evil.example"]
    assert leads(said(200, [("content-type", "text/plain")], page), BASE) == []
