"""What one request to an OAuth endpoint has proven so far; steps fill it in, and nothing else is believed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ostiary.errors import InvalidRequest, PollutedRequest
from ostiary.identity.services import Services, Visit
from ostiary.identity.storage.clients import Client
from ostiary.identity.web import Request, Response

if TYPE_CHECKING:
    from ostiary.identity.sessions import Session

__all__ = ["LONGEST", "State", "Step", "words"]

LONGEST: Final = 2048  # characters of a parameter; assertions and hints, which are tokens, have LONGEST_TOKEN
LONGEST_TOKEN: Final = 8192
_KNOCKS: Final = {"token": "token", "par": "par", "revoke": "revoke", "device_authorization": "device"}
_MOST: Final = 50  # parameters
_TOKENS: Final = frozenset({"client_assertion", "id_token_hint", "subject_token"})


@dataclass(slots=True)
class State:
    """One request on its way through the steps.

    :param endpoint: a column of the matrix.
    :param sent: the parameters as they came, in order, twice where they were sent twice.
    """

    services: Services
    request: Request
    endpoint: str
    visit: Visit
    sent: list[tuple[str, str]] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)  # `no_parameter_twice` fills it in
    redirect_uri: str = ""  # proven; before that nobody is sent anywhere
    scopes: tuple[str, ...] = ()
    audience: str = ""
    jkt: str = ""  # RFC 7638 thumbprint of the key that a proof was made with
    since: float = 0.0  # when the person's browser first came with this request
    pushed: bool = False  # whether the client itself handed the parameters in
    waiting: str = ""  # the handle of the kept request, when it comes back from sign-in or consent
    agreed: bool = False  # the person has just agreed, on our page
    known: Client | None = None
    signed_in: Session | None = None

    @property
    def client(self) -> Client:
        """The client, proven by the endpoint's own step.

        :raises RuntimeError: when no step did; a matrix with such a hole must not serve.
        """
        if self.known is None:
            msg = f"no step of {self.endpoint} has proven the client"
            raise RuntimeError(msg)
        return self.known

    @property
    def session(self) -> Session:
        """The session of the person at the browser.

        :raises RuntimeError: as above.
        """
        if self.signed_in is None:
            msg = f"no step of {self.endpoint} has found who is signed in"
            raise RuntimeError(msg)
        return self.signed_in

    def want(self, name: str) -> str:
        """A parameter that must be there.

        :raises InvalidRequest: when it is not, or is empty (RFC 6749 section 3.1: that is the same).
        """
        value = self.fields.get(name, "")
        if not value:
            raise InvalidRequest(f"{name} is required")
        return value


Step = Callable[[State], Awaitable[Response | None]]  # a reply ends the walk; an OAuthError refuses


async def no_parameter_twice(state: State) -> None:
    """Duplicates are refused whatever their value (RFC 6749 section 3.1); empty ones count as left out."""
    names = [name for name, _ in state.sent]
    if len(names) > _MOST:
        raise PollutedRequest("there are too many parameters")
    if len(set(names)) != len(names):
        raise PollutedRequest("a parameter is there twice")
    for name, value in state.sent:
        if len(value) > (LONGEST_TOKEN if name in _TOKENS else LONGEST):
            raise PollutedRequest("a parameter is too long")
    state.fields = {name: value for name, value in state.sent if value}


async def source_paced(state: State) -> None:
    """No source makes more calls than people and programs do; asked before anything is looked up."""
    await state.services.gate.knock(state.visit, _KNOCKS[state.endpoint])


def words(text: str) -> tuple[str, ...]:
    """The parts of a list that is written with single spaces (RFC 6749 section 3.3), each once."""
    return tuple(dict.fromkeys(each for each in text.split(" ") if each))
