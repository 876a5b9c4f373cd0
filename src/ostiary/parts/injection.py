"""Shapes of injected code are asked for in one pass of a linear-time engine (RE2), all at once; re2 is imported here alone.

What they say is a suspicion: honest texts about code look the same. Nothing is refused for it unless a policy says so.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any, Final
from urllib.parse import unquote

from ostiary.errors import ConfigError

_SQL: Final = (
    # a quote is closed and a condition added
    r"""['"`)]\s*\)*\s*(?:or|and|\|\||&&)\s+(?:not\s+)?[('"`]*\w*['"`)]*\s*(?:=|<|>|!=|\blike\b|\bin\b|\bis\b|\bbetween\b)\s*[('"`\w]""",
    r"""['"`]\s*(?:or|and)\s*[('"`]+\s*(?:select\b|\d+\s*[=<>])""",
    r"""^\s*[\w@.-]{0,64}['"`]\)*\s*(?:--|#|/\*|;)""",
    # a number is followed by a condition
    r"""^\s*-?\d+\s*(?:\)\s*)*(?:or|and)\s+(?:not\s+)?\(?\d+\s*(?:=|<|>|!=)\s*\d+""",
    r"""^\s*-?\d+\s*[-+*/|&^%]\s*\(\s*(?:select\b|\d+\s*[<>=])""",
    # another query is joined or stacked
    r"""\bunion\b(?:\s|/\*[^*]{0,40}\*/|\()+(?:all\s+|distinct\s+)?select\b(?:\s|/\*[^*]{0,40}\*/|\()+(?:null\b|\d|@@|'|\*|[\w.]+\s*[,(]|[\w.]+\s+from\b)""",
    r"""['"`)\d]\s*;\s*(?:(?:drop|alter|create|truncate)\s+(?:table|database|user|view|index|schema|role|procedure)|delete\s+from|insert\s+into|update\s+\w+\s+set|exec(?:ute)?\s+\w*['(@_]|shutdown|declare\s+@|waitfor\s+delay)""",
    r"""\(\s*select\b[^()]{1,200}\bfrom\b""",
    r"""\bcase\s+when\b.{0,100}[=<>].{0,100}\bthen\b""",
    # what only attacks call
    r"""\b(?:pg_sleep|sleep|benchmark|randomblob|dbms_pipe\.receive_message|utl_http\.request|load_file|extractvalue|updatexml|xp_cmdshell|xp_dirtree|sp_oacreate|sys_eval)\s*\(\s*['"\d(@a-z]""",
    r"""\bwaitfor\s+delay\s+['"]""",
    r"""\b(?:information_schema|sqlite_master|pg_catalog|sysobjects|syscolumns|all_tables|mysql\.user)\b.{0,80}(?:--|#|\bwhere\b|\bfrom\b|$)""",
    r"""\binto\s+(?:out|dump)file\b""",
    r"""/\*!\d{0,6}\s*(?:select|union|or|and)\b""",
    r"""['"`]\s*(?:\|\||\+)\s*\(?\s*(?:select|char|chr|cast|concat|substr|version)\b""",
    r"""\bhaving\s+\d+\s*=\s*\d+|\border\s+by\s+\d{1,4}\s*(?:--|#)""",
    # document stores
    r"""['"]?\$(?:where|ne|gt|gte|lt|lte|nin|regex|exists|expr|function)['"]?\s*:\s*""",
    r"""['"]\s*\|\|\s*['"]?\w+['"]?\s*==\s*['"]?\w""",
    r"""['"]\s*;\s*return\b|\bthis\.\w+\s*(?:==|!=|\.match)""",
)  # fmt: skip
_RCE: Final = (
    # a shell is given another command
    r"""(?:[;&|\n`]|\$\(|%0a)\s*(?:/(?:usr/)?bin/)?(?:cat|ls|id|whoami|uname|wget|curl|nc|ncat|netcat|bash|sh|zsh|ping|nslookup|dig|sleep|python\d?|perl|ruby|php|powershell|cmd(?:\.exe)?|certutil|type|dir|net)\b(?:\s+[-/~.\w$'"]|\s*[;&|`)]|\s*$)""",
    r"""\$\{?IFS\b|/dev/(?:tcp|udp)/|\bbash\s+-i\b|\bnc\s+-[a-z]*e\b|\(\)\s*\{\s*:;\s*\}\s*;""",
    # a template or an expression is evaluated
    r"""\{\{.{0,200}?(?:__class__|__mro__|__globals__|__subclasses__|__builtins__|config\b|\bself\b|lipsum|cycler|request\.|\d+\s*\*\s*'?\d).{0,200}?\}\}""",
    r"""\{%.{0,100}(?:import|__class__|include\s|popen).{0,100}%\}""",
    r"""[$#@*]\{.{0,200}?(?:\d+\s*[*+]\s*\d+|\bT\(|\bnew\s+java|Runtime|getClass|forName|exec\(|Process|freemarker)""",
    r"""\$\{[^}]{0,100}(?:jndi|lower:|upper:|env:|sys:|:-)""",
    r"""<%[=@]?\s*(?:\d+\s*\*|system|exec|`|Runtime|import)|<\?(?:php|=)\s""",
    r"""<#assign\b.{0,200}freemarker|#set\s*\(\s*\$\w+\s*=.{0,100}(?:class|Runtime)""",
    # a language's own way to run something
    r"""\b(?:__import__|os\.(?:system|popen|exec\w*)|subprocess\.\w+|commands\.getoutput|pty\.spawn|importlib\.import_module)\s*\(\s*['"\[]""",
    r"""\bRuntime\.getRuntime\s*\(\s*\)\s*\.\s*exec|\bnew\s+ProcessBuilder\s*\(|\bchild_process\b.{0,40}\bexec|\bprocess\.mainModule\b""",
    r"""\b(?:system|passthru|shell_exec|popen|proc_open|pcntl_exec|assert)\s*\(\s*['"$]""",
    r"""\beval\s*\(\s*(?:base64_decode|atob|compile|unescape|\$_(?:GET|POST|REQUEST)|String\.fromCharCode)""",
    # serialised objects
    r"""\bO:\d{1,4}:"[\w\\]{1,100}":\d{1,4}:\{""",
    r"""!!(?:python/(?:object|name|module)|javax?\.|com\.sun\.)|!ruby/(?:object|hash)""",
    r"""^(?:c(?:os|posix|nt|subprocess|__builtin__|builtins)\n\w+\n)|^rO0AB[A-Za-z0-9+/]{12}""",
    r"""(?:\.\.[/\\]){3,}(?:etc|proc|windows|winnt|var|usr|boot)\b""",
)  # fmt: skip
_XSS: Final = (
    r"""<script[\s/>]""",
    r"""<[a-z][a-z0-9:-]{0,30}\b[^<>]{0,300}[\s/"']on[a-z]{3,24}\s*=""",
    r"""<(?:iframe|object|embed|base|meta|link|form|svg|math|applet)\b[^<>]{0,200}\b(?:src|srcdoc|data|href|content|http-equiv|action|xlink:href)\s*=""",
    r"""\b(?:href|src|action|formaction|xlink:href|background|data)\s*=\s*['"]?[\x00-\x20]*(?:javascript|vbscript|data:text/html)\s*:?""",
    r"""^[^<>]{0,100}['"]\s*/?>?\s*(?:<[a-z/!]|[^<>]{0,40}\bon[a-z]{3,24}\s*=)""",
    r"""(?:^|['"(=\s])(?:j\s*a\s*v\s*a\s*s\s*c\s*r\s*i\s*p\s*t|vbscript)\s*:\s*[^\s]""",
    r"""['"]\s*[-+*/;),\]}]+\s*(?:alert|confirm|prompt|eval|fetch|document|window|location|top|self|Function)\b\s*[.(\[]""",
    r"""\$\{\s*(?:alert|confirm|prompt|eval|fetch|document|window)\b|\{\{\s*(?:constructor|\$on\.|toString)\.?constructor""",
    r"""&#(?:x0*6a|0*106);?\s*(?:&#|a)|expression\s*\(\s*(?:alert|document|eval)""",
    r"""@import\s+['"]?(?:javascript|data):|<!\[CDATA\[\s*<script""",
)  # fmt: skip
KINDS: Final = {"sql": _SQL, "rce": _RCE, "xss": _XSS}


