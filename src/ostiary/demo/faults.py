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
    # the customers' side
    "jwt.algorithm-pinned": "takes unsigned tokens, and whatever HMAC they name",
    "jwt.verify-before-use": "believes a token without looking at its signature",
    "jwt.strong-secret": 'still takes tokens that were signed with the key "secret"',
    "jwt.access-ttl-short": "takes tokens that have expired",
    "jwt.size-bounded": "takes tokens of any length",
    "beyond.jwt-claims-validated": "takes tokens of another issuer, for another service, or not yet valid",
    "beyond.sender-constrained-tokens": "takes a token that is bound to a key without asking for the key",
    "processing.all-endpoints-authenticated": "forgets to ask who exports orders",
    "oauth.scope-per-client": "lets a token that may read write",
    "beyond.function-level-authorization": "lets every customer into the back office",
    "userdata.ownership-check": "shows and changes other people's orders",
    "processing.me-not-user-id": "shows any customer by the id in the path",
    "mobile.no-server-to-server-calls": "lets the app close the books",
    "auth.login-max-retry": "lets many guess one password",
    "auth.login-jail": "lets one source guess for ever",
    "account.auth-endpoint-limits": "lets codes be guessed, and sends as many as one likes",
    "account.captcha-challenge": "never asks whether a guesser is a person",
    "account.otp-not-in-response": "tells the code to whoever has it sent",
    "account.cookie-flags": "sets its session cookie without flags",
    "account.no-open-redirect": "leads wherever a link says",
    "account.block-script-schemes": "takes javascript: for a link",
    "account.block-crlf": "takes line breaks in a name",
    "input.rate-quota": "exports without an allowance",
    "input.rate-spike-arrest": "takes any surge as it comes",
    "input.rate-concurrency": "prints any number of labels at once",
    "input.injection-sql": "builds its stock search from text",
    "input.injection-rce": "works out what a label tells it to",
    "input.injection-xss": "greets with whatever markup it is given",
    "beyond.mass-assignment": "lets customers choose their role",
    "beyond.pagination-caps": "makes pages as large as one likes",
    "beyond.graphql-limits": "answers queries of any depth, and tells its schema",
    "beyond.idempotency": "charges again when a payment is repeated",
    "beyond.ssrf-egress-control": "fetches pictures from its own machine",
    "beyond.webhook-signatures": "believes whoever says that the bank said so",
    "beyond.request-smuggling": "takes a request with two hosts",
}

# Second flaws of the same control, for tests; not in the demo, because no gateway can close them.
VARIANTS = {
    "input.method-semantics/get-writes": "counts up a public field on every GET",
    "account.password-bcrypt/common": "takes the passwords that everybody has",
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
