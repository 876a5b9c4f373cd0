"""Code that puts the name of an uploaded file, or a path of a request, into a path of its own as it came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.judging import Fault, judged

_OPENS: Final = (
    "open", "io.open", "builtins.open", "aiofiles.open", "pathlib.Path().open", "pathlib.Path().write_bytes", "pathlib.Path().read_text",
    "pathlib.Path().read_bytes", "os.remove", "os.unlink", "shutil.copyfileobj", "shutil.move", "shutil.copy", ".save",
    "flask.send_file", "starlette.responses.FileResponse", "fastapi.responses.FileResponse", "django.http.FileResponse", "send_file",
    "fs.readFile", "fs.readFileSync", "fs.writeFile", "fs.writeFileSync", "fs.createReadStream", "fs.createWriteStream", "fs.unlink",
    "fs.unlinkSync", "fs.promises.readFile", "fs.promises.writeFile", "fs/promises.readFile", "fs/promises.writeFile", ".sendFile",
    "*File", "*FileInputStream", "*FileOutputStream", "*FileReader", "*FileWriter", "*Paths.get", "*Path.of", "os.Open", "os.Create",
    "os.ReadFile", "os.WriteFile", "net/http.ServeFile", "file_get_contents", "file_put_contents", "fopen", "readfile", "unlink",
    "move_uploaded_file", "include", "require", "include_once", "require_once", "File.open", "File.read", "File.write", "IO.read",
)  # fmt: skip
_NAMED: Final = re.compile(
    r"(?i)\.filename\b|\.originalname\b|originalfilename|submittedfilename|\.file\.name\b|\['name'\]|\[\"name\"\]|\.original_filename|"
    r"\.Filename\b|files\[[^\]]+\]\.name|upload\w*\.name\b|file_?name\b"
)
_MADE_SAFE: Final = re.compile(
    r"(?i)secure_?filename|basename|uuid|token|sanitize|slug|safe_join|safe|getName\(\)|\.name\b(?=.*Path)|filepath\.Base|hash|"
    r"send_from_directory|path\.parse|randomUUID|root:|relative_to|commonp"
)
UPLOADED: Final = "the name that an upload brings becomes part of a path"
ASKED: Final = "a request says which file is opened"


async def audit_source(tree: Tree) -> Finding:
    """Follow names of uploads and request data into what opens files."""
    faults, sound = [], list[Spot]()
    for call in tree.code.calls(*_OPENS):
        value = next((each for each in _paths(call) if each.tainted), None)
        if value is None:
            continue
        if _is_safe(tree, call, value):
            sound.append(call)
        elif _from_outside(call, value):
            named = any(_NAMED.search(text) for text in _texts(value, call))
            faults.append(Fault(call, UPLOADED if named else ASKED, Confidence.CERTAIN))
    return judged(
        tree,
        faults,
        sound=sound,
        holds="a name from outside is replaced or cleaned before it becomes a path",
        nothing="file that is opened by a name from a request",
        proof="A name with ../ in it, or an absolute one, reads or writes another file.",
    )


def _paths(call: Call) -> Iterator[Value]:
    """Arguments that are paths."""
    if call.name == "move_uploaded_file":
        yield from call.args[1:2]
    elif call.method == "ServeFile":
        yield from call.args[2:3]
    elif call.method in {"move", "copy"}:
        yield from call.args[:2]
    else:
        if call.receiver is not None and call.receiver.call is not None and call.name.startswith("pathlib."):
            yield from call.receiver.call.args
        yield from call.args[:1]
        yield from (
            call.keywords[name] for name in ("path", "file", "filename", "dest", "dst") if name in call.keywords
        )


def _from_outside(call: Call, value: Value) -> bool:
    """Whether the text itself comes from the request, not a whole upload that a framework stores under its own name."""
    if call.method == "save" and not (
        value.built or value.call is not None or any(map(_NAMED.search, _texts(value, call)))
    ):
        return False  # `model.save(request.user)`, `form.save(file)`: no path
    if value.tainted.startswith("handler parameter") and re.search(r"\b(?:id|uuid|pk)\b", value.tainted):
        return False
    return not (call.method in {"include", "require"} and call.language.value != "php")


def _texts(value: Value, call: Call) -> list[str]:
    inner = [each for part in (value, *value.parts) for each in ([*part.call.args] if part.call is not None else [])]
    return [value.text, value.tainted, call.text, *(each.text for each in (*value.parts, *inner))]


def _is_safe(tree: Tree, call: Call, value: Value) -> bool:
    """Whether something that cleans or replaces a name stands in the value or in the lines before the call."""
    if any(_MADE_SAFE.search(text) for text in _texts(value, call)):
        return True
    first = call.function.line if call.function is not None else call.line - 10
    lines = [tree.line(call.path, number) for number in range(max(first, call.line - 30, 1), call.line)]
    return any(_MADE_SAFE.search(each) or re.search(r"""['"]\.\.|startsWith|startswith""", each) for each in lines)
