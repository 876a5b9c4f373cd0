"""Killed in the middle of sign-ins, refreshes and resets, again and again: what was answered is so, and nothing is spent twice."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from identity.conftest import fresh_database
from live.identity_mortal import API, CHEAPEST, settings_of
from live.real_servers import free_port
from mortal import mortal
from ostiary.identity.cookies import SESSION
from ostiary.identity.ids import new_id, new_secret
from ostiary.identity.opening import close_services, open_services
from ostiary.identity.services import Services
from ostiary.identity.storage import clients, copying, grants, schema, users
from ostiary.parts.sealing import hashed
from ostiary.store.memory import MemoryStore
from store.servers import postgres_server

TOTAL = 1000  # answers
KILLS = (120, 300, 480, 660, 840)  # after so many
LEAST = 150  # answers in SECONDS, on the busiest machine
SECONDS = 30.0
SIGNERS, PER_SIGNER = 30, 25  # accounts, and sessions of each: fewer than one account may have
CHAINS, RESETTERS, NEWCOMERS = 4, 12, 2
CLIENT, CLIENT_SECRET = "shop", "a secret of the shop's, long enough"
GONE = 0  # instead of a status: the connection died, and nobody knows what came of it
_LINK = re.compile(r"^To: (\S+)$.*?/reset\?token=([A-Za-z0-9_-]+)", re.MULTILINE | re.DOTALL)


def password(of: str, turn: int = 0) -> str:
    return f"{turn} lanterns under {of.partition('@')[0]} quay"


@dataclass
class Forgetful:
    """Somebody who resets their password again and again.

    :param sure: the password that was confirmed last; `maybe`: those whose answers were lost since.
    """

    email: str
    id: str
    sure: str
    maybe: set[str] = field(default_factory=set)
    former: set[str] = field(default_factory=set)
    done: int = 0  # links that certainly worked
    doubtful: int = 0


@dataclass
class Seen:
    """What clients saw, to be compared with what is kept."""

    answers: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    kills: int = 0
    sessions: list[str] = field(default_factory=list)
    registered: list[str] = field(default_factory=list)
    successors: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    worked: Counter[str] = field(default_factory=Counter)  # how often each link did
    wrong: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.answers.total()


class Town:
    """The server in its changing bodies, and everybody who uses it."""

    def __init__(self, folder: Path, database: str, stack: ExitStack) -> None:
        self.folder, self.database = folder, database
        self.port = free_port()
        self.settings = settings_of(self.port, folder, database)
        self.seen = Seen()
        self.signers = [f"signer{number}@example.com" for number in range(SIGNERS)]
        self.forgetful: list[Forgetful] = []
        self.links: dict[str, list[str]] = defaultdict(list)
        self.tokens: dict[str, str] = {}  # of each family, the refresh token that is next
        self.over = False
        self._stack = stack
        self._bodies: list[subprocess.Popen[bytes]] = []

    # bodies

    def prepare(self) -> None:
        """Have the next one ready."""
        command = [
            sys.executable,
            str(Path(__file__).with_name("identity_mortal.py")),
            str(self.port),
            str(self.folder),
            self.database,
        ]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]),
        }
        with (self.folder / "log").open("ab") as log:
            made = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=self.folder, env=environment
            )
        self._bodies.append(self._stack.enter_context(mortal(made, 200)))

    def serve(self) -> None:
        """Let the last one that was prepared serve."""
        stdin = self._bodies[-1].stdin
        assert stdin is not None
        with suppress(BrokenPipeError):  # it died at its start: the log tells, and nobody answers
            stdin.write(b"go\n")
            stdin.flush()

    def kill(self) -> None:
        """As a power cut would."""
        self._bodies[-1].kill()
        self._bodies[-1].wait(10)

    def stop(self) -> None:
        self._bodies[-1].terminate()
        self._bodies[-1].wait(20)

    # asking

    async def ask(
        self, http: httpx.AsyncClient, method: str, path: str, what: str = "", **more: Any
    ) -> httpx.Response | None:
        """One request; None where its answer was lost."""
        try:
            reply = await http.request(method, f"{self.settings.issuer}{path}", **more)
        except httpx.ConnectError:  # nothing was sent
            await asyncio.sleep(0.05)
            return None
        except httpx.TransportError:
            self.seen.lost += 1
            return None
        if reply.is_success:
            self.seen.answers[what or path] += 1
        return reply

    async def certain(self, *asked: Any, **more: Any) -> httpx.Response:
        """One request, until it is answered."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            reply = await self.ask(*asked, **more)
            if reply is not None:
                return reply
        raise AssertionError(f"nobody answers:\n{(self.folder / 'log').read_text(errors='replace')[-2000:]}")

    # what people do

    async def sign_in(self, http: httpx.AsyncClient, turns: Iterator[int]) -> None:
        while not self.over and (turn := next(turns)) < SIGNERS * PER_SIGNER:
            email = self.signers[turn % SIGNERS]
            reply = await self.ask(http, "POST", "/sessions", json={"email": email, "password": password(email)})
            if reply is not None and reply.status_code == httpx.codes.CREATED:
                self.seen.sessions.append(_cookie(reply))
            elif reply is not None:
                self.seen.wrong.append(f"a sign-in was answered {reply.status_code} {reply.text}")

    async def refresh(self, http: httpx.AsyncClient, family: str) -> None:
        """The client's two instances show the same token, and show it again until they know its successor."""
        while not self.over:
            spent = self.tokens[family]
            fields = {"grant_type": "refresh_token", "refresh_token": spent}
            asked = (
                self.ask(http, "POST", "/oauth/token", "refresh", data=fields, auth=(CLIENT, CLIENT_SECRET))
                for _ in range(2)
            )
            for reply in await asyncio.gather(*asked):
                if reply is None:
                    continue
                if reply.status_code != httpx.codes.OK:
                    self.seen.wrong.append(f"a refresh was answered {reply.status_code} {reply.text}")
                    return
                self.tokens[family] = reply.json()["refresh_token"]
                self.seen.successors[spent].add(self.tokens[family])

    async def register(self, http: httpx.AsyncClient, names: Iterator[int]) -> None:
        while not self.over:
            email = f"newcomer{next(names)}@example.com"
            reply = await self.ask(
                http, "POST", "/accounts", json={"email": email, "password": password(email), "name": "New"}
            )
            if reply is not None and reply.is_success:
                self.seen.registered.append(email)
            await asyncio.sleep(0.15)  # people register less often than they sign in

    async def reset(self, http: httpx.AsyncClient, person: Forgetful) -> None:
        """Ask for a link, and use it from two places at once, with two passwords."""
        turns = itertools.count(1)
        while not self.over:
            kills = self.seen.kills
            if await self.ask(http, "POST", "/password-resets", json={"email": person.email}) is None:
                continue
            patience = 1.5  # when its sender was killed, a mail may come much later
            while patience > 0 and not self.over:
                if not self.links[person.email]:
                    await asyncio.sleep(0.05)
                    patience -= 0.05 if self.seen.kills > kills else 0
                elif await self._use(http, person, self.links[person.email].pop(0), next(turns)):
                    break  # else it is older than one that is on its way

    async def _use(self, http: httpx.AsyncClient, person: Forgetful, link: str, turn: int) -> bool:
        """Whether the link worked, or may have."""
        wanted = [password(person.email, 2 * turn), password(person.email, 2 * turn + 1)]
        outcomes = await asyncio.gather(*(self._complete(http, link, each) for each in wanted))
        won = [each for each, (status, _) in zip(wanted, outcomes, strict=True) if status == httpx.codes.NO_CONTENT]
        lost = {each for each, (_, doubtful) in zip(wanted, outcomes, strict=True) if doubtful}
        self.seen.worked[link] += len(won)
        if won:
            person.former |= {person.sure, *wanted} - {won[0]} | person.maybe
            person.sure, person.maybe = won[0], set()
            person.done += 1
        elif lost:
            person.maybe |= lost
            person.doubtful += 1
        return bool(won or lost)

    async def _complete(self, http: httpx.AsyncClient, link: str, wanted: str) -> tuple[int, bool]:
        """How it was answered at last, and whether an answer was lost before."""
        doubtful = False
        while True:
            before = self.seen.lost
            body = {"token": link, "password": wanted}
            reply = await self.ask(http, "POST", "/password-resets/completion", json=body)
            if reply is not None:
                if reply.status_code not in {204, 400}:
                    self.seen.wrong.append(f"a reset was answered {reply.status_code} {reply.text}")
                return reply.status_code, doubtful
            doubtful = doubtful or self.seen.lost > before

    async def read_mail(self) -> None:
        """Whatever is put into the folder of mails."""
        read: set[str] = set()
        while not self.over:
            with suppress(FileNotFoundError):
                for each in os.scandir(self.folder / "ostiary-identity.outbox"):
                    if each.name in read or not each.name.endswith(".txt"):
                        continue
                    read.add(each.name)
                    found = _LINK.search(await asyncio.to_thread(Path(each.path).read_text, encoding="utf-8"))
                    if found:
                        self.links[found[1]].append(found[2])
            await asyncio.sleep(0.1)

    async def reap(self) -> None:
        """Kill whoever serves, every so many answers, and have the next one take over."""
        began = time.monotonic()
        for turn, after in enumerate((*KILLS, TOTAL), 1):
            latest = began + SECONDS * turn / (len(KILLS) + 1)  # a busy machine answers less
            while self.seen.total < after and time.monotonic() < latest and not self.seen.wrong:  # noqa: ASYNC110 - many count
                await asyncio.sleep(0.005)
            if turn > len(KILLS) or self.seen.wrong:
                break
            self.kill()
            self.seen.kills += 1
            self.serve_next()
        self.over = True

    def serve_next(self) -> None:
        """The one that waits serves, and another one waits."""
        self._bodies.append(self._waiting)
        self.serve()
        self._wait()

    def begin(self) -> None:
        self._wait()
        self.serve_next()

    def _wait(self) -> None:
        self.prepare()
        self._waiting = self._bodies.pop()


