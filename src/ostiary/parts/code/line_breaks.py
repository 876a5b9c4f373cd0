"""Where data of a request goes into single lines that code writes: header fields, heads of mails, lines of logs."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.code import Call, Language, Value
from ostiary.evidence.tree import Tree
from ostiary.parts.code.building import holes, is_checked, is_fixed

_MAILS: Final = (  # a message as text, and its position
    *((name, 2) for name in ("smtplib.SMTP().sendmail", "smtplib.SMTP_SSL().sendmail", "smtplib.LMTP().sendmail", "aiosmtplib.SMTP().sendmail")),
    ("net/smtp.SendMail", 4),
    *((name, 0) for name in (".send_message", "Net.SMTP.send_message", ".sendmail")),
    ("mb_send_mail", 3),
    ("mail", 3),
)  # fmt: skip
_RAW: Final = (
    *(".send", ".sendall", ".write", ".print", ".println", ".printf", ".puts", ".end", ".writeBytes", ".append"),
    *("fmt.Fprintf", "fmt.Fprint", "fmt.Fprintln", "io.WriteString", ".WriteString", ".Write", "fwrite", "fputs", "socket_write"),
)  # fmt: skip
_FIELD: Final = re.compile(r"(?:^|\n)[ \t]*[A-Z][A-Za-z]*(?:-[A-Za-z]+)*:[^\r\n]{0,200}$")
_HEAD: Final = re.compile(r"HTTP/1\.[01] |\r\n")
_FIELDS: Final = (  # name of the field, its value: frameworks and servers refuse line breaks there by themselves
    *(".setHeader", ".addHeader", ".set_cookie", ".setCookie", ".cookie", "setcookie", "header", ".Header().Set"),
    *(".Header().Add", ".header", ".set_header", ".append_header", ".send_header"),
)
_LEVELS: Final = (
    *("debug", "info", "warning", "warn", "error", "critical", "exception", "log", "notice", "fatal", "trace", "severe"),
    *("Printf", "Println", "Print", "Errorf", "Infof", "Warnf", "Debugf", "Fatalf", "Fatal", "Info", "Error", "Warn"),
)  # fmt: skip
_LOGS: Final = re.compile(
    r"^(?:logging(?:\.getLogger\(\))?|loguru\.logger|(?:[\w().]+\.)?(?:logger|_logger|LOGGER|LOG|log)|console|Rails\.logger\(\)|org\.slf4j\.Logger|"
    r"java\.util\.logging\.Logger|org\.apache\.(?:commons\.logging\.Log|log4j\.Logger|logging\.log4j\.Logger)|log/slog)$"
)
_WRAPPED: Final = ("winston*", "pino*", "bunyan*", "structlog*", "pythonjsonlogger*", "json_log_formatter*", "ecs_logging*", "*logstash*", "lograge*", "semantic_logger*", "go.uber.org/zap*", "github.com/rs/zerolog*", "github.com/sirupsen/logrus*", "net.logstash*")  # fmt: skip
_LAYOUTS: Final = re.compile(
    r"%replace\s*\(|%enc(?:ode)?\b|%crlf|Json(?:Template)?Layout|JsonEncoder|LogstashEncoder|EcsEncoder|logging\.structured|JsonFormatter|jsonlogger"
)
_TAMED: Final = re.compile(
    r"(?i)repr\b|![ra]\b|%[-+ ]?[raq]\b|%#?v\b.*struct|json\.?dumps|to_json|JSON\.stringify|json_encode|inspect\b|(?:url|uri|html|base64|b64|hex|percent|rawurl)_?encode|encodeURI|\bEncode(?:\.for|r)|Encoding\.Encode|escape|quote|sanit|clean|strip_(?:control|newline)|forLog|forJava|"
    r"(?:replace|replaceAll|sub|gsub|str_replace|preg_replace|ReplaceAll|translate|tr|delete)\s*\([^#]{0,60}(?:\\+[rn]|\\+s|\\+p\{Cntrl|\[\^|PHP_EOL|chr\(1[03]\))|splitlines|NewReplacer"
)
_WHOLE: Final = re.compile(
    r"(?:^|\.)(?:body|query|params|args|form|values|json|headers|data|cookies|files|GET|POST|FILES|COOKIES|META|session|user|get_json\(\)|json\(\)|_POST|_GET|_REQUEST|_SERVER|_FILES|_COOKIE|request|req|"
    r"path|url|URL|originalUrl|method|method\(\)|remote_addr|id|uri|email|uuid|file|filename|status)$"
)
_OBJECT: Final = re.compile(
    r"(?i)(?:json|dict|data|payload|object|body|dto|list|ids?)$|\berr(?:or)?\b|\bexception\b|^e$"
)
_ESCAPED: Final = re.compile(
    r"(?i)(?:^|[.\[('\"])(?:path|url|originalUrl|request_?uri|getRequestURI|getRequestURL|getMethod|method|headers?|getHeader|user_?agent|referr?er|cookies?|getCookies|_SERVER|REQUEST_METHOD|remote_?addr|getRemoteAddr|host)\b"
)


class Line(enum.Enum):
    """What a line is."""

    MAIL = "mail"
    REPLY = "reply"
    LOG = "log"
    FIELD = "field"  # set by a call that refuses line breaks


@dataclass(frozen=True, slots=True)
class Written:
    """Data of a request goes into a line; ``tamed``: something seems to look at it before, or it may be no text."""

    line: Line
    spot: Call
    value: Value
    tamed: bool = False


def written(tree: Tree) -> Iterator[Written]:
    """Every place where data of a request goes into a single line."""
    seen: set[tuple[str, int]] = set()
    for each in (*_mails(tree), *_replies(tree), *_fields(tree), *_logs(tree)):
        if (each.spot.path, each.spot.line) not in seen:
            seen.add((each.spot.path, each.spot.line))
            yield each


def _mails(tree: Tree) -> Iterator[Written]:
    for name, position in _MAILS:
        for call in tree.code.calls(name):
            given = _plain(call.argument(position, "msg", "message", "additional_headers"))
            if given is None or given.pairs or not given.tainted or is_fixed(given):
                continue
            is_php = call.name in {"mail", "mb_send_mail"} and call.language is Language.PHP
            if is_php or any(part.tainted and _FIELD.search(before) for before, part in holes(given)):
                yield Written(Line.MAIL, call, given, _is_tamed(tree, call, given))


def _plain(value: Value | None) -> Value | None:
    """A text whose bytes are written."""
    call = value.call if value is not None else None
    is_bytes = call is not None and call.method == "encode" and call.language is Language.PYTHON
    return call.receiver if call is not None and is_bytes and call.receiver is not None else value


def _replies(tree: Tree) -> Iterator[Written]:
    for call in tree.code.calls(*_RAW):
        for given in filter(None, map(_plain, call.args)):
            if given.built and given.tainted and _is_head(given):
                yield Written(Line.REPLY, call, given, _is_tamed(tree, call, given))


def _is_head(value: Value) -> bool:
    """Whether a text is the head of a message of HTTP with an open part in one of its fields."""
    whole = "".join(str(each.literal) for each in value.parts if isinstance(each.literal, str))
    if _HEAD.search(whole) is None:
        return False
    return any(part.tainted and _FIELD.search(before) and "\r\n\r\n" not in before for before, part in holes(value))


def _fields(tree: Tree) -> Iterator[Written]:
    for call in tree.code.calls(*_FIELDS):
        for given in call.args[:2]:
            if given.tainted and not is_fixed(given):
                yield Written(Line.FIELD, call, given, tamed=True)


def _logs(tree: Tree) -> Iterator[Written]:
    encoded = _encodes(tree)
    for call in (*tree.code.calls(*(f".{level}" for level in _LEVELS)), *tree.code.calls("error_log", "syslog")):
        if not _is_log(call):
            continue
        given = next((each for each in call.args if _is_text_of_request(each, call)), None)
        if given is not None:
            tamed = encoded or _TAMED.search(call.text) is not None or _is_tamed(tree, call, given)
            yield Written(Line.LOG, call, given, tamed)


def _is_log(call: Call) -> bool:
    if call.name in {"error_log", "syslog"}:
        return call.language is Language.PHP
    owner = call.name.rpartition(".")[0]
    return _LOGS.match(owner) is not None and not (owner == "log" and call.language is Language.PHP)


def _encodes(tree: Tree) -> bool:
    """Whether something in the tree makes JSON of lines of logs, or escapes line breaks in all of them."""
    return bool(tree.remember("line_breaks.encodes", lambda: _looks_encoded(tree)))


def _looks_encoded(tree: Tree) -> bool:
    if tree.code.imports(*_WRAPPED):
        return True
    settings = tree.named("logback*.xml", "log4j2*.xml", "log4j*.properties", "application*.properties", "application*.yml", "application*.yaml", "logging*.y*ml", "logging*.json")[:20]  # fmt: skip
    return any(_LAYOUTS.search(tree.text(each)) for each in settings) or bool(
        tree.code.calls("*.JsonFormatter", "*.JSONFormatter", "*.JSONRenderer")
    )


def _is_text_of_request(value: Value, call: Call) -> bool:
    """Whether a text of a request, not an object that is shown in an escaped form, goes into a line as it is."""
    if not value.tainted or is_fixed(value):
        return False
    if value.built:
        return any(part.tainted and _is_text_of_request(part, call) for _, part in holes(value))
    name = value.name or value.text
    if _OBJECT.search(name):
        return False
    return not (_WHOLE.search(name) or _ESCAPED.search(name) or _ESCAPED.search(value.tainted))


def _is_tamed(tree: Tree, call: Call, value: Value) -> bool:
    """Whether the function looks at the value before, or takes line breaks out of something."""
    if value.tainted.startswith("handler parameter") or is_checked(tree.code, call, value):
        return True
    function = call.function
    first = max(function.line, call.line - 40) if function is not None else max(1, call.line - 15)
    return any(_TAMED.search(tree.line(call.path, number)) for number in range(first, call.line + 1))
