"""Our prober finds the same versions and suites as sslyze, which is somebody else's and never a dependency, on real servers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from answering import says, server
from live.machine_servers import nginx, openssl
from live.real_servers import VENVS
from loop import stage
from ostiary.audit.gather.machines.secured import Probe
from ostiary.evidence.machine_facts import Secured
from ostiary.parts.tls.hello import VERSIONS
from ostiary.parts.tls.suites import SUITES

pytestmark = pytest.mark.live
SSLYZE = VENVS / "oracles" / "bin" / "sslyze"
NAMES = {"SSL 3.0": "ssl_3_0", "TLS 1.0": "tls_1_0", "TLS 1.1": "tls_1_1", "TLS 1.2": "tls_1_2", "TLS 1.3": "tls_1_3"}
EVERYTHING = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
NEVER_ASKED = {  # sslyze's list lacks these two; OpenSSL's own client completes handshakes with them
    "TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA256",
    "TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA256",
}
Serving = Callable[[Path, Path], AbstractContextManager[int]]


@contextlib.contextmanager
def python_server(folder: Path, certificate: Path) -> Iterator[int]:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_ciphers("ECDHE+AESGCM:ECDHE+AES128")
    made.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with server(says(b"{}"), tls=made) as url:
        yield int(url.rpartition(":")[2])


SERVERS: dict[str, Serving] = {
    "nginx as it should be": lambda f, c: nginx(f, c, "TLSv1.2 TLSv1.3", "ECDHE+AESGCM:ECDHE+CHACHA20"),
    "nginx as it was": lambda f, c: nginx(f, c, "TLSv1 TLSv1.1 TLSv1.2", f'"{EVERYTHING}"'),
    "nginx with 1.3 alone": lambda f, c: nginx(f, c, "TLSv1.3", "DEFAULT"),
    "OpenSSL in 1.0 alone": lambda f, c: openssl(f, c, "-tls1", "-cipher", EVERYTHING),
    "OpenSSL in 1.1 alone": lambda f, c: openssl(f, c, "-tls1_1", "-cipher", EVERYTHING),
    "OpenSSL with all suites": lambda f, c: openssl(f, c, "-cipher", EVERYTHING),
    "OpenSSL with P-384 alone": lambda f, c: openssl(f, c, "-curves", "P-384"),
    "Python": python_server,
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stage.make_certificate(tmp_path_factory.mktemp("tls"))


def by_sslyze(port: int) -> dict[str, set[str]]:
    if not SSLYZE.exists():
        pytest.skip("NOT TESTED: sslyze is not installed (make live)")
    done = subprocess.run(
        [str(SSLYZE), "--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3", "--json_out=-", f"127.0.0.1:{port}"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    scanned = json.loads(done.stdout)["server_scan_results"][0]["scan_result"]
    found = {}
    for ours, theirs in NAMES.items():
        accepted = scanned[f"{theirs}_cipher_suites"]["result"]["accepted_cipher_suites"]
        if accepted:
            found[ours] = {each["cipher_suite"]["name"] for each in accepted}
    return found


def by_us(port: int) -> tuple[Secured, dict[str, set[str]]]:
    seen = asyncio.run(Probe("127.0.0.1", port, "api.test").secured())
    return seen, {
        VERSIONS[version]: {f"TLS_{SUITES[each].name}" for each in suites} for version, suites in seen.suites.items()
    }


@pytest.mark.parametrize("name", SERVERS)
def test_we_agree_with_sslyze(name: str, certificate: Path, tmp_path: Path) -> None:
    with SERVERS[name](tmp_path, certificate) as port:
        ours, theirs = by_us(port)[1], by_sslyze(port)
    assert {version: sorted(each - NEVER_ASKED) for version, each in ours.items()} == {
        version: sorted(each) for version, each in theirs.items()
    }


def test_a_server_that_wants_another_group_is_heard(certificate: Path, tmp_path: Path) -> None:
    """It answers our key share with a request for another one, which agrees to the version all the same."""
    with openssl(tmp_path, certificate, "-curves", "P-384", "-tls1_3") as port:
        seen = asyncio.run(Probe("127.0.0.1", port).secured())
    assert [VERSIONS[each] for each in seen.suites] == ["TLS 1.3"]
    assert len(seen.chain) == 1, "the certificate comes from a usual handshake where the greeting shows none"
