"""A client gets what a person agreed to, was remembered to have agreed to, or need not agree to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ostiary.errors import ConsentRequired
from ostiary.identity.oauth.asking import State, words
from ostiary.identity.oauth.waiting import aside
from ostiary.identity.services import Services
from ostiary.identity.storage import consents
from ostiary.identity.storage.clients import Client
from ostiary.identity.web import Response
from ostiary.parts.sealing import hashed
from ostiary.strict import dumps

__all__ = ["CONSENT", "Question", "meanings", "person_agreed", "question_of"]

CONSENT: Final = "/consent"
MEANINGS: Final = {
    "openid": "Know that it is you, by the number of your account",
    "profile": "See your name",
    "email": "See your e-mail address",
    "phone": "See your telephone number",
    "roles": "See what you are here: a user, or an operator",
    "offline_access": "Go on with this while you are away, until you end it",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked.

    :param host: where the answer will go: what a client cannot make up.
    :param target: the same as a source expression (CSP 3 section 2.3.1), for the page's ``form-action``.
    :param scopes: each with what it means, in words.
    """

    client: Client
    host: str
    target: str
    scopes: tuple[tuple[str, str], ...]
    resource: str

    @property
    def name(self) -> str:
        """Another one for another question: the form brings back what was asked on its page."""
        asked = (self.client.id, self.client.name, self.host, [scope for scope, _ in self.scopes], self.resource)
        return hashed(dumps(asked)).hex()


async def person_agreed(state: State) -> Response | None:
    """The person agreed to these scopes, now or before; what is of the house need not ask."""
    if state.agreed or await _is_settled(state):
        return None
    if "none" in words(state.fields.get("prompt", "")):
        raise ConsentRequired("somebody has to agree")
    return await aside(state, CONSENT)


async def _is_settled(state: State) -> bool:
    if "consent" in words(state.fields.get("prompt", "")):
        return False
    if state.client.public and not state.redirect_uri.startswith("https:"):
        return False  # any application could use its name and address (RFC 8252 section 8.6): a person looks each time
    if state.client.first_party:
        return True
    async with state.services.database.read() as connection:
        agreed = await consents.agreed(connection, state.session.user_id, state.client.id, state.audience)
    return agreed.issuperset(state.scopes)


def meanings(services: Services) -> dict[str, str]:
    """What scopes mean, in words for people."""
    return {**MEANINGS, **services.settings.scopes}


def question_of(state: State) -> Question:
    """What to ask, of a request all of whose other steps hold."""
    described = meanings(state.services)
    scopes = tuple((each, described.get(each, each)) for each in state.scopes)
    scheme, _, rest = state.redirect_uri.partition("://")
    host = (rest or state.redirect_uri).partition("/")[0].partition("?")[0]
    target = f"{scheme}://{host}" if scheme in {"http", "https"} else f"{state.redirect_uri.partition(':')[0]}:"
    return Question(state.client, host, target, scopes, state.audience)
