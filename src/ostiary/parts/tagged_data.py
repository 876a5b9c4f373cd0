"""Data that tells its reader what to build, or whose names reach the reader's own objects, is no data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from ostiary.parts.schema import searcher
from ostiary.parts.shapes import split_name

# What some member or text must begin with, or an escape that could spell a letter of it; a slash may be escaped as well.
_suspect: Final = searcher(
    r'__proto__|constructor|"py\\?/|\$type|"@type|"@class|rO0AB|"gA[JNSW]|AAEAAAD\\?/|\\u00[2-7]'
)
_PROTOTYPE: Final = "__proto__"
_PICKLED: Final = re.compile(r"py/(?:object|reduce|function|type|repr|state|newargs|initargs|module|class|method|id)")
_TYPE_TAGS: Final = frozenset({"$type", "@type", "@class"})
_DATA_NAMES: Final = frozenset(
    {"$ref", "$schema", "$id", "$type", "$comment", "$defs"}
)  # of JSON Schema and serialisers
# What type tags of Json.NET, Jackson and Fastjson name in attacks: classes of the platform and of libraries, never the
# application's own. `schema.org` types, `type.googleapis.com/...` and com.example.Item are none of these.
_GADGETS: Final = re.compile(
    r"\s*(?:L|\[+L?)?(?:"
    r"System\.(?:Windows|Diagnostics|Management|Configuration|Reflection|Security|IO|Web|Data|Activities|Workflow|Xaml|Xml|Runtime|Resources|AppDomain)\b"
    r"|Microsoft\.(?:VisualStudio|Exchange|PowerShell|Win32)\."
    r"|java\.(?:lang\.(?:Class|Runtime|ProcessBuilder|AutoCloseable|Thread|ClassLoader)|net\.|rmi\.|io\.|util\.logging\.|security\.)"
    r"|javax\.(?:swing|script|naming|management|imageio|media|print)\."
    r"|(?:com\.sun|sun|jdk|jdk\.internal|org\.springframework\.(?:beans|aop|context|jndi|transaction)|ch\.qos\.logback"
    r"|org\.apache\.(?:xbean|commons\.(?:collections\d?|beanutils|configuration\d?|dbcp\d?|jelly|proxy)|tomcat|ibatis|xalan|openjpa|shiro|hadoop|axis2|cocoon|aries)"
    r"|org\.(?:hibernate|codehaus\.groovy|python|mozilla\.javascript|jboss|h2|postgresql\.ds|eclipse\.jetty)"
    r"|com\.(?:mchange|zaxxer|caucho|newrelic|p6spy|mysql\.cj\.jdbc|alibaba\.druid|ibatis)|bsh|groovy|clojure|freemarker|oracle\.jdbc|weblogic|net\.sf\.ehcache|br\.com\.anteros)\."
    r")"
)
# Serialised objects in base64: Java; Python's protocols 2 and 3 that name a class first, 4 and 5 with their frame; .NET.
_SERIALISED: Final = re.compile(
    r"(?:rO0AB[A-Za-z0-9+/]{12}|gA[JN]j[A-Za-z0-9+/]{12}|gA[SW]V[A-Za-z0-9+/]{2,4}AAAAAA|AAEAAAD/////[A-Za-z0-9+/]{8})"
    r"[A-Za-z0-9+/\r\n]*={0,2}"
)


def may_hold_any(body: bytes) -> bool:
    """The fast question about a JSON text: whether `tags_in` has to look at its document."""
    return _suspect(body.decode("latin-1"))


def tags_in(document: Any) -> str:
    """Why a document is more than data, a clause; empty when it is not."""
    for holder, name, value in _members(document):
        if holder:
            if name == _PROTOTYPE or (name == "constructor" and isinstance(value, dict) and "prototype" in value):
                return "a member's name reaches the prototype of objects"
            if _PICKLED.fullmatch(name):
                return "a member tells its reader what to build"
            if name in _TYPE_TAGS and isinstance(value, str) and _GADGETS.match(value):
                return "a member names a class of the platform to build"
        if isinstance(value, str) and _is_serialised(value):
            return "a text is a serialised object"
    return ""


def _is_serialised(text: str) -> bool:
    return text.startswith(("rO0AB", "gA", "AAEAAAD/")) and _SERIALISED.fullmatch(text) is not None


def _members(document: Any) -> Iterator[tuple[bool, str, Any]]:
    """Every value of a document, with whether it is a member of an object, and its name."""
    stack: list[tuple[bool, str, Any]] = [(False, "", document)]
    while stack:
        found = stack.pop()
        yield found
        value = found[2]
        if isinstance(value, dict):
            stack += [(True, str(name), each) for name, each in value.items()]
        elif isinstance(value, list):
            stack += [(False, "", each) for each in value if isinstance(each, (dict, list, str))]


def reaches_prototype(names: list[str]) -> bool:
    """Whether a name of a query or form, read as nested (``a[__proto__][b]``, ``a.__proto__.b``), reaches a prototype."""
    return any(
        _PROTOTYPE in tokens or ("constructor" in tokens and "prototype" in tokens)
        for name in names
        if "proto" in name
        for tokens in (split_name(name), tuple(name.replace("[", ".").replace("]", "").split(".")))
    )


def operators_in(document: Any) -> bool:
    """Whether a document holds query operators (``{"$ne": null}``) where plain values are expected."""
    return any(name.startswith("$") and name not in _DATA_NAMES for holder, name, _ in _members(document) if holder)


def operator_names(names: list[str]) -> bool:
    """The same of names of a query or form: ``password[$ne]``."""
    return any("[$" in name for name in names)
