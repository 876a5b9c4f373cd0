"""Calls that read XML, and the switches of their parsers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from ostiary.evidence.code import OPEN, Call, Code, Language, Spot, Value

_FACTORIES: Final = (
    *(
        "*DocumentBuilderFactory.newInstance",
        "*SAXParserFactory.newInstance",
        "*XMLInputFactory.newInstance",
        "*XMLInputFactory.newFactory",
    ),
    *(
        "*XMLInputFactory.newDefaultFactory",
        "*.SAXReader",
        "*.SAXBuilder",
        "SAXReader",
        "SAXBuilder",
        "*XMLReaderFactory.createXMLReader",
    ),
)
_PARSES: Final = (
    ".parse",
    ".read",
    ".build",
    ".createXMLStreamReader",
    ".createXMLEventReader",
    ".createFilteredReader",
    ".unmarshal",
)
_HARDENS: Final = re.compile(
    r"disallow-doctype-decl|external-general-entities|external-parameter-entities|load-external-dtd|ACCESS_EXTERNAL|accessExternal|SUPPORT_DTD|supportDTD|"
    r"IS_SUPPORTING_EXTERNAL|isSupportingExternal|FEATURE_SECURE_PROCESSING|secure-processing"
)
_EXTERNAL: Final = re.compile(r"external_[gp]es|external-(?:general|parameter)")
_JVM: Final = frozenset({Language.JAVA, Language.KOTLIN})


def opened_by_switch(code: Code) -> Iterator[Spot]:
    """Where a switch lets a parser resolve what lies outside of a document."""
    yield from _python(code)
    for call in code.calls("libxmljs*.parseXml", "libxmljs*.parseXmlString", "libxmljs*.parseXmlAsync"):
        if any(_is(call, name, True) for name in ("noent", "replaceEntities", "dtdload")):
            yield call
    yield from _php_and_ruby(code)
    yield from (each for each in code.assignments(".shouldResolveExternalEntities") if each.value.literal is True)


def _is(call: Call, name: str, wanted: object) -> bool:
    return name in call.keywords and call.keywords[name].literal is wanted


def _python(code: Code) -> Iterator[Call]:
    wrong = {"resolve_entities": True, "no_network": False, "load_dtd": True, "dtd_validation": True}
    for call in code.calls(
        *(f"lxml.etree.{each}" for each in ("XMLParser", "iterparse", "ETCompatXMLParser", "XMLPullParser"))
    ):
        if any(_is(call, name, bad) for name, bad in wrong.items()):
            yield call
    for call in code.calls(".setFeature", languages={Language.PYTHON}):
        feature = f"{call.args[0].text} {call.args[0].literal}" if len(call.args) > 1 else ""
        if _EXTERNAL.search(feature) and call.args[1].literal is not OPEN and call.args[1].literal:
            yield call
    yield from (each for each in code.calls("xmltodict.parse") if _is(each, "disable_entities", False))


def _php_and_ruby(code: Code) -> Iterator[Call]:
    for call in code.calls(
        "simplexml_load_string",
        "simplexml_load_file",
        ".loadXML",
        ".load",
        ".open",
        ".XML",
        "SimpleXMLElement",
        languages={Language.PHP},
    ):
        if any(re.search(r"LIBXML_NOENT|LIBXML_DTDLOAD", each.text) for each in call.args[1:]):
            yield call
    for call in code.calls("libxml_disable_entity_loader"):
        if call.args and call.args[0].literal is False:
            yield call
    for call in code.calls("Nokogiri.XML*", "*Nokogiri*.parse", ".noent", ".dtdload", languages={Language.RUBY}):
        if call.method in {"noent", "dtdload"} or any(
            "NOENT" in each.text or "DTDLOAD" in each.text for each in call.args[1:]
        ):
            yield call


def soft_factories(code: Code) -> Iterator[tuple[Call, Value]]:
    """Parsers of the JVM that nothing hardens, with what one of them reads."""
    made: dict[str, list[Call]] = defaultdict(list)
    for call in code.calls(*_FACTORIES, languages=_JVM):
        made[call.path].append(call)
    for path, calls in made.items():
        hard = [each for each in _settings(code, path) if _hardens(each)]
        if hard:
            continue
        read = [each for each in code.calls(*_PARSES, languages=_JVM) if each.path == path and each.args]
        for call in calls:
            given = next((each for each in read if each.function is call.function), None) or next(iter(read), None)
            if given is not None:
                yield call, given.args[0]


def _settings(code: Code, path: str) -> Sequence[Call]:
    return [
        each for each in code.calls(".setFeature", ".setProperty", ".setAttribute", languages=_JVM) if each.path == path
    ]


def _hardens(call: Call) -> bool:
    return any(_HARDENS.search(f"{each.text} {each.literal}") for each in call.args[:1])


def sound_readers(code: Code) -> Iterator[Spot]:
    """Where XML is read by what resolves nothing outside."""
    yield from code.calls(
        "defusedxml.*", "xml.etree.ElementTree.fromstring", "xml.etree.ElementTree.parse", "xml.dom.minidom.parseString"
    )
    yield from code.calls(
        "encoding/xml.Unmarshal",
        "encoding/xml.NewDecoder",
        "xml2js.parseString*",
        "xml2js.Parser*",
        "fast-xml-parser.XMLParser",
    )
    yield from code.calls(
        "libxmljs*.parseXml*",
        "simplexml_load_string",
        "Nokogiri.XML*",
        "lxml.etree.XMLParser",
        "lxml.etree.fromstring",
        "lxml.etree.parse",
    )
    for path in {each.path for each in code.calls(*_FACTORIES, languages=_JVM)}:
        yield from (each for each in _settings(code, path) if _hardens(each))
