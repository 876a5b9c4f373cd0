"""What checks say of mobile packages: of each fault a package with it and one without, put together from bytes."""

from __future__ import annotations

import asyncio
import plistlib
import struct
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import mobile_bytes as made
from ostiary import catalogue
from ostiary.audit.answering import answered
from ostiary.audit.gather.packages import package
from ostiary.audit.recognise import recognise
from ostiary.model import Finding, Kind, Outcome, Severity

FAIL, PASS, UNKNOWN, NONE, ATTEST = Outcome.FAIL, Outcome.PASS, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE, Outcome.ATTEST
MAIN = "com.example.Main"
Members = Mapping[str, bytes | str]
PINS = (
    "<pin>7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=</pin>",
    "<pin>fwza0LRMXouZHRC8Ei+4PyuldPDcf3UKgO/04cDM1oE=</pin>",
)
LAUNCHER = (
    '<activity android:name=".Main" android:exported="true"><intent-filter><action android:name="android.intent.action.MAIN"/>'
    '<category android:name="android.intent.category.LAUNCHER"/></intent-filter></activity>'
)


def manifest(inside: str = "", *, above: str = "", target: int = 34, application: str = "") -> str:
    return (
        f'<manifest xmlns:android="{made.ANDROID}" package="com.example"><uses-sdk android:minSdkVersion="26" android:targetSdkVersion="{target}"/>'
        f"{above}<application {application}>{LAUNCHER}{inside}</application></manifest>"
    )


def code(
    *ops: tuple[Any, ...],
    fields: Mapping[str, str] | None = None,
    interfaces: tuple[str, ...] = (),
    **methods: list[tuple[Any, ...]],
) -> bytes:
    maker = made.DexMaker()
    maker.add(MAIN, statics=fields or {}, interfaces=interfaces, methods={"run": [*ops, ("end",)], **methods})
    return maker.done()


def apk(
    text: str = "",
    *,
    dex: bytes | None = None,
    rules: str = "",
    strings: Mapping[str, str] | None = None,
    **more: bytes | str,
) -> Members:
    values: dict[tuple[str, str], str] = {("string", name): value for name, value in (strings or {}).items()}
    if rules:
        values["xml", "rules"] = "res/a.xml"
    number = 0x7F000000 | (2 if strings else 1) << 16
    text = (text or manifest(application='android:networkSecurityConfig="@xml/rules"' if rules else "")).replace(
        "@xml/rules", f"@0x{number:08x}"
    )
    members: dict[str, bytes | str] = {
        "AndroidManifest.xml": made.axml(text),
        "classes.dex": code() if dex is None else dex,
    }
    if values:
        members["resources.arsc"] = made.arsc(values)
    if rules:
        members["res/a.xml"] = made.axml(f"<network-security-config>{rules}</network-security-config>")
    return members | {name.replace("__", "/"): each for name, each in more.items()}


def ipa(info: Mapping[str, Any] | None = None, program: bytes | None = None, **more: bytes) -> Members:
    settings = {"CFBundleIdentifier": "com.example", "CFBundleExecutable": "Shop", **(info or {})}
    return {
        "Payload/Shop.app/Info.plist": plistlib.dumps(settings, fmt=plistlib.FMT_BINARY),
        "Payload/Shop.app/Shop": made.macho() if program is None else program,
        **{f"Payload/Shop.app/{name.replace('__', '.')}": each for name, each in more.items()},
    }


def call(owner: str, name: str, *texts: str) -> list[tuple[Any, ...]]:
    return [("text", number + 1, text) for number, text in enumerate(texts)] + [
        ("call", owner, name, *range(len(texts) + 1))
    ]


