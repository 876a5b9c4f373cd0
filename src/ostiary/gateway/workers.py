"""One process per core on one port; the parent serves nobody, it watches, counts and passes signals on."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from ostiary.errors import ConfigError, StoreError
from ostiary.gateway.levers import Lever, Plain, merged
from ostiary.gateway.metrics import Snapshot, Sum, exposition
from ostiary.strict import dumps, loads

logger = logging.getLogger("ostiary.gateway")

APART: Final = (
    '%d processes with store = "memory": each counts for itself, so callers get up to %d times what limits and the jail'
    ' allow, and a proof works once in each; share the counts with store = "sqlite:///path", Redis or PostgreSQL'
)
MOST_RESTARTS: Final = 10  # in `RESTART_SPAN` seconds: then something is wrong that a restart does not mend
RESTART_SPAN: Final = 60.0
_ANSWER_TIME: Final = 1.0  # seconds for a worker to say its counts
_PULL_TIME: Final = 3.0  # seconds for a worker to pull a lever, its store asked
_PASSED_ON: Final = (signal.SIGTERM, signal.SIGINT)
_GRACE: Final = 5.0  # seconds beyond the drain until a worker is killed
_PUSH: Final = 5.0  # seconds between counts that a worker sends unasked, so that little is lost when it dies


class _Worker:
    def __init__(self, pid: int, channel: socket.socket) -> None:
        self.pid = pid
        self.channel = channel
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None
        self.last: Snapshot | None = None
        self.heard = asyncio.Event()
        self.connected = asyncio.Event()
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._orders = itertools.count()
        self.listening: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Start to hear what the worker counts."""
        self.reader, self.writer = await asyncio.open_connection(sock=self.channel, limit=1 << 24)
        self.listening = asyncio.get_running_loop().create_task(self._listen(self.reader))
        self.connected.set()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            said = loads(line)
            if "answer" in said:
                waiting = self._answers.get(said["answer"])
                if waiting is not None and not waiting.done():
                    waiting.set_result(said)
            else:
                self.last = said
                self.heard.set()

    async def ask(self) -> None:
        """Have it send its counts, and wait a moment for them."""
        if self.writer is None:
            return
        self.heard.clear()
        self.writer.write(b"?\n")
        try:
            await asyncio.wait_for(self.heard.wait(), _ANSWER_TIME)
        except TimeoutError:
            logger.warning("worker %d does not answer", self.pid)

    async def pull(self, lever: str, given: Mapping[str, Any]) -> Plain:
        """Have it pull a lever, and wait for what it says.

        :raises ConfigError: when it refuses the order.
        :raises StoreError: when it does not answer in time, or cannot reach its state.
        """
        number = next(self._orders)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(_PULL_TIME):
                await self.connected.wait()
                if self.writer is not None:
                    self.writer.write(dumps({"order": number, "lever": lever, "given": dict(given)}) + b"\n")
                said = await answer
        except TimeoutError:
            raise StoreError(f"worker {self.pid} does not answer") from None
        finally:
            del self._answers[number]
        if "where" in said:
            raise ConfigError(said["where"], said["problem"], said["hint"])
        if "error" in said:
            raise StoreError(said["error"])
        result: Plain = said["result"]
        return result


