"""Evidence repeats what was seen without telling a secret: extracts, and a curl command that anyone may read."""

from __future__ import annotations

import base64
import binascii
import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import quote, quote_plus

from ostiary.evidence import Answer, Asked, Shown
from ostiary.parts.printable import UNPRINTABLE, printable

MASK: Final = "[masked]"
_BODY_SHOWN: Final = 800  # characters
_HEADERS_SHOWN: Final = 40
_VALUE_SHOWN: Final = 300
_TARGET_SHOWN: Final = 200
_TARGET_READ: Final = 17_000  # characters that are searched for secrets; of a longer one, nothing is repeated whole
_SHORTEST_SECRET: Final = 4  # below this, masking would eat ordinary text
_BODY_REPEATED: Final = 16 * 1024  # bytes that a curl command may carry inline

CREDENTIAL_HEADERS: Final = re.compile(
    r"(?i)(proxy-)?authorization|cookie2?|.*(api[-_]?key|token|secret|credential|session|passw(or)?d).*|x-auth.*"
)
_SPEAKING_NAME: Final = (
    r"[A-Za-z0-9_.-]*(?:passw(?:or)?d|passphrase|secret|token|api[-_]?key|private[-_]?key|otp|cvv|cvc|pin|jwt|session"
    r"(?:[-_]?id)?|hash)"
)
_JSON_SECRET: Final = re.compile(rf'(?i)("{_SPEAKING_NAME}"\s*:\s*)("(?:[^"\\]|\\.)*"?|-?[0-9][0-9.eE+-]*)')
_FORM_SECRET: Final = re.compile(rf"(?i)((?:^|[?&]){_SPEAKING_NAME}=)([^&\s]+)")
_JWT: Final = re.compile(r"eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{2,}\.[A-Za-z0-9_-]*")
_SIGNATURE: Final = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.([A-Za-z0-9_-]{16,})")
_PRIVATE_KEY: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)")
_COOKIE_VALUE: Final = re.compile(r"^(\s*[^=;\s]+=)([^;]*)")


def secrets_of(identities: Mapping[str, Sequence[tuple[str, str]]]) -> tuple[str, ...]:
    """Every string that must not appear: header values, their parts, and what Basic credentials decode to."""
    found: set[str] = set()
    for headers in identities.values():
        for name, value in headers:
            parts = [value, *value.split(" ", 1)[1:]]
            if name.lower() == "cookie":
                parts += [pair.partition("=")[2].strip() for pair in value.split(";")]
            if value[:6].lower() == "basic ":
                try:
                    decoded = base64.b64decode(value[6:]).decode("utf-8", "replace")
                except (ValueError, binascii.Error):
                    decoded = ""
                parts += [decoded, decoded.partition(":")[2]]
            parts += [
                match[1] for match in _SIGNATURE.finditer(value)
            ]  # with it, a changed token could be changed back
            found.update(spelt for part in parts for spelt in _spellings(part))
    return tuple(sorted(found, key=len, reverse=True))


def _spellings(secret: str) -> set[str]:
    """A secret as it stands, and as JSON texts, targets and forms spell it."""
    if len(secret) < _SHORTEST_SECRET:
        return set()
    coded = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    escaped = {json.dumps(secret, ensure_ascii=each)[1:-1] for each in (True, False)}
    return {secret, *coded, *escaped, *(each.replace("/", "\\/") for each in escaped)}


