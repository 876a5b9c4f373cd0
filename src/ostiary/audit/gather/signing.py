"""Signing in: the first account that can finds out how it is done here, and all others do as it did."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ostiary.audit.gather import login, persons
from ostiary.audit.gather.forgery import handed_out
from ostiary.audit.gather.grants import Form, Pairs
from ostiary.audit.gather.login import Recipe
from ostiary.audit.gather.trying import Closed, aimed, closed_reads, opens, send_as, spelt_out, way_in
from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer
from ostiary.parts.accounts import Login
from ostiary.parts.role_words import squeezed
from ostiary.parts.seen.bodies import parse

if TYPE_CHECKING:
    from ostiary.audit.gather.http import LiveHttp
    from ostiary.audit.gather.live import Live

_NOBODY: Final = ("ostiary-nobody", "Os-nobody-1!")  # cannot sign in anywhere


class Signing:
    """How one signs in to this API; ``recipe`` is None until somebody has."""

    def __init__(self, live: Live, settings: Login) -> None:
        self._live = live
        self.settings = settings
        self._called = ""  # the member of a registration that logins take as the user's name
        self._token_later = False  # whether a session's first read hands out a token against forgery
        self._doors: list[Closed] | None = None
        self._takes: dict[str, bool] = {}  # what is like a login by its fields alone -> whether it takes anybody
        self._spelt: tuple[Closed, int] | None = None  # what name and password themselves opened, and in which field
        self.recipe: Recipe | None = None
        self.each_his_own = False  # whether those reads were shut to who signed in, and one of his own was not

    async def closed(self, http: LiveHttp) -> list[Closed]:
        """Reads that are shut to nobody, by which a credential is told from a text."""
        if self._doors is None:
            self._doors = await closed_reads(self._live, http)
        return self._doors

    def name_of(self, account: Account) -> str:
        """What the login calls this account by: of its names, the one that worked for the first."""
        return str(account.registered.get(self._called, account.user)) if account.registered else account.user

    async def sign_in(self, http: LiveHttp, account: Account) -> Pairs:
        """The credentials that a login hands out to this account.

        :raises Unanswerable: when it does not let it in.
        """
        recipe = self.recipe
        if recipe is None:
            return await self._discover(http, account)
        answer, jar = await login.ask(self._live, http, recipe, self.name_of(account), account.password)
        pairs = recipe.way.pairs(answer, jar) if recipe.way is not None and login.looks_let_in(answer) else ()
        if not pairs:
            raise Unanswerable(f"{recipe.operation.key} answered {answer.status} and no credential")
        return await self._with_token(http, pairs) if self._token_later else pairs

    async def welcome(
        self, http: LiveHttp, account: Account, answer: Answer, within: str = "/"
    ) -> tuple[Account, Pairs, bool]:
        """The credentials of who has just registered, and whether a login can renew them.

        By logging in; else by what the registration itself handed out; else by name and password themselves.

        :param answer: the reply to the registration.
        :param within: where the paths begin that the registration is for.
        :raises Unanswerable: when none of it opens anything.
        """
        try:
            pairs = await self.sign_in(http, account)
            return replace(account, user=self.name_of(account)), pairs, True
        except Unanswerable:
            doors = await self.closed(http)
            if within != "/":
                near = await closed_reads(self._live, http, within)
                near = aimed(self._live, near, answer)
                doors = near + [each for each in doors if each.operation not in {one.operation for one in near}]
            way = await way_in(self._live, http, answer, doors, jar={})
            pairs = way.pairs(answer) if way is not None else ()
            if not pairs:
                pairs = await self.spelt(http, account, doors)
            if not pairs:
                raise
            return account, pairs, False

    async def spelt(self, http: LiveHttp, account: Account, doors: list[Closed]) -> Pairs:
        """Name and password as the credential itself, in the first header field in which they open something."""
        ways = spelt_out(self._live, doors, account.user, account.password) if doors else []
        for at, offered in enumerate(ways):
            for door in doors:
                if await opens(http, [door], offered) is not None:
                    self._spelt = self._spelt or (door, at)
                    return offered
        return ()

    async def _discover(self, http: LiveHttp, account: Account) -> Pairs:
        """Find out how one logs in here, with an account that can."""
        found = login.recipes(self._live, self.settings)
        if not found:
            raise Unanswerable("no login operation is known ([audit.login] names one)")
        last = ""
        inferred = self._live.api is not None and self._live.api.inferred
        for recipe in found:
            for field in login.guesses(recipe, inferred=inferred):
                recipe.user = field
                for name in self._spellings(account, recipe):
                    pairs, last = await self._tried(http, recipe, name, account)
                    if pairs:
                        return pairs
        raise Unanswerable(last)

    async def _tried(self, http: LiveHttp, recipe: Recipe, name: str, account: Account) -> tuple[Pairs, str]:
        """The credentials that this way of signing in gives, or why it gives none."""
        if not recipe.operation.role and await self._takes_anybody(http, recipe):
            return (), f"{recipe.operation.key} lets in who never registered: it makes accounts"
        answer, jar = await login.ask(self._live, http, recipe, name, account.password)
        if not login.looks_let_in(answer):
            return (), f"{recipe.operation.key} answered {answer.status}"
        doors = await self.closed(http)
        way = await way_in(self._live, http, answer, doors, jar=jar, place=recipe.place, form=recipe.send)
        if way is None:
            return (), f"nothing in the reply of {recipe.operation.key} ({answer.status}) opens what is shut"
        recipe.way = way
        self.recipe = recipe
        self._called = next((key for key, value in account.registered.items() if value == name), "")
        self._live.answers[recipe.operation.key] = answer
        if way.place.kind == "cookie":  # who is refused gets a session, too
            recipe.failing, _ = await login.ask(self._live, http, recipe, *_NOBODY)
        pairs = way.pairs(answer, jar)
        self.each_his_own = bool(doors) and await opens(http, doors, pairs) is None
        if way.place.kind == "cookie" and len(pairs) == 1:
            pairs = await self._with_token(http, pairs)
            self._token_later = len(pairs) > 1
        return pairs, ""

    async def _takes_anybody(self, http: LiveHttp, recipe: Recipe) -> bool:
        """Whether what was taken for a login by its fields alone does as somebody invented asks, too."""
        key = recipe.operation.key
        if key not in self._takes:  # once: where it makes accounts, somebody of that name is there from now on
            user, password = _NOBODY
            answer, _ = await login.ask(self._live, http, recipe, f"{user}-{self._live.nonce}", password)
            self._takes[key] = login.looks_let_in(answer) and not answer.all("set-cookie")
        return self._takes[key]

    async def _with_token(self, http: LiveHttp, pairs: Pairs) -> Pairs:
        """The same cookies with the token against forgery that some hand out with the first read of a session."""
        answer = await opens(http, await self.closed(http), pairs)
        token = handed_out(answer) if answer is not None else {}
        if not token:
            return pairs
        jar = dict(each.partition("=")[::2] for each in pairs[0][1].split("; "))
        return Form("Cookie").pairs("", {**jar, **token})

    def _spellings(self, account: Account, recipe: Recipe) -> list[str]:
        """What the login may want to be called by: of those whom we registered, any name that we gave."""
        given = {squeezed(path): str(value) for path, value in account.registered.items()}
        own = given.get(squeezed(recipe.user[-1]))
        others = [value for key, value in given.items() if persons.kind_of(key) in {"user", "email", "phone"}]
        others += [given[key] for key in ("name", "displayname", "id") if key in given]
        return list(dict.fromkeys(each for each in (own, account.user, *others) if each))

    async def ask(self, http: LiveHttp, user: str, password: str, *, fresh: bool) -> Answer:
        """Try to sign in, once.

        :raises Unanswerable: when nobody has signed in yet, so that it is not known how.
        """
        if self.recipe is None and self._spelt is not None:  # every request signs in
            door, at = self._spelt
            return await send_as(http, door.operation, spelt_out(self._live, [door], user, password)[at], door.target)
        if self.recipe is None:
            raise Unanswerable("no login operation is known: nobody has signed in through one")
        return (await login.ask(self._live, http, self.recipe, user, password, fresh=fresh))[0]

    def let_in(self, answer: Answer) -> bool:
        """Whether the reply to a login let somebody in."""
        recipe = self.recipe
        if recipe is None and self._spelt is not None:
            return self._spelt[0].opened_by(answer)
        if recipe is None or recipe.way is None or not login.looks_let_in(answer):
            return False
        if not recipe.way.place.value(answer):
            return False
        failing = recipe.failing
        if failing is None or not recipe.way.place.value(failing):
            return True
        same_way = (failing.status, failing.head("location")) == (answer.status, answer.head("location"))
        return not same_way or parse(failing.body) != parse(answer.body)
