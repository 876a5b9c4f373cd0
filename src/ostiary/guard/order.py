"""The order of decisions: the first control to refuse decides what the caller learns.

A line ``control/caller`` is the control's second hook, asked again once the caller is known.
"""

from __future__ import annotations

REQUEST = (
    # edge: facts of the connection, before anything costs us anything
    "beyond.request-smuggling",  # where a request ends must be certain before anything is believed of it
    "beyond.host-and-proxy-trust",  # it decides who the client is, which everything below believes
    "access.https-only",  # a credential on clear text is lost already: do not look at it
    "access.private-allowlist",  # strangers learn nothing, not even that a limit exists
    "infra.abuse-readiness",  # an operator's ban of a source
    "access.throttling",  # by source, before parsing: parsing is work
    "input.rate-spike-arrest",  # by operation and for the whole upstream
    "jwt.size-bounded",  # 431, before any cryptography
    # now the route, what is there at all
    "people.report-channel",  # /.well-known/security.txt is ours, whatever the document says
    "beyond.cors-allowlist",  # a preflight carries no credentials: answer it before asking for them
    "beyond.api-inventory",  # 404
    "processing.debug-off",  # 404 too: consoles, where no document says what there is
    # who calls, and with what
    "input.credentials-in-header",  # 400: a secret in the URL is burnt, do not honour it
    "auth.no-basic",  # 401
    "jwt.algorithm-pinned",  # 401 from here on; whichever of these is on verifies the signature first, once
    "jwt.strong-secret",
    "jwt.verify-before-use",
    "beyond.jwt-claims-validated",
    "jwt.access-ttl-short",
    "beyond.sender-constrained-tokens",  # header fields that only a proxy may write about certificates
    "beyond.sender-constrained-tokens/caller",
    "userdata.jwt-where-it-fits",
    "processing.all-endpoints-authenticated",  # 401 to whoever is nobody by now
    # what they may do
    "infra.abuse-readiness/caller",  # an operator's ban of an identity or a tenant
    "processing.me-not-user-id",  # 404 for the direct form; /me becomes the form that the application knows
    "mobile.no-server-to-server-calls",  # 403
    "beyond.function-level-authorization",  # 404 to those with no right at all here, 403 to those who may know
    "oauth.scope-per-client",  # 403 insufficient_scope
    "userdata.ownership-check",  # 404, the same as for what does not exist
    "input.method-405",  # 405, after 401 and 404: it confirms that the path exists
    "input.method-semantics",  # method overrides would undo the line above
    # how much
    "access.throttling/caller",  # by identity
    "input.rate-quota",
    "input.rate-concurrency",  # last of them: it holds a place until the exchange is over
    # negotiate
    "input.accept-406",
    "input.content-type-415",
    "account.block-crlf",  # 400: control characters in path, query and header fields, and later in one-line strings
    "beyond.pagination-caps",
    # parse: the body is read from here on, bounded
    "beyond.payload-limits",  # 413, 414, 431, depth and counts before any parser runs
    "beyond.webhook-signatures",  # 401, over the raw bytes: parsing would change them
    "processing.xml-no-external-entities",  # a DOCTYPE never reaches a parser
    "processing.no-entity-expansion",
    "input.body-matches-type",
    "output.status-codes",  # 400: an application that trips over unreadable JSON would say 500
    # schema
    "beyond.redos",  # compiles the document's patterns or refuses to start; costs nothing per request
    "input.validation-schema",
    "beyond.mass-assignment",  # fields that nobody declared, or that only the server may write
    "beyond.graphql-limits",
    "account.block-script-schemes",
    "beyond.ssrf-egress-control",
    "input.injection-sql",
    "input.injection-rce",
    "input.injection-xss",
    "output.no-sensitive-data",  # refuses nothing here: it keeps the body, which an error may repeat
    # guesses: what is malformed was none, so these come last
    "account.captcha-challenge",
    "account.auth-endpoint-limits",
    "auth.login-max-retry",
    "auth.login-jail",
    "beyond.idempotency",  # claims the key of a request that will be run now
)

# Every control that is compiled, in the order of its first line.
_REQUEST_CONTROLS = tuple(dict.fromkeys(each.partition("/")[0] for each in REQUEST))

# Who calls is found out by whichever of these is on; the others below rest on the answer. Where one of those is on and none
# of these is, the token is read all the same, lest a bound or forged one passes for nobody's.
_WHO = REQUEST[REQUEST.index("jwt.algorithm-pinned") : REQUEST.index("processing.all-endpoints-authenticated") + 1]
READERS = frozenset(each for each in _WHO if not each.startswith("beyond.sender-constrained-tokens"))
BEFORE_READERS = frozenset(REQUEST[: REQUEST.index("jwt.algorithm-pinned")])
ON_CALLER = frozenset(
    each.partition("/")[0]
    for each in REQUEST[REQUEST.index("beyond.sender-constrained-tokens") : REQUEST.index("input.accept-406")]
    if each not in READERS and not each.startswith("input.method-")
)

# What is asked even of a request whose path cannot be read: a stranger learns nothing from a bad path either.
EDGE = frozenset(REQUEST[: REQUEST.index("people.report-channel")])

REPLY = (
    # watchers: what the application itself said
    "auth.login-max-retry",
    "auth.login-jail",
    "account.auth-endpoint-limits",
    "account.captcha-challenge",
    # filters: may replace the reply
    "output.content-type-forced",
    "processing.debug-off",
    "access.no-directory-listing",
    "userdata.ownership-check",  # 404 instead of what belongs to another; items of another dropped
    "account.otp-not-in-response",
    "jwt.no-sensitive-claims",
    "output.no-sensitive-data",
    "beyond.graphql-limits",  # suggestions name what the schema holds
    "beyond.pagination-caps",
    "input.injection-xss",
    "output.status-codes",
    "account.no-open-redirect",
    "processing.me-not-user-id",  # places in replies say /me again
    "beyond.idempotency",  # keeps what leaves
    # headers: on whatever leaves, refusals too
    "beyond.api-inventory",  # Deprecation, Sunset
    "beyond.cors-allowlist",
    "auth.no-basic",  # the application's own Basic challenge asks for Bearer instead
    "processing.all-endpoints-authenticated",
    "input.method-405",
    "input.accept-406",
    "access.throttling",
    "input.rate-quota",
    "account.cookie-flags",
    "account.block-crlf",
    "output.no-fingerprint-headers",
    "output.nosniff",
    "output.csp-none",
    "output.frame-deny",  # after the policy above: it sets frame-ancestors in whatever policy there is
    "input.credentials-in-header",
    "beyond.cache-no-store",
    "access.hsts",
)

CONTROLS = tuple(dict.fromkeys(_REQUEST_CONTROLS + REPLY))