def _cookie(reply: httpx.Response) -> str:
    found = re.search(rf"{SESSION}=([A-Za-z0-9_-]+)", reply.headers.get("set-cookie", ""))
    assert found is not None
    return found[1]


# before


async def found_town(town: Town) -> None:
    """Everybody has an account, and the shop has what they granted it."""
    async with _open(town) as services:
        now = services.now()
        async with services.database.write() as connection:
            await clients.add(connection, clients.Client(
                id=CLIENT, name="Shop", method="client_secret_basic", grants=("authorization_code", "refresh_token"), scopes=("read",),
                default_scopes=("read",), audience=(API,), secret_hash=hashed(CLIENT_SECRET.encode()), created_at=now,
            ))  # fmt: skip
        for email in town.signers:
            await _account(services, email)
        for number in range(RESETTERS):
            email = f"forgetful{number}@example.com"
            town.forgetful.append(Forgetful(email, await _account(services, email), password(email)))
        for number in range(CHAINS):
            user_id = await _account(services, f"owner{number}@example.com")
            family, secret, now = new_id(services.entropy), new_secret(services.entropy), services.now()
            async with services.database.write() as connection:
                await grants.add_family(connection, grants.Family(
                    family, CLIENT, user_id, None, ("read",), API, now, now + 1e6, offline=True
                ))  # fmt: skip
                await grants.add_refresh(connection, grants.Refresh(hashed(secret.encode()), family, now, now + 1e6))
            town.tokens[family] = secret


