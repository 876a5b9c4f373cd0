"""What all checks of a live API share: connections, replies, credentials and the budget; equal requests are sent once."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import ostiary
from ostiary.audit.gather import danger, fields
from ostiary.audit.gather.accounts import Accounts
from ostiary.audit.gather.budget import Budget
from ostiary.audit.gather.forgery import Forgery
from ostiary.audit.gather.listener import Ear, our_address
from ostiary.audit.gather.objects import Objects
from ostiary.audit.gather.pace import MOST_AT_ONCE, Pace
from ostiary.audit.gather.quiet import Quiet
from ostiary.audit.gather.requests import Maker
from ostiary.audit.gather.show import Shower
from ostiary.audit.gather.slashes import Slashes
from ostiary.audit.gather.wire import Came, Wire
from ostiary.audit.target import Target
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Asked
from ostiary.model import Api, Operation
from ostiary.parts.accounts import Account as AccountSettings
from ostiary.parts.accounts import Audit as AuditSettings
from ostiary.parts.roles import recognised

KEPT: Final = 64 << 20  # bytes of shared replies in memory; older ones are asked again when needed
LONGEST_PAUSE: Final = 5.0  # seconds that a Retry-After may make us wait
ALL_PAUSES: Final = 60.0  # seconds, in one audit
_TOO_MANY: Final = 429
_SECOND_LOOKS: Final = (0.0, 2.0)  # seconds before what worked is asked again
_Key = tuple[str, str, tuple[tuple[str, str], ...], bytes, str]
Pairs = Sequence[tuple[str, str]]


class Live:
    """What all checks share: connections, replies, credentials and the budget.

    :param headers: sent with every request, whoever asks.
    :param identities: credentials by name; the first is the default.
    :param role: says what an operation is to an attacker (`Operation.role`).
    :param settings: what the policy says of audits; `accounts` are more of its accounts.
    :param register: whether accounts may be registered.
    """

    def __init__(
        self,
        target: Target,
        wire: Wire,
        budget: Budget,
        *,
        api: Api | None = None,
        headers: Pairs = (),
        identities: Mapping[str, Pairs] | None = None,
        user_agent: str = "",
        development: bool = False,
        intrusive: bool = False,
        curl_options: Sequence[str] = (),
        nonce: str = "",
        role: Callable[[Operation], str] = recognised,
        pace: Pace | None = None,
        settings: AuditSettings | None = None,
        accounts: Mapping[str, AccountSettings] | None = None,
        register: bool = False,
    ) -> None:
        self.target = target
        self.wire = wire
        self.budget = budget
        self.headers = tuple(headers)
        self.areas: dict[
            str, dict[str, tuple[tuple[str, str], ...]]
        ] = {}  # identity -> where paths begin -> credentials
        self.identities: dict[str, tuple[tuple[str, str], ...]] = {k: tuple(v) for k, v in (identities or {}).items()}
        self.user_agent = user_agent or f"ostiary/{ostiary.__version__} (security audit)"
        self.development = development
        self.intrusive = intrusive
        self.shower = Shower(target.base, self.identities, curl_options, self.user_agent)
        self.api: Api | None = None
        self.operations: tuple[Operation, ...] = ()
        self.excluded: tuple[tuple[Operation, str], ...] = ()
        self.answers: dict[str, Answer] = {}  # operation key -> last reply to a valid request
        self._nonce = nonce or secrets.token_hex(3)
        self._count = 0
        self._shared: OrderedDict[_Key, asyncio.Future[Answer]] = OrderedDict()
        self._kept = 0
        self._paused = 0.0
        self.quiet = Quiet()
        self.pace = pace or Pace(MOST_AT_ONCE)
        self._ear: Ear | None = None
        self.nothing: Answer | None = None  # what is answered with success where nothing is; None: nothing is
        self._worked: Asked | None = None  # the first read that was answered with success
        self._forbidden: tuple[tuple[re.Pattern[str], bool], ...] = ()
        self._role = role
        self.maker = Maker(None, nonce=self._nonce)
        self.slashes = Slashes()
        self.fields = fields.Fields()
        self.may_register = register
        self.forgery = Forgery()
        self.accounts = Accounts(self, settings, accounts)
        self.objects = Objects(self)
        self.typical: asyncio.Future[tuple[Answer, ...]] | None = None
        self.adopt(api)

    def adopt(self, api: Api | None) -> None:
        """Take a document: its harmless operations are what checks may call."""
        if api is not None:
            named = tuple(replace(each, role=self._role(fields.inside(each))) for each in api.operations)
            api = replace(api, operations=named)
        self.api = api
        self.fields = fields.Fields(api)
        self.maker = Maker(api, nonce=self._nonce, intrusive=self.intrusive)
        listed = api.operations if api is not None else ()
        reasons = [(each, danger.reason(each)) for each in listed if each.declared]
        alone = [(each, why) for each, why in reasons if why and (not self.intrusive or danger.is_of_all(each))]
        self.excluded = tuple(alone)
        left_alone = {each.key for each, _ in self.excluded}
        self.operations = tuple(each for each, _ in reasons if each.key not in left_alone)
        self.budget.cover(len(self.operations))
        harmful = [each for each, _ in self.excluded if _is_forbidden(each)]
        self._forbidden = tuple((_pattern(each), danger.is_of_account(each)) for each in harmful)

    def target_of(self, operation: Operation) -> str:
        """Path and query of a valid request, as the server writes the path."""
        return self.slashes.of(operation, self.maker.target(operation))

    def pairs_of(self, identity: str, target: str) -> tuple[tuple[str, str], ...]:
        """The credentials of an identity for a path: those of the part of the API it is in, where that has its own."""
        parts = self.areas.get(identity, {})
        near = max((each for each in parts if target.startswith(each)), key=len, default="")
        return parts[near] if near else self.identities.get(identity, ())

    @property
    def nonce(self) -> str:
        """What makes the names of what is created differ between audits."""
        return self._nonce

    def fresh_nonce(self) -> str:
        """Another one, for writes that must not collide with the ones before."""
        self._count += 1
        return f"-{self._count}"

    def ear(self) -> Ear:
        """Where the target may call back; begins to listen when first asked for.

        :raises Unanswerable: when the target could not reach us.
        """
        if self._ear is None:
            self._ear = Ear(our_address(self.target.addresses[0]), f"ostiary{self._nonce}{secrets.token_hex(4)}")
        return self._ear

    async def close(self) -> None:
        """Listen no longer."""
        if self._ear is not None:
            await self._ear.close()

    async def remove(self, check: str, asked: Asked) -> Answer:
        """Send what would else be left alone: the audit removes something of its own."""
        return self._read(asked, *await self._paid(check, asked))

    async def ask(self, check: str, asked: Asked, *, fresh: bool, alone: bool = False) -> Answer:
        """Send a request, or share the reply that an equal one got; `alone`: fresh, and nothing else is under way."""
        if fresh or alone:
            return await self._sent(check, asked, patient=False, alone=alone)
        key = (asked.method, asked.target, asked.headers, asked.body, asked.identity)
        running = self._shared.get(key)
        if running is not None:
            return await asyncio.shield(running)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._shared[key] = future
        try:
            answer = await self._sent(check, asked, patient=True)
        except BaseException as error:
            self._shared.pop(key, None)
            known = isinstance(error, Unanswerable)
            future.set_exception(error if known else Unanswerable("the check that asked this first was stopped"))
            future.exception()  # those who waited raise it; nobody else must
            raise
        future.set_result(answer)
        self._keep(len(answer.body))
        return answer

    async def _sent(self, check: str, asked: Asked, *, patient: bool, alone: bool = False) -> Answer:
        self._see_that_it_may(asked)
        sent, came = await self._paid(check, asked, alone=alone)
        if patient and came.status == _TOO_MANY:
            pause = _pause(came)
            if pause <= LONGEST_PAUSE and self._paused + pause <= ALL_PAUSES:
                self._paused += pause
                await asyncio.sleep(pause)
                sent, came = await self._paid(check, asked)
        answer = self._read(asked, sent, came)
        await self._look_at_refusal(check, asked, answer.status, patient=patient)
        return answer

    async def _look_at_refusal(self, check: str, asked: Asked, status: int, *, patient: bool) -> None:
        """Many refusals in a row may be an API's rules, or the end of its patience: what worked before tells."""
        health = self.wire.health
        if patient and asked.method == "GET" and 200 <= status < 300 and self._worked is None:  # noqa: PLR2004 - RFC 9110
            self._worked = asked
        if (status == _TOO_MANY and not patient) or not health.refuses(status) or self._worked is None:
            return
        for pause in _SECOND_LOOKS:
            await asyncio.sleep(pause)
            try:
                again = (await self._paid(check, self._worked))[1].status
            except Unanswerable:
                return
            if 200 <= again < 300:  # noqa: PLR2004 - RFC 9110 section 15.3
                return
        health.banned(f"{self._worked.method} {self._worked.target}", again)

    def _read(self, asked: Asked, sent: Asked, came: Came) -> Answer:
        answer = _answer(sent, came)
        if sent is asked:
            return answer
        status, body = fields.read(came.status, came.body, sent.body)
        return replace(answer, asked=asked, status=status, body=body, wire=answer)

    def _see_that_it_may(self, asked: Asked) -> None:
        """What ends sessions, changes credentials or resets them is for throwaway accounts; the rest is for nobody."""
        line = f"{asked.method} {asked.target.partition('?')[0]}"
        for pattern, of_account in self._forbidden:
            if pattern.fullmatch(line) and not (of_account and self.accounts.is_throwaway(asked)):
                raise Unanswerable(f"{line} is left alone: it could do harm (--intrusive)")

    async def _paid(self, check: str, asked: Asked, *, alone: bool = False) -> tuple[Asked, Came]:
        """The request as it went out, and its reply."""
        line = ""
        if self.fields.covers(asked.target):
            line, asked = f"{asked.method} {asked.target.partition('?')[0]}", self.fields.written(asked)
        async with self.quiet.alone() if alone else self.quiet.together(), self.pace.turn():
            self.budget.spend(check)
            came = await self.wire.send(asked.method, asked.target, asked.headers, asked.body, line=line)
        self.pace.told(came.seconds)
        return asked, came

    def _keep(self, size: int) -> None:
        self._kept += size
        for key in list(self._shared):
            if self._kept <= KEPT:
                return
            future = self._shared[key]
            if future.done():
                del self._shared[key]
                self._kept -= len(future.result().body) if future.exception() is None else 0


def _answer(asked: Asked, came: Came) -> Answer:
    return Answer(
        asked=asked,
        status=came.status,
        headers=came.headers,
        body=came.body,
        seconds=came.seconds,
        truncated=came.truncated,
    )


def _pattern(operation: Operation) -> re.Pattern[str]:
    path = "".join(
        "[^/]*" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]*\})", operation.path)
    )
    methods = "(?:GET|HEAD)" if operation.method == "GET" else re.escape(operation.method)
    return re.compile(f"{methods} {path}/?")


def _is_forbidden(operation: Operation) -> bool:
    """Not even a check may call it: its name says that it destroys, or it deletes a whole collection."""
    return bool(danger.destructive(operation)) or (
        operation.method == "DELETE" and not operation.path.rstrip("/").endswith("}")
    )


def _pause(came: Came) -> float:
    value = next((value for name, value in came.headers if name == "retry-after"), "1")
    return float(value) if value.isascii() and value.isdigit() else LONGEST_PAUSE + 1
