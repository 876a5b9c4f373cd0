"""Who the audit can be: the operator's credentials, accounts that it registers itself, and how each signs in again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ostiary.audit.gather import oauth, passwords
from ostiary.audit.gather.grants import Pairs
from ostiary.audit.gather.joining import STAND_IN, Joining, hold
from ostiary.audit.gather.sessions import Sessions
from ostiary.audit.gather.signing import Signing
from ostiary.audit.gather.trying import basic, differ, refuses
from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Asked, OAuthClient
from ostiary.parts.accounts import Account as Settings
from ostiary.parts.accounts import Audit
from ostiary.parts.seen import callers
from ostiary.parts.seen.owners import speaks_of_privilege

if TYPE_CHECKING:
    from ostiary.audit.gather.http import LiveHttp
    from ostiary.audit.gather.live import Live
    from ostiary.parts.seen.callers import Caller

NAMES: Final = ("alice", "bob", "carol", "dave")  # of accounts that are registered for comparing
_PEOPLE: Final = 2  # that a comparison takes


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
        self._signing = Signing(live, self._settings.login)
        self._joining = Joining(live, self._sessions, self._signing)
        self._owner = self._other = ""
        self._thrown = 0
        self._lock = asyncio.Lock()
        self._unfit: set[str] = set()  # identities whose credentials do not work
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

    @property
    def recognised(self) -> bool:
        """Whether refusals tell the accounts that signed in from nobody: then being refused is a matter of rights."""
        recipe = self._signing.recipe
        return recipe is not None and recipe.way is not None and recipe.way.recognised

    def account(self, identity: str) -> Account | None:
        """As in the port."""
        return self._sessions[identity].account if identity in self._sessions else None

    def registration(self, identity: str, path: str) -> Answer | None:
        """The reply that registered an account of ours, in the part of the API that a path is in."""
        return self._joining.reply(identity, path)

    @property
    def oauth_client(self) -> OAuthClient | None:
        """As in the port."""
        given = self._settings.client
        secret = given.secret.reveal() if given.secret is not None else ""
        return OAuthClient(id=given.id, redirect=given.redirect, secret=secret) if given.id and given.redirect else None

    def is_throwaway(self, asked: Asked) -> bool:
        """Whether a request is made as an account that may be lost; of nobody's, whether it names one."""
        name = self._sessions.whose(asked)
        if name:
            return name in self._sessions and self._sessions[name].account.throwaway
        told = asked.body + asked.target.encode()
        return any(each.encode() in told for each in self._joining.losable)

    async def prepare(self, http: LiveHttp) -> None:
        """Sign in whom the operator named, or register two users where that is possible; decide who compares with whom.

        :raises ConfigError: when a secret that the policy names is not there.
        :raises Unanswerable: when the budget ends before it is known whether they can.
        """
        for name, pairs in list(self._live.identities.items()):
            self._sessions.put(Account(name=name), pairs)
        for name, each in self._given.items():
            try:
                await self._take(http, name, each)
            except Unanswerable as error:
                if self._live.budget.starved:
                    raise  # that is no fault of theirs
                self.failed = f"{name} cannot sign in: {error}"
                return
        await self._try_those_given(http)
        if self.failed:
            return
        if self._settings.register and self._live.may_register:
            await self._fill_up(http)
            await self._joining.teach(http)
        await self._choose(http)

    async def _try_those_given(self, http: LiveHttp) -> None:
        """Credentials that are refused wherever nobody is let in do not work: a report on them would mislead."""
        doors = await self._signing.closed(http) if self.names and not self._signing.each_his_own else []
        dead = [each for each in self.names if doors and await refuses(http, doors, self._live.identities[each])]
        where = ", ".join(each.operation.key for each in doors)
        if dead and (self.names[0] in dead or len(dead) == len(self.names)):
            self.failed = f"the credentials of {self.names[0]} are refused like nobody's ({where})"
        elif dead:
            self._unfit |= set(dead)
            self.notes.append(f"The credentials of {', '.join(dead)} are refused like nobody's ({where}): not used.")

    async def _take(self, http: LiveHttp, name: str, given: Settings) -> None:
        """Make an identity of an account that the operator described."""
        account = Account(
            name=name,
            user=given.user,
            password=given.password.reveal() if given.password else "",
            privileged=name in self._privileged,
        )
        self._live.shower.know(name, (), secrets=(account.password,))
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
        hold(self._sessions, self._signing, account, await self._signing.sign_in(http, account))

    def _ordinary(self) -> list[str]:
        left_out = self._privileged | self._unfit
        return [each for each in self.names if each not in left_out and not speaks_of_privilege(each)]

    async def _fill_up(self, http: LiveHttp) -> None:
        """Register ordinary users until there are two."""
        ordinary = self._ordinary()
        free = [each for each in NAMES if each not in self._live.identities]
        made: list[str] = []
        try:
            for name in free[: _PEOPLE - len(ordinary)]:
                await self._joining.register(http, name, throwaway=False)
                made.append(name)
        except Unanswerable as error:
            if not ordinary and self._live.operations:
                self.notes.append(f"No account could be registered ({error}): checks that need one say UNKNOWN.")
        form = self._joining.form
        if made and form is not None:
            users = ", ".join(f"{each} ({self._sessions[each].account.user})" for each in made)
            self.notes.append(f"Registered {users} through {form.operation.key}, to compare what each may do.")

    async def _choose(self, http: LiveHttp) -> None:
        """Decide who is the owner and who the other: ordinary, and shown to be two."""
        names = self.names
        if not names:
            return
        known = {each.name: each for each in await callers.known(http, len(names))} if len(names) > 1 else {}
        ordinary = self._ordinary()
        ordinary = [each for each in ordinary if each not in known or not known[each].privileged] or ordinary
        self._owner = (ordinary or list(names))[0]
        for each in [name for name in ordinary if name != self._owner]:
            if await self._are_two(http, known, each):
                self._other = each
                return
        if len(ordinary) > 1:
            self.notes.append(f"Nothing shows that {' and '.join(ordinary[:2])} are different users: not compared.")

    async def _are_two(self, http: LiveHttp, known: Mapping[str, Caller], name: str) -> bool:
        """Whether this identity is shown to be another user than the owner: by name, by what is told of it, by what it sees."""
        if self._live.identities.get(name) == self._live.identities.get(self._owner):
            self.notes.append(
                f"{self._owner} and {name} were handed one and the same credential: whose it is, it cannot tell."
            )
            return False
        mine, theirs = self.account(self._owner), self.account(name)
        if mine is not None and theirs is not None and mine.user and theirs.user:
            return mine.user != theirs.user
        if self._owner in known and name in known and known[self._owner].marks and known[name].marks:
            return known[self._owner].marks != known[name].marks
        if await differ(http, await self._signing.closed(http), self._owner, name):
            return True
        pair = [self._live.identities.get(each, ()) for each in (self._owner, name)]
        return passwords.users(*pair) and await passwords.are_looked_at(http, *pair)

    async def throwaway(self, http: LiveHttp, more: Mapping[str, Any] | None = None) -> Account:
        """As in the port."""
        async with self._lock:
            if self._thrown >= self._settings.throwaways:
                raise Unanswerable(f"{self._thrown} throwaway accounts were registered, which is all that may be")
            if not (self._settings.register and self._live.may_register):
                raise Unanswerable("no account may be registered (register = false)")
            self._thrown += 1
            return await self._joining.register(http, f"throwaway-{self._thrown}", throwaway=True, more=more)

    async def stand_in(self, http: LiveHttp) -> str:
        """The identity for what changes the account that calls it; nobody's where there are no accounts at all.

        :raises Unanswerable: when no account may be lost.
        """
        if not self.names:
            return ""
        async with self._lock:
            if STAND_IN not in self._sessions:
                if not (self._settings.register and self._live.may_register):
                    raise Unanswerable("it would change the account that asks, and none may be registered for that")
                await self._joining.register(http, STAND_IN, throwaway=True)
        return STAND_IN

    async def sign_in(self, http: LiveHttp, user: str, password: str, *, fresh: bool) -> Answer:
        """As in the port."""
        return await self._signing.ask(http, user, password, fresh=fresh)

    def signed_in(self, answer: Answer) -> bool:
        """As in the port."""
        return self._signing.let_in(answer)

    async def renew(self, http: LiveHttp, identity: str) -> None:
        """As in the port."""
        await self._sessions.renew(http, identity)

    async def keep(self, http: LiveHttp, identity: str) -> None:
        """Before a request is sent: see that the credentials do not expire on the way."""
        await self._sessions.keep(http, identity)

    def saw(self, identity: str, answer: Answer) -> None:
        """After a request: remember what works, and who has joined."""
        if identity:
            self._sessions.saw(identity, answer)
        self._joining.noticed(answer)

    async def revived(self, http: LiveHttp, identity: str, answer: Answer, used: Pairs) -> bool:
        """After a refusal: whether it is worth asking again, with new credentials."""
        return await self._sessions.revived(http, identity, answer, used)

    async def close(self, http: LiveHttp) -> None:  # noqa: ARG002 - as for objects
        """Remove what was registered, where the API lets us; the rest is named in the notes."""
        left, unnamed = await self._joining.leave(), self._joining.unnamed
        if left:
            named = ", ".join(sorted(left)[:4]) + (" ..." if len(left) > 4 else "")  # noqa: PLR2004 - more is no help
            self.notes.append(f"Left behind, as no operation removed them: {len(left)} accounts of ours ({named}).")
        if unnamed:
            self.notes.append(f"Checks of the registration made {unnamed} more, which stay.")
