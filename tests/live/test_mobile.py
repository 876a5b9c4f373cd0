"""Mobile packages built by other people's tools, read as other people's readers read them."""

from __future__ import annotations

import asyncio
import json
import os
import plistlib
import shutil
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

import mobile_bytes as made
from live.real_servers import python_of
from ostiary import catalogue
from ostiary.audit.answering import answered
from ostiary.audit.gather.packages import AndroidPackage, ApplePackage, package
from ostiary.audit.recognise import recognise
from ostiary.model import Kind, Outcome
from ostiary.parts.mobile import axml, dex, macho

pytestmark = pytest.mark.live
SAMPLES = Path(__file__).parents[1] / "mobile_samples"
ORACLES = python_of("oracles")
SECONDS = 240.0

MANIFEST = """
import json, sys, zipfile
from androguard.core.axml import AXMLPrinter
from androguard.core.dex import DEX
from loguru import logger
logger.remove()
told = zipfile.ZipFile(sys.argv[1])
root = AXMLPrinter(told.read("AndroidManifest.xml")).get_xml_obj()
elements = [[each.tag, sorted(each.attrib.items())] for each in root.iter()]
read = DEX(told.read("classes.dex"))
constants = {}
for found in read.get_classes():
    values = found.get_static_values() if hasattr(found, "get_static_values") else []
    for field in found.get_fields():
        if field.get_init_value() is not None:
            constants[found.get_name()[1:-1].replace("/", ".") + "." + field.get_name()] = field.get_init_value().get_value()
print(json.dumps({"elements": elements, "strings": sorted(map(str, read.get_strings())), "constants": constants}))
"""
IMPORTS = """
import json, lief, sys
fat = lief.MachO.parse(sys.argv[1])  # named, so that it outlives what is read of it
print(json.dumps([{"imports": sorted({each.name for each in one.imported_symbols}), "pie": one.is_pie, "nx": one.has_nx} for one in fat]))
"""


