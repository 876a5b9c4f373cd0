"""Certificates are judged by time, name and who signed."""

from __future__ import annotations

import datetime as dt
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ostiary.parts.tls.certificates import certificate
from ostiary.parts.tls.chain import judged

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def made(subject: str, issuer: str = "", *, days: int = 90, began: int = -10) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    built = x509.CertificateBuilder().subject_name(named(subject)).issuer_name(named(issuer or subject))
    built = built.public_key(key.public_key()).serial_number(9)
    built = built.not_valid_before(NOW + dt.timedelta(days=began)).not_valid_after(NOW + dt.timedelta(days=days))
    names = x509.SubjectAlternativeName(
        [x509.DNSName("api.test"), x509.DNSName("*.shop.test"), x509.IPAddress(ipaddress.ip_address("192.0.2.7"))]
    )
    signed = built.add_extension(names, critical=False).sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(
    ("der", "host", "distrust", "fault", "doubt"),
    [
        (made("api.test", "A CA"), "api.test", "", "", ""),
        (made("api.test", "A CA", days=-1), "api.test", "certificate has expired", "ended on 2026-05-31", ""),
        (made("api.test", "A CA", began=5), "api.test", "x", "begins on 2026-06-06", ""),
        (made("api.test", "A CA"), "other.test", "Hostname mismatch", "not for other.test", ""),
        (made("api.test", "A CA"), "a.shop.test", "", "", ""),
        (made("api.test", "A CA"), "a.b.shop.test", "Hostname mismatch", "not for a.b.shop.test", ""),
        (made("api.test", "A CA"), "198.51.100.1", "", "", ""),
        (made("api.test"), "api.test", "self-signed certificate", "vouches for itself", ""),
        (made("api.test"), "api.test", "", "", ""),
        (made("api.test", "Inside CA"), "api.test", "unable to get local issuer certificate", "", "does not trust who signed it, Inside CA"),
        (b"\x30\x03abc", "api.test", "", "", "could not be read"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_it(der: bytes, host: str, distrust: str, fault: str, doubt: str) -> None:
    found = judged([der], host=host, distrust=distrust, now=NOW)
    assert fault in found.fault
    assert bool(found.fault) == bool(fault)
    assert doubt in found.doubt
    assert bool(found.doubt) == bool(doubt)


def test_a_chain_in_the_wrong_order_and_an_end_that_is_near_are_noted() -> None:
    chain = [made("api.test", "Between", days=5), made("Root"), made("Between", "Root")]
    found = judged(chain, host="api.test", distrust="", now=NOW)
    assert not found.fault
    assert "certificate 1 of the chain was not signed by the one after it" in found.notes[0]
    assert "ends in 5 days" in found.notes[1]
    right = judged([chain[0], chain[2], chain[1]], host="api.test", distrust="", now=NOW)
    assert len(right.notes) == 1


def test_addresses_are_among_the_names() -> None:
    found = certificate(made("api.test"))
    assert found is not None
    assert found.is_for("192.0.2.7")
    assert not found.is_for("192.0.2.8")
