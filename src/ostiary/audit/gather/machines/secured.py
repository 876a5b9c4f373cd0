"""Ports are greeted in TLS, in every version and with every suite, a few connections at a time and none for long."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ostiary.audit.gather.tls import plainly
from ostiary.errors import Unanswerable
from ostiary.evidence.machine_facts import Secured
from ostiary.parts.printable import on_one_line
from ostiary.parts.tls import hello
from ostiary.parts.tls.probe import Agreed, offers
from ostiary.parts.tls.suites import NEWEST, OLD

SECONDS: Final = 3.0  # for an answer to one greeting
FIRST_SECONDS: Final = 1.5  # for the first: most that do not speak TLS stay silent
_AT_ONCE: Final = 8  # connections to one port
_MOST_BYTES: Final = 256 * 1024
_TRIES: Final = 2


@dataclass(slots=True)
class Probe:
    """One port; ``host`` is the name to ask for and to expect in the certificate."""

    address: str
    port: int
    host: str = ""
    process: str = ""
    stopped: Callable[[], bool] = lambda: False

    async def secured(self) -> Secured:
        """What it agrees to; ``suites`` is empty where it does not speak TLS, and ``clear`` too where it stays silent.

        :raises Unanswerable: when nothing can be connected to.
        """
        found = Secured(
            address=self.address, port=self.port, host=self.host, process=self.process, at=dt.datetime.now(dt.UTC)
        )
        slots = asyncio.Semaphore(_AT_ONCE)
        first = await self._first(slots)
        if not hello.speaks(first):
            return replace(found, clear=on_one_line(first[:100].decode("latin-1").partition("\n")[0]))
        agreed = await asyncio.gather(*(self._all(slots, each, self.host) for each in hello.VERSIONS))
        nameless = await self._nameless(slots, agreed)
        usual = next((each.first for each in reversed(agreed) if each.first.chain), hello.Greeting())
        served = {each.version: each.suites for each in agreed if each.suites}
        chain, distrust = (await self._vouched()) if served else ((), None)
        return replace(
            found,
            suites=served,
            nameless=nameless,
            refused=tuple(each.version for each in agreed if not each.suites and not each.undecided),
            chain=usual.chain or chain,
            compressed=any(each.first.compressed for each in agreed),
            prime=min((each.prime for each in agreed if each.prime), default=0),
            distrust=distrust,
        )

    async def _first(self, slots: asyncio.Semaphore) -> bytes:
        """The answer to the greeting of 1.2; a port that says nothing to it is greeted in 1.3 before it is given up."""
        for version, suites in ((hello.TLS12, OLD), (hello.TLS13, NEWEST)):
            said = await self._ask(slots, hello.client_hello(version, suites, host=self.host), FIRST_SECONDS)
            if said:
                return said
        return b""

    async def _all(self, slots: asyncio.Semaphore, version: int, host: str, suites: Sequence[int] = ()) -> Agreed:
        talk = offers(version, host=host, suites=suites)
        try:
            greeting = next(talk)
            while True:
                if self.stopped():
                    raise Unanswerable("interrupted")
                greeting = talk.send(await self._ask(slots, greeting, SECONDS))
        except StopIteration as ended:
            agreed: Agreed = ended.value
            return agreed

    async def _nameless(self, slots: asyncio.Semaphore, agreed: Sequence[Agreed]) -> tuple[int, ...]:
        """Old versions that only the default host agrees to, which nobody named."""
        if not self.host:
            return ()
        old = [each.version for each in agreed if each.version < hello.TLS12 and not each.suites]
        found = []
        for version in old:
            said = await self._ask(slots, hello.client_hello(version, OLD[:120]), SECONDS)
            if said and hello.read(said).version == version:
                found.append(version)
        return tuple(found)

    async def _ask(self, slots: asyncio.Semaphore, greeting: bytes, seconds: float) -> bytes | None:
        """What came back; empty: the connection was closed without a word, None: nothing came in time."""
        for left in reversed(range(_TRIES)):
            async with slots:
                try:
                    async with asyncio.timeout(seconds):
                        return await self._exchange(greeting)
                except TimeoutError:
                    return None
                except ConnectionResetError:
                    return b""  # a refusal, if a rude one
                except OSError as error:
                    if not left:
                        raise Unanswerable(f"port {self.port} of {self.address}: {plainly(error)}") from error
            await asyncio.sleep(0.2)
        return None

    async def _exchange(self, greeting: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(self.address, self.port)
        try:
            if writer.get_extra_info("sockname") == writer.get_extra_info("peername"):
                raise ConnectionRefusedError("connected to itself")
            writer.write(greeting)
            found = bytearray()
            with contextlib.suppress(ConnectionResetError):
                while len(found) < _MOST_BYTES and not hello.settled(bytes(found)):
                    more = await reader.read(16_384)
                    if not more:
                        break
                    found += more
            return bytes(found)
        finally:
            writer.transport.abort()

    async def _vouched(self) -> tuple[tuple[bytes, ...], str | None]:
        """The certificate that a usual client is shown, and why this machine's authorities do not vouch for it."""
        context = ssl.create_default_context()
        context.check_hostname = bool(self.host)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with contextlib.suppress(ssl.SSLError):
            context.set_ciphers("ALL:@SECLEVEL=0")  # versions and keys are judged apart
        try:
            return (await self._shaken(context),), ""
        except ssl.SSLCertVerificationError as error:
            distrust: str | None = error.verify_message
        except (OSError, TimeoutError, ValueError):
            distrust = None
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            return (await self._shaken(context),), distrust
        except (OSError, TimeoutError, ValueError):
            return (), distrust

    async def _shaken(self, context: ssl.SSLContext) -> bytes:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(
                self.address, self.port, ssl=context, server_hostname=self.host or self.address
            )
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.transport.abort()
        return shown or b""