async def _account(services: Services, email: str) -> str:
    kept = await services.hasher.hash(password(email))
    name = new_id(services.entropy)
    async with services.database.write() as connection:
        assert await users.create(
            connection,
            services.ring,
            id=name,
            email=email,
            password_hash=kept,
            now=services.now(),
            email_verified_at=services.now(),
        )
    return name


class _open:  # noqa: N801 - read as a function
    """The town's services, in this process."""

    def __init__(self, town: Town) -> None:
        self._town = town

    async def __aenter__(self) -> Services:
        store = MemoryStore(clock=time.monotonic, now=time.time)
        self._services = await open_services(
            self._town.settings,
            profile="development",
            store=store,
            now=time.time,
            entropy=os.urandom,
            cheapest=CHEAPEST,
        )
        return self._services

    async def __aexit__(self, *_: object) -> None:
        await close_services(self._services)


# in between


async def live_through(town: Town) -> None:
    """Everybody at once, until there were enough answers."""
    turns, names = itertools.count(), itertools.count()
    async with httpx.AsyncClient(trust_env=False, timeout=20, limits=httpx.Limits(max_connections=64)) as http:
        await town.certain(http, "GET", "/openapi.json")
        town.seen.answers.clear()
        doing: list[Coroutine[Any, Any, None]] = [
            town.read_mail(), *(town.sign_in(http, turns) for _ in range(3)), *(town.refresh(http, each) for each in town.tokens),
            *(town.reset(http, each) for each in town.forgetful), *(town.register(http, names) for _ in range(NEWCOMERS)),
        ]  # fmt: skip
        await asyncio.gather(town.reap(), *doing)
        await _still_in(town, http)


