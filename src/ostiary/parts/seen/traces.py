"""What programs show of their inside when they fail: traces, debugger pages, consoles; by runtime and framework."""

from __future__ import annotations

import html
import re
from typing import Final

from ostiary.evidence import Answer

_PAGES: Final = (
    ("the Werkzeug debugger", re.compile(r"__debugger__|<title>[^<]*// Werkzeug Debugger")),
    ("the Starlette debugger", re.compile(r"<title>\s*Starlette Debugger\s*</title>")),
    ("Django's debug page", re.compile(r"because you have\s*<code>DEBUG =\s*True|>Django Version:<|^Django Version: \d", re.MULTILINE)),
    ("the Spring whitelabel page", re.compile(r"<h1>\s*Whitelabel Error Page\s*</h1>")),
    ("the ASP.NET error page", re.compile(r"<h1>\s*Server Error in '[^']*' Application", re.IGNORECASE)),
    ("the ASP.NET Core developer page", re.compile(r"An unhandled exception occurred while processing the request", re.IGNORECASE)),
    ("the Rails error page", re.compile(r"Action Controller: Exception caught|<h1>Routing Error</h1>|id=\"Application-Trace\"")),
    ("the Laravel error page", re.compile(r"spatie/laravel-ignition|facade/ignition|<title>[^<]*Whoops!|window\.ignite\(")),
    ("a PHP framework's error", re.compile(r"\"file\"\s*:\s*\"[^\"]+\.php\"\s*,\s*\"line\"\s*:\s*\d")),
    ("the Symfony error page", re.compile(r"class=\"exception-(?:summary|message)|<title>[^<]*\(\d{3} [A-Z][^<]*\)</title>.*Symfony", re.DOTALL)),
    ("a PHP error", re.compile(r"<b>(?:Fatal error|Parse error|Warning|Notice|Deprecated)</b>:\s.{1,2000}? in <b>[^<]+</b> on line <b>\d", re.DOTALL)),
    ("phpinfo", re.compile(r"<title>[^<]*phpinfo\(\)")),
)  # fmt: skip
_LINES: Final = (
    ("a Python trace", re.compile(r"Traceback \(most recent call last\):|^\s*File \"[^\"]+\.py\", line \d+, in ", re.MULTILINE)),
    ("a Node.js trace", re.compile(r"^\s*at (?:async )?(?:[\w$.<>\[\] ]+ )?\(?(?:file:///|node:|/|[A-Z]:\\)[^()\n]+:\d+:\d+\)?", re.MULTILINE)),
    ("a Java trace", re.compile(r"^\s*(?:at|\tat) [\w$.<>/@-]+\([\w$-]+\.(?:java|kt|scala|groovy):\d+\)", re.MULTILINE)),
    ("a .NET trace", re.compile(r"^\s*at (?:[\w`<>\[\],]+\.)+[\w`<>\[\],|]+\([^)\n]*\)(?: in .+:line \d+)?\s*$", re.MULTILINE)),
    ("a PHP error", re.compile(r"(?:Fatal error|Parse error|Warning|Notice|Deprecated): .+ in \S+\.php(?: on line |:)\d+|^#\d+ \S+\.php\(\d+\):", re.MULTILINE)),
    ("a Ruby trace", re.compile(r"^\s*(?:from )?[\w./-]+\.rb:\d+:in [`'\"]", re.MULTILINE)),
    ("a Go trace", re.compile(r"^goroutine \d+ \[[\w ,]+\]:|^\s+\S+\.go:\d+ \+0x[0-9a-f]+", re.MULTILINE)),
    ("a path on the server", re.compile(r"\b(?:open|stat|read) '?/[\w.-]+/\S+: (?:no such file|permission denied)|ENOENT: .{0,60}'/", re.IGNORECASE)),
    ("a Rust panic", re.compile(r"thread '[^']+'(?: \(\d+\))? panicked at ")),
    ("an Elixir trace", re.compile(r"^\s*\([\w_]+ [\d.]+\) \S+\.exs?:\d+: ", re.MULTILINE)),
    ("a database message", re.compile(
        r"You have an error in your SQL syntax|\(sqlite3\.\w+Error\)|psycopg2?\.errors\.|SQLSTATE\[\w{5}\]|\bORA-\d{5}:|sqlalchemy\.exc\.|"
        r"PG::\w+Error|near \"[^\"]{1,40}\": syntax error|Unclosed quotation mark after the character string")),
)  # fmt: skip
_CONSOLES: Final = {
    "/console": ("an interactive console", re.compile(r"Interactive Console|__debugger__|EVALEX")),
    "/actuator": ("the Spring actuator", re.compile(r"\"_links\"\s*:\s*\{\s*\"self\"")),
    "/actuator/env": ("the Spring actuator's environment", re.compile(r"\"(?:propertySources|activeProfiles)\"\s*:")),
    "/_profiler/": ("the Symfony profiler", re.compile(r"Symfony Profiler")),
    "/debug/pprof/": ("Go's profiler", re.compile(r"Types of profiles available|/debug/pprof/")),
    "/phpinfo.php": ("phpinfo", re.compile(r"<title>[^<]*phpinfo\(\)|PHP Version")),
    "/server-status": ("Apache's server status", re.compile(r"Apache Server Status")),
    "/metrics": ("Prometheus metrics", re.compile(r"^# (?:HELP|TYPE) \w+", re.MULTILINE)),
    "/elmah.axd": ("the ELMAH error log", re.compile(r"Error Log for|Powered by.*ELMAH")),
    "/trace.axd": ("ASP.NET's trace viewer", re.compile(r"Application Trace|Requests to this Application")),
    "/telescope/requests": ("Laravel Telescope", re.compile(r"<title>[^<]*Telescope")),
    "/rails/info/properties": ("Rails' properties page", re.compile(r"Rails version")),
    "/h2-console/": ("the H2 database console", re.compile(r"H2 Console")),
    "/__debug__/": ("the Django debug toolbar", re.compile(r"djdt|Debug Toolbar", re.IGNORECASE)),
}
_BREAK: Final = re.compile(r"<br\s*/?>|</li>|</p>|</tr>|</div>", re.IGNORECASE)
_AT_ANY_STATUS: Final = frozenset({"the Werkzeug debugger", "a PHP error", "phpinfo"})  # nobody's documentation
_MOST: Final = 400_000  # characters looked at


