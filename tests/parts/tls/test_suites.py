"""Every suite has a number, a name and a strength; spot checks come from the registry and RFC 9325."""

from __future__ import annotations

import ssl

import pytest

from ostiary.parts.tls.suites import BROKEN, GOOD, NEWEST, OLD, SUITES, WEAK, called, of_fault


@pytest.mark.parametrize(
    ("code", "name", "exchange", "proof", "bits", "fault"),
    [
        (0x0001, "RSA_WITH_NULL_MD5", "RSA", "RSA", 0, "null"),
        (0x0003, "RSA_EXPORT_WITH_RC4_40_MD5", "RSA", "RSA", 40, "export"),
        (0x0005, "RSA_WITH_RC4_128_SHA", "RSA", "RSA", 128, "RC4"),
        (0x0009, "RSA_WITH_DES_CBC_SHA", "RSA", "RSA", 56, "DES"),
        (0x000A, "RSA_WITH_3DES_EDE_CBC_SHA", "RSA", "RSA", 112, "3DES"),
        (0x0018, "DH_anon_WITH_RC4_128_MD5", "DH", "anon", 128, "anonymous"),
        (0x0031, "DH_RSA_WITH_AES_128_CBC_SHA", "DH", "RSA", 128, "without forward secrecy"),
        (0x009C, "RSA_WITH_AES_128_GCM_SHA256", "RSA", "RSA", 128, "without forward secrecy"),
        (0xC013, "ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE", "RSA", 128, "CBC"),
        (0xC02B, "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE", "ECDSA", 128, ""),
        (0xC0AF, "ECDHE_ECDSA_WITH_AES_256_CCM_8", "ECDHE", "ECDSA", 256, ""),
        (0xCCA8, "ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE", "RSA", 256, ""),
        (0x1301, "AES_128_GCM_SHA256", "any", "any", 128, ""),
        (0xC0B4, "SHA256_SHA256", "any", "any", 0, "null"),
    ],
)
def test_strength_is_read_off_names(code: int, name: str, exchange: str, proof: str, bits: int, fault: str) -> None:  # noqa: PLR0917 - a table
    suite = SUITES[code]
    assert (suite.name, suite.exchange, suite.proof, suite.bits, suite.fault) == (name, exchange, proof, bits, fault)


def test_openssl_agrees_about_every_suite_that_it_knows() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    known = context.get_ciphers()
    assert len(known) > 40
    for each in known:
        suite = SUITES[each["id"] & 0xFFFF]
        assert suite.aead == each["aead"], each["name"]
        theirs = each["strength_bits"]
        assert suite.bits == theirs or (suite.cipher.endswith("CCM_8") and theirs == 64), each[
            "name"
        ]  # their tag is short
        assert (suite.proof == "anon") == (each["auth"] == "auth-null"), each["name"]


def test_kinds_part_all_suites() -> None:
    parted = [code for fault in (*BROKEN, *WEAK) for code in of_fault(fault)] + list(GOOD)
    assert sorted(parted) == sorted(OLD)
    assert len(SUITES) > 350
    assert not set(NEWEST) & set(OLD)
    assert called(0xFAFA) == "suite FAFA"
