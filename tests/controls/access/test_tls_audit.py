"""Old versions and bad suites are found by greetings that no library would send; sound servers pass."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_connection

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from answering import says, server
from loop import stage
from ostiary.audit.result import Result
from ostiary.audit.run import audit
from ostiary.model import Outcome, Severity
from ostiary.parts.tls import hello
from ostiary.parts.tls.certificates import certificate

FLOOR, CIPHERS, PINS = "access.tls-floor", "access.tls-ciphers", "mobile.cert-pinning"


def asked(url: str) -> dict[str, Result]:
    report = asyncio.run(audit(url, only=[FLOOR, CIPHERS, PINS], find=False, insecure=True, register=False))
    return {each.id: each for each in report.results}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stage.make_certificate(tmp_path_factory.mktemp("tls"))


def signed(folder: Path, bits: int) -> Path:
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "api.test")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(7).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=9))
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = built.add_extension(names, critical=False).sign(key, hashes.SHA256())
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder


def context(folder: Path, *, ciphers: str = "", least: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_ciphers(ciphers or "ECDHE+AESGCM:ECDHE+CHACHA20")
    made.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    if least < ssl.TLSVersion.TLSv1_2:
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            made.minimum_version = least
    else:
        made.minimum_version = least
    return made


def test_a_sound_server_passes_both(folder: Path) -> None:
    with server(says(b"{}"), tls=context(folder)) as url:
        found = asked(url)
    assert found[FLOOR].outcome is Outcome.PASS, found[FLOOR].why
    assert found[CIPHERS].outcome is Outcome.PASS, found[CIPHERS].why


def test_tls_1_2_alone_passes_with_a_note_and_1_3_alone_passes(folder: Path) -> None:
    old = context(folder)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with server(says(b"{}"), tls=old) as url:
        assert "1.3 is not offered" in asked(url)[FLOOR].why
    with server(says(b"{}"), tls=context(folder, least=ssl.TLSVersion.TLSv1_3)) as url:
        found = asked(url)
    assert (found[FLOOR].outcome, found[CIPHERS].outcome) == (Outcome.PASS, Outcome.PASS), found[CIPHERS].why


def test_old_versions_are_found(folder: Path) -> None:
    with server(says(b"{}"), tls=context(folder, ciphers="ALL:@SECLEVEL=0", least=ssl.TLSVersion.TLSv1)) as url:
        found = asked(url)[FLOOR]
    assert found.outcome is Outcome.FAIL
    assert found.findings[0].facts["versions"] == ["TLS 1.0", "TLS 1.1"]


@pytest.mark.parametrize(
    ("ciphers", "kind", "severity"),
    [
        ("AECDH-AES256-SHA:@SECLEVEL=0", "anonymous", Severity.HIGH),
        ("ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0", "null", Severity.HIGH),
        ("ECDHE-ECDSA-AES128-SHA256", "CBC", Severity.MEDIUM),
    ],
)
def test_bad_suites_are_found_beside_good_ones(folder: Path, ciphers: str, kind: str, severity: Severity) -> None:
    with server(says(b"{}"), tls=context(folder, ciphers=f"ECDHE+AESGCM:{ciphers}")) as url:
        found = asked(url)[CIPHERS]
    assert found.outcome is Outcome.FAIL
    assert found.findings[0].facts["kinds"] == [kind]
    assert found.severity is severity


def test_suites_without_forward_secrecy_and_small_keys_are_found(tmp_path: Path) -> None:
    made = context(signed(tmp_path, 1024), ciphers="ECDHE+AESGCM:AES128-GCM-SHA256:@SECLEVEL=0")
    with server(says(b"{}"), tls=made) as url:
        found = asked(url)[CIPHERS]
    assert found.findings[0].facts["kinds"] == ["strength", "without forward secrecy"]
    assert "1024 bits" in found.why


def test_a_strong_rsa_key_passes(tmp_path: Path) -> None:
    with server(says(b"{}"), tls=context(signed(tmp_path, 2048))) as url:
        assert asked(url)[CIPHERS].outcome is Outcome.PASS


def test_without_tls_there_is_nothing_to_look_at() -> None:
    with server(says(b"{}")) as url:
        found = asked(url)
    assert [found[each].outcome for each in (FLOOR, CIPHERS)] == [Outcome.NOT_APPLICABLE] * 2
    assert found[PINS].outcome is Outcome.ATTEST


def test_pins_are_compared_with_the_chain(folder: Path) -> None:
    pem = (folder / "cert.pem").read_text()
    read = certificate(ssl.PEM_cert_to_DER_cert(pem))
    assert read is not None
    spare, wrong = "A" * 43 + "=", "B" * 43 + "="
    outcomes = []
    for pins in ((read.pin, spare), (wrong, spare), (read.pin,)):
        value = "; ".join(f'pin-sha256="{each}"' for each in pins)
        with server(says(b"{}", 200, ("public-key-pins", value)), tls=context(folder)) as url:
            outcomes.append(asked(url)[PINS].outcome)
    assert outcomes == [Outcome.PASS, Outcome.FAIL, Outcome.FAIL]


def test_no_declared_pins_are_a_question_that_names_the_keys(folder: Path) -> None:
    with server(says(b"{}"), tls=context(folder)) as url:
        found = asked(url)[PINS]
    assert found.outcome is Outcome.ATTEST
    assert "sha256/" in found.why


@pytest.mark.parametrize(
    "data", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x16\x03\x01\x00\x05\x02\x00\x00", b"\x15\x03\x01"]
)
def test_what_is_no_greeting_is_read_as_none(data: bytes) -> None:
    assert hello.read(data).version == 0
    assert certificate(data) is None


NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{}}
http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    ssl_protocols {protocols}; ssl_ciphers {ciphers}; return 200 "{{}}"; }} }}
"""


@contextlib.contextmanager
def nginx(folder: Path, protocols: str, ciphers: str) -> Iterator[str]:
    binary = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if binary is None:
        pytest.skip("nginx is not installed (apt-get install nginx-light)")
    sock = stage.free_socket()
    port = sock.getsockname()[1]
    sock.close()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, protocols=protocols, ciphers=ciphers))
    process = subprocess.Popen([binary, "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")])
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.live
def test_nginx_with_and_without_old_versions(folder: Path) -> None:
    with nginx(folder, "TLSv1.2 TLSv1.3", "ECDHE+AESGCM:ECDHE+CHACHA20") as url:
        found = asked(url)
    assert (found[FLOOR].outcome, found[CIPHERS].outcome) == (Outcome.PASS, Outcome.PASS)
    with nginx(folder, "TLSv1 TLSv1.1 TLSv1.2", "ALL:@SECLEVEL=0") as url:
        found = asked(url)
    assert found[FLOOR].findings[0].facts["versions"] == ["TLS 1.0", "TLS 1.1"]
    assert (
        "anonymous" in found[CIPHERS].findings[0].facts["kinds"] or "CBC" in found[CIPHERS].findings[0].facts["kinds"]
    )
