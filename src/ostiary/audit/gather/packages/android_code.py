"""All Dalvik code of an app at once: what it names, which constants its own classes hold, and what these pass on."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.package import CodeCall, CodeClass, Text
from ostiary.parts.mobile.cutting import Budget, Malformed
from ostiary.parts.mobile.dalvik import Invoked, Reader
from ostiary.parts.mobile.dex import Class, Dex
from ostiary.parts.mobile.libraries import is_library

MOST_UNITS: Final = 15_000_000  # code units of an app's own classes: some 15 s at worst
MOST_CALLS: Final = 200_000
MOST_TEXTS: Final = 400_000
_MOST_BROKEN: Final = 3  # that are told
_KEPT: Final = (  # calls that are kept although no constant reaches them
    "android.webkit.", "android.content.SharedPreferences", "androidx.security.", "javax.net.", "javax.crypto.", "java.security.",
    "okhttp3.", "retrofit2.", "io.ktor.", "net.openid.", "io.jsonwebtoken.", "com.auth0.", "com.nimbusds.", "org.jose4j.",
    "java.net.", "org.apache.http.", "com.datatheorem.",
)  # fmt: skip
_ABOUT: Final = ("ncrypt", "ookie")  # likewise, by words in their names
_NAMES: Final = re.compile(
    r"(?:put|add|set|append|header|field|query|param|with|pair|to|of|plus)[A-Za-z]*"
)  # put("salt", "abc")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,60}")
_SAYS_NOTHING: Final = ("kotlin.jvm.internal.Intrinsics", "java.lang.StringBuilder", "android.util.Log")


class AndroidCode:
    """What the code of an app says.

    :param files: members and their bytes.
    :param app: the application's id.
    :param stop: whether the operator has had enough.
    """

    def __init__(self, files: Iterable[tuple[str, bytes]], app: str, stop: threading.Event) -> None:
        self.texts: list[Text] = []
        self.calls: list[CodeCall] = []
        self.classes: list[CodeClass] = []
        self.named: set[str] = set()
        self.words: set[str] = set()
        self.broken: list[str] = []
        self._app = app
        self._stop = stop
        self._budget = Budget(MOST_UNITS, "instructions")
        self.files = 0
        for path, data in files:
            self.files += 1
            try:
                self._read(path, Dex(data))
            except Malformed as error:
                self.broken.append(f"{path} {error}")

    def _read(self, path: str, dex: Dex) -> None:
        names = [".".join(dex.method(index)) for index in range(dex.methods)]
        self.named.update(names)
        self.words.update(dex.text(index) for index in range(dex.strings))
        kept = frozenset(index for index, name in enumerate(names) if _is_kept(name))
        reader = Reader(dex, self._budget, kept)
        for found in dex.classes():
            if self._stop.is_set():
                raise Unanswerable("interrupted")
            if is_library(found.name, self._app) or _is_generated(found.name):
                continue
            where = f"{path}:{found.name}"
            bodies = {dex.method(each.index)[1]: body for each in found.methods if (body := reader.trivial(each.code))}
            self.classes.append(
                CodeClass(name=found.name, where=where, parent=found.parent, interfaces=found.interfaces, bodies=bodies)
            )
            if len(self.texts) < MOST_TEXTS:
                self.texts += _constants(found, where)
                self.texts += dict.fromkeys(self._uses(dex, reader, found, where, names))

    def _uses(self, dex: Dex, reader: Reader, found: Class, where: str, names: list[str]) -> Iterator[Text]:
        for method in found.methods:
            inside = dex.method(method.index)[1]
            try:
                for use in reader.uses(method.code):
                    if not isinstance(use, Invoked):
                        yield Text(value=use.value, where=where, name=dex.field(use.field)[1])
                    elif use.method < len(names):
                        yield from self._call(names[use.method], use, where, inside)
            except Malformed as error:  # the other methods are read all the same
                if len(self.broken) < _MOST_BROKEN:
                    self.broken.append(f"{where}.{inside} {error}")
            for text in reader.taken():
                yield Text(value=text, where=where)

    def _call(self, name: str, use: Invoked, where: str, inside: str) -> Iterator[Text]:
        texts = [each for each in use.args if isinstance(each, str)]
        if name.startswith(_SAYS_NOTHING):
            return
        if len(self.calls) < MOST_CALLS:
            self.calls.append(CodeCall(name=name, args=use.args, where=where, method=inside))
        if len(texts) == 2 and _NAMES.fullmatch(name.rpartition(".")[2]) and _NAME.fullmatch(texts[0]):  # noqa: PLR2004 - name and value
            yield Text(value=texts[1], where=where, name=texts[0])


def _is_kept(name: str) -> bool:
    return name.startswith(_KEPT) or any(each in name for each in _ABOUT)


def _constants(found: Class, where: str) -> Iterator[Text]:
    return (
        Text(value=value, where=where, name=name) for name, value in found.constants.items() if isinstance(value, str)
    )


def _is_generated(name: str) -> bool:
    """Whether a class only lists numbers of resources."""
    last = name.rpartition(".")[2]
    return last == "R" or last.startswith("R$")
