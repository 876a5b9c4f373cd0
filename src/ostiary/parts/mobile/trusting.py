"""Code that trusts every certificate or every host name, as classes with nothing in their deciding methods give it away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ostiary.evidence.package import Package

_MANAGERS: Final = frozenset({"javax.net.ssl.X509TrustManager", "javax.net.ssl.X509ExtendedTrustManager"})
_VERIFIERS: Final = frozenset({"javax.net.ssl.HostnameVerifier", "org.apache.http.conn.ssl.X509HostnameVerifier"})
_ANYTHING: Final = (
    "org.apache.http.conn.ssl.AllowAllHostnameVerifier.<init>", "org.apache.http.conn.ssl.NoopHostnameVerifier.<init>",
    "io.netty.handler.ssl.util.InsecureTrustManagerFactory.*", "android.net.SSLCertificateSocketFactory.getInsecure",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trusting:
    """A place where certificates or names are not checked."""

    where: str
    what: str


def trusting(package: Package) -> Iterator[Trusting]:
    """Every such place in an Android app's own code."""
    for each in package.classes():
        kinds = {*each.interfaces, each.parent}
        if kinds & _MANAGERS and each.bodies.get("checkServerTrusted") == "nothing":
            yield Trusting(
                each.where, "a trust manager whose checkServerTrusted does nothing accepts every certificate"
            )
        if kinds & _VERIFIERS and each.bodies.get("verify") == "true":
            yield Trusting(each.where, "a host name verifier that always says true accepts everybody's certificate")
    for call in package.calls(*_ANYTHING):
        yield Trusting(call.where, f"{call.name.removesuffix('.<init>').rpartition('.')[2]} checks nothing")
    refused = {call.where for call in package.calls("android.webkit.SslErrorHandler.cancel")}
    for call in package.calls("android.webkit.SslErrorHandler.proceed"):
        if call.where not in refused:
            yield Trusting(call.where, "a web view goes on after every certificate error")
