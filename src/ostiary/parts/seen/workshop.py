"""Operations that are there for those who build an API, by the words of their paths: debugging, inner workings, tests."""

from __future__ import annotations

import re
from typing import Final

from ostiary.model import Operation

_DEBUGGING: Final = frozenset({
    "debug", "debugger", "actuator", "phpinfo", "heapdump", "threaddump", "pprof", "configprops", "stacktrace", "debugbar",
    "dumpenv", "printenv", "traceback",
})  # fmt: skip
_INNER: Final = frozenset({"internal", "internals", "test", "testing", "sandboxtest", "dev", "devtools", "playground"})
_WORD: Final = re.compile(r"[a-z0-9]+")


def debugging(operation: Operation) -> bool:
    """Whether a path says that it is for debugging."""
    return bool(_segments(operation) & _DEBUGGING)


def inner(operation: Operation) -> bool:
    """Whether a path, or the document's own mark (``x-internal``), says that it is not for clients."""
    return operation.extensions.get("x-internal") is True or bool(_segments(operation) & _INNER)


def _segments(operation: Operation) -> set[str]:
    """Literal segments of a path, each as one word: ``_debug`` is, ``debugging-guide`` is not."""
    literal = [each for each in operation.path.lower().split("/") if "{" not in each]
    return {"".join(_WORD.findall(each)) for each in literal}
