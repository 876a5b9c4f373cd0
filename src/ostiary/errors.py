"""Every error that leaves a module of ours is one of these, and facts about it live on its class.

::

    OstiaryError
    |-- ConfigError     what the user wrote is wrong: where, problem, hint; raised at start only, exit code 2
    |-- Denied          this exchange is refused: status, reason, headers; rendered by problem.py alone
    |   `-- OAuthError  an answer of RFC 6749: code, may_redirect, status by class; rendered by identity/oauth/replies.py
    |-- StoreError      state is unreachable: 503
    `-- Unanswerable    the audited world could not answer: UNKNOWN
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class OstiaryError(Exception):
    """Superclass of all; never raised itself."""


class ConfigError(OstiaryError):
    """What the user wrote cannot be obeyed; says where, what and what to do, in one line.

    :param where: the file and place in it (a TOML path, a JSON pointer), or the command-line option.
    :param problem: what is wrong there, a clause without a full stop.
    :param hint: what to do about it; may be empty.
    """

    def __init__(self, where: str, problem: str, hint: str = "") -> None:
        super().__init__(f"{where}: {problem}" + (f" ({hint})" if hint else ""))
        self.where = where
        self.problem = problem
        self.hint = hint


class Denied(OstiaryError):  # noqa: N818 - a decision, not a fault
    """This exchange is refused.

    :param status: the HTTP status of the refusal.
    :param reason: one clause for the caller and the log; never holds a submitted value.
    :param headers: what the status obliges us to send (``allow``, ``retry-after``, ``accept``), names in lower case.
    :param faults: for validation, (pointer, rule) pairs; never the value.
    :param members: what the caller's program needs to go on, as members of the problem (RFC 9457 section 3.2).
    """

    def __init__(
        self,
        status: int,
        reason: str,
        headers: Mapping[str, str] | None = None,
        *,
        faults: Sequence[tuple[str, str]] = (),
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.headers = headers or {}
        self.faults = faults
        self.members = members


class OAuthError(Denied):
    """An OAuth request is refused, with a code that its client's program knows.

    What is said of an error is said by its class, so that nobody who raises one forgets it.

    :param reason: one clause for developers (``error_description``): ASCII without quotes; never a submitted value.
    :param headers: as of `Denied`.
    """

    code = "invalid_request"  # RFC 6749 sections 4.1.2.1 and 5.2, and what registered more of them
    kind_status = 400  # where it is answered directly
    may_redirect = True  # whether the client may be told through the browser, once its redirect_uri is proven

    def __init__(self, reason: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(self.kind_status, reason, headers)


class InvalidRequest(OAuthError):  # noqa: N818 - a decision, not a fault
    """Something is missing, twice, malformed or not taken here."""


class PollutedRequest(InvalidRequest):
    """A parameter is there twice: which of both would be the client's or its address cannot be known."""

    may_redirect = False


class UnprovenClient(InvalidRequest):
    """At the authorization endpoint: no client of that name; who would be told?"""

    may_redirect = False


class UnprovenRedirect(InvalidRequest):
    """The redirect_uri is not one of the client's: sending the browser to what we refuse would be the attack."""

    may_redirect = False


class LostRequest(InvalidRequest):
    """The request that a person was busy with was answered, lapsed, or waits in another browser."""

    may_redirect = False


class InvalidRequestUri(OAuthError):  # noqa: N818 - a decision, not a fault
    """The request_uri is none of ours, was used, or lapsed (RFC 9126 section 2.2); what it held is not known any more."""

    code = "invalid_request_uri"
    may_redirect = False


class RequestObject(OAuthError):  # noqa: N818 - a decision, not a fault
    """Request objects (RFC 9101) are not taken: they would be a second way to say everything."""

    code = "request_not_supported"


class UnsupportedResponseType(OAuthError):  # noqa: N818 - a decision, not a fault
    """Only codes are given."""

    code = "unsupported_response_type"


class UnauthorizedClient(OAuthError):  # noqa: N818 - a decision, not a fault
    """The client may not use this grant, or not in this way."""

    code = "unauthorized_client"


class InvalidScope(OAuthError):  # noqa: N818 - a decision, not a fault
    """A scope that the client may not have, or more than was granted."""

    code = "invalid_scope"


class InvalidTarget(OAuthError):  # noqa: N818 - a decision, not a fault
    """A resource that the client may not ask tokens for (RFC 8707 section 2)."""

    code = "invalid_target"


class AccessDenied(OAuthError):  # noqa: N818 - a decision, not a fault
    """The person said no."""

    code = "access_denied"


class LoginRequired(OAuthError):  # noqa: N818 - a decision, not a fault
    """``prompt=none``, and somebody would have to sign in (OpenID Connect Core section 3.1.2.6)."""

    code = "login_required"


class ConsentRequired(OAuthError):  # noqa: N818 - a decision, not a fault
    """``prompt=none``, and somebody would have to agree."""

    code = "consent_required"


class InteractionRequired(OAuthError):  # noqa: N818 - a decision, not a fault
    """``prompt=none``, and somebody would have to do something else for their account first."""

    code = "interaction_required"


class InvalidClient(OAuthError):  # noqa: N818 - a decision, not a fault
    """Client authentication failed; how is not said (RFC 6749 section 5.2)."""

    code = "invalid_client"
    kind_status = 401
    may_redirect = False


class InvalidGrant(OAuthError):  # noqa: N818 - a decision, not a fault
    """The code, refresh token or device code is not good, or not this client's; which of it is not said."""

    code = "invalid_grant"
    may_redirect = False


class UnsupportedGrantType(OAuthError):  # noqa: N818 - a decision, not a fault
    """A grant that does not exist here."""

    code = "unsupported_grant_type"
    may_redirect = False


class InvalidProof(OAuthError):  # noqa: N818 - a decision, not a fault
    """The DPoP proof is missing or not good (RFC 9449 section 5)."""

    code = "invalid_dpop_proof"
    may_redirect = False


class StoreError(OstiaryError):
    """State is unreachable; callers answer 503, and authentication never reads it as a yes."""


class Unanswerable(OstiaryError):  # noqa: N818 - it is an answer about the world, not a fault of the program
    """The world could not answer an audit's question: no route, no baseline, the budget is spent."""