class Shower:
    """Makes evidence of exchanges with one target.

    :param base: scheme, host and port, for the curl commands.
    :param identities: credentials by name; their values never appear.
    :param curl_options: what curl needs to reach the target as we did (``--cacert``, ``--resolve``).
    """

    def __init__(
        self,
        base: str,
        identities: Mapping[str, Sequence[tuple[str, str]]],
        curl_options: Sequence[str] = (),
        user_agent: str = "",
    ) -> None:
        self._base = base
        self._names = {name: number for number, name in enumerate(identities)}
        self._secrets = secrets_of(identities)
        self._credentials = {pair: name for name, headers in identities.items() for pair in headers}
        self._usual = {("host", base.partition("//")[2]), ("accept", "*/*"), ("user-agent", user_agent)}
        self.curl_options = tuple(curl_options)

    def know(self, name: str, headers: Sequence[tuple[str, str]], *, secrets: Sequence[str] = ()) -> None:
        """Take the credentials of another identity, or new ones of a known one; the old stay secret."""
        more = (*secrets_of({name: headers}), *(spelt for each in secrets for spelt in _spellings(each)))
        self._names.setdefault(name, len(self._names))
        self._secrets = tuple(sorted({*self._secrets, *more}, key=len, reverse=True))
        self._credentials |= dict.fromkeys(headers, name)

    def scrub(self, text: str) -> str:
        """A text without the operator's credentials and without control characters."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return printable(text)

    def show(self, answer: Answer, what: str) -> Shown:
        """Evidence of one exchange."""
        answer = answer.wire or answer
        asked = answer.asked
        headers = tuple(pair for pair in asked.headers if not self._is_credential(pair))
        harmless = tuple((name, value) for name, value in headers if self.scrub(value) == value)
        whole = harmless == headers and self._is_repeatable(asked.body)
        whole = whole and len(asked.target) <= _TARGET_READ and self.scrub(asked.target) == asked.target
        identity = self._whose(asked)
        return Shown(
            what=self.scrub(what),
            where=self.scrub(f"{asked.method} {self._target(asked.target)}"),
            request=self._message(f"{asked.method} {self._target(asked.target)} HTTP/1.1", asked.headers, asked.body),
            reply=self._message(f"HTTP/1.1 {answer.status}", answer.headers, answer.body, cut=answer.truncated),
            curl=self._curl(answer),
            method=asked.method,
            target=self.scrub(asked.target),
            headers=harmless,
            body=asked.body if whole else b"",
            whole=whole and identity is not None,
            identity=identity or "",
            status=answer.status,
            reply_headers=tuple((name, self._header(name, value)) for name, value in answer.headers),
        )

    def _whose(self, asked: Asked) -> str | None:
        """Whose credentials a request carried, also where a check wrote them in itself.

        None: those of several, or only some of somebody's; then a name does not say what was sent.
        """
        owners = {self._credentials[pair] for pair in asked.headers if pair in self._credentials}
        owners |= {asked.identity} if asked.identity else set()
        if len(owners) > 1:
            return None
        name = next(iter(owners), "")
        own = {pair[0].lower() for pair, owner in self._credentials.items() if owner == name and pair[0][:1] != "?"}
        return name if not name or own <= {header.lower() for header, _ in asked.headers} else None

    def _target(self, target: str) -> str:
        text = self.scrub(_masked_text(target[: 4 * _BODY_SHOWN]))
        return (
            text
            if max(len(text), len(target)) <= _TARGET_SHOWN
            else f"{text[:_TARGET_SHOWN]}... ({len(target):,} characters)"
        )

    def _is_repeatable(self, body: bytes) -> bool:
        return len(body) <= _BODY_REPEATED and not any(secret.encode() in body for secret in self._secrets)

    def _is_credential(self, pair: tuple[str, str]) -> bool:
        return pair in self._credentials

    def _message(self, first: str, headers: Iterable[tuple[str, str]], body: bytes, *, cut: bool = False) -> str:
        pairs = list(headers)
        lines = [first, *(f"{name}: {self._header(name, value)}" for name, value in pairs[:_HEADERS_SHOWN])]
        if len(pairs) > _HEADERS_SHOWN:
            lines.append(f"... {len(pairs) - _HEADERS_SHOWN} more headers")
        if body:
            lines += ["", self._body(body, cut=cut)]
        return self.scrub("\n".join(lines))

    def _body(self, body: bytes, *, cut: bool) -> str:
        shown = body[: 4 * _BODY_SHOWN].decode("utf-8", "replace")
        if shown.count("\ufffd") + len(UNPRINTABLE.findall(shown)) > len(shown) // 10:
            return f"({len(body)} bytes that are not text, beginning {body[:16].hex(' ')})"
        text = _masked_text(shown)
        more = len(text) > _BODY_SHOWN or len(body) > 4 * _BODY_SHOWN or cut
        return text[:_BODY_SHOWN] + (f"\n... ({len(body)} bytes{' and more' if cut else ''})" if more else "")

    def _header(self, name: str, value: str) -> str:
        low = name.lower()
        if low == "set-cookie":
            return _COOKIE_VALUE.sub(rf"\1{MASK}", value)
        if low in {"authorization", "proxy-authorization"}:
            scheme, space, _ = value.partition(" ")
            return f"{scheme} {MASK}" if space else MASK
        if low == "cookie":
            return re.sub(r"=[^;]*", f"={MASK}", value)
        if self._is_credential((name, value)) or (CREDENTIAL_HEADERS.fullmatch(low) and _looks_secret(value)):
            return MASK
        return self.scrub(_masked_text(value[:_VALUE_SHOWN])) + ("..." if len(value) > _VALUE_SHOWN else "")

    def _curl(self, answer: Answer) -> str:
        asked = answer.asked
        words = ["curl", "-sSi", "--path-as-is", "-g", *self.curl_options]
        plain = asked.method == "GET" and not asked.body
        words += ["-I"] if asked.method == "HEAD" else [] if plain else ["-X", shlex.quote(asked.method)]
        names = {name.lower() for name, _ in asked.headers}
        words += [f"-H '{name}:'" for name in ("Accept", "User-Agent") if name.lower() not in names]
        if asked.body and "content-type" not in names:
            words.append("-H 'Content-Type:'")
        for name, value in asked.headers:
            if (name.lower(), value) in {*self._usual, ("content-length", str(len(asked.body)))}:
                continue  # curl says the same, or as good as
            words += ["-H", self._curl_header(name, value)]
        if len(asked.target) > _TARGET_READ:
            return f"# the target had {len(asked.target):,} characters"
        target = _masked_text(asked.target)
        if not asked.target.startswith("/"):
            words += ["--request-target", shlex.quote(self.scrub(target))]
            target = "/"
        words.append(shlex.quote(self.scrub(self._base + target)))
        return self._with_body(asked.body, words)

    def _with_body(self, body: bytes, words: list[str]) -> str:
        if not body:
            return " ".join(words)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            text = "\x00"
        if len(body) > _BODY_REPEATED:
            return f"# the body had {len(body)} bytes\n" + " ".join([*words, "--data-binary", "@BODY"])
        if any(secret in text for secret in self._secrets):
            text = printable(self.scrub(text))  # coded, it would be there for anybody to read
        if printable(text) == text and not text.startswith("@"):  # with which curl would name a file
            return " ".join([*words, "--data-binary", shlex.quote(self.scrub(text))])
        if "\x00" in text and any(secret.encode() in body for secret in self._secrets):
            return "# the body held credentials and bytes that are not text"
        coded = base64.b64encode(body).decode()
        return f"echo {coded} | base64 -d | " + " ".join([*words, "--data-binary", "@-"])

    def _curl_header(self, name: str, value: str) -> str:
        owner = self._credentials.get((name, value))
        if owner is None:
            text = self.scrub(f"{name}: {value}")
            text = text.lstrip("@")  # no name of a field has one (RFC 9110 section 5.1); curl would read a file
            return shlex.quote(
                text if value else f"{name.lstrip('@')};"
            )  # curl drops "Name:" and sends "Name;" as empty
        number = self._names[owner]
        variable = "$TOKEN" if number == 0 else f"$TOKEN_{number + 1}"
        scheme, space, _ = value.partition(" ")
        shown = f"{scheme} {variable}" if space and scheme.isalpha() else variable
        return f'"{re.sub(r"[^A-Za-z0-9-]", "", name)}: {shown}"'


def repeats_no_secret(target: str) -> bool:
    """Whether a request target may be sent again: no one-time code, token or password stands in it."""
    return len(target) <= _TARGET_READ and _masked_text(target) == target


def _looks_secret(value: str) -> bool:
    return len(value) >= 2 * _SHORTEST_SECRET


def _masked_text(text: str) -> str:
    text = _PRIVATE_KEY.sub(MASK, text)
    text = _JWT.sub(MASK, text)
    text = _JSON_SECRET.sub(rf'\1"{MASK}"', text)
    return _FORM_SECRET.sub(rf"\1{MASK}", text)
