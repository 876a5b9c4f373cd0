"""Clear text is refused, but on the machine itself; the audit wants a certificate that verifies and ports that refuse."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from exchanges import api_of, ask, compiled, exchange, head
from ostiary.controls.access.https_only.live import audit_live
from ostiary.controls.access.https_only.spec import audit_spec
from ostiary.errors import Unanswerable
from ostiary.evidence import Spec
from ostiary.model import Finding, Outcome, Severity
from recorded import Recorded, said
from samples import raw, sample

ONLY = ("access.https-only",)
API = api_of({"/items": {"get": {"responses": {"200": {"description": "d"}}}}})


def status(policy_settings: dict[str, str], *, scheme: str, peer: str, client: str = "") -> int | None:
    policy = compiled(only=ONLY, controls={"access.https-only": policy_settings})
    made = exchange("GET", "/items", scheme=scheme, peer=peer)
    made.client = client or peer
    refusal = ask(policy, made)
    return refusal.status if refusal else None


def test_clear_text_from_another_machine_is_refused_without_a_redirect() -> None:
    refusal = ask(compiled(only=ONLY), exchange("GET", "/items", scheme="http"))
    assert refusal is not None
    assert refusal.status == 403
    assert head(refusal, "location") is None


def test_over_tls_it_is_not_asked() -> None:
    assert status({}, scheme="https", peer="192.0.2.7") is None


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", ""])
def test_the_machine_itself_may_by_default(peer: str) -> None:
    assert status({}, scheme="http", peer=peer) is None
    assert status({"clear-text": "never"}, scheme="http", peer=peer) == 403


def test_a_client_behind_a_proxy_on_loopback_may_not() -> None:
    assert status({}, scheme="http", peer="127.0.0.1", client="203.0.113.9") == 403


def test_always_is_said_by_the_operator() -> None:
    assert status({"clear-text": "always"}, scheme="http", peer="192.0.2.7") is None


def live(
    base: str, answering: int | None = 200, ports: Callable[[int], bytes] | None = None, fault: str = ""
) -> Finding:
    class Ports(Recorded):
        async def raw(
            self, data: bytes, *, tls: bool | None = None, port: int | None = None, seconds: float = 5
        ) -> bytes:
            assert tls is False
            if ports is None:
                raise Unanswerable("refused")
            return ports(port or 0)

    http = Ports(answering=lambda asked: None if answering is None else said(answering), base=base, api=API)
    http.certificate_fault = fault
    return asyncio.run(audit_live(http))


@pytest.mark.parametrize("base", ["http://127.0.0.1:8000", "http://localhost:8000"])
def test_loopback_crosses_no_network(base: str) -> None:
    assert live(base).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("answering", "outcome"),
    [
        (200, Outcome.FAIL),
        (204, Outcome.FAIL),
        (301, Outcome.FAIL),
        (308, Outcome.FAIL),
        (401, Outcome.FAIL),
        (403, Outcome.PASS),
        (426, Outcome.PASS),
        (404, Outcome.UNKNOWN),
        (500, Outcome.UNKNOWN),
        (None, Outcome.UNKNOWN),
    ],
)
def test_an_answer_in_clear_text_fails(answering: int | None, outcome: Outcome) -> None:
    assert live("http://api.test", answering).outcome is outcome


def test_a_bad_certificate_fails_and_its_fault_is_named() -> None:
    finding = live("https://api.test", fault="certificate has expired")
    assert finding.outcome is Outcome.FAIL
    assert "certificate has expired" in finding.why


def test_closed_plain_ports_pass() -> None:
    finding = live("https://api.test")
    assert finding.outcome is Outcome.PASS
    assert "port 80 is closed" in finding.why


def test_an_answer_on_the_plain_port_fails() -> None:
    finding = live("https://api.test:8443", ports=lambda _: b"HTTP/1.1 200 OK\r\n\r\n[]")
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, None)


def test_a_redirect_of_an_api_path_is_a_finding_not_a_pass() -> None:
    django = raw("django-5.2.19", "tls-redirect")
    finding = live("https://api.test", ports=lambda _: django)
    assert sample("django-5.2.19", "tls-redirect").status == 301
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.MEDIUM)


def test_a_tls_port_that_complains_about_plain_http_passes() -> None:
    nginx = b"HTTP/1.1 400 Bad Request\r\nServer: nginx/1.22.1\r\n\r\nThe plain HTTP request was sent to HTTPS port"
    assert live("https://api.test", ports=lambda _: nginx).outcome is Outcome.PASS


def test_another_service_on_port_80_is_not_this_api() -> None:
    def ports(port: int) -> bytes:
        return b"HTTP/1.1 404 Not Found\r\n\r\n" if port == 80 else b"\x15\x03\x01\x00\x02\x02\x46"

    assert live("https://api.test:8443", ports=ports).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("servers", "outcome"),
    [
        (["https://api.test/v1"], Outcome.PASS),
        (["https://api.test", "http://api.test"], Outcome.FAIL),
        (["http://localhost:8000", "https://api.test"], Outcome.PASS),
        (["http://localhost:8000"], Outcome.UNKNOWN),
        (["/v1"], Outcome.UNKNOWN),
    ],
)
def test_the_documents_servers_are_read(servers: list[str], outcome: Outcome) -> None:
    api = api_of({}, servers=[{"url": url} for url in servers])
    assert asyncio.run(audit_spec(Spec(api=api))).outcome is outcome


def test_oauth_addresses_count_but_scopes_do_not() -> None:
    flow = {
        "tokenUrl": "https://id.test/token",
        "scopes": {"http://www.googleapis.com/auth/x": "a name, not an address"},
    }
    schemes = {"oauth": {"type": "oauth2", "flows": {"clientCredentials": flow}}}
    api = api_of({}, components={"securitySchemes": schemes})
    assert asyncio.run(audit_spec(Spec(api=api))).outcome is Outcome.PASS
    flow["tokenUrl"] = "http://id.test/token"
    api = api_of({}, components={"securitySchemes": schemes})
    assert asyncio.run(audit_spec(Spec(api=api))).outcome is Outcome.FAIL