async def _still_in(town: Town, http: httpx.AsyncClient) -> None:
    """With which passwords people get in, when the storm is over."""

    async def good(email: str, tried: str) -> bool:
        reply = await town.certain(http, "POST", "/sessions", json={"email": email, "password": tried})
        assert reply.status_code in {201, 401}, reply.text
        return reply.status_code == httpx.codes.CREATED

    async def stays(email: str) -> None:
        assert await good(email, password(email)), f"{email} is lost"

    async def one_works(person: Forgetful) -> None:
        works = [each for each in (person.sure, *sorted(person.maybe)) if await good(person.email, each)]
        assert len(works) == 1, f"{person.email}: of those that may be, {len(works)} passwords work"
        for each in sorted(person.former)[-3:]:
            assert not await good(person.email, each), f"{person.email}: a password that was replaced works"

    await asyncio.gather(*map(stays, (*town.signers, *town.seen.registered)), *map(one_works, town.forgetful))


# after


async def is_whole(town: Town) -> None:
    """What is kept agrees with what was answered."""
    seen = town.seen
    async with _open(town) as services, services.database.read() as connection:
        rows = (await connection.execute(select(schema.refresh_tokens))).all()
        revoked = (
            await connection.execute(select(schema.families.c.id).where(schema.families.c.revoked_at.is_not(None)))
        ).all()
        living = set(
            (
                await connection.execute(select(schema.sessions.c.hash).where(schema.sessions.c.ended_at.is_(None)))
            ).scalars()
        )
        accounts = (await connection.execute(select(func.count()).select_from(schema.users))).scalar_one()
        reset = select(schema.events.c.user_id, func.count()).where(schema.events.c.what == "password.reset")
        resets = {row[0]: row[1] for row in await connection.execute(reset.group_by(schema.events.c.user_id))}
    assert revoked == []
    for family, latest in town.tokens.items():
        mine = [row for row in rows if row.family_id == family]
        spent = [row for row in mine if row.used_at is not None]
        assert len(mine) == len(spent) + 1, "a token has two successors, or none"
        assert all(row.answer is not None for row in spent)
        assert hashed(latest.encode()) in {bytes(row.hash) for row in mine}
    assert {hashed(each.encode()) for each in seen.sessions} <= {bytes(each) for each in living}
    assert accounts >= SIGNERS + RESETTERS + CHAINS + len(seen.registered)
    for person in town.forgetful:
        assert person.done <= resets.get(person.id, 0) <= person.done + person.doubtful


def is_sound(town: Town) -> None:
    """The file is a database, whole and without orphans."""
    path = town.folder / "identity.db"
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert copying.fault(path) == ""


@pytest.mark.live
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_killed_while_people_sign_in_refresh_and_reset(kind: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        where = f"sqlite:///{tmp_path}/identity.db"
        if kind == "postgres":
            where = fresh_database(stack.enter_context(postgres_server()))
        town = Town(tmp_path, where, stack)
        asyncio.run(found_town(town))
        town.begin()
        asyncio.run(live_through(town))
        town.stop()
        seen = town.seen
        sys.stdout.write(f"{kind}: {dict(seen.answers)}, {seen.lost} lost, {seen.kills} kills\n")
        assert seen.wrong == []
        assert max(map(len, seen.successors.values())) == 1, "a refresh token was spent twice"
        assert max(seen.worked.values()) == 1, "a link worked twice"
        asyncio.run(is_whole(town))
        if kind == "sqlite":
            is_sound(town)
        assert seen.total >= LEAST, (tmp_path / "log").read_text(errors="replace")[-2000:]
        assert seen.kills == len(KILLS)
        assert seen.lost > 0, "nobody was interrupted"
        assert all(seen.answers[each] for each in ("/sessions", "refresh", "/password-resets/completion", "/accounts"))