def library(flags: int, *, kind: int = 3) -> bytes:
    """A shared object for ARM64 that says what stack it needs, or (flags below 0) does not."""
    head = (
        b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", kind, 183, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    )
    kinds = [(1, 5), (0x6474E551, flags)] if flags >= 0 else [(1, 5), (1, 4)]
    return head + b"".join(struct.pack("<II", each, bits) + bytes(48) for each, bits in kinds)


EXPORTED = '<activity android:name=".Refund" android:exported="true"/>'
GUARDED = '<provider android:name=".P" android:exported="true" android:permission="com.example.P"/>'
LINK = (
    '<activity android:name=".Login" android:exported="true"><intent-filter {}><action android:name="android.intent.action.VIEW"/>'
    '<category android:name="android.intent.category.BROWSABLE"/><data android:scheme="{}" android:host="oauth" android:path="/callback"/></intent-filter></activity>'
)
TRUST = {"interfaces": ("javax.net.ssl.X509TrustManager",)}
DEFAULTS = ["_OBJC_CLASS_$_NSUserDefaults"]
CALLS = '<uses-permission android:name="android.permission.READ_CALL_LOG"/>'
PERMISSION = '<permission android:name="com.example.P" android:protectionLevel="{}"/>'
RECEIVER = '<receiver android:name=".R" android:exported="true"><intent-filter><action android:name="{}"/></intent-filter></receiver>'
ATS = "NSAppTransportSecurity"

CASES: list[tuple[str, str, Callable[[], Members], Outcome]] = [
    ("mobile.android-permissions", "unused", lambda: apk(manifest(above=CALLS)), FAIL),
    ("mobile.android-permissions", "used", lambda: apk(manifest(above=CALLS), dex=code(("text", 0, "content://call_log/calls"))), ATTEST),
    ("mobile.android-permissions", "for old phones that it does not support", lambda: apk(manifest(above=CALLS.replace("/>", ' android:maxSdkVersion="18"/>'))), PASS),
    ("mobile.android-permissions", "open to others", lambda: apk(manifest(EXPORTED)), FAIL),
    ("mobile.android-permissions", "guarded by what anybody gets", lambda: apk(manifest(GUARDED, above=PERMISSION.format(0))), FAIL),
    ("mobile.android-permissions", "guarded by a signature", lambda: apk(manifest(GUARDED, above=PERMISSION.format(2))), PASS),
    ("mobile.android-permissions", "for a message of one's own", lambda: apk(manifest(RECEIVER.format("com.example.REFUND"))), FAIL),
    ("mobile.android-permissions", "for a message of the system", lambda: apk(manifest(RECEIVER.format("android.intent.action.BOOT_COMPLETED"))), PASS),
    ("mobile.android-permissions", "nothing", apk, PASS),
    ("mobile.android-permissions", "no code to compare with", lambda: apk(manifest(above=CALLS), dex=b"dex\n"), ATTEST),
    ("mobile.android-permissions", "iOS", ipa, NONE),
    ("mobile.cert-pinning", "a manager that checks nothing", lambda: apk(dex=code(interfaces=TRUST["interfaces"], checkServerTrusted=[("end",)])), FAIL),
    ("mobile.cert-pinning", "a manager that checks", lambda: apk(dex=code(interfaces=TRUST["interfaces"], checkServerTrusted=[*call("x.Y", "check"), ("end",)])), ATTEST),
    ("mobile.cert-pinning", "users' authorities", lambda: apk(rules='<base-config><trust-anchors><certificates src="user"/></trust-anchors></base-config>'), FAIL),
    ("mobile.cert-pinning", "users' authorities while debugging", lambda: apk(rules='<debug-overrides><trust-anchors><certificates src="user"/></trust-anchors></debug-overrides>'), ATTEST),
    ("mobile.cert-pinning", "two pins", lambda: apk(rules=f"<domain-config><domain>a.example.com</domain><pin-set>{PINS[0]}{PINS[1]}</pin-set></domain-config>"), PASS),
    ("mobile.cert-pinning", "one pin", lambda: apk(rules=f"<domain-config><domain>a.example.com</domain><pin-set>{PINS[0]}</pin-set></domain-config>"), FAIL),
    ("mobile.cert-pinning", "pins that are over", lambda: apk(rules=f'<domain-config><domain>a.example.com</domain><pin-set expiration="2020-01-01">{PINS[0]}{PINS[1]}</pin-set></domain-config>'), FAIL),
    ("mobile.cert-pinning", "pins in code", lambda: apk(dex=code(*call("okhttp3.CertificatePinner$Builder", "add", "a.example.com", "sha256/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y="), *call("okhttp3.CertificatePinner$Builder", "add", "a.example.com", "sha256/fwza0LRMXouZHRC8Ei+4PyuldPDcf3UKgO/04cDM1oE="))), PASS),
    ("mobile.cert-pinning", "a verifier that is set is no pin", lambda: apk(dex=code(*call("okhttp3.OkHttpClient$Builder", "hostnameVerifier"))), ATTEST),
    ("mobile.cert-pinning", "iOS pins", lambda: ipa({ATS: {"NSPinnedDomains": {"a.example.com": {"NSPinnedCAIdentities": [{"SPKI-SHA256-BASE64": "a"}, {"SPKI-SHA256-BASE64": "b"}]}}}}), PASS),
    ("mobile.cert-pinning", "one iOS pin", lambda: ipa({ATS: {"NSPinnedDomains": {"a.example.com": {"NSPinnedLeafIdentities": [{"SPKI-SHA256-BASE64": "a"}]}}}}), FAIL),
    ("mobile.cert-pinning", "none, and locked", lambda: ipa(program=made.macho(encrypted=True)), UNKNOWN),
    ("access.https-only", "clear text by rule", lambda: apk(rules='<base-config cleartextTrafficPermitted="true"/>'), FAIL),
    ("access.https-only", "clear text to an emulator's host", lambda: apk(rules='<domain-config cleartextTrafficPermitted="true"><domain>10.0.2.2</domain></domain-config>'), PASS),
    ("access.https-only", "clear text by manifest", lambda: apk(manifest(application='android:usesCleartextTraffic="true"')), FAIL),
    ("access.https-only", "old, with an address", lambda: apk(manifest(target=27), strings={"url": "http://api.example.com/v1"}), FAIL),
    ("access.https-only", "old, without one", lambda: apk(manifest(target=27), strings={"ns": "http://schemas.android.com/apk/res/android"}), UNKNOWN),
    ("access.https-only", "new", lambda: apk(strings={"url": "http://api.example.com/v1"}), PASS),
    ("access.https-only", "arbitrary loads", lambda: ipa({ATS: {"NSAllowsArbitraryLoads": True}}), FAIL),
    ("access.https-only", "arbitrary loads that a narrower rule replaces", lambda: ipa({ATS: {"NSAllowsArbitraryLoads": True, "NSAllowsLocalNetworking": True}}), PASS),
    ("access.https-only", "an exception", lambda: ipa({ATS: {"NSExceptionDomains": {"old.example.com": {"NSExceptionAllowsInsecureHTTPLoads": True}}}}), FAIL),
    ("access.https-only", "an exception for itself", lambda: ipa({ATS: {"NSExceptionDomains": {"localhost": {"NSExceptionAllowsInsecureHTTPLoads": True}}}}), PASS),
    ("access.tls-floor", "an old version", lambda: ipa({ATS: {"NSExceptionDomains": {"a.example.com": {"NSExceptionMinimumTLSVersion": "TLSv1.0"}}}}), FAIL),
    ("access.tls-floor", "a new one", lambda: ipa({ATS: {"NSExceptionDomains": {"a.example.com": {"NSExceptionMinimumTLSVersion": "TLSv1.3"}}}}), PASS),
    ("access.tls-floor", "old in code", lambda: apk(dex=code(*call("javax.net.ssl.SSLContext", "getInstance", "TLSv1.1"))), FAIL),
    ("access.tls-floor", "new in code", lambda: apk(dex=code(*call("javax.net.ssl.SSLContext", "getInstance", "TLSv1.2"))), PASS),
    ("access.tls-floor", "none", apk, NONE),
    ("mobile.no-server-to-server-calls", "a private address", lambda: apk(strings={"url": "http://10.0.3.17:8081/stock"}), FAIL),
    ("mobile.no-server-to-server-calls", "an emulator's host", lambda: apk(strings={"url": "http://10.0.2.2:8000/stock"}), ATTEST),
    ("mobile.no-server-to-server-calls", "an inner name", lambda: ipa(program=made.macho(texts=["https://billing.svc.cluster.local/v1"])), FAIL),
    ("mobile.no-server-to-server-calls", "a grant", lambda: apk(dex=code(("text", 0, "client_credentials"))), FAIL),
    ("mobile.no-server-to-server-calls", "mail from an app", lambda: apk(strings={"url": "https://api.sendgrid.com/v3/mail/send"}), FAIL),
    ("mobile.no-server-to-server-calls", "a public host", lambda: apk(strings={"url": "https://api.example.com", "version": "10.0.3.17"}), ATTEST),
    ("mobile.no-server-to-server-calls", "none", apk, NONE),
    ("mobile.no-third-party-secrets", "a constant", lambda: apk(dex=code(fields={"KEY": "sk_live_51HqJfT2eZvKYlo2C9sVbX7wQmNpRtUyAdGhKjL"})), FAIL),
    ("mobile.no-third-party-secrets", "a cipher's key", lambda: apk(dex=code(*call("java.lang.String", "x"), ("text", 1, "hT6vKp2Lq9Zx4Bn8"), ("call", "java.lang.String", "getBytes", 1), ("result", 2), ("call", "javax.crypto.spec.SecretKeySpec", "<init>", 3, 2))), FAIL),
    ("mobile.no-third-party-secrets", "names and texts for people", lambda: apk(dex=code(fields={"TOKEN_KEY": "token", "PASSWORD_PATTERN": "((?=.*[a-z]).{6,20})"}), strings={"password_hint": "At least 12 characters"}), PASS),
    ("mobile.no-third-party-secrets", "locked", lambda: ipa(program=made.macho(encrypted=True)), UNKNOWN),
    ("mobile.no-payment-salt", "a field", lambda: apk(dex=code(fields={"PAYU_SALT": "eCwWELxi7uP3vK9d"})), FAIL),
    ("mobile.no-payment-salt", "a property list", lambda: ipa(Settings__plist=plistlib.dumps({"PaymentSalt": "eCwWELxi7uP3vK9d"})), FAIL),
    ("mobile.no-payment-salt", "a provider alone", lambda: apk(strings={"pay": "https://secure.payu.in/_payment"}), ATTEST),
    ("mobile.no-payment-salt", "no payments", apk, NONE),
    ("mobile.ios-keychain", "defaults alone", lambda: ipa(program=made.macho(imports=DEFAULTS, texts=["auth_token"])), FAIL),
    ("mobile.ios-keychain", "defaults for settings", lambda: ipa(program=made.macho(imports=DEFAULTS, texts=["dark_mode"])), NONE),
    ("mobile.ios-keychain", "the Keychain too", lambda: ipa(program=made.macho(imports=[*DEFAULTS, "_SecItemAdd"], texts=["auth_token"])), ATTEST),
    ("mobile.ios-keychain", "while it is locked", lambda: ipa(program=made.macho(imports=["_SecItemAdd", "_kSecAttrAccessibleAlways"])), FAIL),
    ("mobile.ios-keychain", "in a property list", lambda: ipa({"AdminPassword": "Hunter2.yA"}), FAIL),
    ("mobile.ios-keychain", "encrypted", lambda: ipa(program=made.macho(imports=DEFAULTS, texts=["auth_token"], encrypted=True)), UNKNOWN),
    ("mobile.ios-keychain", "Android", apk, NONE),
    ("processing.debug-off", "debuggable", lambda: apk(manifest(application='android:debuggable="true"')), FAIL),
    ("processing.debug-off", "not", apk, PASS),
    ("processing.debug-off", "a profile that lets debuggers in", lambda: ipa(embedded__mobileprovision=b"..<key>get-task-allow</key>\n<true/>.."), FAIL),
    ("processing.debug-off", "a profile that does not", lambda: ipa(embedded__mobileprovision=b"..<key>get-task-allow</key>\n<false/>.."), PASS),
    ("processing.debug-off", "no profile", ipa, UNKNOWN),
    ("processing.nx-stack", "no native code", apk, NONE),
    ("processing.nx-stack", "iOS, stack may run", lambda: ipa(program=made.macho(flags=0x220085)), FAIL),
    ("processing.nx-stack", "iOS, at a fixed address", lambda: ipa(program=made.macho(flags=0x85)), FAIL),
    ("processing.nx-stack", "iOS", ipa, PASS),
    ("auth.no-basic", "whole", lambda: apk(dex=code(("text", 0, "Basic c2hvcGFwcDpIdW50ZXIyLnhZ"))), FAIL),
    ("auth.no-basic", "made", lambda: apk(dex=code(*call("okhttp3.Credentials", "basic", "app", "pw"))), FAIL),
    ("auth.no-basic", "for a client at its token endpoint", lambda: apk(dex=code(("text", 0, "Basic "), ("text", 0, "grant_type=authorization_code"))), PASS),
    ("auth.no-basic", "a word", lambda: apk(strings={"plan": "Basic plan", "more": "Basic information:"}), PASS),
    ("jwt.strong-secret", "a constant", lambda: apk(dex=code(*call("com.auth0.jwt.algorithms.Algorithm", "HMAC256", "not-so-secret"))), FAIL),
    ("jwt.strong-secret", "by name", lambda: apk(dex=code(fields={"JWT_SECRET": "qJ5fWb8zLr2TnXc7"})), FAIL),
    ("jwt.strong-secret", "from elsewhere", lambda: apk(dex=code(*call("com.auth0.jwt.algorithms.Algorithm", "HMAC256"))), UNKNOWN),
    ("jwt.strong-secret", "none", apk, NONE),
    ("auth.encrypt-sensitive-data", "in clear", lambda: apk(dex=code(*call("android.content.SharedPreferences$Editor", "putString", "password"))), FAIL),
    ("auth.encrypt-sensitive-data", "encrypted", lambda: apk(dex=code(*call("androidx.security.crypto.EncryptedSharedPreferences", "create"), *call("android.content.SharedPreferences$Editor", "putString", "password"))), PASS),
    ("auth.encrypt-sensitive-data", "a setting", lambda: apk(dex=code(*call("android.content.SharedPreferences$Editor", "putString", "theme"))), ATTEST),
    ("oauth.code-flow-only", "a token", lambda: apk(strings={"u": "https://a.example.com/authorize?response_type=token&x=1"}), FAIL),
    ("oauth.code-flow-only", "a password", lambda: apk(strings={"u": "grant_type=password&username="}), FAIL),
    ("oauth.code-flow-only", "a code", lambda: apk(strings={"u": "https://a.example.com/authorize?response_type=code"}), PASS),
    ("oauth.code-flow-only", "a type of token", lambda: apk(strings={"u": "https://a.example.com/x?response_type=token_info"}), UNKNOWN),
    ("beyond.pkce-required", "without", lambda: apk(strings={"u": "https://a.example.com/authorize?response_type=code"}), FAIL),
    ("beyond.pkce-required", "with", lambda: apk(strings={"u": "https://a.example.com/authorize?response_type=code&code_challenge="}), PASS),
    ("beyond.pkce-required", "none", apk, NONE),
    ("oauth.redirect-uri-exact", "a scheme", lambda: apk(manifest(LINK.format("", "shop"))), FAIL),
    ("oauth.redirect-uri-exact", "a scheme with a name in it", lambda: apk(manifest(LINK.format("", "com.example.shop"))), UNKNOWN),
    ("oauth.redirect-uri-exact", "proved", lambda: apk(manifest(LINK.format('android:autoVerify="true"', "https"))), PASS),
    ("oauth.redirect-uri-exact", "none", apk, NONE),
    ("input.credentials-in-header", "a key in the query", lambda: apk(strings={"u": "https://a.example.com/x?api_key="}), FAIL),
    ("input.credentials-in-header", "a page's token", lambda: apk(strings={"u": "https://a.example.com/x?page_token=&csrf_token="}), PASS),
    ("account.cookie-flags", "a jar in plain files", lambda: apk(dex=code(*call("com.franmontiel.persistentcookiejar.persistence.SharedPrefsCookiePersistor", "<init>"))), FAIL),
    ("account.cookie-flags", "none", apk, NONE),
    ("beyond.secret-scanning", "a secret", lambda: apk(strings={"x": "sk_live_51HqJfT2eZvKYlo2C9sVbX7wQmNpRtUyAdGhKjL"}), FAIL),
    ("beyond.secret-scanning", "none", apk, PASS),
]  # fmt: skip


def asked(control_id: str, members: Members, folder: Path) -> Finding:
    form = (
        "ipa"
        if any(name.startswith("Payload/") for name in members)
        else "aab"
        if "base/manifest/AndroidManifest.xml" in members
        else "apk"
    )
    path = made.zipped(folder / f"app.{form}", members)
    found = package(recognise(str(path)), stop=threading.Event())
    return asyncio.run(answered(catalogue.control(control_id).audits[Kind.MOBILE], found))


@pytest.mark.parametrize(
    ("control_id", "what", "make", "outcome"), CASES, ids=[f"{each[0]}: {each[1]}" for each in CASES]
)
def test_a_package_is_judged_by_what_it_holds(
    control_id: str, what: str, make: Callable[[], Members], outcome: Outcome, tmp_path: Path
) -> None:
    finding = asked(control_id, make(), tmp_path)
    assert finding.outcome is outcome, finding.why
    if outcome is FAIL:
        assert finding.places
        assert finding.evidence
    if outcome is PASS:
        assert finding.evidence


def test_every_half_for_packages_is_tried_on_a_bad_one_and_a_better_one() -> None:
    halves = {each for each in catalogue.ids() if Kind.MOBILE in catalogue.control(each).audits}
    assert {each[0] for each in CASES if each[3] is FAIL} == halves
    assert {each[0] for each in CASES if each[3] is not FAIL} == halves


def test_a_script_of_an_app_is_searched_with_its_lines(tmp_path: Path) -> None:
    members = {**apk(), "assets/www/main.js": "\nconst stripe = 'sk_live_51HqJfT2eZvKYlo2C9sVbX7wQmNpRtUyAdGhKjL';\n"}
    assert asked("mobile.no-third-party-secrets", members, tmp_path).places == ("assets/www/main.js:2",)


@pytest.mark.parametrize(("flags", "outcome"), [(7, FAIL), (6, PASS), (-1, UNKNOWN)])
def test_native_libraries_say_what_stack_they_need(flags: int, outcome: Outcome, tmp_path: Path) -> None:
    finding = asked("processing.nx-stack", {**apk(), "lib/arm64-v8a/libshop.so": library(flags)}, tmp_path)
    assert finding.outcome is outcome, finding.why


def test_a_bundle_is_judged_as_the_apk_that_is_made_of_it(tmp_path: Path) -> None:
    text = manifest(EXPORTED, application='android:debuggable="true" android:networkSecurityConfig="@xml/rules"')
    members = {
        "base/manifest/AndroidManifest.xml": made.bundle_xml(text),
        "base/dex/classes.dex": code(fields={"PAYU_SALT": "eCwWELxi7uP3vK9d"}),
        "base/resources.pb": made.bundle_table(
            {("xml", "rules"): "res/xml/rules.xml", ("string", "u"): "http://10.0.3.17:8081/"}
        ),
        "base/res/xml/rules.xml": made.bundle_xml(
            '<network-security-config><base-config cleartextTrafficPermitted="true"/></network-security-config>'
        ),
    }
    for control_id in (
        "access.https-only",
        "processing.debug-off",
        "mobile.no-payment-salt",
        "mobile.no-server-to-server-calls",
        "mobile.android-permissions",
    ):
        assert asked(control_id, members, tmp_path).outcome is FAIL, control_id


def test_network_rules_are_found_by_their_root_where_names_lead_nowhere(tmp_path: Path) -> None:
    members = dict(apk(rules='<base-config cleartextTrafficPermitted="true"/>'))
    del members["resources.arsc"]
    finding = asked("access.https-only", members, tmp_path)
    assert (finding.outcome, finding.places) == (FAIL, ("res/a.xml:2",))


def test_a_manager_that_trusts_everybody_is_worse_than_no_pin(tmp_path: Path) -> None:
    members = apk(dex=code(interfaces=TRUST["interfaces"], checkServerTrusted=[("end",)]))
    assert asked("mobile.cert-pinning", members, tmp_path).severity is Severity.CRITICAL


def test_libraries_do_what_they_do(tmp_path: Path) -> None:
    maker = made.DexMaker().add(
        "com.squareup.x.Trusting", interfaces=TRUST["interfaces"], methods={"checkServerTrusted": [("end",)]}
    )
    assert asked("mobile.cert-pinning", apk(dex=maker.done()), tmp_path).outcome is ATTEST


def test_no_secret_is_told_whole(tmp_path: Path) -> None:
    key = "hT6vKp2Lq9Zx4Bn8"
    pair = call("java.util.Map", "put", "This is the super secret key 123", key)
    finding = asked("beyond.secret-scanning", apk(dex=code(*pair, ("end",), fields={"SECRET_KEY": key})), tmp_path)
    assert finding.outcome is FAIL
    assert key not in repr(finding)
    assert "super secret" not in repr(finding)


def test_a_manifest_that_cannot_be_read_is_no_pass(tmp_path: Path) -> None:
    members = {**apk(), "AndroidManifest.xml": b"\x03\x00\x08\x00nothing"}
    for control_id in ("mobile.android-permissions", "processing.debug-off", "access.https-only"):
        assert asked(control_id, members, tmp_path).outcome is UNKNOWN


def test_no_code_at_all_is_no_pass(tmp_path: Path) -> None:
    members = {name: each for name, each in apk().items() if name != "classes.dex"}
    for control_id in ("mobile.no-third-party-secrets", "auth.no-basic", "beyond.secret-scanning"):
        finding = asked(control_id, members, tmp_path)
        assert (finding.outcome, "no code" in finding.why) == (UNKNOWN, True)


def test_a_method_that_cannot_be_read_hides_no_other_and_is_no_pass(tmp_path: Path) -> None:
    maker = made.DexMaker().add(
        MAIN,
        methods={"a": [("text", 0, "odd"), ("end",)], "b": [("text", 0, "Basic c2hvcGFwcDpIdW50ZXIyLnhZ"), ("end",)]},
    )
    data = bytearray(maker.done())
    at = data.index(struct.pack("<4HII", 8, 0, 4, 0, 0, 3))
    data[at + 12 : at + 16] = struct.pack("<I", 0x0FFFFFFF)  # the first method's length
    members = apk(dex=bytes(data))
    assert asked("auth.no-basic", members, tmp_path).outcome is FAIL
    assert asked("beyond.secret-scanning", members, tmp_path).outcome in {FAIL, UNKNOWN}
    assert asked("oauth.code-flow-only", members, tmp_path).outcome is UNKNOWN