def require(where: str) -> None:
    """Make sure at start that patterns can be run.

    :raises ConfigError: when the library is not installed.
    """
    try:
        importlib.import_module("re2")
    except ImportError as error:
        raise ConfigError(
            where, "patterns need a library that is not installed", "pip install 'ostiary[patterns]'"
        ) from error


class Patterns:
    """The patterns of one kind, asked together; about two microseconds per kilobyte."""

    def __init__(self, kind: str) -> None:
        """Compile; `kind` is "sql", "rce" or "xss"."""
        import re2  # noqa: PLC0415 - an optional library

        options = re2.Options()
        options.case_sensitive = False
        options.dot_nl = True
        options.never_capture = True
        options.log_errors = False
        options.max_mem = 64 * 1024 * 1024
        self._set: Any = re2.Set.SearchSet(options)
        for each in KINDS[kind]:
            self._set.Add(each)
        self._set.Compile()

    def suspect(self, text: str) -> bool:
        """Whether a text looks like injected code, as it is or once percent-decoded."""
        if self._matches(text):
            return True
        plain = unquote(text) if "%" in text else text
        return plain is not text and self._matches(plain)

    def _matches(self, text: str) -> bool:
        return bool(self._set.Match(text.encode("utf-8", "replace")))


patterns = functools.lru_cache(maxsize=None)(Patterns)