def trace_in(answer: Answer) -> str:
    """What of the program an error reply shows, or an empty string; successes may quote traces."""
    if not answer.body:
        return ""
    text = answer.text[:_MOST]
    for name, sign in _PAGES:
        if (answer.status >= 400 or name in _AT_ANY_STATUS) and sign.search(text):  # noqa: PLR2004
            return name
    if answer.status < 400:  # noqa: PLR2004
        return ""
    lines = _as_lines(text)
    return next((name for name, sign in _LINES if sign.search(lines)), "")


def _as_lines(text: str) -> str:
    """The text as a person would read it: JSON escapes and HTML breaks become line ends, tags and entities go."""
    if "<" in text[:2000]:
        text = html.unescape(re.sub(r"<[^<>]{0,2000}>", "", _BREAK.sub("\n", text))).replace("\u00a0", " ")
    if text.lstrip()[:1] in {"{", "["}:
        text = re.sub(r'(?<!\\)"', "\n", text)  # each string of a JSON document on a line of its own
    text = text.replace("\\r\\n", "\n").replace("\\n", "\n").replace("\\t", "\t")
    return (
        text.replace('\\"', '"')
        .replace("\\\\", "\\")
        .replace("\\/", "/")
        .replace("\\u0027", "'")
        .replace("\\u0060", "`")
    )


def console_at(path: str, answer: Answer) -> str:
    """What answered at one of the usual places, or an empty string; a page that says 200 to everything is none."""
    name, sign = _CONSOLES[path]
    return name if answer.status == 200 and sign.search(answer.text[:_MOST]) else ""  # noqa: PLR2004
