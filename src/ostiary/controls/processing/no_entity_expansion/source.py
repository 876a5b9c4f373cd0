"""Readers in code whose input can grow: entities, anchors and compressed data out of a request have a limit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Code, Language, Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding, Severity
from ostiary.parts.code.judging import Fault, judged

_PYTHON_XML: Final = (
    *(
        "xml.etree.ElementTree.fromstring",
        "xml.etree.ElementTree.XML",
        "xml.etree.ElementTree.parse",
        "xml.etree.ElementTree.iterparse",
    ),
    *(
        "xml.dom.minidom.parseString",
        "xml.dom.minidom.parse",
        "xml.dom.pulldom.parseString",
        "xml.sax.parseString",
        "xml.etree.cElementTree.fromstring",
    ),
)
_YAML: Final = (
    *(
        "yaml.safe_load",
        "yaml.safe_load_all",
        "yaml.load",
        "yaml.load_all",
        "yaml.full_load",
        "yaml.unsafe_load",
        "js-yaml.load",
        "js-yaml.safeLoad",
    ),
    *("js-yaml.loadAll", "yaml_parse", "YAML.load", "YAML.unsafe_load"),
)
_UNPACKS: Final = (
    *(
        "gzip.decompress",
        "zlib.decompress",
        "bz2.decompress",
        "lzma.decompress",
        "brotli.decompress",
        "zlib.gunzipSync",
        "zlib.inflateSync",
    ),
    *(
        "zlib.unzipSync",
        "zlib.brotliDecompressSync",
        "zlib.gunzip",
        "zlib.inflate",
        "zlib.unzip",
        "gzuncompress",
        "gzdecode",
        "gzinflate",
    ),
)
_LIMITS: Final = re.compile(r"^(?:maxOutputLength|max_length|max_size|maxLength)$")
_BOUNDED: Final = (
    *(
        "defusedxml.*",
        "encoding/xml.Unmarshal",
        "encoding/xml.NewDecoder",
        "gopkg.in/yaml*.Unmarshal",
        "yaml.parse",
        "YAML.safe_load",
        "fast-xml-parser.XMLParser",
    ),
    *("*.Yaml.load", "lxml.etree.fromstring", "lxml.etree.parse", "xml2js.parseString*"),
)


async def audit_source(tree: Tree) -> Finding:
    """Look for limits that are switched off, and for readers without any on request data."""
    faults = [Fault(each, "a parser's limits are switched off") for each in _unlimited(tree.code)]
    for names, what in ((_PYTHON_XML, "entities of a document"), (_YAML, "anchors of YAML")):
        faults += [
            Fault(call, f"{what} out of a request are expanded", Confidence.CERTAIN, Severity.MEDIUM)
            for call in tree.code.calls(*names)
            if call.args and call.args[0].tainted
        ]
    for call in tree.code.calls(*_UNPACKS):
        limited = any(_LIMITS.match(each) for each in call.keywords) or _is_limited(call)
        if call.args and call.args[0].tainted and not limited:
            faults.append(Fault(call, "a request is unpacked to whatever size it has", Confidence.CERTAIN))
    return judged(
        tree,
        faults,
        sound=_sound(tree.code),
        holds="a reader that bounds or refuses expansion",
        nothing="reader of XML, YAML or compressed data with a request in it",
        proof="A few hundred bytes then become as much memory as their sender wants.",
    )


def _is_limited(call: Call) -> bool:
    return call.language in {Language.PYTHON, Language.PHP} and len(call.args) > 1 and call.name.startswith("gz")


def _unlimited(code: Code) -> Iterator[Spot]:
    for call in code.calls("lxml.etree.*", "libxmljs*.parse*"):
        if any(name in call.keywords and call.keywords[name].literal is True for name in ("huge_tree", "huge")):
            yield call
    for call in code.calls(
        "simplexml_load_string", "simplexml_load_file", ".loadXML", ".load", ".XML", languages={Language.PHP}
    ):
        if any("LIBXML_PARSEHUGE" in each.text for each in call.args[1:]):
            yield call
    for call in code.calls("Nokogiri.XML*", "*Nokogiri*.parse", languages={Language.RUBY}):
        if any("HUGE" in each.text for each in call.args[1:]):
            yield call
    for call in code.calls(".setProperty", ".setAttribute", languages={Language.JAVA, Language.KOTLIN}):
        if (
            len(call.args) > 1
            and "entityExpansionLimit" in f"{call.args[0].text}{call.args[0].literal}"
            and str(call.args[1].literal) == "0"
        ):
            yield call


def _sound(code: Code) -> list[Spot]:
    return [each for each in code.calls(*_BOUNDED) if each.args or each.name.endswith("XMLParser")]
