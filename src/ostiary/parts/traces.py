"""Stack traces and debugger pages of common runtimes, recognised in a reply's bytes in time linear in their length."""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class _Sign(NamedTuple):
    needle: bytes  # looked for first: a substring search costs a hundredth of a pattern
    pattern: re.Pattern[bytes] | None


def _sign(needle: bytes, pattern: bytes = b"") -> _Sign:
    return _Sign(needle, re.compile(pattern, re.IGNORECASE) if pattern else None)


# Line ends may be raw, escaped in JSON, or HTML breaks: the patterns hold within one line.
_TRACES: Final = (
    _sign(b"Traceback (most recent call last)"),  # Python
    _sign(b".py", rb"File (?:\\?\"|&quot;|&#34;|<cite[^>]{0,80}>\\?\"?)[^\"<\\&]{1,300}\.pyc?[^,\r\n]{0,40}, (?:in )?line (?:<em[^>]{0,40}>)?\d"),
    _sign(b"DEBUG =", rb"you(?:'|&#x27;|&#39;|\xe2\x80\x99)re seeing [^<]{1,80} because you have"),  # Django
    _sign(b"Django Version", rb"Exception (?:Type|Value):|Request URL:"),
    _sign(b"at ", rb"(?:\\[tnr]|\b)at (?:async )?[^\s()<>]{0,200}(?: \[as [^\]]{1,80}\])? ?\(?(?:file://|node:|/|[A-Za-z]:\\)[^\s()<>\"]{1,300}:\d{1,6}:\d{1,6}\b"),
    _sign(b"at ", rb"(?:\\[tnr]|\b)at [\w$.<>/@]{3,300}\((?:[\w$-]{1,100}\.(?:java|kt|scala|groovy|clj):\d{1,6}|Native Method|Unknown Source)\)"),  # JVM
    _sign(b"at ", rb"(?:\\[tnr]|\b)at [\w.`<>\[\]+,]{3,300}\([^()\r\n]{0,400}\) in [^\r\n<]{1,300}:line \d"),  # .NET
    _sign(b"at ", rb"(?:\\[tnr]|\b)at (?:Microsoft|System)\.[\w.`<>\[\]+]{3,300}\([^()\r\n]{0,400}\)"),
    _sign(b".php", rb"(?:Fatal error|Parse error|Warning|Notice|Deprecated|Uncaught \w{1,80})(?:</b>)?:\s.{1,600}? in (?:<b>)?[^\s<]{1,300}\.php(?:</b>)?(?: on line (?:<b>)?|:)\d"),
    _sign(b"#0 ", rb"#0 [^\r\n<]{1,300}\.php\(\d{1,6}\)"),
    _sign(b".php", rb"\"file\"\s*:\s*\"[^\"]{1,400}\.php\"\s*,\s*\"line\"\s*:\s*\d"),  # Laravel, Symfony in JSON
    _sign(b".rb:", rb"[\w./\\-]{1,300}\.rb:\d{1,6}:in (?:[`'\"]|\\u0027|&#39;|&#x27;|\\\")"),  # Ruby
    _sign(b"Action Controller: Exception caught"),
    _sign(b"Application Trace", rb"Framework Trace"),  # Rails
    _sign(b"goroutine ", rb"goroutine \d{1,9} \[[a-z ,0-9]{1,60}\]:"),  # Go
    _sign(b".go:", rb"\.go:\d{1,6} \+0x[0-9a-f]"),
    _sign(b"panicked at ", rb"thread (?:'|&#x27;|&#39;)[^'&<]{1,80}(?:'|&#x27;|&#39;)(?: \(\d+\))? panicked at"),  # Rust
    _sign(b".exs:", rb"\.exs?:\d{1,6}: [A-Z][\w.]{1,200}/\d"),  # Elixir
    _sign(b"no such file or directory", rb"\b(?:open|stat|lstat|read|fopen\([^)]{1,200}\)[^/]{1,40}|directory, \w{1,20}) ?'?/[\w.-]{1,80}/"),
    _sign(b"sqlalchemy.exc."),
    _sign(b"psycopg2.errors."),
    _sign(b"SQLSTATE[", rb"SQLSTATE\[\w{5}\]"),
    _sign(b"You have an error in your SQL syntax"),
    _sign(b"ORA-", rb"\bORA-\d{5}: "),
)  # fmt: skip
_PAGES: Final = (
    _sign(b"__debugger__"),  # Werkzeug
    _sign(b"Werkzeug Debugger"),
    _sign(b"EVALEX", rb"EVALEX\s*=\s*(?:true|false)"),
    _sign(b"Starlette Debugger"),
    _sign(b"Whitelabel Error Page"),  # Spring Boot
    _sign(b"Server Error in '"),  # ASP.NET
    _sign(b"Microsoft.AspNetCore.Diagnostics"),
    _sign(b"</b>", rb"<b>(?:Fatal error|Parse error|Warning|Notice|Deprecated)</b>:\s[^\0]{1,2000}? in <b>[^<]{1,400}</b> on line <b>\d"),
    _sign(b"phpinfo()", rb"<title>[^<]{0,40}phpinfo\(\)"),
    _sign(b"Whoops", rb"<title>[^<]{0,200}whoops|whoops-container|Whoops\\Handler"),
    _sign(b"sf-dump"),
    _sign(b"exception-message", rb"class=\"[^\"]{0,80}exception-(?:message|summary)"),  # Symfony
    _sign(b"ignition", rb"window\.(?:ignite|data)\b|facade/ignition|spatie/laravel-ignition"),
    _sign(b"data-template-paths"),  # Rails web-console
    _sign(b"Symfony Profiler"),
    _sign(b"better_errors"),
)  # fmt: skip
_MOST: Final = 1_048_576  # bytes looked at, from the front


def is_trace(body: bytes) -> bool:
    """Whether an error reply shows a stack trace, a database's message or a debugger's page."""
    body = body[:_MOST]
    return any(_holds(sign, body) for sign in _TRACES) or is_debugger(body)


def is_debugger(body: bytes) -> bool:
    """Whether a page belongs to a debugger or profiler; documentation that quotes a trace does not."""
    body = body[:_MOST]
    return any(_holds(sign, body) for sign in _PAGES)


def _holds(sign: _Sign, body: bytes) -> bool:
    return sign.needle in body and (sign.pattern is None or sign.pattern.search(body) is not None)
