"""Code that fetches a URL out of a request, whole or in its host, without anything that says where it may lead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Function, Language, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.judging import Fault, judged

_JVM: Final = (
    "*URL*.openConnection", "*URL*.openStream", "*URL*.getContent", "*RestTemplate*.getForObject", "*RestTemplate*.getForEntity",
    "*RestTemplate*.exchange", "*URL*.readText", "*URL*.readBytes", "*WebClient*.uri", "*RestClient*.uri", "*HttpClient*.get", "*HttpClient*.post", "*Jsoup.connect", "*Request.Builder*.url", "*HttpRequest.newBuilder",
)  # fmt: skip
_METHODS: Final = ("get", "post", "put", "patch", "delete", "head", "options")
_CLIENTS: Final = ("requests", "requests.Session()", "requests.session()", "httpx", "httpx.Client()", "httpx.AsyncClient()",
                   "aiohttp.ClientSession()")  # fmt: skip
_FETCHERS: Final[dict[Language, tuple[str, ...]]] = {
    Language.PYTHON: (
        *(f"{client}.{method}" for client in _CLIENTS for method in _METHODS),
        *("urllib.request.urlopen", "urllib.request.urlretrieve", "urllib2.urlopen", "urllib.urlopen"),
    ),
    Language.JAVASCRIPT: (
        *(
            f"{client}.{method}"
            for client in ("axios", "got", "request", "superagent", "needle")
            for method in _METHODS
        ),
        *("axios", "node-fetch", "node-fetch.default", "fetch", "got", "request", "needle", "http.get", "https.get"),
        *(f"@nestjs/axios.HttpService.{method}" for method in _METHODS),
        *("node:http.get", "node:https.get", "undici.request", "undici.fetch"),
    ),
    Language.JAVA: _JVM,
    Language.KOTLIN: _JVM,
    Language.GO: tuple(
        f"{client}.{method}"
        for client in ("net/http", "net/http.Client", "net/http.Client()", "net/http.DefaultClient", "*resty*.R()")
        for method in ("Get", "Post", "Head", "PostForm")
    ),
    Language.PHP: (
        *(
            "file_get_contents",
            "curl_init",
            "*Client.get",
            "Http.get",
            "Http.post",
            "*Facades.Http.get",
            "*Facades.Http.post",
        ),
        *("*Http.*().get", "*Http.*().post"),
    ),
    Language.SWIFT: tuple(f"*.client.{method}" for method in _METHODS),
    Language.RUBY: (
        "Net.HTTP.get",
        "Net.HTTP.get_response",
        "URI.open",
        "HTTParty.get",
        "Faraday.get",
        "RestClient.get",
    ),
}
_NAMED: Final = (  # the method comes first
    "requests.request", "httpx.request", "httpx.stream", "aiohttp.request", "requests.Session().request", "httpx.Client().request",
    "httpx.AsyncClient().request", "urllib3.PoolManager().request", "net/http.NewRequest", "GuzzleHttp.Client().request",
    "GuzzleHttp.Client.request", "Symfony.Contracts.HttpClient.HttpClientInterface.request",
)  # fmt: skip
_OPTIONS: Final = (".setopt", "curl_setopt")
_CHECKS: Final = re.compile(
    r"(?i)allow|whitelist|permitted|trusted|valid|safe|check|verify|private|loopback|blocked|deny|ssrf|is_global|startswith|host(?:name)?s?\b.*\bin\b"
)
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HOST_ENDS: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#{}$%]+[/?#]", re.IGNORECASE)
FETCHED: Final = "a URL is fetched whose host comes from the request"


async def audit_source(tree: Tree) -> Finding:
    """Follow request data into the first part of URLs that are fetched."""
    faults, fixed = [], []
    for call, url in _fetches(tree):
        if url.known or not _decides_host(url):
            fixed.append(call)
        elif url.tainted:
            guarded = _guarded(tree, call)
            faults.append(Fault(call, FETCHED, Confidence.TENTATIVE if guarded else Confidence.CERTAIN))
    return judged(
        tree,
        faults,
        sound=fixed,
        holds="the host that is asked is fixed, whatever a request says",
        nothing="call that fetches a URL",
        undecided=""
        if fixed or not any(True for _ in _fetches(tree))
        else "where the URLs that are fetched come from was not seen",
        proof="Who calls the API chooses which machine the API calls, inside its network too.",
    )


def _fetches(tree: Tree) -> Iterator[tuple[Call, Value]]:
    by_language = [
        call for language, names in _FETCHERS.items() for call in tree.code.calls(*names, languages=(language,))
    ]
    for call in (*by_language, *tree.code.calls(*_NAMED)):
        position = 1 if call.name in _NAMED else 0
        url = call.argument(position, "url", "uri", "URI", "href", "hostname", "host", "full_url", "endpoint")
        if "URL" in call.name.rpartition(".")[0] and call.receiver is not None and call.receiver.call is not None:
            url = next(iter(call.receiver.call.args), None)
        url = _unwrapped(url)
        if url is not None and not (call.name == "file_get_contents" and _is_file(url)):
            yield call, url
    for call in tree.code.calls(*_OPTIONS):
        if len(call.args) > 2 and "CURLOPT_URL" in call.args[1].text:  # noqa: PLR2004 - handle, option, value
            yield call, call.args[2]


def _unwrapped(url: Value | None) -> Value | None:
    """A call that only turns a text into an address stands for the text."""
    made = url.call if url is not None and not url.tainted else None
    if made is not None and made.args and made.method in {"URI", "URL", "Uri", "create", "toUri", "toURI"}:
        return made.args[0]
    return url


def _is_file(url: Value) -> bool:
    first = url.parts[0].literal if url.parts else url.literal
    return isinstance(first, str) and not _SCHEME.match(first)


def _decides_host(url: Value) -> bool:
    """Whether what is not constant reaches into scheme or host."""
    if not url.built:
        return True
    start = ""
    for part in url.parts:
        if not isinstance(part.literal, str):
            return bool(part.tainted) and not _HOST_ENDS.match(start)
        start += part.literal
        if _HOST_ENDS.match(start) or start.startswith("/"):
            return False
    return False


def _guarded(tree: Tree, call: Call) -> bool:
    """Whether the same function calls something whose name says that it checks where a URL leads."""
    function = call.function
    if function is None:
        return False
    return any(
        _within(each, function) and _CHECKS.search(each.name) for each in tree.code.calls() if each.path == call.path
    )


def _within(call: Call, function: Function) -> bool:
    return function.line <= call.line <= max(function.end, function.line)
