"""The faults of the careless shop: one switch each, named by the control that it breaks."""

from __future__ import annotations

from collections.abc import Iterable

from ostiary.errors import ConfigError

FAULTS = {
    "access.https-only": "answers in clear text",
    "access.hsts": "never asks browsers to stay on HTTPS",
    "access.throttling": "answers as often as it is asked",
    "access.private-allowlist": "believes X-Forwarded-For when it asks who is in the office",
    "access.no-directory-listing": "lists the files of a folder",
    "auth.no-basic": "challenges for Basic, and takes it",
    "input.method-405": "serves PUT, DELETE and invented methods on any path, and echoes TRACE",
    "input.method-semantics": "lets X-HTTP-Method-Override turn a POST into anything",
    "input.accept-406": "ignores Accept, and writes XML that its document does not mention",
    "input.content-type-415": "reads JSON whatever the Content-Type says",
    "input.body-matches-type": "takes duplicate keys, trailing garbage, UTF-16 and forms labelled as JSON",
    "input.validation-schema": "stores whatever it is sent",
    "input.credentials-in-header": "takes the access token from the URL",
    "processing.xml-no-external-entities": "hands a DOCTYPE to a parser that expands entities",
    "processing.no-entity-expansion": "multiplies YAML aliases, and XML entities, without end",
    "processing.debug-off": "answers mistakes with a stack trace, and keeps a console on the wall",
    "output.nosniff": "lets browsers guess content types",
    "output.frame-deny": "lets any page frame it",
    "output.csp-none": "has no content security policy",
    "output.no-fingerprint-headers": "says what it is made of, with versions",
    "output.content-type-forced": "calls its JSON text/html",
    "output.no-sensitive-data": "sends the password hash along, and repeats what it refuses",
    "output.status-codes": "says 200 to what is not there, and 500 to what it cannot read",
    "beyond.payload-limits": "takes bodies, headers and URLs of any size",
    "beyond.host-and-proxy-trust": "builds links from the Host it is told, and believes forwarding headers",
    "beyond.cors-allowlist": "lets any web site read it with the visitor's credentials",
    "beyond.cache-no-store": "lets every cache on the way keep its replies",
    "beyond.api-inventory": "serves paths that its document does not know",
    "beyond.redos": "matches a pattern that backtracks for ever",
    "people.report-channel": "does not say where to report a vulnerability",
}

# Second flaws of the same control, for tests; not in the demo, because no gateway can close them.
VARIANTS = {
    "input.method-semantics/get-writes": "counts up a public field on every GET",
}


def chosen(faults: Iterable[str]) -> frozenset[str]:
    """The switches that are on.

    :raises ConfigError: for a name that is no switch.
    """
    found = frozenset(faults)
    for name in sorted(found):
        if name not in FAULTS and name not in VARIANTS:
            raise ConfigError(f"fault {name!r}", "the careless shop has no such switch", f"it has {', '.join(FAULTS)}")
    return found
