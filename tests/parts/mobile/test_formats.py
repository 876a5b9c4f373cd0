from __future__ import annotations

import struct

import pytest

import mobile_bytes as made
from ostiary.parts.mobile import arsc, axml, bundle, dex, macho, markup, plists
from ostiary.parts.mobile.cutting import Budget, Malformed
from ostiary.parts.mobile.dalvik import Invoked, Reader, Stored

A = f'xmlns:android="{made.ANDROID}"'
MANIFEST = f'<manifest {A} package="com.example"><application android:debuggable="true" android:label="@0x7f010000" android:minSdkVersion="21"/></manifest>'
RULES = (
    "<network-security-config><domain-config><domain>api.example.com</domain></domain-config></network-security-config>"
)


def parts(root: markup.Element) -> list[tuple[str, dict[str, str], str]]:
    return [(each.tag, dict(each.attributes), each.text) for each in root.walk()]


@pytest.mark.parametrize("wide", [False, True])
def test_binary_xml_is_read_as_the_text_that_it_was(*, wide: bool) -> None:
    root = axml.read(made.axml(MANIFEST, wide=wide))
    assert parts(root) == [
        ("manifest", {"package": "com.example"}, ""),
        (
            "application",
            {"android:debuggable": "true", "android:label": "@0x7f010000", "android:minSdkVersion": "21"},
            "",
        ),
    ]
    assert [each.line for each in root.walk()] == [1, 2]


def test_binary_xml_without_numbers_of_attributes_is_read_by_names() -> None:
    assert parts(axml.read(made.axml(RULES)))[2] == ("domain", {}, "api.example.com")
    assert axml.read(made.axml(MANIFEST, numbered=False)).children[0].get("android:debuggable") == "true"


def test_a_number_says_what_an_attribute_is_whatever_its_name_says() -> None:
    """Android looks attributes up by number, so a name that lies changes nothing."""
    data = made.axml(MANIFEST).replace(b"debuggable\0", b"decorative\0")
    assert axml.read(data).children[0].get("android:debuggable") == "true"


def test_three_forms_of_xml_are_one() -> None:
    text = markup.parse(MANIFEST.encode())
    assert parts(text) == parts(axml.read(made.axml(MANIFEST))) == parts(bundle.read_xml(made.bundle_xml(MANIFEST)))
    assert parts(markup.parse(RULES.encode())) == parts(bundle.read_xml(made.bundle_xml(RULES)))


@pytest.mark.parametrize(
    "text",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>" * 300,
        b"<a><b></a>",
        b"",
        b"<a/><b/>",
    ],
)
def test_xml_of_a_source_tree_with_entities_or_without_end_is_refused(text: bytes) -> None:
    with pytest.raises(Malformed):
        markup.parse(text)


def test_a_resource_table_gives_values_by_name_and_follows_references() -> None:
    found = arsc.read(
        made.arsc(
            {
                ("string", "url"): "https://api.example.com",
                ("bool", "on"): "true",
                ("string", "same"): "@0x7f010000",
                ("array", "all"): ["a", "b"],
            }
        )
    )
    assert {(each.type, each.name): each.values for each in found} == {
        ("string", "url"): ("https://api.example.com",),
        ("bool", "on"): ("true",),
        ("string", "same"): ("@0x7f010000",),
        ("array", "all"): ("a", "b"),
    }
    assert found.meant("@0x7f010001") == "https://api.example.com"  # by way of the first
    assert found.meant("@string/url") == "https://api.example.com"
    assert found.meant("@0x7f990000") == "@0x7f990000"
    assert found.meant("plain") == "plain"


def test_references_in_a_circle_end() -> None:
    found = arsc.read(made.arsc({("string", "a"): "@0x7f010001", ("string", "b"): "@0x7f010000"}))
    assert found.meant("@string/a").startswith("@")


def test_a_bundle_s_table_is_read_as_an_apk_s() -> None:
    values = {
        ("string", "url"): "https://api.example.com",
        ("bool", "on"): "true",
        ("xml", "rules"): "res/xml/rules.xml",
    }
    found = bundle.read_resources(made.bundle_table(values))
    assert {(each.type, each.name): each.values[0] for each in found} == values


def program() -> made.DexMaker:
    return made.DexMaker().add(
        "com.example.Pay",
        interfaces=["com.example.Able"],
        statics={"SALT": "n4Qk7Zt1Vb9Xw3Rm", "NOTHING": None, "ON": True},
        methods={
            "sign": [("text", 0, "salt"), ("text", 1, "abc"), ("call", "java.util.Map", "put", 2, 0, 1), ("end",)],
            "pass": [
                ("text", 0, "abc"),
                ("call", "java.lang.String", "getBytes", 0),
                ("result", 1),
                ("call", "com.example.Key", "make", 1),
                ("end",),
            ],
            "over": [("text", 0, "abc"), ("small", 0, 3), ("call", "com.example.Key", "make", 0), ("end",)],
            "keep": [("text", 0, "abc"), ("store", 0, "com.example.Pay", "kept"), ("end",)],
            "empty": [("end",)],
            "yes": [("small", 0, 1), ("return", 0)],
            "no": [("small", 0, 0), ("return", 0)],
        },
    )


