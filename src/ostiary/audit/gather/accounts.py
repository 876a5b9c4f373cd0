"""Who the audit can be: the operator's credentials, accounts that it registers itself, and how each signs in again."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ostiary.audit.gather import login, oauth, persons, registering, removing
from ostiary.audit.gather.grants import Pairs
from ostiary.audit.gather.login import Recipe
from ostiary.audit.gather.registering import SignUp
from ostiary.audit.gather.sessions import Sessions
from ostiary.audit.gather.trying import Closed, closed_reads, opens, way_in
from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Asked
from ostiary.parts.accounts import Account as Settings
from ostiary.parts.accounts import Audit
from ostiary.parts.role_words import squeezed
from ostiary.parts.seen import callers
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.owners import speaks_of_privilege

if TYPE_CHECKING:
    from ostiary.audit.gather.http import LiveHttp
    from ostiary.audit.gather.live import Live

NAMES: Final = ("alice", "bob", "carol", "dave")  # of accounts that are registered for comparing
_PEOPLE: Final = 2  # that a comparison takes
_AGAIN: Final = 2  # persons that are tried for one account


class Accounts:
    """What is known of identities; the credentials themselves are in `Live.identities`.

    ``notes`` are sentences for the report; ``failed`` says why those whom the operator named could not sign in.
    """

    def __init__(self, live: Live, settings: Audit | None = None, given: Mapping[str, Settings] | None = None) -> None:
        self._live = live
        self._settings = settings or Audit()
        self._given = {**self._settings.accounts, **(given or {})}
        self._sessions = Sessions(live)
        self._privileged: set[str] = {name for name, each in self._given.items() if each.privileged or speaks_of_privilege(each.role)}  # fmt: skip
        self._recipe: Recipe | None = None
        self._form: SignUp | None = None
        self._doors: list[Closed] | None = None
        self._owner = self._other = ""
        self._count = 0
        self._thrown = 0
        self._lock = asyncio.Lock()
        self._called = ""  # the member of a registration that logins take as the user's name
        self._lost_names: set[str] = set()  # of throwaway accounts
        self._registered: dict[str, Answer] = {}  # identity -> the reply that registered it
        self.notes: list[str] = []
        self.failed = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Identities for comparing and reporting: not the throwaway ones."""
        held = self._sessions
        return tuple(each for each in self._live.identities if each not in held or not held[each].account.throwaway)

    @property
    def owner(self) -> str:
        """As in the port."""
        return self._owner or next(iter(self.names), "")

    @property
    def other(self) -> str:
        """As in the port."""
        return self._other

    def account(self, identity: str) -> Account | None:
        """As in the port."""
        return self._sessions[identity].account if identity in self._sessions else None

    def is_throwaway(self, asked: Asked) -> bool:
        """Whether a request is made as an account that may be lost; of nobody's, whether it names one."""
        name = self._sessions.whose(asked)
        if name:
            return name in self._sessions and self._sessions[name].account.throwaway
        told = asked.body + asked.target.encode()
        return any(each.encode() in told for each in self._lost_names)

    async def prepare(self, http: LiveHttp) -> None:
        """Sign in whom the operator named, or register two users where that is possible; decide who compares with whom.

        :raises ConfigError: when a secret that the policy names is not there.
        """
        for name, pairs in list(self._live.identities.items()):
            self._sessions.put(Account(name=name), pairs)
        for name, each in self._given.items():
            try:
                await self._take(http, name, each)
            except Unanswerable as error:
                self.failed = f"{name} cannot sign in: {error}"
                return
        if self._settings.register and self._live.may_register:
            await self._fill_up(http)
        await self._choose(http)

    async def _take(self, http: LiveHttp, name: str, given: Settings) -> None:
        """Make an identity of an account that the operator described."""
        account = Account(name=name, user=given.user, password=given.password.reveal() if given.password else "")
        if given.bearer is not None:
            self._sessions.put(account, [("Authorization", f"Bearer {given.bearer.reveal()}")])
        elif given.cookie is not None:
            self._sessions.put(account, [("Cookie", given.cookie.reveal())])
        elif given.key is not None:
            self._sessions.put(account, [(given.header or f"?{given.query}", given.key.reveal())])
        elif given.oauth is not None:
            grant = oauth.Grant(self._live, given)

            async def granted(_: LiveHttp) -> Pairs:
                return await grant.pairs()

            self._sessions.put(account, await granted(http), granted)
        elif given.basic:
            self._sessions.put(account, [("Authorization", basic(account.user, account.password))])
        else:
            await self._sign_in_as(http, account)

    async def _sign_in_as(self, http: LiveHttp, account: Account) -> None:
        """Make an identity of a user and a password, by the login flow.

        :raises Unanswerable: when that does not let it in.
        """
        pairs = await self._logged_in(http, account)
        account = replace(account, user=self._name_of(account))

        async def renewed(through: LiveHttp) -> Pairs:
            return await self._logged_in(through, account)

        self._sessions.put(account, pairs, renewed)

    def _name_of(self, account: Account) -> str:
        """What the login calls this account by: of its names, the one that worked for the first."""
        return str(account.registered.get(self._called, account.user)) if account.registered else account.user

    async def _logged_in(self, http: LiveHttp, account: Account) -> Pairs:
        if self._recipe is not None:
            answer, jar = await login.ask(self._live, http, self._recipe, self._name_of(account), account.password)
            pairs = self._recipe.way.pairs(answer, jar) if self._recipe.way is not None else ()
            if not pairs or not login.looks_let_in(answer):
                raise Unanswerable(f"{self._recipe.operation.key} answered {answer.status} and no credential")
            return pairs
        return await self._discovered(http, account)

    async def _discovered(self, http: LiveHttp, account: Account) -> Pairs:
        """Find out how one logs in here, with an account that can."""
        found = login.recipes(self._live, self._settings.login)
        if not found:
            raise Unanswerable("no login operation is known ([audit.login] names one)")
        last = ""
        for recipe in found:
            for user in login.guesses(recipe):
                recipe.user = user
                for text in self._spellings(account, recipe):
                    answer, jar = await login.ask(self._live, http, recipe, text, account.password)
                    last = f"{recipe.operation.key} answered {answer.status}"
                    if not login.looks_let_in(answer):
                        continue
                    recipe.way = await way_in(
                        self._live,
                        http,
                        answer,
                        await self._closed(http),
                        jar=jar,
                        place=recipe.place,
                        form=recipe.send,
                    )
                    if recipe.way is None:
                        last += ", but nothing in its reply opens what is shut"
                        continue
                    self._recipe = recipe
                    self._called = next((key for key, value in account.registered.items() if value == text), "")
                    self._live.answers[recipe.operation.key] = answer
                    if recipe.way.place.kind == "cookie":  # anonymous sessions get cookies too
                        recipe.failing = (await login.ask(self._live, http, recipe, "ostiary-nobody", "Os-nobody-1!"))[
                            0
                        ]
                    return recipe.way.pairs(answer, jar)
        raise Unanswerable(last or "no login operation took a user and a password")

    def _spellings(self, account: Account, recipe: Recipe) -> list[str]:
        """What the login may want to be called by: of those whom we registered, any name that we gave."""
        given = {squeezed(path): str(value) for path, value in account.registered.items()}
        own = given.get(squeezed(recipe.user[-1]))
        others = [value for key, value in given.items() if persons.kind_of(key) in {"user", "email", "phone"}]
        return list(dict.fromkeys(each for each in (own, account.user, *others) if each))

    async def _closed(self, http: LiveHttp) -> list[Closed]:
        if self._doors is None:
            self._doors = await closed_reads(self._live, http)
        return self._doors

    async def _fill_up(self, http: LiveHttp) -> None:
        """Register ordinary users until there are two."""
        ordinary = [each for each in self.names if each not in self._privileged and not speaks_of_privilege(each)]
        free = [each for each in NAMES if each not in self._live.identities]
        made: list[str] = []
        try:
            for name in free[: _PEOPLE - len(ordinary)]:
                await self._register(http, name, throwaway=False)
                made.append(name)
        except Unanswerable as error:
            if not ordinary:
                self.notes.append(f"No account could be registered ({error}): checks that need one say UNKNOWN.")
        if made and self._form is not None:
            users = ", ".join(f"{each} ({self._sessions[each].account.user})" for each in made)
            self.notes.append(f"Registered {users} through {self._form.operation.key}, to compare what each may do.")

    async def _register(self, http: LiveHttp, name: str, *, throwaway: bool) -> Account:
        """Register somebody and sign in.

        :raises Unanswerable: when the API lets nobody.
        """
        forms = [self._form] if self._form is not None else registering.sign_ups(self._live)
        salt = ""
        why = Unanswerable("no operation of the document registers accounts")
        for form in forms:
            for _ in range(_AGAIN):
                self._count += 1
                person = persons.invented(self._live.nonce + salt, self._count)
                try:
                    answer, made = await registering.register(self._live, http, form, person)
                except Unanswerable as error:
                    why, salt = error, secrets.token_hex(4)  # an audit with the same seed may have been here
                    continue
                told = {path[-1]: made.get(path) for path in made.paths()}
                account = Account(
                    name=name,
                    user=_user_of(told) or person.user,
                    password=next((str(v) for k, v in told.items() if persons.kind_of(squeezed(k)) == "password"), ""),
                    throwaway=throwaway,
                    registered=made.value,
                )
                self._form = form
                self._live.answers.setdefault(form.operation.key, answer)
                await self._welcome(http, replace(account, registered=told), answer)
                self._sessions.replace(name, replace(self._sessions[name].account, registered=made.value))
                self._registered[name] = answer
                if throwaway:
                    self._lost_names |= {person.user, person.email}
                return self._sessions[name].account
        raise why

    async def _welcome(self, http: LiveHttp, account: Account, answer: Answer) -> None:
        """Sign in who has just registered: by logging in, or with what the registration handed out."""
        try:
            await self._sign_in_as(http, account)
        except Unanswerable:
            way = await way_in(self._live, http, answer, await self._closed(http), jar={})
            pairs = way.pairs(answer) if way is not None else ()
            if not pairs:
                pairs = await self._by_basic(http, account)
            if not pairs:
                raise
            self._sessions.put(account, pairs)

    async def _by_basic(self, http: LiveHttp, account: Account) -> Pairs:
        pairs = (("Authorization", basic(account.user, account.password)),)
        doors = await self._closed(http)
        return pairs if doors and await opens(http, doors, pairs) is not None else ()

    async def _choose(self, http: LiveHttp) -> None:
        """Decide who is the owner and who the other: ordinary, and shown to be two."""
        names = self.names
        if not names:
            return
        known = {each.name: each for each in await callers.known(http, len(names))} if len(names) > 1 else {}
        ordinary = [each for each in names if each not in self._privileged and not speaks_of_privilege(each)]
        ordinary = [each for each in ordinary if each not in known or not known[each].privileged] or ordinary
        self._owner = (ordinary or list(names))[0]
        mine = self.account(self._owner)
        for each in ordinary[1:]:
            theirs = self.account(each)
            named = mine is not None and theirs is not None and mine.user and theirs.user and mine.user != theirs.user
            marked = self._owner in known and each in known and known[self._owner].marks != known[each].marks
            if named or (marked and known[each].marks and known[self._owner].marks):
                self._other = each
                return

    async def throwaway(self, http: LiveHttp) -> Account:
        """As in the port."""
        async with self._lock:
            if self._thrown >= self._settings.throwaways:
                raise Unanswerable(f"{self._thrown} throwaway accounts were registered, which is all that may be")
            if not (self._settings.register and self._live.may_register):
                raise Unanswerable("no account may be registered (register = false)")
            self._thrown += 1
            return await self._register(http, f"throwaway-{self._thrown}", throwaway=True)

    async def sign_in(self, http: LiveHttp, user: str, password: str, *, fresh: bool) -> Answer:
        """As in the port."""
        if self._recipe is None:
            raise Unanswerable("no login operation is known: nobody has signed in through one")
        return (await login.ask(self._live, http, self._recipe, user, password, fresh=fresh))[0]

    def signed_in(self, answer: Answer) -> bool:
        """As in the port."""
        recipe = self._recipe
        if recipe is None or recipe.way is None or not login.looks_let_in(answer):
            return False
        if not recipe.way.place.value(answer):
            return False
        failing = recipe.failing
        if failing is None or not recipe.way.place.value(failing):
            return True
        return (failing.status, failing.head("location")) != (answer.status, answer.head("location")) or (
            parse(failing.body) != parse(answer.body) and failing.status == answer.status
        )

    async def renew(self, http: LiveHttp, identity: str) -> None:
        """As in the port."""
        await self._sessions.renew(http, identity)

    async def keep(self, http: LiveHttp, identity: str) -> None:
        """Before a request is sent: see that the credentials do not expire on the way."""
        await self._sessions.keep(http, identity)

    def saw(self, identity: str, answer: Answer) -> None:
        """After a request: remember what works."""
        self._sessions.saw(identity, answer)

    async def revived(self, http: LiveHttp, identity: str, answer: Answer, used: Pairs) -> bool:
        """After a refusal: whether it is worth asking again, with new credentials."""
        return await self._sessions.revived(http, identity, answer, used)

    async def close(self, http: LiveHttp) -> None:  # noqa: ARG002 - as for objects
        """Remove what was registered, where the API lets us; the rest is named in the notes."""
        left = []
        for name in reversed(list(self._registered)):
            account = self._sessions[name].account
            if not await removing.removed(self._live, account, self._registered[name]):
                left.append(account.user)
        if left:
            named = ", ".join(sorted(left)[:4]) + (" ..." if len(left) > 4 else "")  # noqa: PLR2004 - more is no help
            self.notes.append(f"Left behind, as the API lets no user remove an account: {len(left)} ({named}).")


def basic(user: str, password: str) -> str:
    """An Authorization field of RFC 7617."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _user_of(told: Mapping[str, Any]) -> str:
    for kind in ("user", "email", "phone"):
        found = next((str(value) for key, value in told.items() if persons.kind_of(squeezed(key)) == kind), "")
        if found:
            return found
    return next((str(value) for key, value in told.items() if squeezed(key) in {"name", "id"}), "")
