"""A private API is closed to strangers, whatever they say of themselves."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges import api_of, ask, compiled, exchange
from ostiary.controls.access import private_allowlist
from ostiary.errors import ConfigError
from ostiary.evidence import Answer, Asked
from ostiary.model import Api, Finding, Outcome
from ostiary.parts.networks import Networks, is_local
from recorded import Recorded, said

ONLY = ("access.private-allowlist",)


def allowed(peer: str, *allow: str) -> bool:
    policy = compiled(only=ONLY, controls={"access.private-allowlist": {"allow": list(allow)}})
    refusal = ask(policy, exchange("GET", "/items", peer=peer))
    assert refusal is None or refusal.status == 403
    return refusal is None


def test_without_a_list_the_control_costs_nothing() -> None:
    assert compiled(only=ONLY).routes.unknown.controls == ()


@pytest.mark.parametrize(
    ("peer", "admitted"),
    [
        ("10.1.2.3", True), ("9.255.255.255", False), ("11.0.0.0", False), ("192.0.2.7", True), ("192.0.2.8", False),
        ("::ffff:10.1.2.3", True), ("2001:db8::5", True), ("2001:db8::5%eth0", True), ("2001:db9::", False),
        ("::ffff:9.9.9.9", False), ("", False), ("unix", False), ("testclient", False), ("10.1.2.3.4", False),
        ("010.1.2.3", False),
    ],
)  # fmt: skip
def test_only_listed_networks_may_call(peer: str, admitted: bool) -> None:  # noqa: FBT001 - a parameter of the table
    assert allowed(peer, "10.0.0.0/8", "192.0.2.7", "2001:db8::/32") is admitted


def test_callers_over_a_unix_socket_are_listed_by_name() -> None:
    assert allowed("", "unix")
    assert not allowed("10.1.2.3", "unix")


def test_a_path_that_cannot_be_read_tells_strangers_no_more_than_any_other() -> None:
    policy = compiled(only=ONLY, controls={"access.private-allowlist": {"allow": ["10.0.0.0/8"]}})
    stranger, member = ask(policy, exchange("GET", "/x%00")), ask(policy, exchange("GET", "/x%00", peer="10.0.0.1"))
    assert (stranger and stranger.status, member and member.status) == (403, 400)


@pytest.mark.parametrize("text", ["10.0.0.1/8", "10.0.0.0/33", "example.com", "", "fe80::/129", "10.0.0.0/8 "])
def test_what_is_no_network_is_refused_at_start(text: str) -> None:
    with pytest.raises(ConfigError, match="is not a network"):
        compiled(only=ONLY, controls={"access.private-allowlist": {"allow": [text]}})


@given(
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)), min_size=1, max_size=8),
    st.lists(st.integers(0, 2**32 - 1), max_size=20),
)
def test_ranges_agree_with_the_networks_they_stand_for(nets: list[tuple[int, int]], asked: list[int]) -> None:
    networks = [
        ipaddress.IPv4Network((start >> (32 - bits) << (32 - bits) if bits else 0, bits)) for start, bits in nets
    ]
    ours = Networks(map(str, networks), "test")
    for number in [*asked, *(int(each.broadcast_address) for each in networks), *(start for start, _ in nets)]:
        address = ipaddress.IPv4Address(number)
        assert (str(address) in ours) is any(address in each for each in networks)


def test_remembered_addresses_are_bounded() -> None:
    ours = Networks(["10.0.0.0/8"], "test")
    for number in range(20_000):
        assert str(ipaddress.IPv4Address(number)) not in ours
    assert len(ours._remembered) <= 8192


def test_this_machine_is_known_by_its_addresses() -> None:
    assert all(map(is_local, ["127.0.0.1", "127.1.1.1", "::1", "", "::ffff:127.0.0.1"]))
    assert not any(map(is_local, ["10.0.0.1", "::2", "localhost.example", "::ffff:10.0.0.1"]))


PRIVATE = {"x-audience": "component-internal"}
PATHS = {"/items": {"get": {"responses": {"200": {"description": "d"}}}}}


def live(answering: Callable[[Asked], Answer | None], info: dict[str, str] | None = None) -> Finding:
    api: Api = api_of(PATHS, info={"title": "t", "version": "1", **(PRIVATE if info is None else info)})
    return asyncio.run(private_allowlist.audit_live(Recorded(answering=answering, api=api)))


def test_a_public_api_needs_no_list() -> None:
    assert live(lambda _: said(200), {}).outcome is Outcome.NOT_APPLICABLE
    assert live(lambda _: said(200), {"x-audience": "external-public"}).outcome is Outcome.NOT_APPLICABLE


def test_being_let_in_is_a_question_for_a_person() -> None:
    assert live(lambda _: said(200)).outcome is Outcome.ATTEST


def test_a_401_says_nothing_about_the_network() -> None:
    assert live(lambda _: said(401)).outcome is Outcome.UNKNOWN


def test_refused_with_and_without_forged_addresses_passes() -> None:
    assert live(lambda _: said(403)).outcome is Outcome.PASS


@pytest.mark.parametrize("believed", ["x-forwarded-for", "x-real-ip", "forwarded", "true-client-ip"])
def test_a_header_that_opens_the_door_fails(believed: str) -> None:
    def naive(asked: Asked) -> Answer:
        value = dict(asked.headers).get(believed, "")
        return said(200 if value.removeprefix("for=").startswith(("10.", "127.")) else 403)

    finding = live(naive)
    assert finding.outcome is Outcome.FAIL
    assert "403 became 200" in finding.why


def test_a_door_that_opens_by_itself_is_not_blamed_on_the_header() -> None:
    answers = iter([403, 404, 404, 404, 404])
    assert live(lambda _: said(next(answers))).outcome is not Outcome.FAIL