def test_classes_come_with_their_constants() -> None:
    (found,) = dex.Dex(program().done()).classes()
    assert (found.name, found.interfaces) == ("com.example.Pay", ("com.example.Able",))
    assert found.constants == {"SALT": "n4Qk7Zt1Vb9Xw3Rm", "NOTHING": None, "ON": True}


def uses(name: str) -> list[tuple[str, object]]:
    read = dex.Dex(program().done())
    (found,) = read.classes()
    method = next(each for each in found.methods if read.method(each.index)[1] == name)
    told: list[tuple[str, object]] = []
    for use in Reader(read, Budget(1_000, "instructions")).uses(method.code):
        if isinstance(use, Invoked):
            told.append((".".join(read.method(use.method)), use.args))
        elif isinstance(use, Stored):
            told.append((".".join(read.field(use.field)), use.value))
    return told


def test_constants_are_followed_to_calls_and_fields() -> None:
    assert uses("sign") == [("java.util.Map.put", (None, "salt", "abc"))]
    assert uses("pass")[1] == ("com.example.Key.make", ("abc",))
    assert uses("keep") == [("com.example.Pay.kept", "abc")]


def test_a_register_that_is_written_again_holds_what_was_written_last() -> None:
    assert uses("over") == [("com.example.Key.make", (3,))]


def test_bodies_that_do_nothing_are_known() -> None:
    read = dex.Dex(program().done())
    (found,) = read.classes()
    reader = Reader(read, Budget(1_000, "instructions"))
    assert {read.method(each.index)[1]: reader.trivial(each.code) for each in found.methods} == {
        "sign": "", "pass": "", "over": "", "keep": "", "empty": "nothing", "yes": "true", "no": "false",
    }  # fmt: skip


def test_code_beyond_the_budget_is_refused() -> None:
    read = dex.Dex(program().done())
    (found,) = read.classes()
    with pytest.raises(Malformed, match="too many"):
        list(Reader(read, Budget(2, "instructions")).uses(found.methods[0].code))


def test_texts_that_java_writes_its_own_way_are_read() -> None:
    """A null takes two bytes there, and a face two surrogates of three bytes each."""
    data = program().add("x", statics={"NIL": "Q~Q", "FACE": "SMILE!"}).done()
    read = dex.Dex(data.replace(b"Q~Q", b"\xc0\x80Q").replace(b"SMILE!", b"\xed\xa0\xbd\xed\xb8\x80"))
    assert [*read.classes()][1].constants == {"NIL": "\0Q", "FACE": "\U0001f600"}


def test_a_program_for_phones_tells_imports_texts_and_protection() -> None:
    (found,) = macho.read(
        made.macho(imports=["_SecItemAdd", "_OBJC_CLASS_$_NSUserDefaults"], texts=["auth_token", "x"])
    )
    assert found.imports == {"_SecItemAdd", "_OBJC_CLASS_$_NSUserDefaults"}
    assert found.classes == {"NSUserDefaults"}
    assert list(found.texts()) == ["auth_token"]
    assert (found.cpu, found.pie, found.stack_may_run, found.encrypted) == ("arm64", True, False, False)


def test_flags_and_encryption_are_told() -> None:
    (found,) = macho.read(made.macho(flags=0x20085, encrypted=True))
    assert (found.pie, found.stack_may_run, found.encrypted) == (False, True, True)
    assert macho.read(made.macho(flags=0x85, library=True))[0].pie  # a library moves in any case


def test_every_slice_is_read() -> None:
    found = macho.read(made.fat(made.macho(texts=["one!"]), made.macho(texts=["two!"])))
    assert [list(each.texts()) for each in found] == [["one!"], ["two!"]]


def test_a_class_of_java_is_no_program_for_phones() -> None:
    assert not macho.is_macho(b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + bytes(20))


def test_shared_parts_of_a_property_list_are_walked_a_bounded_number_of_times() -> None:
    """Ten lists of ten of the same list, ten deep: as few bytes as that can stand for ten thousand million texts."""
    objects = [bytes([0xA0 | 10]) + bytes([n + 1] * 10) for n in range(10)] + [b"\x53abc"]
    offsets, at = [], 8
    for each in objects:
        offsets.append(at)
        at += len(each)
    data = (
        b"bplist00" + b"".join(objects) + bytes(offsets) + bytes(6) + struct.pack(">BBQQQ", 1, 1, len(objects), 0, at)
    )
    assert plists.is_plist(data)
    assert sum(1 for _ in plists.texts(plists.read(data))) <= plists.MOST_VALUES


@pytest.mark.parametrize(
    "data",
    [
        b"bplist00",
        b"<plist><dict><key>a</key></plist>",
        b"x",
        b'<!DOCTYPE p [<!ENTITY a "b">]><plist><string>&a;</string></plist>',
    ],
)
def test_a_property_list_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        plists.read(data)


def test_names_that_lead_to_a_text_are_told() -> None:
    assert list(plists.texts({"a": {"b": ["c", {"d": "e"}]}})) == [("a.b", "c"), ("a.b.d", "e")]
