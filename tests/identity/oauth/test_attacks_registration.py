"""An address that is registered is quoted in a policy of ours: what would end the directive there is no host."""

from __future__ import annotations

import pytest

from ostiary.identity.oauth.clients import redirect_fault


@pytest.mark.parametrize("mark", [";", ",", "'", "!", "$", "(", "&", "=", "+"])
def test_a_host_that_would_write_into_a_policy_is_refused(mark: str) -> None:
    assert redirect_fault(f"https://app.example{mark}sandbox/callback") == "has a host that is none"


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/cb",
        "https://APP.example:8443/cb",
        "https://[2001:db8::1]/cb",
        "https://a_b.example/cb?x=;,",
    ],
)
def test_a_host_that_is_one_is_taken(uri: str) -> None:
    assert redirect_fault(uri) == ""