class Workers:
    """Starts and watches `number` processes that each run `work`.

    :param work: what a worker does with the channel to its parent; its exit code is returned.
    :param drain: seconds that a worker may take to finish after SIGTERM.
    :param own: the levers of this process, where workers have their state from it when they are forked, each a copy of its
        own; None: all share one state.
    """

    def __init__(
        self,
        number: int,
        work: Callable[[socket.socket], int],
        *,
        drain: float,
        own: Mapping[str, Lever] | None = None,
    ) -> None:
        self._number = number
        self._work = work
        self._own = own
        self._drain = drain
        self._alive: dict[int, _Worker] = {}
        self._gone = Sum()  # what workers had counted that are no more
        self._deaths: list[float] = []
        self._stopping = False
        self._news = asyncio.Event()
        self.failed = False

    @property
    def serving(self) -> bool:
        """Whether somebody serves."""
        return bool(self._alive) and not self._stopping

    async def metrics(self) -> str:
        """The counts of all workers, those that ended too, as of now."""
        await asyncio.gather(*(each.ask() for each in self._alive.values()))
        counts = Sum()
        counts.merge(self._gone)
        for each in self._alive.values():
            if each.last is not None:
                counts.add(each.last)
        return exposition(counts, workers=len(self._alive))

    async def pull(self, lever: str, given: Mapping[str, Any]) -> Plain:
        """Pull a lever: in every process where each has its own state, in one of them where they share it.

        This process obeys first: a worker forked from now on knows of it.

        :raises ConfigError: when the order is refused.
        :raises StoreError: when a worker does not answer, or the state cannot be reached.
        """
        workers = list(self._alive.values())
        if self._own is None:
            return await workers[0].pull(lever, given) if workers else _nobody()
        mine = await self._own[lever](given)
        return merged([mine, *await asyncio.gather(*(each.pull(lever, given) for each in workers))])

    def heed(self, runner: asyncio.Runner) -> None:
        """Take signals from now on: to be called before anybody is told that we are here."""
        loop = runner.get_loop()
        for number in _PASSED_ON:
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGCHLD, self._news.set)

    def run(self, runner: asyncio.Runner) -> int:
        """Keep the workers running until a signal says stop; 0, or 1 when they keep dying.

        Processes are forked between runs of the parent's loop, never from inside it.
        """
        until = float("inf")
        while True:
            fresh = [self._fork() for _ in range(0 if self._stopping else self._number - len(self._alive))]
            runner.run(self._watch(fresh, until))
            if self._stopping:
                until = min(until, time.monotonic() + self._drain + _GRACE)
                if not self._alive:
                    return 1 if self.failed else 0
                if time.monotonic() >= until:
                    for pid in self._alive:
                        os.kill(pid, signal.SIGKILL)
                    until = float("inf")

    def _fork(self) -> _Worker:
        ours, theirs = socket.socketpair()
        # Held back until the child has let go of our handlers: there, they would swallow a signal, or send it to us.
        signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
        pid = os.fork()
        if pid:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
            theirs.close()
            worker = self._alive[pid] = _Worker(pid, ours)
            return worker
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (*_PASSED_ON, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
            ours.close()
            for each in self._alive.values():
                each.channel.close()
            code = self._work(theirs)
        except BaseException:  # nothing of the parent's stack may run in the child
            logger.exception("a worker failed")
        finally:
            logging.shutdown()
            os._exit(code)

    async def _watch(self, fresh: list[_Worker], until: float) -> None:
        for each in fresh:
            await each.connect()
        patience = None if until == float("inf") else max(0.0, until - time.monotonic())
        try:
            await asyncio.wait_for(self._news.wait(), patience)
        except TimeoutError:
            return
        self._news.clear()
        for pid, worker in list(self._alive.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)  # noqa: ASYNC222 - it does not wait
            if ended:
                await self._buried(worker, os.waitstatus_to_exitcode(status))

    async def _buried(self, worker: _Worker, code: int) -> None:
        if worker.listening is not None:
            await asyncio.wait([worker.listening], timeout=_ANSWER_TIME)  # its last words
            worker.listening.cancel()
        if worker.writer is not None:
            worker.writer.close()
        del self._alive[worker.pid]
        if worker.last is not None:
            self._gone.add(worker.last, alive=False)
        if self._stopping:
            return
        logger.error("worker %d ended with %d; starting another", worker.pid, code)
        now = time.monotonic()
        self._deaths = [*(at for at in self._deaths if now - at < RESTART_SPAN), now]
        if len(self._deaths) > MOST_RESTARTS:
            logger.critical("workers keep dying: giving up")
            self.failed = True
            self._stop()
        elif len(self._deaths) > 1:
            await asyncio.sleep(0.1 * len(self._deaths))

    def _stop(self) -> None:
        self._stopping = True
        self._news.set()
        for pid in self._alive:
            os.kill(pid, signal.SIGTERM)


def _nobody() -> Plain:
    raise StoreError("no worker is running")


class Channel:
    """A worker's end: sends its counts when asked, every few seconds, and once more at the end; pulls levers when told."""

    def __init__(
        self, channel: socket.socket, take: Callable[[], Snapshot], levers: Mapping[str, Lever] | None = None
    ) -> None:
        self._channel = channel
        self._take = take
        self._levers = levers or {}
        self._pulling: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def open(self, orphaned: Callable[[], None]) -> None:
        """Start; `orphaned` is called when the parent is no more."""
        reader, self._writer = await asyncio.open_connection(sock=self._channel)
        self._task = asyncio.get_running_loop().create_task(self._serve(reader, self._writer, orphaned))

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, orphaned: Callable[[], None]
    ) -> None:
        while True:
            try:
                asked = await asyncio.wait_for(reader.readline(), _PUSH)
            except TimeoutError:
                asked = b"?\n"
            if not asked:
                orphaned()
                return
            if asked == b"?\n":
                await self._say(writer, self._take())
            else:  # counting goes on meanwhile
                task = asyncio.get_running_loop().create_task(self._pull(loads(asked), writer))
                self._pulling.add(task)
                task.add_done_callback(self._pulling.discard)

    async def _pull(self, order: Plain, writer: asyncio.StreamWriter) -> None:
        said: Plain = {"answer": order["order"]}
        try:
            said["result"] = await self._levers[order["lever"]](order["given"])
        except ConfigError as error:
            said |= {"where": error.where, "problem": error.problem, "hint": error.hint}
        except StoreError as error:
            said["error"] = str(error)
        except Exception:  # a fault of ours: whoever gave the order has to hear that nothing is certain
            logger.exception("a lever broke")
            said["error"] = "the lever broke; the gateway's log says how"
        await self._say(writer, said)

    async def _say(self, writer: asyncio.StreamWriter, said: Plain) -> None:
        try:
            writer.write(dumps(said) + b"\n")
            await writer.drain()
        except OSError:
            pass  # the parent is no more; the read above finds out

    async def close(self) -> None:
        """Say the last counts."""
        if self._task is not None:
            self._task.cancel()
        if self._writer is not None:
            await self._say(self._writer, self._take())
            self._writer.close()
