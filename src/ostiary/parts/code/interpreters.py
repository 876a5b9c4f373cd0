"""Calls that run what they are given: shells, interpreters, templates, readers of objects, loaders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.code import Call, Code, Language, Value
from ostiary.parts.code.building import holes, is_fixed


@dataclass(frozen=True, slots=True)
class Run:
    """Something is run; ``open_by`` says what reaches it: ``request``, ``parameter``, ``unseen``, or nothing at all."""

    call: Call
    what: str
    open_by: str = ""
    value: Value | None = None


_SHELLS: Final = (
    *(
        "os.system",
        "os.popen",
        "commands.getoutput",
        "commands.getstatusoutput",
        "asyncio.create_subprocess_shell",
        "subprocess.getoutput",
    ),
    *(
        "subprocess.getstatusoutput",
        "child_process.exec",
        "child_process.execSync",
        "shelljs.exec",
        "execa.command",
        "execa.commandSync",
    ),
    *(
        "shell_exec",
        "system",
        "passthru",
        "popen",
        "proc_open",
        "exec",
        "pcntl_exec",
        "%x",
        "Kernel.system",
        "Kernel.exec",
        "IO.popen",
    ),
    *(
        "Open3.capture2",
        "Open3.capture2e",
        "Open3.capture3",
        "Open3.popen3",
        "Runtime.getRuntime().exec",
        "Runtime.exec",
        "java.lang.Runtime.exec",
    ),
)
_SPAWNS: Final = (
    *(f"subprocess.{each}" for each in ("run", "call", "check_call", "check_output", "Popen")),
    *(
        "child_process.spawn",
        "child_process.spawnSync",
        "child_process.execFile",
        "os/exec.Command",
        "os/exec.CommandContext",
        "ProcessBuilder",
    ),
    *("java.lang.ProcessBuilder", "execa", "cross-spawn"),
)
_EVALS: Final = (
    *(
        "eval",
        "exec",
        "Function",
        "assert",
        "create_function",
        "instance_eval",
        "class_eval",
        "module_eval",
        "builtins.eval",
        "builtins.exec",
    ),
    *(
        "vm.runInThisContext",
        "vm.runInNewContext",
        "vm.runInContext",
        "vm.Script",
        "*ScriptEngine.eval",
        "*.getEngineByName().eval",
    ),
    *(
        "*ExpressionParser.parseExpression",
        "*.GroovyShell.evaluate",
        "GroovyShell.evaluate",
        "*Ognl.getValue",
        "safe-eval",
        "static-eval",
        "mathjs.eval",
    ),
)
_TEMPLATES: Final = (
    *(
        "flask.render_template_string",
        "jinja2.Template",
        "jinja2.Environment().from_string",
        "*env.from_string",
        "*environment.from_string",
        "mako.template.Template",
    ),
    *(
        "ejs.render",
        "ejs.compile",
        "pug.render",
        "pug.compile",
        "handlebars.compile",
        "lodash.template",
        "_.template",
        "nunjucks.renderString",
        "ERB.new",
        "ERB",
    ),
    *("*Velocity.evaluate", "*.createTemplate", "doT.template", "mustache.render", "Liquid.Template.parse"),
)
_READERS: Final = (
    *(
        "pickle.loads",
        "pickle.load",
        "cPickle.loads",
        "_pickle.loads",
        "pickle.Unpickler().load",
        "dill.loads",
        "dill.load",
        "cloudpickle.loads",
    ),
    *(
        "joblib.load",
        "marshal.loads",
        "jsonpickle.decode",
        "shelve.open",
        "torch.load",
        "pandas.read_pickle",
        "numpy.load",
        "yaml.load",
        "yaml.load_all",
    ),
    *(
        "yaml.unsafe_load",
        "yaml.unsafe_load_all",
        "yaml.full_load",
        "yaml.full_load_all",
        "node-serialize.unserialize",
        "funcster.deepDeserialize",
    ),
    *(
        "unserialize",
        "Marshal.load",
        "Marshal.restore",
        "YAML.unsafe_load",
        "YAML.load",
        "Psych.unsafe_load",
        "Oj.load",
        "*ObjectInputStream.readObject",
    ),
    *("*XMLDecoder.readObject", "*XStream.fromXML", "*.Yaml.load", "Yaml.load", "*SerializationUtils.deserialize"),
)
_LOADERS: Final = (
    "importlib.import_module",
    "__import__",
    "require",
    "include",
    "java.lang.Class.forName",
    "Class.forName",
    "constantize",
)
_SHELL_NAMES: Final = re.compile(r"^(?:/(?:usr/)?bin/)?(?:ba|da|z|k)?sh$|^cmd(?:\.exe)?$|^powershell(?:\.exe)?$")
_SAFE_YAML: Final = re.compile(r"(?:C?Safe|C?Base)Loader|SafeConstructor|SafeSchema")
_ADDRESS: Final = re.compile(r"(?:^|\.)(?:request|req)\.(?:url|path|full_path|originalUrl|fullpath|original_url)$")
_KIND: Final = {
    "shell": "a command for a shell is put together",
    "eval": "a text is run as code",
    "template": "a text becomes a template",
    "reader": "a reader makes any object out of data",
    "loader": "a name decides which code is loaded",
}


def runs(code: Code) -> Iterator[Run]:
    """Everything that is run, sound uses too."""
    yield from _shells(code)
    for call in code.calls(*_EVALS):
        if _is_eval(call):
            yield _judged(call, "eval", call.args if call.name in {"Function", "create_function"} else call.args[:1])
    for call in code.calls(*_TEMPLATES):
        yield _judged(call, "template", call.args[:1])
    for call in code.calls(*_READERS):
        if not _is_safe_reader(call):
            yield _judged(call, "reader", _read_from(call))
    for call in code.calls(*_LOADERS):
        given = call.args[:1] or ((call.receiver,) if call.receiver is not None else ())
        if any(each.tainted for each in given):
            yield _judged(call, "loader", given)


def _shells(code: Code) -> Iterator[Run]:
    for call in code.calls(*_SHELLS):
        if _is_shell(call):
            yield _judged(call, "shell", call.args[:1] or tuple(call.keywords.values()))
    for call in code.calls(*_SPAWNS):
        given = _shell_text(call)
        if given is not None:
            yield _judged(call, "shell", given)


def _judged(call: Call, kind: str, given: tuple[Value, ...]) -> Run:
    what = _KIND[kind]
    for value in given:
        opened = "request" if kind == "template" and _is_address(value) else _opened(value)
        if opened:
            return Run(call, what, opened, value)
    return Run(call, what)


def _is_address(value: Value) -> bool:
    """Whether the address that was asked for, which whoever asks makes up, is written into a text."""
    parts = [part for _, part in holes(value)] if value.built else [value]
    return any(_ADDRESS.search(part.name) for part in parts)


def _opened(value: Value) -> str:
    if is_fixed(value):
        return ""
    if value.built:
        parts = [part for _, part in holes(value)]
    else:
        parts = [each for each in value.parts if not is_fixed(each)] or [value]
    if any(part.tainted for part in parts):
        return "request"
    if not parts:
        return ""
    return "parameter" if any(part.parameters for part in parts) else "unseen"


def _is_shell(call: Call) -> bool:
    if call.name in {"exec", "system", "popen", "passthru", "proc_open", "shell_exec", "pcntl_exec"}:
        if call.language is Language.PHP:
            return True
        return call.language is Language.RUBY and call.name in {"exec", "system"} and len(call.args) == 1
    if call.language is Language.RUBY and call.name in {
        "IO.popen",
        "Open3.capture2",
        "Open3.capture2e",
        "Open3.capture3",
        "Open3.popen3",
    }:
        return len(call.args) == 1 and not (call.args[0].parts and not call.args[0].built)
    return True


def _shell_text(call: Call) -> tuple[Value, ...] | None:
    """What a shell gets of a call that makes a process; None: there is no shell."""
    shell = call.keywords.get("shell")
    if shell is not None and shell.literal not in {False, None}:
        head = call.args[:1]
        return call.args[:2] if call.language is Language.JAVASCRIPT else head
    flat = [part for each in call.args for part in (each.parts if each.parts and not each.built else (each,))]
    texts = [
        each
        for each in flat
        if not (call.name.endswith("Context") and not isinstance(each.literal, str) and each is flat[0])
    ]
    if len(texts) > 2 and isinstance(texts[0].literal, str) and _SHELL_NAMES.match(texts[0].literal):  # noqa: PLR2004 - sh, -c, text
        return tuple(texts[2:3])
    return None


def _is_eval(call: Call) -> bool:
    if call.name == "exec":
        return call.language is Language.PYTHON
    if call.name == "assert":
        return call.language is Language.PHP and bool(call.args) and (bool(call.args[0].tainted) or call.args[0].built)
    return not (call.name == "Function" and call.language is not Language.JAVASCRIPT)


def _is_safe_reader(call: Call) -> bool:
    if call.method in {"load", "load_all"} and "yaml" in call.name.lower():
        if call.language is Language.RUBY:  # safe since Psych 4, of Ruby 3.1
            return not any(each.tainted for each in call.args)
        loader = call.argument(1, "Loader")
        made = call.receiver.call if call.receiver is not None else None
        texts = [
            loader.text if loader is not None else "",
            *(each.text for each in (made.args if made is not None else ())),
        ]
        return any(_SAFE_YAML.search(each) for each in texts)
    if call.name == "numpy.load":
        return call.keywords.get("allow_pickle", Value()).literal is not True
    if call.name == "torch.load":
        return call.keywords.get("weights_only", Value(literal=True)).literal is True
    if call.name == "unserialize":
        return len(call.args) > 1 or "allowed_classes" in call.keywords
    if call.name == "Oj.load":
        return "mode" not in call.keywords
    return False


def _read_from(call: Call) -> tuple[Value, ...]:
    if call.method == "readObject" and call.receiver is not None:
        made = call.receiver.call
        return made.args if made is not None else (call.receiver,)
    return call.args[:1]
