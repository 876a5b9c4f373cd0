from __future__ import annotations

import ipaddress
import time

import pytest

from ostiary.parts.addresses import is_public
from ostiary.parts.fetch_targets import target_of


def reachable(url: str) -> bool:
    """Whether a URL with an address for a host, or a name that is not local, leads out."""
    try:
        target = target_of(url)
    except ValueError:
        return False
    return is_public(target.address) if target.address is not None else not target.is_local


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "127.0.0.1", "10.0.0.12", "192.168.1.1", "172.31.255.255", "100.64.0.1", "0.0.0.0", "0", "224.0.0.1",
        "255.255.255.255", "198.18.0.1", "192.0.2.1", "168.63.129.16", "2130706433", "017700000001", "0x7f000001", "0x7f.1",
        "127.1", "127.0.1", "0177.0.0.1", "010.0.0.1", "0x0a.0.0.12", "2852039166", "169.254.43518", "0xA9FEA9FE", "[::1]", "[::]",
        "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[::ffff:0:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001:0:53aa:64c:0:5601:8000:1]",
        "[fe80::1]", "[fe80::1%25eth0]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[100::1]", "[2001:db8::1]",
        "localhost", "LOCALHOST", "localhost.", "a.localhost", "metadata.google.internal", "printer.local", "redis", "kubernetes.default.svc",
        "router.lan", "db.corp", "127.0.0.1.", "\uff11\uff12\uff17.0.0.1", "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460", "127\u30020\u30020\u30021",
        "loc\u00adalhost", "\uff4cocalhost", "127.0.0.1%00.example.com", "%31%32%37.0.0.1", "loca%6chost", "256.256.256.256", "1.2.3.4.5",
        "[::1", "::1", "[v1.x]", "", ".", "a..b", "-a.example", "example.com:99999", "example.com:8o", "example.com:\u0661",
    ],
)  # fmt: skip
def test_what_is_not_public_is_seen_in_every_spelling(host: str) -> None:
    assert not reachable(f"http://{host}/latest/meta-data/")


@pytest.mark.parametrize(
    "url",
    [
        "http://good.example@169.254.169.254/", "http://169.254.169.254@good.example@10.0.0.1/", "http://good.example\\@169.254.169.254/",
        "http:\\\\127.0.0.1/", "http:/127.0.0.1/", "http:127.0.0.1", "http:///127.0.0.1", "//127.0.0.1/", "127.0.0.1", "http://127.0.0.1\t/",
        " http://good.example/", "http://good.example /", "http://good\n.example/", "http://good.example\\.127.0.0.1/", "http://",
        "http://a@b@good.example/", "http://a b@good.example/", "http://good.example\u3000/", "x" * 9000,
    ],
)  # fmt: skip
def test_what_two_readers_could_read_differently_is_refused(url: str) -> None:
    assert not reachable(url)


@pytest.mark.parametrize("host", ["\u00fc" * 8000, "\u00fc." * 4000, "a.\u0301" * 2700])
def test_a_name_that_is_too_long_is_not_encoded_first(host: str) -> None:
    started = time.process_time()
    for _ in range(20):
        assert not reachable(f"http://{host}/"[:8192])
    assert time.process_time() - started < 0.1, "Python's codec takes some 30 ms for each"


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://hooks.example.com/x?y=http://10.0.0.1#z", "hooks.example.com", 443),
        ("HTTP://Example.COM:8080", "example.com", 8080),
        ("https://user:p%40ss@example.com/", "example.com", 443),
        ("https://b\u00fccher.example/\u00fc", "xn--bcher-kva.example", 443),
        ("https://xn--bcher-kva.example./", "xn--bcher-kva.example", 443),
        ("https://8.8.8.8/", "8.8.8.8", 443),
        ("https://[2606:4700::1111]:8443/", "[2606:4700::1111]", 8443),
        ("https://example.com?x", "example.com", 443),
        ("https://example.com#x", "example.com", 443),
        ("https://my_bucket.s3.example.com/a b".replace(" ", "%20"), "my_bucket.s3.example.com", 443),
        ("https://example.com:/", "example.com", 443),
        ("https://example.com/a\\b", "example.com", 443),
        ("https://3com.example/", "3com.example", 443),
    ],
)
def test_honest_urls_are_read(url: str, host: str, port: int) -> None:
    target = target_of(url)
    assert (target.host, target.port) == (host, port)
    assert reachable(url)


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("8.8.8.8", True), ("100.63.255.255", True), ("100.128.0.0", True), ("172.32.0.1", True), ("198.20.0.1", True), ("192.0.1.1", True),
        ("2606:4700::1", True), ("2001:4860:4860::8888", True), ("2a00::1", True), ("64:ff9b::8.8.8.8", True), ("::ffff:8.8.8.8", True),
        ("2002:808:808::1", True), ("2002:a00:1::", False), ("4000::1", False), ("2001::1", False), ("::", False), ("192.88.99.1", False),
    ],
)  # fmt: skip
def test_an_address_is_public_or_not(text: str, *, public: bool) -> None:
    assert is_public(ipaddress.ip_address(text)) is public


@pytest.mark.parametrize("host", ["fa\u00df.de", "\u1e9eb.de", "\u03b1\u03c2.gr", "a\u200db.example", "\u2c65.example"])
def test_a_name_that_two_readers_ask_for_differently_is_refused(host: str) -> None:
    """IDNA 2003 asks for fass.de, IDNA 2008 for xn--fa-hia.de: the one looked at need not be the one fetched."""
    with pytest.raises(ValueError, match="plain URL"):
        target_of(f"https://{host}/")


@pytest.mark.parametrize("host", ["b\u00fccher.example", "\u4f8b\u3048.example", "\u03b1\u03b2\u03b3.gr"])
def test_international_names_pass(host: str) -> None:
    assert target_of(f"https://{host}/").host.startswith("xn--")
