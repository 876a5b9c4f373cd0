"""Accounts that the audit registers itself: to compare, to vary, to lose; all of them leave at the end if they can."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ostiary.audit.gather import areas, persons, registering, removing
from ostiary.audit.gather.areas import Areas
from ostiary.audit.gather.drafts import Draft
from ostiary.audit.gather.grants import Pairs
from ostiary.audit.gather.registering import SignUp
from ostiary.audit.gather.sessions import Sessions
from ostiary.audit.gather.signing import Signing
from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer
from ostiary.parts.role_words import squeezed
from ostiary.parts.seen.doors import granted

if TYPE_CHECKING:
    from ostiary.audit.gather.http import LiveHttp
    from ostiary.audit.gather.live import Live

DECOY: Final = "decoy"  # whose login is the valid one that checks vary
STAND_IN: Final = "stand-in"  # who calls what changes the account that calls
_AGAIN: Final = 2  # persons that are tried for one account


class Joining:
    """What is registered; ``form`` is the registration that worked, ``losable`` the names of throwaway accounts."""

    def __init__(self, live: Live, sessions: Sessions, signing: Signing) -> None:
        self._live = live
        self._sessions = sessions
        self._signing = signing
        self._count = 0
        self._registered: dict[str, Answer] = {}  # identity -> the reply that registered it
        self._stranded: list[str] = []  # users that were registered and could not sign in
        self._hopeless = ""  # why nobody can be registered
        self._own: set[int] = set()  # registrations of ours, and all that succeeded, by their bodies
        self._all: set[int] = set()
        self.areas = Areas(live, sessions, signing)
        self.form: SignUp | None = None
        self.losable: set[str] = set()

    async def teach(self, http: LiveHttp) -> None:
        """Valid requests for login and registration are of an account that nobody will miss if checks lock it."""
        form, recipe, maker = self.form, self._signing.recipe, self._live.maker
        if form is None:
            return

        def joins(nonce: str) -> tuple[str, bytes]:
            return form.body(persons.invented(f"{self._live.nonce}/{nonce}/{secrets.token_hex(4)}", 0)).packed(maker)

        maker.teach(form.operation, _once_each(joins))
        if recipe is None or recipe.in_query or self._live.forgery.source:
            return
        try:
            decoy = await self.register(http, DECOY, throwaway=True)
        except Unanswerable:
            return
        maker.teach(recipe.operation, lambda _: recipe.draft(decoy.user, decoy.password).packed(maker))

    async def register(
        self, http: LiveHttp, name: str, *, throwaway: bool, more: Mapping[str, Any] | None = None
    ) -> Account:
        """Register somebody and sign in.

        :raises Unanswerable: when the API lets nobody.
        """
        if self._hopeless:
            raise Unanswerable(self._hopeless)
        forms = [self.form] if self.form is not None else registering.sign_ups(self._live)
        salt = ""
        why = Unanswerable("no operation of the document registers accounts")
        for form in forms:
            for _ in range(_AGAIN):
                self._count += 1
                person = persons.invented(self._live.nonce + salt, self._count)
                try:
                    answer, made = await registering.register(self._live, http, form, person, more)
                    account = await self._admit(http, name, made, answer, throwaway=throwaway)
                except Unanswerable as error:
                    why, salt = error, secrets.token_hex(4)  # an audit with the same seed may have been here
                else:
                    self.form = form
                    await self.areas.join(http, account, person, form.operation, more)
                    return account
        if not self._registered:
            self._hopeless = str(why)
        raise why

    async def _admit(self, http: LiveHttp, name: str, made: Draft, answer: Answer, *, throwaway: bool) -> Account:
        """Sign in who has just registered."""
        self._own.add(hash(answer.asked.body))
        told = {path[-1]: made.get(path) for path in made.paths()}
        given = {persons.kind_of(squeezed(key)): str(value) for key, value in reversed(told.items())}
        user = next((given[kind] for kind in ("user", "email", "phone") if kind in given), "") or _named(told)
        account = Account(
            name=name, user=user, password=given.get("password", ""), throwaway=throwaway, registered=told
        )
        try:
            within = areas.part_of(made.operation.path)
            account, pairs, renews = await self._signing.welcome(http, account, answer, within)
        except Unanswerable:
            self._stranded.append(user)
            raise
        hold(self._sessions, self._signing, account, pairs, renews=renews)
        self._sessions.replace(name, replace(account, registered=made.value))
        self._registered[name] = answer
        self._live.answers.setdefault(made.operation.key, answer)
        if throwaway:
            self.losable |= {text for kind, text in given.items() if kind in {"user", "email", "phone"}}
        return self._sessions[name].account

    def reply(self, identity: str, path: str) -> Answer | None:
        """What registered an account where a path is; None: we did not."""
        return self.areas.reply(identity, path) or self._registered.get(identity)

    def noticed(self, answer: Answer) -> None:
        """Count what checks register by the way."""
        form, asked = self.form, answer.asked
        if form is None or asked.method != form.operation.method or not granted(answer):
            return
        if asked.target.partition("?")[0] == self._live.target_of(form.operation).partition("?")[0]:
            self._all.add(hash(asked.body))

    @property
    def unnamed(self) -> int:
        """How many accounts were registered that have no identity here."""
        return len(self._all - self._own)

    async def leave(self) -> list[str]:
        """Have each account remove itself; the users that are left."""
        left = []
        for name in reversed(list(self._registered)):
            account = self._sessions[name].account
            if not await removing.removed(self._live, account, self._registered[name]):
                left.append(account.user)
        return left + self._stranded


def hold(sessions: Sessions, signing: Signing, account: Account, pairs: Pairs, *, renews: bool = True) -> None:
    """Take an identity that signed in; `renews`: a login can do it again."""

    async def renewed(through: LiveHttp) -> Pairs:
        return await signing.sign_in(through, account)

    watched = not account.throwaway or account.name in {DECOY, STAND_IN}
    sessions.put(account, pairs, renewed if renews else None, watched=watched)


def _named(told: Mapping[str, Any]) -> str:
    return next((str(value) for key, value in told.items() if squeezed(key) in {"name", "id"}), "")


def _once_each(make: Callable[[str], tuple[str, bytes]]) -> Callable[[str], tuple[str, bytes]]:
    """Equal texts get equal bodies: requests that are equal are sent once."""
    return functools.lru_cache(maxsize=256)(make)
