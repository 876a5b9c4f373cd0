"""Before any check asks: is somebody there, what is the document, where do its operations answer, do the credentials work."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from typing import Final

from ostiary.audit.gather import document, forecourt, graphql, observe
from ostiary.audit.gather.crawl import crawl, joined
from ostiary.audit.gather.http import LiveHttp
from ostiary.audit.gather.live import Live
from ostiary.audit.gather.spec import spec_of
from ostiary.errors import ConfigError, Unanswerable
from ostiary.evidence import Spec
from ostiary.model import Api

SURVEYOR: Final = "the survey"  # whose account pays for what all checks share
SPARSE: Final = 5  # operations: a document that was found and has no more is looked beside
_REFUSED: Final = frozenset({401, 403})


class Survey:
    """What is known of a target once the checks begin; ``notes`` are sentences for the report.

    :param say: called with what is being done.
    """

    def __init__(self, live: Live, say: Callable[[str], None]) -> None:
        self.live = live
        self.notes: list[str] = []
        self.answered = self.tried = 0
        self.unauthenticated = False
        self.shut = False  # nobody gets in: that says nothing of the credentials
        self.spec: Spec | None = None
        self._written: Api | None = None  # the document, where links showed more than it says
        self._say = say

    async def make(self, api: str | os.PathLike[str] | Api | None, *, find: bool, insecure: bool) -> None:
        """Reach the target, get the document, learn what exists.

        :raises ConfigError: when the document named cannot be used, or credentials would go to an unknown server.
        :raises Unanswerable: when nobody answers.
        """
        live, http = self.live, LiveHttp(self.live, SURVEYOR)
        self._say("reaching the target")
        await observe.reach(http, live.target.prefix)
        notes = self.notes
        self._look_at_tls(insecure=insecure)
        notes += await forecourt.before(http, live.target.prefix)
        self._say("reading the document")
        if isinstance(api, Api):
            live.adopt(api)
        elif api is not None:
            live.adopt(await document.given(os.fspath(api), http))
        elif find:
            found, sentence = await document.found(http, live.target.prefix)
            live.adopt(found)
            notes.append(sentence)
            await self._follow_links(http, found)
        if find:
            notes += await graphql.look(live, http)
        self._say("looking around")
        with contextlib.suppress(Unanswerable):  # a budget too small to look around is small enough to show
            notes += await observe.rebase(live, http)
            notes += await observe.nothing(live, http)
            notes += graphql.describe(live)
            self._say("signing in")
            await live.accounts.prepare(http)
        if live.accounts.failed:
            await self._look_at_the_door(http)
            self.unauthenticated = True
            notes.append(f"Authentication failed: {live.accounts.failed}.")
            if not self.shut:
                return
        self._say("looking around")
        with contextlib.suppress(Unanswerable):
            await observe.learn_ids(live, http)
            self.answered, self.tried = await observe.settle(live, http)
        self.spec = spec_of(self._written or live.api, notes)
        self._look_at_answers()
        if self.unauthenticated:
            await self._look_at_the_door(http)
        live.typical = asyncio.ensure_future(observe.sample(live, http))
        await asyncio.wait({live.typical})

    async def _follow_links(self, http: LiveHttp, found: Api | None) -> None:
        """Where no document is, or one that was only found and says little: some describe one corner of a whole."""
        live = self.live
        if found is not None and len(found.operations) > SPARSE:
            return
        self._say("following links")
        inferred, sentences = await crawl(http, live.target.prefix, guesses_too=found is None)
        if found is None:
            live.adopt(inferred)
            self.notes += sentences
            return
        whole = joined(found, inferred) if inferred is not None else found
        if whole is not found:
            self._written = found  # checks of documents judge what somebody wrote
            live.adopt(whole)
            count = len(whole.operations) - len(found.operations)
            self.notes.append(
                f"It describes {len(found.operations)} operations; {count} more were inferred from links and replies."
            )

    async def _look_at_the_door(self, http: LiveHttp) -> None:
        """See whether everybody is refused: who asks for that alone has the answer, though nobody could sign in."""
        if self.shut:
            return
        with contextlib.suppress(Unanswerable):
            sentence = await observe.shut_door(self.live, http)
            self.shut = bool(sentence)
            self.notes += [sentence] if sentence else []

    def _look_at_tls(self, *, insecure: bool) -> None:
        wire = self.live.wire
        if wire.tls_fault:
            self.notes.append(f"TLS as of today was refused ({wire.tls_fault}); older versions were allowed.")
        if wire.certificate_fault:
            self.notes.append(f"The certificate does not verify: {wire.certificate_fault}.")
            self.live.shower.curl_options += ("-k",)
            loopback = all(address.startswith("127.") or address == "::1" for address in self.live.target.addresses)
            if self.live.identities and not insecure and not loopback:
                raise ConfigError(
                    "TLS",
                    f"the certificate does not verify ({wire.certificate_fault}), so credentials were not sent",
                    "trust its authority with --cacert FILE, or say --insecure",
                )

    def _look_at_answers(self) -> None:
        live = self.live
        refused = [each for each in live.answers.values() if each.status in _REFUSED]
        secured = [live.answers[each.key] for each in live.operations if each.security and each.key in live.answers]
        judged = secured or list(live.answers.values())
        if self.tried and not self.answered:
            self.notes.append("No operation answered a valid request with 2xx: checks that need one say UNKNOWN.")
        asked_as_somebody = [each for each in judged if each.asked.identity]
        somebody = live.identities and asked_as_somebody and not live.accounts.recognised
        if somebody and all(each.status in _REFUSED for each in asked_as_somebody):
            self.unauthenticated = True
            self.notes.append(
                f"Authentication failed: all {len(asked_as_somebody)} operations that ask for credentials refused those given."
            )
        elif refused and not live.identities:
            self.notes.append(
                f"{len(refused)} of {len(live.answers)} operations want credentials and none were given (--bearer, --header)."
            )