def oracle(script: str, path: Path) -> object:
    if ORACLES is None:
        pytest.skip("no oracles: run `make live`")
    done = subprocess.run(
        [ORACLES, "-c", script, str(path)], capture_output=True, check=True, timeout=SECONDS, text=True
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def apks(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    if shutil.which("apktool") is None:
        pytest.skip("no apktool: apt-get install apktool aapt")
    folder = tmp_path_factory.mktemp("apks")
    built = {}
    for name in ("bad", "good"):
        source = folder / name
        shutil.copytree(SAMPLES / f"{name}_app", source)
        built[name] = folder / f"{name}.apk"
        command = ["apktool", "b", "--frame-path", str(folder / "framework"), "-o", str(built[name]), str(source)]
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, text=True, check=False)
        assert built[name].exists(), done.stdout + done.stderr
    return built


def opened(path: Path) -> AndroidPackage | ApplePackage:
    return package(recognise(str(path)), stop=threading.Event())


def said(path: Path) -> dict[str, Outcome]:
    found = opened(path)
    halves = [each for each in catalogue.ids() if Kind.MOBILE in catalogue.control(each).audits]
    return {each: asyncio.run(answered(catalogue.control(each).audits[Kind.MOBILE], found)).outcome for each in halves}


FAULTS = {
    "access.https-only", "access.tls-floor", "auth.encrypt-sensitive-data", "auth.no-basic", "beyond.secret-scanning",
    "input.credentials-in-header", "jwt.strong-secret", "mobile.android-permissions", "mobile.cert-pinning", "mobile.no-payment-salt",
    "mobile.no-server-to-server-calls", "mobile.no-third-party-secrets", "oauth.code-flow-only", "oauth.redirect-uri-exact",
    "processing.debug-off",
}  # fmt: skip


def test_a_careless_app_fails_where_it_was_made_careless(apks: Mapping[str, Path]) -> None:
    assert {each for each, outcome in said(apks["bad"]).items() if outcome is Outcome.FAIL} == FAULTS


def test_a_careful_app_fails_nowhere(apks: Mapping[str, Path]) -> None:
    outcomes = said(apks["good"])
    assert {each for each, outcome in outcomes.items() if outcome is Outcome.FAIL} == set()
    assert {each for each in FAULTS if outcomes[each] is Outcome.PASS} == FAULTS - {
        "jwt.strong-secret",  # it signs nothing
        "mobile.no-payment-salt",  # it takes no money
        "mobile.no-server-to-server-calls",  # which operations are for servers, only its makers know
    }


@pytest.mark.parametrize("name", ["bad", "good"])
def test_manifests_are_read_as_androguard_reads_them(apks: Mapping[str, Path], name: str) -> None:
    told = oracle(MANIFEST, apks[name])
    assert isinstance(told, dict)
    read = axml.read(opened(apks[name]).member("AndroidManifest.xml"))
    assert [
        [each.tag, sorted((_known(key), _plain(value)) for key, value in each.attributes.items())]
        for each in read.walk()
    ] == [
        [tag, sorted((_known(key), _plain(value)) for key, value in attributes)] for tag, attributes in told["elements"]
    ]


@pytest.mark.parametrize("name", ["bad", "good"])
def test_constants_and_texts_are_read_as_androguard_reads_them(apks: Mapping[str, Path], name: str) -> None:
    told = oracle(MANIFEST, apks[name])
    assert isinstance(told, dict)
    read = dex.Dex(opened(apks[name]).member("classes.dex"))
    assert sorted(read.text(index) for index in range(read.strings)) == told["strings"]
    constants = {f"{each.name}.{field}": value for each in read.classes() for field, value in each.constants.items()}
    assert {key: value for key, value in constants.items() if value is not None} == told["constants"]


def _known(name: str) -> str:
    return name.replace(f"{{{made.ANDROID}}}", "android:")


def _plain(value: str) -> str:
    """Values as both write them; a reference is ``@7F010000`` there."""
    if value.startswith("@"):
        return "@" + value.removeprefix("@0x").removeprefix("@").lower()
    return str(int(value, 16)) if value.lower().startswith("0x") else value


HEAD = """
__attribute__((objc_root_class)) @interface NSObject @end
@interface NSString : NSObject @end
@interface NSUserDefaults : NSObject + (NSUserDefaults *)standardUserDefaults; - (void)setObject:(id)o forKey:(NSString *)k; @end
extern int SecItemAdd(const void *, void *);
"""
BAD = HEAD + 'int main(void) { [[NSUserDefaults standardUserDefaults] setObject:@"x" forKey:@"auth_token"]; return 0; }'
GOOD = (
    HEAD
    + 'int main(void) { [[NSUserDefaults standardUserDefaults] setObject:@"x" forKey:@"dark_mode"]; return SecItemAdd(@"access_token", 0); }'
)


@pytest.fixture(scope="module")
def ipas(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    if ORACLES is None:
        pytest.skip("no oracles: run `make live`")
    folder = tmp_path_factory.mktemp("ipas")
    built = {}
    for name, code in (("bad", BAD), ("good", GOOD)):
        source, program = folder / f"{name}.m", folder / name
        source.write_text(code)
        command = [
            str(ORACLES),
            "-m",
            "ziglang",
            "cc",
            "-target",
            "aarch64-macos",
            "-Wl,-undefined,dynamic_lookup",
            "-x",
            "objective-c",
        ]
        done = subprocess.run(
            [*command, str(source), "-o", str(program)],
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env=_cache(folder),
        )
        assert program.exists(), done.stderr.decode()
        info = {"CFBundleIdentifier": "com.example.shop", "CFBundleExecutable": "Shop"}
        if name == "bad":
            info["NSAppTransportSecurity"] = {"NSAllowsArbitraryLoads": True}  # type: ignore[assignment]
        members = {"Payload/Shop.app/Info.plist": plistlib.dumps(info), "Payload/Shop.app/Shop": program.read_bytes()}
        built[name] = made.zipped(folder / f"{name}.ipa", members)
    return built


def _cache(folder: Path) -> dict[str, str]:
    """Zig keeps what it built of its own libraries; once for all runs where the home allows it."""
    return (
        dict(os.environ)
        if os.access(Path.home(), os.W_OK)
        else {**os.environ, "ZIG_GLOBAL_CACHE_DIR": str(folder / "zig")}
    )


def test_a_token_in_user_defaults_is_told_from_one_in_the_keychain(ipas: Mapping[str, Path]) -> None:
    bad, good = said(ipas["bad"]), said(ipas["good"])
    assert {each for each, outcome in bad.items() if outcome is Outcome.FAIL} == {
        "mobile.ios-keychain",
        "access.https-only",
    }
    assert {each for each, outcome in good.items() if outcome is Outcome.FAIL} == set()
    assert good["mobile.ios-keychain"] is Outcome.ATTEST  # it stores; what, only its makers know


@pytest.mark.parametrize("name", ["bad", "good"])
def test_programs_are_read_as_lief_reads_them(ipas: Mapping[str, Path], tmp_path: Path, name: str) -> None:
    program = tmp_path / "program"
    program.write_bytes(opened(ipas[name]).member("Payload/Shop.app/Shop"))
    mine = [
        {"imports": sorted(each.imports), "pie": each.pie, "nx": not each.stack_may_run}
        for each in macho.read(program.read_bytes())
    ]
    assert mine == oracle(IMPORTS, program)
