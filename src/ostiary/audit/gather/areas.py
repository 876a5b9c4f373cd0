"""A part of an API may keep users of its own: who joined one joins the others too, and is known to each by what it hands out."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ostiary.audit.gather import grants, login, registering
from ostiary.audit.gather.grants import Form, Pairs, Way
from ostiary.audit.gather.login import Recipe
from ostiary.audit.gather.persons import Person
from ostiary.audit.gather.registering import SignUp
from ostiary.audit.gather.trying import Closed, aimed, closed_reads, opens, spelt_out, way_in
from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer
from ostiary.model import Operation
from ostiary.parts.role_words import listed, squeezed
from ostiary.parts.seen.privileges import is_privileged

if TYPE_CHECKING:
    from ostiary.audit.gather.http import LiveHttp
    from ostiary.audit.gather.live import Live
    from ostiary.audit.gather.sessions import Sessions
    from ostiary.audit.gather.signing import Signing

MOST_AREAS: Final = 6
_MOST_FORMS: Final = 20  # registrations that are looked at for parts of their own
_MOST_LOGINS: Final = 2
_GATES: Final = frozenset(listed("auth authentication account accounts user users session sessions identity"))


@dataclass(slots=True)
class Area:
    """A part of the API: where its paths begin, how one joins, what is shut there, and what opened it to the first."""

    within: str
    form: SignUp
    doors: list[Closed]
    recipes: list[Recipe] = field(default_factory=list)
    way: Way | None = None  # from the reply to the registration to a credential


class Areas:
    """The parts of an API that the credentials of the first registration do not open."""

    def __init__(self, live: Live, sessions: Sessions, signing: Signing) -> None:
        self._live = live
        self._sessions = sessions
        self._signing = signing
        self._found: list[Area] | None = None
        self._replies: dict[
            str, dict[str, Answer]
        ] = {}  # identity -> where paths begin -> the reply that registered it

    async def join(
        self, http: LiveHttp, account: Account, person: Person, main: Operation, more: Mapping[str, Any] | None
    ) -> None:
        """Register somebody who has joined where ``main`` is in each other part, and take what that gives.

        :param more: members to send along, as in ``main``.
        """
        if self._found is None:
            self._found = []  # what is asked on the way makes nobody look again
            self._found = await self._look(http, account, main)
        for area in list(self._found):
            try:
                pairs = await self._joined(http, area, account, person, more)
            except Unanswerable:
                pairs = ()
            if pairs:
                self._sessions.add(account.name, area.within, pairs)
            elif not more:
                self._found.remove(area)  # whoever comes next would not get in either

    def reply(self, identity: str, path: str) -> Answer | None:
        """What registered somebody in the part of its own that a path is in."""
        replies = self._replies.get(identity, {})
        near = max((each for each in replies if path.startswith(each)), key=len, default="")
        return replies[near] if near else None

    async def _look(self, http: LiveHttp, account: Account, main: Operation) -> list[Area]:
        """Registrations of other parts, where something is shut that the credentials at hand do not open."""
        own, found = part_of(main.path), list[Area]()
        for form in registering.sign_ups(self._live, _MOST_FORMS):
            operation = form.operation
            within = part_of(operation.path)
            if own.startswith(within) or within in {each.within for each in found}:
                continue
            if is_privileged(operation) or operation.security:
                continue  # who may make accounts there is no stranger
            doors = await closed_reads(self._live, http, within)
            with contextlib.suppress(Unanswerable):
                if doors and await opens(http, doors, self._live.identities[account.name]) is None:
                    recipes = login.recipes(self._live, self._signing.settings, within)
                    mine = [
                        each
                        for each in recipes
                        if each.operation.path.startswith(within) and each.operation != operation
                    ]
                    found.append(Area(within, form, doors, mine[:_MOST_LOGINS]))
            if len(found) == MOST_AREAS:
                break
        return found

    async def _joined(
        self, http: LiveHttp, area: Area, account: Account, person: Person, more: Mapping[str, Any] | None
    ) -> Pairs:
        answer, _ = await registering.register(self._live, http, area.form, person, more)
        self._replies.setdefault(account.name, {})[area.within] = answer
        doors = aimed(self._live, area.doors, answer)
        pairs = await self._logged_in(http, area, account, doors) or await self._handed(http, area, answer, doors)
        if pairs:
            return pairs
        for offered in spelt_out(self._live, doors, account.user, account.password):
            opened = await opens(http, doors, offered)
            if opened is not None:  # some begin a session by that
                return (*offered, *Form("Cookie").pairs("", grants.jar_of(opened)))
        return ()

    async def _logged_in(self, http: LiveHttp, area: Area, account: Account, doors: list[Closed]) -> Pairs:
        for recipe in area.recipes:
            answer, jar = await login.ask(self._live, http, recipe, account.user, account.password)
            if not login.looks_let_in(answer):
                continue
            recipe.way = recipe.way or await way_in(self._live, http, answer, doors, jar=jar)
            if recipe.way is not None:
                area.recipes = [recipe]
                return recipe.way.pairs(answer, jar)
        return ()

    async def _handed(self, http: LiveHttp, area: Area, answer: Answer, doors: list[Closed]) -> Pairs:
        area.way = area.way or await way_in(self._live, http, answer, doors, jar={})
        return area.way.pairs(answer) if area.way is not None else ()


def part_of(path: str) -> str:
    """Where the paths of the part begin that a registration is for: what stands before the words of registering."""
    pieces = [each for each in path.split("/") if each][:-1]
    while pieces and squeezed(pieces[-1]) in _GATES:
        pieces.pop()
    return "/" + "".join(f"{each}/" for each in pieces)
