"""The order of decisions: the first control to refuse decides what the caller learns."""

from __future__ import annotations

REQUEST = (
    # edge: facts of the connection, before anything costs us anything
    "beyond.host-and-proxy-trust",  # first: it decides who the client is, which everything below believes
    "access.https-only",  # a credential on clear text is lost already: do not look at it
    "access.private-allowlist",  # strangers learn nothing, not even that a limit exists
    "access.throttling",  # by source, before parsing: parsing is work
    # now the route, what is there at all
    "people.report-channel",  # /.well-known/security.txt is ours, whatever the document says
    "beyond.cors-allowlist",  # a preflight carries no credentials: answer it before asking for them
    "beyond.api-inventory",  # 404
    "processing.debug-off",  # 404 too: consoles, where no document says what there is
    # who calls, and with what
    "input.credentials-in-header",  # 400: a secret in the URL is burnt, do not honour it
    "auth.no-basic",  # 401
    "input.method-405",  # 405, after 401 and 404: it confirms that the path exists
    "input.method-semantics",  # method overrides would undo the line above
    # negotiate
    "input.accept-406",
    "input.content-type-415",
    # parse: the body is read from here on, bounded
    "beyond.payload-limits",  # 413, 414, 431, depth and counts before any parser runs
    "processing.xml-no-external-entities",  # a DOCTYPE never reaches a parser
    "processing.no-entity-expansion",
    "input.body-matches-type",
    "output.status-codes",  # 400: an application that trips over unreadable JSON would say 500
    # schema
    "beyond.redos",  # compiles the document's patterns or refuses to start; costs nothing per request
    "input.validation-schema",
    "output.no-sensitive-data",  # refuses nothing here: it keeps the body, which an error may repeat
)

# What is asked even of a request whose path cannot be read: a stranger learns nothing from a bad path either.
EDGE = frozenset(REQUEST[: REQUEST.index("people.report-channel")])

REPLY = (
    # filters: may replace the reply
    "output.content-type-forced",
    "processing.debug-off",
    "access.no-directory-listing",
    "output.no-sensitive-data",
    "output.status-codes",
    # headers: on whatever leaves, refusals too
    "beyond.api-inventory",  # Deprecation, Sunset
    "beyond.cors-allowlist",
    "auth.no-basic",  # the application's own Basic challenge asks for Bearer instead
    "input.method-405",
    "input.accept-406",
    "access.throttling",
    "output.no-fingerprint-headers",
    "output.nosniff",
    "output.csp-none",
    "output.frame-deny",  # after the policy above: it sets frame-ancestors in whatever policy there is
    "input.credentials-in-header",
    "beyond.cache-no-store",
    "access.hsts",
)
